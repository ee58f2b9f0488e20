//! Server-sent events: the `data` of each, in order. Comments (which serve as pings), ids
//! and retry hints are passed over; the event's name repeats what its data says.

use super::lines::Lines;
use super::{LONGEST_LINE, TooLong};

/// Puts events together.
#[derive(Debug, Default)]
pub struct Events {
    lines: Lines,
    data: Option<String>,
    begun: bool,
}

impl Events {
    /// Takes a piece and gives the data of the events that it completes.
    ///
    /// # Errors
    /// [`TooLong`] when a line or an event does not end in time.
    pub fn push(&mut self, piece: &[u8]) -> Result<Vec<String>, TooLong> {
        let mut whole = Vec::new();
        for line in self.lines.push(piece)? {
            whole.extend(self.line(&line)?);
        }
        Ok(whole)
    }

    /// The data of an event that the end of the stream completes.
    pub fn rest(&mut self) -> Option<String> {
        if let Some(line) = self.lines.rest()
            && let Ok(Some(data)) = self.line(&line)
        {
            return Some(data);
        }
        self.data.take()
    }

    fn line(&mut self, line: &str) -> Result<Option<String>, TooLong> {
        let line = if std::mem::replace(&mut self.begun, true) {
            line
        } else {
            line.strip_prefix('\u{feff}').unwrap_or(line)
        };
        if line.is_empty() {
            return Ok(self.data.take());
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        if field != "data" {
            return Ok(None);
        }
        let value = value.strip_prefix(' ').unwrap_or(value);
        match &mut self.data {
            Some(data) => {
                if data.len() + value.len() > LONGEST_LINE {
                    return Err(TooLong);
                }
                data.push('\n');
                data.push_str(value);
            }
            None => self.data = Some(value.to_string()),
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(pieces: &[&[u8]]) -> Vec<String> {
        let mut events = Events::default();
        let mut out: Vec<String> =
            pieces.iter().flat_map(|piece| events.push(piece).expect("short")).collect();
        out.extend(events.rest());
        out
    }

    #[test]
    fn data_is_read_and_everything_else_passed_over() {
        let stream =
            b"\xef\xbb\xbf: ping\n\nevent: x\nid: 7\ndata: {\"a\":\ndata: 1}\n\ndata:two\r\n\r\nretry: 3\n\n";
        assert_eq!(all(&[stream]), ["{\"a\":\n1}", "two"]);
    }

    #[test]
    fn an_event_that_only_the_end_completes_counts() {
        assert_eq!(all(&[b"data: [DONE]"]), ["[DONE]"]);
        assert_eq!(all(&[b"data: [DONE]\n"]), ["[DONE]"]);
        assert!(all(&[b"data"]).iter().all(String::is_empty));
    }

    #[test]
    fn an_event_of_endless_lines_is_given_up() {
        let mut events = Events::default();
        let line = format!("data: {}\n", "x".repeat(60 * 1024));
        assert!(events.push(line.as_bytes()).is_ok());
        assert!(events.push(line.as_bytes()).is_ok());
        assert_eq!(events.push(line.as_bytes()), Err(TooLong));
    }

    proptest! {
        #[test]
        fn where_pieces_are_cut_does_not_matter(
            data in proptest::collection::vec("[a-zñ:{} ]{0,12}", 0..5),
            end in proptest::sample::select(vec!["\n", "\r\n", "\r"]),
            cut in 0usize..200,
        ) {
            let stream: String = data.iter().map(|d| format!(": c{end}data: {d}{end}{end}")).collect();
            let bytes = stream.as_bytes();
            let cut = cut.min(bytes.len());
            let (before, after) = bytes.split_at(cut);
            prop_assert_eq!(all(&[before, after]), data);
        }
    }
}
