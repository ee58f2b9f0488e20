//! Rows from the wire into Arrow columns.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int64Builder, StringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow::error::ArrowError;
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use tiberius::{ColumnData, Row};

use super::values;
use super::wire::{TEXT_SIZE, WireColumn, WireType};
use crate::engine::Note;

/// What marks a text that was cut.
const MARK: &str = "…";
/// Bytes of a binary that are shown: two digits each.
const BINARY_SIZE: usize = TEXT_SIZE / 2;

/// A row that does not have the columns that were announced.
#[derive(Debug)]
pub(super) struct Mismatch(pub String);

/// Columns that rows are collected in.
pub(super) struct Table {
    schema: SchemaRef,
    columns: Vec<Column>,
    rows: usize,
    bytes: usize,
}

struct Column {
    name: String,
    ty: WireType,
    cells: Cells,
    noted: Vec<Note>,
    told: usize,
}

enum Cells {
    Whole(Int64Builder),
    Bit(BooleanBuilder),
    Float(Float64Builder),
    Decimal(Decimal128Builder),
    Day(Date32Builder),
    Moment(TimestampMicrosecondBuilder),
    Text(StringBuilder),
}

impl Table {
    pub fn new(columns: Vec<WireColumn>) -> Table {
        let fields: Vec<Field> =
            columns.iter().map(|column| Field::new(&column.name, data_type(&column.ty), true)).collect();
        let columns = columns
            .into_iter()
            .map(|WireColumn { name, ty, .. }| {
                let cells = cells(&ty, 0, 0);
                Column { name, ty, cells, noted: Vec::new(), told: 0 }
            })
            .collect();
        Table { schema: Arc::new(Schema::new(fields)), columns, rows: 0, bytes: 0 }
    }

    /// The columns as they leave.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// Rows collected.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Bytes collected, about.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds a row.
    ///
    /// # Errors
    /// [`Mismatch`] when a value is not of its column's type.
    pub fn push(&mut self, row: Row) -> Result<(), Mismatch> {
        if row.len() != self.columns.len() {
            return Err(Mismatch(format!("{} values for {} columns", row.len(), self.columns.len())));
        }
        for (column, value) in self.columns.iter_mut().zip(row) {
            self.bytes += column.push(value)?;
        }
        self.rows += 1;
        Ok(())
    }

    /// Takes what was collected.
    ///
    /// # Errors
    /// When Arrow refuses the columns, which would be our error.
    pub fn take(&mut self) -> Result<RecordBatch, ArrowError> {
        let arrays = self.columns.iter_mut().map(Column::take).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        (self.rows, self.bytes) = (0, 0);
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options)
    }

    /// What is to be known about the columns and was not told yet.
    pub fn notes(&mut self) -> Vec<Note> {
        let mut notes = Vec::new();
        for column in &mut self.columns {
            notes.extend(column.noted.get(column.told..).unwrap_or_default().iter().cloned());
            column.told = column.noted.len();
        }
        notes
    }
}

fn data_type(ty: &WireType) -> DataType {
    match ty {
        WireType::Int => DataType::Int64,
        WireType::Bit => DataType::Boolean,
        WireType::Real | WireType::Float => DataType::Float64,
        WireType::Money => DataType::Decimal128(19, 4),
        WireType::SmallMoney => DataType::Decimal128(10, 4),
        WireType::Decimal { precision, scale } => decimal(*precision, *scale),
        WireType::Date => DataType::Date32,
        WireType::DateTime | WireType::SmallDateTime | WireType::DateTime2 => {
            DataType::Timestamp(TimeUnit::Microsecond, None)
        }
        WireType::Null
        | WireType::Time
        | WireType::DateTimeOffset
        | WireType::Guid
        | WireType::Text { .. }
        | WireType::Binary { .. }
        | WireType::Xml
        | WireType::Variant
        | WireType::User(_) => DataType::Utf8,
    }
}

