//! Values without a declared limit are cut as they pass.
//!
//! SQL Server cuts them itself when the session asks for it (`TEXTSIZE`); not every server
//! that speaks TDS does, and a single text of a hundred megabytes would have to be held whole.
//! So rows are walked through by their lengths, and the rest of what is too long is dropped.
//! Nothing else is changed.

use super::token::{self, Rest};
use super::types::{Form, TEXT_SIZE, WireColumn, WireType};

/// A part list whose total length is not told beforehand.
const UNKNOWN_TOTAL: u64 = 0xFFFF_FFFF_FFFF_FFFE;
const NULL_TOTAL: u64 = u64::MAX;
const NULL_SHORT: u16 = u16::MAX;

/// Walks through an answer, from the end of its columns on.
pub(super) struct Cutter {
    columns: Vec<Shape>,
    at: At,
    /// The beginning of a field that is not there completely.
    gathered: Vec<u8>,
    /// One bit a column of a packed row: set where its value is NULL and does not travel.
    nulls: Vec<u8>,
    /// The column whose value comes next.
    next: usize,
}

struct Shape {
    form: Form,
    /// Bytes of a value that may pass.
    most: usize,
}

#[derive(Clone, Copy)]
enum At {
    /// Before a token.
    Token,
    /// Before the length of a token that tells it.
    Length,
    /// Before the NULLs of a packed row.
    Nulls,
    /// Before a value, or after the last of a row.
    Value,
    /// Before a value's total length, in parts.
    Total,
    /// Before a part of a value of which so many bytes have passed.
    Part(usize),
    /// After a pointer: before the time stamp and the length.
    Stamp,
    /// Before bytes that pass, and others that do not.
    Bytes { pass: usize, drop: usize, then: Then },
    /// Somewhere unknown: everything passes.
    Lost,
}

#[derive(Clone, Copy)]
enum Then {
    Token,
    Value,
    Part(usize),
    Stamp,
}

impl Then {
    fn at(self) -> At {
        match self {
            Then::Token => At::Token,
            Then::Value => At::Value,
            Then::Part(kept) => At::Part(kept),
            Then::Stamp => At::Stamp,
        }
    }
}

impl Cutter {
    /// For rows of these columns; none where every value has a limit of its own.
    pub fn of(columns: &[WireColumn]) -> Option<Cutter> {
        let shape = |column: &WireColumn| Shape {
            form: column.form,
            // Half an XML is none: it is held whole, or the row is too large.
            most: if column.ty == WireType::Xml { usize::MAX } else { TEXT_SIZE },
        };
        let endless = columns.iter().any(|column| column.form.is_endless() && column.ty != WireType::Xml);
        endless.then(|| Cutter {
            columns: columns.iter().map(shape).collect(),
            at: At::Token,
            gathered: Vec::new(),
            nulls: Vec::new(),
            next: 0,
        })
    }

    /// Appends what passes of `content` to `out`.
    pub fn pass(&mut self, mut content: &[u8], out: &mut Vec<u8>) {
        while !content.is_empty() {
            // None: a field is not complete, and there is nothing left to read.
            let Some(at) = self.step(&mut content, out) else { return };
            self.at = at;
        }
    }

