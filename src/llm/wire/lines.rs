//! Lines out of pieces, wherever the pieces are cut; ends may be LF, CR LF or CR.

use super::{LONGEST_LINE, TooLong};

/// Puts lines together.
#[derive(Debug, Default)]
pub struct Lines {
    begun: Vec<u8>,
    /// The last piece ended in CR: an LF that follows belongs to it.
    after_cr: bool,
}

impl Lines {
    /// Takes a piece and gives the lines that it completes, without their ends. Bytes that
    /// are not UTF-8 are replaced.
    ///
    /// # Errors
    /// [`TooLong`] when a line does not end in time.
    pub fn push(&mut self, piece: &[u8]) -> Result<Vec<String>, TooLong> {
        let mut whole = Vec::new();
        for byte in piece {
            match byte {
                b'\n' if self.after_cr => self.after_cr = false,
                b'\n' | b'\r' => {
                    self.after_cr = *byte == b'\r';
                    whole.push(self.take());
                }
                other => {
                    self.after_cr = false;
                    if self.begun.len() >= LONGEST_LINE {
                        return Err(TooLong);
                    }
                    self.begun.push(*other);
                }
            }
        }
        Ok(whole)
    }

    /// What stands after the last line end, if anything does.
    pub fn rest(&mut self) -> Option<String> {
        (!self.begun.is_empty()).then(|| self.take())
    }

    fn take(&mut self) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut self.begun)).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(pieces: &[&[u8]]) -> Vec<String> {
        let mut lines = Lines::default();
        let mut out: Vec<String> =
            pieces.iter().flat_map(|piece| lines.push(piece).expect("short")).collect();
        out.extend(lines.rest());
        out
    }

    #[test]
    fn every_kind_of_end_ends_a_line() {
        assert_eq!(all(&[b"a\nb\r\nc\rd"]), ["a", "b", "c", "d"]);
        assert_eq!(all(&[b"a\r", b"\nb\n"]), ["a", "b"]);
        assert_eq!(all(&[b"\n\n"]), ["", ""]);
    }

    #[test]
    fn a_line_without_end_is_given_up_in_bounded_memory() {
        let mut lines = Lines::default();
        let piece = vec![b'x'; 64 * 1024];
        assert!(lines.push(&piece).is_ok());
        assert!(lines.push(&piece).is_ok());
        assert_eq!(lines.push(&piece), Err(TooLong));
        assert!(lines.begun.capacity() <= 2 * LONGEST_LINE);
    }

    proptest! {
        #[test]
        fn where_pieces_are_cut_does_not_matter(text in "[a-zñ€\r\n]{0,60}", cut in 0usize..120) {
            let bytes = text.as_bytes();
            let cut = cut.min(bytes.len());
            let (before, after) = bytes.split_at(cut);
            prop_assert_eq!(all(&[before, after]), all(&[bytes]));
        }
    }
}
