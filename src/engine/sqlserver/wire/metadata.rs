//! The columns of an answer, read from the wire (COLMETADATA, MS-TDS 2.2.7.4).
//!
//! tiberius tells a column's kind, but neither a decimal's precision and scale nor a
//! user type's name, and it reads money through a floating-point number. So the columns are
//! read here as they pass, and money is announced to tiberius as the whole number that it
//! is on the wire.

use super::token::{self, Rest};
use super::types::{Form, TEXT_SIZE, WireColumn, WireType};

/// Bytes looked through for the columns before giving up: 1,024 columns of the longest names fit.
pub(super) const MOST: usize = 1 << 20;

/// What the beginning of an answer holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Not enough of it is there yet.
    NotYet,
    /// There are no columns, or they cannot be read.
    Nothing,
    /// The columns.
    Columns {
        columns: Vec<WireColumn>,
        /// Bytes to replace before tiberius sees them: offset and new value.
        patches: Vec<(usize, u8)>,
        /// Where the columns end and the rows begin.
        end: usize,
    },
}

/// Reads the columns from the beginning of an answer.
pub(super) fn read(answer: &[u8]) -> Found {
    let mut reader = Reader { bytes: answer, at: 0, patches: Vec::new() };
    match reader.columns() {
        Ok(Some(columns)) => Found::Columns { columns, patches: reader.patches, end: reader.at },
        Ok(None) => Found::Nothing,
        Err(Short) if answer.len() > MOST => Found::Nothing,
        Err(Short) => Found::NotYet,
    }
}

/// The bytes end too early.
struct Short;

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    patches: Vec<(usize, u8)>,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Short> {
        let end = self.at.checked_add(count).ok_or(Short)?;
        let taken = self.bytes.get(self.at..end).ok_or(Short)?;
        self.at = end;
        Ok(taken)
    }

    fn u8(&mut self) -> Result<u8, Short> {
        self.take(1)?.first().copied().ok_or(Short)
    }

    fn u16(&mut self) -> Result<u16, Short> {
        <[u8; 2]>::try_from(self.take(2)?).map(u16::from_le_bytes).map_err(|_| Short)
    }

    /// A text whose number of characters takes one byte.
    fn short_text(&mut self) -> Result<String, Short> {
        let characters = usize::from(self.u8()?);
        self.text(characters)
    }

    /// A text whose number of characters takes two bytes.
    fn long_text(&mut self) -> Result<String, Short> {
        let characters = usize::from(self.u16()?);
        self.text(characters)
    }

    fn text(&mut self, characters: usize) -> Result<String, Short> {
        let bytes = self.take(characters * 2)?;
        let units: Vec<u16> = bytes
            .chunks_exact(2)
            .filter_map(|pair| Some(u16::from_le_bytes(pair.try_into().ok()?)))
            .collect();
        Ok(String::from_utf16_lossy(&units))
    }

    /// The first columns of the answer; none when it ends or turns strange before them.
    fn columns(&mut self) -> Result<Option<Vec<WireColumn>>, Short> {
        loop {
            let token = self.u8()?;
            let length = match token::rest(token) {
                Some(Rest::Bytes(length)) => length,
                Some(Rest::Counted) => self.u16()?.into(),
                None if token == token::COLUMNS => break,
                None => return Ok(None),
            };
            self.take(length)?;
        }
        let count = match self.u16()? {
            0xFFFF => 0,
            count => count,
        };
        let mut columns = Vec::new();
        for _ in 0..count {
            // User type and flags.
            self.take(6)?;
            let Some((ty, form)) = self.column_type()? else { return Ok(None) };
            let name = self.short_text()?;
            columns.push(WireColumn { name, ty, form });
        }
        Ok(Some(columns))
    }

    fn column_type(&mut self) -> Result<Option<(WireType, Form)>, Short> {
        let at = self.at;
        let token = self.u8()?;
        Ok(Some(match token {
            0x1F => (WireType::Null, Form::Fixed(0)),
            0x30 => (WireType::Int, Form::Fixed(1)),
            0x34 => (WireType::Int, Form::Fixed(2)),
            0x38 => (WireType::Int, Form::Fixed(4)),
            0x7F => (WireType::Int, Form::Fixed(8)),
            0x32 => (WireType::Bit, Form::Fixed(1)),
            0x3B => (WireType::Real, Form::Fixed(4)),
            0x3E => (WireType::Float, Form::Fixed(8)),
            0x3A => (WireType::SmallDateTime, Form::Fixed(4)),
            0x3D => (WireType::DateTime, Form::Fixed(8)),
            0x3C => {
                self.patches.push((at, 0x7F));
                (WireType::Money, Form::Fixed(8))
            }
            0x7A => {
                self.patches.push((at, 0x38));
                (WireType::SmallMoney, Form::Fixed(4))
            }
            0x28 => (WireType::Date, Form::Tiny),
            0x29 => self.skipping(1, (WireType::Time, Form::Tiny))?,
            0x2A => self.skipping(1, (WireType::DateTime2, Form::Tiny))?,
            0x2B => self.skipping(1, (WireType::DateTimeOffset, Form::Tiny))?,
            0x24 => self.skipping(1, (WireType::Guid, Form::Tiny))?,
            0x26 => self.skipping(1, (WireType::Int, Form::Tiny))?,
            0x68 => self.skipping(1, (WireType::Bit, Form::Tiny))?,
            0x6D => match self.u8()? {
                4 => (WireType::Real, Form::Tiny),
                _ => (WireType::Float, Form::Tiny),
            },
            0x6F => match self.u8()? {
                4 => (WireType::SmallDateTime, Form::Tiny),
                _ => (WireType::DateTime, Form::Tiny),
            },
            0x6E => {
                self.patches.push((at, 0x26));
                match self.u8()? {
                    4 => (WireType::SmallMoney, Form::Tiny),
                    _ => (WireType::Money, Form::Tiny),
                }
            }
            0x6A | 0x6C => {
                self.take(1)?;
                (WireType::Decimal { precision: self.u8()?, scale: self.u8()? }, Form::Tiny)
            }
            0xA5 | 0xAD => {
                let (form, cut_at) = self.limited(TEXT_SIZE)?;
                (WireType::Binary { cut_at }, form)
            }
            0xA7 | 0xAF => {
                let (form, cut_at) = self.limited(TEXT_SIZE)?;
                (WireType::Text { cut_at, utf8: self.collation_is_utf8()? }, form)
            }
            0xE7 | 0xEF => {
                let (form, cut_at) = self.limited(TEXT_SIZE / 2)?;
                self.skipping(5, (WireType::Text { cut_at, utf8: false }, form))?
            }
            0x23 | 0x63 => {
                self.take(4 + 5)?;
                self.table_name()?;
                let cut_at = Some(if token == 0x63 { TEXT_SIZE / 2 } else { TEXT_SIZE });
                (WireType::Text { cut_at, utf8: false }, Form::Pointed)
            }
            0x22 => {
                self.take(4)?;
                self.table_name()?;
                (WireType::Binary { cut_at: Some(TEXT_SIZE) }, Form::Pointed)
            }
            0x62 => self.skipping(4, (WireType::Variant, Form::Long))?,
            0xF1 => {
                if self.u8()? != 0 {
                    self.short_text()?;
                    self.short_text()?;
                    self.long_text()?;
                }
                (WireType::Xml, Form::Parts)
            }
            0xF0 => {
                self.take(2)?;
                self.short_text()?;
                self.short_text()?;
                let name = self.short_text()?;
                self.long_text()?;
                (WireType::User(name), Form::Parts)
            }
            _ => return Ok(None),
        }))
    }

    /// The declared length of a text or binary; those without one may have been cut at `cut_at`.
    fn limited(&mut self, cut_at: usize) -> Result<(Form, Option<usize>), Short> {
        Ok(match self.u16()? {
            MAX => (Form::Parts, Some(cut_at)),
            _ => (Form::Short, None),
        })
    }

    /// Reads the collation of a column of bytes (MS-TDS 2.2.5.1.2); one of UTF-8 is replaced.
    fn collation_is_utf8(&mut self) -> Result<bool, Short> {
        const UTF8: u8 = 0x04;
        let at = self.at;
        let utf8 = self.take(5)?.get(3).is_some_and(|flags| flags & UTF8 != 0);
        if utf8 {
            let windows_1252 = [0x09, 0x04, 0, 0, 0];
            self.patches.extend(windows_1252.iter().enumerate().map(|(n, byte)| (at + n, *byte)));
        }
        Ok(utf8)
    }

    fn skipping<T>(&mut self, count: usize, found: T) -> Result<T, Short> {
        self.take(count).map(|_| found)
    }

    fn table_name(&mut self) -> Result<(), Short> {
        for _ in 0..self.u8()? {
            self.long_text()?;
        }
        Ok(())
    }
}

