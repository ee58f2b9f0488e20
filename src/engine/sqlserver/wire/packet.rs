//! The frame of TDS: packets of eight bytes of header and at most 32 KiB (MS-TDS 2.2.3).

use std::io;

/// Bytes of a header.
pub const HEADER: usize = 8;

/// Bytes of a packet's content, at the most.
const MOST_CONTENT: usize = 32 * 1024 - 1 - HEADER;

/// What a server answers.
pub const RESULT: u8 = 0x04;
/// The request to stop.
pub const ATTENTION: u8 = 0x06;
/// The first message.
pub const PRELOGIN: u8 = 0x12;

/// A packet's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// What the message is.
    pub kind: u8,
    /// Whether it is the message's last packet.
    pub last: bool,
    /// Bytes of the packet, header included.
    pub length: u16,
}

impl Header {
    pub fn read(bytes: [u8; HEADER]) -> Header {
        let [kind, status, high, low, ..] = bytes;
        Header { kind, last: status & 1 != 0, length: u16::from_be_bytes([high, low]) }
    }

    /// Bytes after the header.
    ///
    /// # Errors
    /// When the packet is shorter than its own header.
    pub fn content(self) -> io::Result<usize> {
        usize::from(self.length)
            .checked_sub(HEADER)
            .ok_or_else(|| io::Error::other("a packet shorter than its header"))
    }
}

/// A header as it travels. `length` counts the header too.
pub fn header(kind: u8, last: bool, length: u16) -> [u8; HEADER] {
    let [high, low] = length.to_be_bytes();
    [kind, u8::from(last), high, low, 0, 0, 1, 0]
}

/// Appends content as packets; nothing, where it is empty and not the message's end.
pub fn append(packets: &mut Vec<u8>, kind: u8, last: bool, content: &[u8]) {
    let (mut rest, mut length) = (content, MOST_CONTENT.min(content.len()));
    while let Some((part, more)) = rest.split_at_checked(length) {
        if !part.is_empty() || last {
            // At most 32 KiB: it fits.
            let whole = u16::try_from(HEADER + part.len()).unwrap_or(u16::MAX);
            packets.extend(header(kind, last && more.is_empty(), whole));
            packets.extend(part);
        }
        if more.is_empty() {
            return;
        }
        (rest, length) = (more, MOST_CONTENT.min(more.len()));
    }
}

/// A whole message.
pub fn message(kind: u8, content: &[u8]) -> Vec<u8> {
    let mut packets = Vec::with_capacity(HEADER + content.len());
    append(&mut packets, kind, true, content);
    packets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_content_takes_several_packets() {
        let content: Vec<u8> = (0..70_000_u32).map(|n| n as u8).collect();
        let packets = message(RESULT, &content);
        let (mut rest, mut read, mut ends) = (packets.as_slice(), Vec::<u8>::new(), Vec::new());
        while let Some((first, more)) = rest.split_first_chunk::<HEADER>() {
            let header = Header::read(*first);
            let (part, more) = more.split_at(header.content().expect("a length"));
            read.extend(part);
            ends.push(header.last);
            rest = more;
        }
        assert!(read == content);
        assert_eq!(ends, [false, false, true]);
    }

    #[test]
    fn nothing_is_a_packet_only_at_the_end() {
        assert_eq!(message(ATTENTION, &[]), header(ATTENTION, true, 8));
        let mut packets = Vec::new();
        append(&mut packets, RESULT, false, &[]);
        assert!(packets.is_empty());
    }
}