    fn step(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Option<At> {
        Some(match self.at {
            At::Token => {
                let [token] = self.field(input)?;
                out.push(token);
                self.next = 0;
                self.nulls.clear();
                match token::rest(token) {
                    Some(Rest::Bytes(pass)) => At::Bytes { pass, drop: 0, then: Then::Token },
                    Some(Rest::Counted) => At::Length,
                    None if token == token::ROW => At::Value,
                    None if token == token::PACKED_ROW => At::Nulls,
                    None => At::Lost,
                }
            }
            At::Length => {
                let length = self.field(input)?;
                out.extend(length);
                At::Bytes { pass: u16::from_le_bytes(length).into(), drop: 0, then: Then::Token }
            }
            At::Nulls => {
                let missing = self.columns.len().div_ceil(8) - self.nulls.len();
                self.nulls.extend(taken(input, missing));
                if self.nulls.len() < self.columns.len().div_ceil(8) {
                    return None;
                }
                out.extend(&self.nulls);
                At::Value
            }
            At::Value => {
                let Some(shape) = self.columns.get(self.next) else {
                    self.at = At::Token;
                    return self.step(input, out);
                };
                let form = shape.form;
                let is_null =
                    self.nulls.get(self.next / 8).is_some_and(|bits| bits >> (self.next % 8) & 1 == 1);
                let at = if is_null { At::Value } else { self.value(form, input, out)? };
                // A value in parts is still the running one when its parts come.
                if !form.is_endless() || is_null {
                    self.next += 1;
                }
                at
            }
            At::Total => {
                let total = self.field(input)?;
                match u64::from_le_bytes(total) {
                    NULL_TOTAL => {
                        out.extend(total);
                        self.ended()
                    }
                    length if length > self.most() as u64 => {
                        out.extend(UNKNOWN_TOTAL.to_le_bytes());
                        At::Part(0)
                    }
                    _ => {
                        out.extend(total);
                        At::Part(0)
                    }
                }
            }
            At::Part(kept) => {
                let length = u32::from_le_bytes(self.field(input)?) as usize;
                let pass = length.min(self.most().saturating_sub(kept));
                if pass > 0 || length == 0 {
                    out.extend((pass as u32).to_le_bytes());
                }
                match length {
                    0 => self.ended(),
                    _ => At::Bytes { pass, drop: length - pass, then: Then::Part(kept + pass) },
                }
            }
            At::Stamp => {
                let field: [u8; 12] = self.field(input)?;
                let (stamp, length) = field.split_at(8);
                let length = length.try_into().map(u32::from_le_bytes).unwrap_or_default() as usize;
                let pass = length.min(self.most());
                out.extend(stamp);
                out.extend((pass as u32).to_le_bytes());
                self.ended();
                At::Bytes { pass, drop: length - pass, then: Then::Value }
            }
            At::Bytes { pass, drop, then } => {
                let passed = taken(input, pass);
                out.extend(passed);
                let dropped = if passed.len() == pass { taken(input, drop).len() } else { 0 };
                match (pass - passed.len(), drop - dropped) {
                    (0, 0) => then.at(),
                    (pass, drop) => At::Bytes { pass, drop, then },
                }
            }
            At::Lost => {
                out.extend(std::mem::take(input));
                At::Lost
            }
        })
    }

    /// The beginning of a value.
    fn value(&mut self, form: Form, input: &mut &[u8], out: &mut Vec<u8>) -> Option<At> {
        let bytes = |pass, then| At::Bytes { pass, drop: 0, then };
        Some(match form {
            Form::Fixed(length) => bytes(length, Then::Value),
            Form::Tiny => {
                let [length] = self.field(input)?;
                out.push(length);
                bytes(length.into(), Then::Value)
            }
            Form::Short => {
                let length = self.field(input)?;
                out.extend(length);
                match u16::from_le_bytes(length) {
                    NULL_SHORT => At::Value,
                    length => bytes(length.into(), Then::Value),
                }
            }
            Form::Long => {
                let length = self.field(input)?;
                out.extend(length);
                bytes(u32::from_le_bytes(length) as usize, Then::Value)
            }
            Form::Parts => At::Total,
            Form::Pointed => {
                let [length] = self.field(input)?;
                out.push(length);
                match length {
                    0 => self.ended(),
                    _ => bytes(length.into(), Then::Stamp),
                }
            }
        })
    }

    /// The running value is over.
    fn ended(&mut self) -> At {
        self.next += 1;
        At::Value
    }

    /// Bytes of the running value that may pass.
    fn most(&self) -> usize {
        self.columns.get(self.next).map_or(TEXT_SIZE, |shape| shape.most)
    }

    /// A field of `N` bytes, once it is complete.
    fn field<const N: usize>(&mut self, input: &mut &[u8]) -> Option<[u8; N]> {
        self.gathered.extend(taken(input, N - self.gathered.len()));
        let field = self.gathered.as_slice().try_into().ok()?;
        self.gathered.clear();
        Some(field)
    }
}

/// Takes at most `count` bytes from the front.
fn taken<'a>(input: &mut &'a [u8], count: usize) -> &'a [u8] {
    let (taken, rest) = input.split_at(count.min(input.len()));
    *input = rest;
    taken
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Columns of every form, the last one without end.
    fn columns() -> Vec<WireColumn> {
        let text = || WireType::Text { cut_at: None, utf8: false };
        let forms = [
            (WireType::Int, Form::Fixed(4)),
            (WireType::Int, Form::Tiny),
            (text(), Form::Short),
            (WireType::Variant, Form::Long),
            (text(), Form::Pointed),
            (WireType::Xml, Form::Parts),
            (text(), Form::Parts),
        ];
        forms.into_iter().map(|(ty, form)| WireColumn { name: String::new(), ty, form }).collect()
    }

    fn parts(total: u64, parts: &[usize]) -> Vec<u8> {
        let mut bytes = total.to_le_bytes().to_vec();
        for length in parts {
            bytes.extend((*length as u32).to_le_bytes());
            bytes.extend(vec![b'p'; *length]);
        }
        bytes.extend([0; 4]);
        bytes
    }

    fn pointed(length: usize) -> Vec<u8> {
        let mut bytes = vec![2, 9, 9];
        bytes.extend([7; 8]);
        bytes.extend((length as u32).to_le_bytes());
        bytes.extend(vec![b't'; length]);
        bytes
    }

    fn row(pointer: &[u8], last: &[u8]) -> Vec<u8> {
        let mut bytes = vec![token::ROW, 1, 0, 0, 0, 2, 5, 6, 3, 0, b'a', b'b', b'c', 2, 0, 0, 0, 8, 8];
        bytes.extend(pointer);
        bytes.extend(parts(3, &[3]));
        bytes.extend(last);
        bytes
    }

    const DONE: [u8; 13] = [0xFD, 0x10, 0, 0xC1, 0, 1, 0, 0, 0, 0, 0, 0, 0];

    fn passed(bytes: &[u8], piece: usize) -> Vec<u8> {
        let mut cutter = Cutter::of(&columns()).expect("an endless column");
        let mut out = Vec::new();
        bytes.chunks(piece).for_each(|piece| cutter.pass(piece, &mut out));
        out
    }

    #[test]
    fn what_has_a_limit_needs_no_cutter() {
        let limited: Vec<_> = columns().into_iter().filter(|column| !column.form.is_endless()).collect();
        assert!(Cutter::of(&limited).is_none());
    }

    #[test]
    fn short_values_pass_as_they_are() {
        let mut bytes = row(&pointed(5), &parts(7, &[3, 4]));
        bytes.extend(row(&[0], &u64::MAX.to_le_bytes()));
        // An INFO token between the rows, and a row of which only the second column is there.
        bytes.extend([0xAB, 2, 0, 1, 2, token::PACKED_ROW, 0b0111_1101, 1, 9]);
        bytes.extend(DONE);
        for piece in [1, 2, 3, 7, 1000] {
            assert_eq!(passed(&bytes, piece), bytes, "in pieces of {piece}");
        }
    }

    #[test]
    fn long_values_lose_their_rest_and_the_row_goes_on() {
        let long = TEXT_SIZE + 1_000;
        let bytes =
            [row(&pointed(long), &parts(long as u64, &[60_000, 3_000, long - 63_000])), DONE.to_vec()];
        let kept = parts(UNKNOWN_TOTAL, &[60_000, 3_000, TEXT_SIZE - 63_000]);
        let expected = [row(&pointed(TEXT_SIZE), &kept), DONE.to_vec()].concat();
        for piece in [1, 13, 4_096, 1_000_000] {
            assert!(passed(&bytes.concat(), piece) == expected, "in pieces of {piece}");
        }
    }

    #[test]
    fn parts_beyond_the_limit_vanish_whole() {
        let bytes = row(&[0], &parts(UNKNOWN_TOTAL, &[TEXT_SIZE, 50_000, 50_000]));
        assert!(passed(&bytes, 999) == row(&[0], &parts(UNKNOWN_TOTAL, &[TEXT_SIZE])));
    }

    #[test]
    fn after_a_token_it_does_not_know_everything_passes() {
        let bytes = [vec![token::COLUMNS], vec![token::ROW; 500]].concat();
        assert_eq!(passed(&bytes, 3), bytes);
    }

    proptest! {
        #[test]
        fn no_bytes_upset_it_and_none_are_added(noise in proptest::collection::vec(any::<u8>(), 0..400)) {
            prop_assert!(passed(&noise, 5).len() <= noise.len());
        }
    }
}