/// A decimal type that Arrow accepts, whatever the server says.
fn decimal(precision: u8, scale: u8) -> DataType {
    let precision = precision.clamp(1, 38);
    let scale = scale.min(38);
    DataType::Decimal128(precision.max(scale), i8::try_from(scale).unwrap_or_default())
}

/// Empty cells with room for so many values, and bytes of text.
fn cells(ty: &WireType, room: usize, bytes: usize) -> Cells {
    match data_type(ty) {
        DataType::Int64 => Cells::Whole(Int64Builder::with_capacity(room)),
        DataType::Boolean => Cells::Bit(BooleanBuilder::with_capacity(room)),
        DataType::Float64 => Cells::Float(Float64Builder::with_capacity(room)),
        ty @ DataType::Decimal128(..) => {
            Cells::Decimal(Decimal128Builder::with_capacity(room).with_data_type(ty))
        }
        DataType::Date32 => Cells::Day(Date32Builder::with_capacity(room)),
        DataType::Timestamp(..) => Cells::Moment(TimestampMicrosecondBuilder::with_capacity(room)),
        _ => Cells::Text(StringBuilder::with_capacity(room, bytes)),
    }
}

impl Cells {
    /// The values collected, and the bytes of them that are text.
    fn finish(&mut self) -> (ArrayRef, usize) {
        let mut bytes = 0;
        let mut array: ArrayRef = match self {
            Cells::Whole(cells) => Arc::new(cells.finish()),
            Cells::Bit(cells) => Arc::new(cells.finish()),
            Cells::Float(cells) => Arc::new(cells.finish()),
            Cells::Decimal(cells) => Arc::new(cells.finish()),
            Cells::Day(cells) => Arc::new(cells.finish()),
            Cells::Moment(cells) => Arc::new(cells.finish()),
            Cells::Text(cells) => {
                bytes = cells.values_slice().len();
                Arc::new(cells.finish())
            }
        };
        // There is always some room left over; a result may be kept for long.
        if let Some(array) = Arc::get_mut(&mut array) {
            array.shrink_to_fit();
        }
        (array, bytes)
    }
}

impl Column {
    /// Takes the values collected. The next ones find a little more room than these took: to grow
    /// by doubling, batch after batch, would copy everything twice.
    fn take(&mut self) -> ArrayRef {
        let (array, bytes) = self.cells.finish();
        let more = |size: usize| size + size / 8;
        self.cells = cells(&self.ty, more(array.len()), more(bytes));
        array
    }

    /// Adds a value; returns the bytes it takes, about.
    fn push(&mut self, value: ColumnData<'static>) -> Result<usize, Mismatch> {
        use ColumnData as D;
        let bytes = match &mut self.cells {
            Cells::Whole(cells) => {
                cells.append_option(match value {
                    D::U8(value) => value.map(i64::from),
                    D::I16(value) => value.map(i64::from),
                    D::I32(value) => value.map(i64::from),
                    D::I64(value) => value,
                    other => return Err(self.mismatch(&other)),
                });
                8
            }
            Cells::Bit(cells) => {
                let D::Bit(value) = value else { return Err(self.mismatch(&value)) };
                cells.append_option(value);
                1
            }
            Cells::Float(cells) => {
                cells.append_option(match value {
                    D::F32(value) => value.map(values::real),
                    D::F64(value) => value,
                    other => return Err(self.mismatch(&other)),
                });
                8
            }
            Cells::Decimal(cells) => {
                cells.append_option(match (&self.ty, value) {
                    (WireType::Money, D::I64(value)) => value.map(|halves| values::money(halves).into()),
                    (WireType::SmallMoney, D::I32(value)) => value.map(i128::from),
                    // A NULL comes as the type that was announced, whatever its size.
                    (WireType::Money | WireType::SmallMoney, D::U8(None) | D::I16(None) | D::I32(None)) => {
                        None
                    }
                    (WireType::Decimal { scale, .. }, D::Numeric(value)) => match value {
                        Some(number) if number.scale() != *scale => {
                            return Err(self.mismatch(&D::Numeric(value)));
                        }
                        value => value.map(|number| number.value()),
                    },
                    (_, other) => return Err(self.mismatch(&other)),
                });
                16
            }
            Cells::Day(cells) => {
                let D::Date(value) = value else { return Err(self.mismatch(&value)) };
                cells.append_option(value.map(values::day));
                4
            }
            Cells::Moment(cells) => {
                let mut fine = false;
                cells.append_option(match value {
                    D::DateTime(value) => value.map(values::datetime),
                    D::SmallDateTime(value) => value.map(values::small_datetime),
                    D::DateTime2(value) => value.map(|value| {
                        let (moment, cut) = values::datetime2(value);
                        fine = cut;
                        moment
                    }),
                    other => return Err(self.mismatch(&other)),
                });
                if fine {
                    self.note(|column| Note::Rounded { column });
                }
                8
            }
            Cells::Text(_) => self.push_text(value),
        };
        Ok(bytes)
    }

