//! Where packets and messages begin and end.

use std::io;

use super::packet::{HEADER, Header};

/// Bytes asked of the stream below at once.
const CHUNK: usize = 64 * 1024;

/// Bytes as they were read, packets in the making.
#[derive(Default)]
pub(super) struct Inbox {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl Inbox {
    /// Room for more bytes after those that are there.
    pub fn room(&mut self) -> &mut [u8] {
        self.bytes.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.bytes.len() < self.end + CHUNK {
            self.bytes.resize(self.end + CHUNK, 0);
        }
        self.bytes.get_mut(self.end..).unwrap_or_default()
    }

    /// So many bytes were read into the room.
    pub fn filled(&mut self, count: usize) {
        self.end += count;
    }

    /// The next whole packet, once.
    ///
    /// # Errors
    /// When a header makes no sense.
    pub fn next_packet(&mut self) -> io::Result<Option<&[u8]>> {
        let there = self.bytes.get(self.start..self.end).unwrap_or_default();
        let Some(header) = there.first_chunk::<HEADER>() else { return Ok(None) };
        let Some(packet) = there.get(..HEADER + Header::read(*header).content()?) else { return Ok(None) };
        self.start += packet.len();
        Ok(Some(packet))
    }
}

/// Follows the packets that tiberius writes, to know where a message ends.
#[derive(Default)]
pub(super) struct Outgoing {
    /// Whether the first message is over: it goes no further than here.
    pub prelogin_done: bool,
    header: Vec<u8>,
    left: usize,
    /// Whether the packet being written is its message's last.
    last: bool,
    ended: bool,
}

impl Outgoing {
    /// Follows bytes, before the first message's end no further than to it; returns how many.
    pub fn follow(&mut self, bytes: &[u8]) -> usize {
        for (count, byte) in bytes.iter().enumerate() {
            self.ended = false;
            if self.left > 0 {
                self.left -= 1;
            } else {
                self.header.push(*byte);
                let Some(header) = self.header.first_chunk::<HEADER>() else { continue };
                let header = Header::read(*header);
                self.last = header.last;
                self.left = header.content().unwrap_or(0);
                self.header.clear();
            }
            if self.left == 0 && self.header.is_empty() {
                self.ended = self.last;
                if self.ended && !self.prelogin_done {
                    return count + 1;
                }
            }
        }
        bytes.len()
    }

    /// Whether the last message was written to its end.
    pub fn between_messages(&self) -> bool {
        self.ended
    }
}
