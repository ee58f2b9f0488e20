//! Packets and tokens as a server writes them.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

pub const BATCH: u8 = 0x01;
pub const RPC: u8 = 0x03;
pub const RESULT: u8 = 0x04;
pub const ATTENTION: u8 = 0x06;
pub const LOGIN: u8 = 0x10;
pub const PRELOGIN: u8 = 0x12;

/// A whole message from a client.
#[derive(Debug)]
pub struct Message {
    pub kind: u8,
    pub content: Vec<u8>,
}

/// Reads a message, packet by packet.
pub async fn read_message(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Message> {
    let mut content = Vec::new();
    loop {
        let mut header = [0; 8];
        stream.read_exact(&mut header).await?;
        let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
        let start = content.len();
        content.resize(start + length.checked_sub(8).ok_or(io::ErrorKind::InvalidData)?, 0);
        stream.read_exact(&mut content[start..]).await?;
        if header[1] & 1 == 1 {
            return Ok(Message { kind: header[0], content });
        }
    }
}

/// Writes one message in packets of a size; nothing leaves before a packet is full.
pub struct Writer<S> {
    pub stream: S,
    /// Bytes of a packet's content.
    pub packet: usize,
    kind: u8,
    pending: Vec<u8>,
    number: u8,
}

impl<S: AsyncWrite + Unpin> Writer<S> {
    pub fn new(stream: S, packet: usize) -> Writer<S> {
        Writer { stream, packet, kind: RESULT, pending: Vec::new(), number: 0 }
    }

    /// Adds bytes; full packets leave.
    pub async fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.pending.extend_from_slice(bytes);
        let mut sent = 0;
        while self.pending.len() - sent > self.packet {
            let end = sent + self.packet;
            let part = self.pending[sent..end].to_vec();
            self.send(&part, false).await?;
            sent = end;
        }
        self.pending.drain(..sent);
        Ok(())
    }

    /// Sends what is there, without ending the message.
    pub async fn push_out(&mut self) -> io::Result<()> {
        if !self.pending.is_empty() {
            let part = std::mem::take(&mut self.pending);
            self.send(&part, false).await?;
        }
        self.stream.flush().await
    }

    /// Ends the message.
    pub async fn end(&mut self) -> io::Result<()> {
        let part = std::mem::take(&mut self.pending);
        self.send(&part, true).await?;
        self.stream.flush().await
    }

    /// Sends a message of its own, whatever is pending.
    pub async fn whole(&mut self, kind: u8, content: &[u8]) -> io::Result<()> {
        let before = std::mem::replace(&mut self.kind, kind);
        self.send(content, true).await?;
        self.kind = before;
        self.stream.flush().await
    }

    async fn send(&mut self, content: &[u8], last: bool) -> io::Result<()> {
        self.number = self.number.wrapping_add(1);
        let length = u16::try_from(8 + content.len()).expect("a packet's length").to_be_bytes();
        let header = [self.kind, u8::from(last), length[0], length[1], 0, 51, self.number, 0];
        self.stream.write_all(&[&header, content].concat()).await
    }
}

/// A text with its number of characters in one byte.
pub fn short_text(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().take(255).collect();
    let mut bytes = vec![units.len() as u8];
    bytes.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
    bytes
}

/// A text with its number of characters in two bytes.
pub fn long_text(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let mut bytes = (units.len() as u16).to_le_bytes().to_vec();
    bytes.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
    bytes
}

fn counted(token: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![token];
    bytes.extend((content.len() as u16).to_le_bytes());
    bytes.extend(content);
    bytes
}

/// ERROR (0xAA) or INFO (0xAB).
pub fn said(token: u8, number: u32, class: u8, message: &str) -> Vec<u8> {
    let mut content = number.to_le_bytes().to_vec();
    content.extend([1, class]);
    content.extend(long_text(message));
    content.extend(short_text("PRUEBAS"));
    content.extend(short_text(""));
    content.extend(1_u32.to_le_bytes());
    counted(token, &content)
}

pub fn error(number: u32, class: u8, message: &str) -> Vec<u8> {
    said(0xAA, number, class, message)
}

/// ENVCHANGE of texts: 1 database, 2 language, 4 packet size.
pub fn changed(what: u8, new: &str, old: &str) -> Vec<u8> {
    let mut content = vec![what];
    content.extend(short_text(new));
    content.extend(short_text(old));
    counted(0xE3, &content)
}

/// ENVCHANGE that sends the client on to another server.
pub fn routed(host: &str, port: u16) -> Vec<u8> {
    let mut route = vec![0];
    route.extend(port.to_le_bytes());
    route.extend(long_text(host));
    let mut content = vec![20];
    content.extend((route.len() as u16).to_le_bytes());
    content.extend(route);
    content.extend([0, 0]);
    counted(0xE3, &content)
}

pub fn login_ack() -> Vec<u8> {
    let mut content = vec![1, 0x74, 0, 0, 4];
    content.extend(short_text("Servidor de pruebas"));
    content.extend([16, 0, 0, 0]);
    counted(0xAD, &content)
}

pub const MORE: u16 = 1;
pub const FAILED: u16 = 2;
pub const COUNTED: u16 = 0x10;
pub const ACKNOWLEDGED: u16 = 0x20;

/// DONE.
pub fn done(status: u16, rows: u64) -> Vec<u8> {
    let mut bytes = vec![0xFD];
    bytes.extend(status.to_le_bytes());
    bytes.extend([0xC1, 0]);
    bytes.extend(rows.to_le_bytes());
    bytes
}