/// The declared length of a `(max)` type.
const MAX: u16 = 0xFFFF;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn column(ty: &[u8], name: &str) -> Vec<u8> {
        let mut bytes = vec![0; 6];
        bytes.extend(ty);
        bytes.push(name.encode_utf16().count() as u8);
        bytes.extend(name.encode_utf16().flat_map(u16::to_le_bytes));
        bytes
    }

    fn answer() -> Vec<u8> {
        // ENVCHANGE of three bytes, then the columns.
        let mut bytes = vec![0xE3, 3, 0, 1, 2, 3, 0x81, 4, 0];
        bytes.extend(column(&[0x6A, 17, 38, 20], "razón"));
        bytes.extend(column(&[0x6E, 8], "plata"));
        bytes.extend(column(&[0xE7, 0xFF, 0xFF, 0, 0, 0, 0, 0], "nota"));
        let mut geography = vec![0xF0, 0xFF, 0xFF, 0, 0, 9];
        geography.extend("geography".encode_utf16().flat_map(u16::to_le_bytes));
        geography.extend([0, 0]);
        bytes.extend(column(&geography, ""));
        bytes.push(0xD1);
        bytes
    }

    #[test]
    fn columns_are_read_and_money_becomes_a_whole_number() {
        let bytes = answer();
        let Found::Columns { columns, patches, end } = read(&bytes) else { panic!("no columns") };
        let types: Vec<_> = columns.iter().map(|column| (column.name.as_str(), &column.ty)).collect();
        assert_eq!(
            types,
            [
                ("razón", &WireType::Decimal { precision: 38, scale: 20 }),
                ("plata", &WireType::Money),
                ("nota", &WireType::Text { cut_at: Some(32 * 1024), utf8: false }),
                ("", &WireType::User("geography".into())),
            ]
        );
        assert_eq!(end, bytes.len() - 1);
        assert!(matches!(patches.as_slice(), [(at, 0x26)] if bytes.get(*at) == Some(&0x6E)));
    }

    #[test]
    fn every_beginning_asks_for_more_until_all_is_there() {
        let bytes = answer();
        for end in 0..bytes.len() - 1 {
            assert_eq!(read(&bytes[..end]), Found::NotYet, "after {end} bytes");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_upset_the_reader(noise in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&noise);
        }
    }
}
