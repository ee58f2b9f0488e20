//! The frame of TDS: packets of eight bytes of header and at most 32 KiB (MS-TDS 2.2.3).

use std::io;

/// Bytes of a header.
pub(super) const HEADER: usize = 8;

/// What a server answers.
pub(super) const RESULT: u8 = 0x04;
/// The request to stop.
pub(super) const ATTENTION: u8 = 0x06;
/// The first message.
pub(super) const PRELOGIN: u8 = 0x12;

/// A packet's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
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
pub(super) fn header(kind: u8, last: bool, length: u16) -> [u8; HEADER] {
    let [high, low] = length.to_be_bytes();
    [kind, u8::from(last), high, low, 0, 0, 1, 0]
}

/// A whole message in one packet. Content beyond one packet is not expected here.
pub(super) fn single(kind: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(HEADER + content.len()).unwrap_or(u16::MAX);
    let mut packet = header(kind, true, length).to_vec();
    packet.extend_from_slice(content);
    packet
}
