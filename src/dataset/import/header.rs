//! Which column of a file is which column of the table.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::{REQUIRED, WIDTH};
use crate::dataset::error::DatasetError;
use crate::model::own::MOST_OWN;
use crate::model::schema::COLUMNS;

/// Columns that follow from others where a file lacks them.
const DERIVED: [&str; 5] = ["VentaID", "ano", "mes", "dia", "periodo"];

/// Where the table's columns are in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mapping {
    /// The file's column for each of the table's.
    pub(super) positions: [Option<usize>; WIDTH],
    /// The further columns wanted that the file has, in the order of their positions after the
    /// table's.
    pub(super) further: Vec<String>,
    /// Columns of the file that the table does not have.
    pub(super) ignored: Vec<String>,
    /// Number of columns in the file.
    pub(super) width: usize,
}

impl Mapping {
    /// Finds the table's columns, and the `wanted` further ones, among the names of a file's.
    pub(super) fn new<'a>(
        names: impl Iterator<Item = &'a str>,
        wanted: &[String],
    ) -> Result<Mapping, DatasetError> {
        let mut mapping =
            Mapping { positions: [None; WIDTH], further: Vec::new(), ignored: Vec::new(), width: 0 };
        for name in names {
            let position = mapping.width;
            mapping.width += 1;
            let Some(column) = column_index(name).or_else(|| mapping.further_index(name, wanted)) else {
                mapping.ignored.push(name.to_string());
                continue;
            };
            if let Some(slot) = mapping.positions.get_mut(column)
                && slot.replace(position).is_some()
            {
                return Err(DatasetError::DuplicateColumn { column: name.to_string() });
            }
        }
        Ok(mapping)
    }

    /// The place of a further column, which is given one where it is wanted.
    fn further_index(&mut self, name: &str, wanted: &[String]) -> Option<usize> {
        let key = plain(name);
        let wanted = wanted.iter().find(|further| plain(further) == key)?;
        let known = self.further.iter().position(|further| further == wanted);
        let index = known.unwrap_or_else(|| {
            self.further.push(wanted.clone());
            self.further.len() - 1
        });
        (index < MOST_OWN).then_some(COLUMNS.len() + index)
    }

    /// Refuses a file without the columns that every answer needs.
    pub(super) fn check(self) -> Result<Mapping, DatasetError> {
        let absent = REQUIRED.iter().filter(|name| !self.has(name));
        let columns: Vec<String> = absent.map(|name| (*name).to_string()).collect();
        if columns.is_empty() { Ok(self) } else { Err(DatasetError::MissingColumns { columns }) }
    }

    /// How many of the table's columns the file has.
    pub(super) fn found(&self) -> usize {
        self.positions.iter().take(COLUMNS.len()).flatten().count()
    }

    /// Columns that follow from others.
    pub(super) fn derived(&self) -> Vec<&'static str> {
        DERIVED.into_iter().filter(|name| !self.has(name)).collect()
    }

    /// Columns that will be NULL.
    pub(super) fn missing(&self) -> Vec<&'static str> {
        let absent = COLUMNS.iter().map(|c| c.name).filter(|name| !self.has(name));
        absent.filter(|name| !DERIVED.contains(name)).collect()
    }

    fn has(&self, name: &str) -> bool {
        let column = COLUMNS.iter().position(|c| c.name == name);
        column.and_then(|index| self.positions.get(index)).is_some_and(Option::is_some)
    }
}

fn column_index(name: &str) -> Option<usize> {
    let key = plain(name);
    COLUMNS.iter().position(|column| plain(column.name) == key)
}

/// A name without case, accents, spaces and punctuation: `Año` is `ano`.
fn plain(name: &str) -> String {
    let letters = name.nfkd().filter(|c| !is_combining_mark(*c) && c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_without_case_accents_and_spaces() {
        let names = ["AÑO", "documentos_codigo", " Fecha ", "otra"];
        let mapping = Mapping::new(names.into_iter(), &[]).expect("no duplicates");
        assert_eq!(mapping.found(), 3);
        assert_eq!(mapping.ignored, ["otra"]);
        assert!(mapping.has("ano") && mapping.has("DocumentosCodigo"));
    }

    #[test]
    fn a_column_named_twice_is_refused() {
        let twice = Mapping::new(["Fecha", "FECHA"].into_iter(), &[]);
        assert_eq!(twice, Err(DatasetError::DuplicateColumn { column: "FECHA".into() }));
    }
}