    fn push_text(&mut self, value: ColumnData<'static>) -> usize {
        let mut cut = false;
        let text = match (&self.ty, value) {
            (WireType::User(name), ColumnData::Binary(value)) => {
                let name = name.clone();
                let text = value.map(|_| format!("(tipo {name})"));
                if text.is_some() {
                    self.note(|column| Note::UnknownType { column, type_name: name });
                }
                text
            }
            (WireType::Text { cut_at, utf8 }, ColumnData::String(Some(text))) => {
                let (cut_at, utf8) = (*cut_at, *utf8);
                // A character stands for each byte as long as it is not known to be UTF-8.
                let all_bytes = utf8 && cut_at.is_some_and(|limit| text.chars().count() >= limit);
                let text = if utf8 { values::utf8_of(text) } else { text };
                // The common case: appended without a copy of its own.
                if !all_bytes
                    && text.len() < cut_at.unwrap_or(TEXT_SIZE).min(TEXT_SIZE)
                    && let Cells::Text(cells) = &mut self.cells
                {
                    cells.append_value(&text);
                    return text.len() + 4;
                }
                let (mut text, was_cut) = shortened(text.into_owned(), cut_at);
                if all_bytes && !was_cut {
                    text.push_str(MARK);
                }
                cut = all_bytes || was_cut;
                Some(text)
            }
            (WireType::Binary { cut_at }, ColumnData::Binary(Some(bytes))) => {
                let (text, shortened) = values::binary_text(&bytes, BINARY_SIZE);
                cut = shortened || cut_at.is_some_and(|limit| bytes.len() >= limit);
                Some(if cut { text + MARK } else { text })
            }
            (_, value) => values::any_text(value).map(|text| {
                let (text, was_cut) = shortened(text, None);
                cut = was_cut;
                text
            }),
        };
        if cut {
            self.note(|column| Note::Cut { column });
        }
        let bytes = 4 + text.as_ref().map_or(0, String::len);
        if let Cells::Text(cells) = &mut self.cells {
            cells.append_option(text);
        }
        bytes
    }

    fn mismatch(&self, value: &ColumnData<'_>) -> Mismatch {
        let kind = format!("{value:?}");
        let kind = kind.split('(').next().unwrap_or_default();
        Mismatch(format!("a value {kind} in the column {} of type {:?}", self.name, self.ty))
    }

    fn note(&mut self, made: impl FnOnce(String) -> Note) {
        let note = made(self.name.clone());
        if !self.noted.contains(&note) {
            self.noted.push(note);
        }
    }
}

/// A text of at most 64 KiB, and whether it is not the whole: cut here, or by the server,
/// which stops `(max)` values at `cut_at` characters.
fn shortened(mut text: String, cut_at: Option<usize>) -> (String, bool) {
    let by_server = cut_at.is_some_and(|limit| {
        text.len() == limit || text.encode_utf16().count() == limit || text.chars().count() == limit
    });
    let too_long = text.len() > TEXT_SIZE;
    if too_long {
        let end = (0..=TEXT_SIZE).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        text.truncate(end);
    }
    if by_server || too_long {
        text.push_str(MARK);
    }
    (text, by_server || too_long)
}
