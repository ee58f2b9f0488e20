//! Dimensions that a store adds to the model: one text column each, under the store's own words.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::dimension::Dim;
use super::schema::{SqlType, column_named};

/// Dimensions that a store may add.
pub const MOST_OWN: usize = 8;

/// The longest name of such a dimension, in bytes.
const LONGEST: usize = 24;

/// What stands before the name where a query is written, so that no column and no alias of the
/// model can be meant; [`SalesModel::with_real_names`](super::SalesModel::with_real_names) puts
/// the real column in its place.
const PLACEHOLDER: &str = "dim_";

/// The stable name of a dimension that a store adds: small ASCII letters, digits and `_`,
/// beginning with a letter, not the name of a dimension of the model.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OwnName {
    /// [`PLACEHOLDER`] and the name.
    text: [u8; PLACEHOLDER.len() + LONGEST],
    len: u8,
}

impl OwnName {
    /// The name, unless it is none.
    pub fn new(name: &str) -> Option<OwnName> {
        let letters = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        let usable = letters && name.as_bytes().first().is_some_and(u8::is_ascii_lowercase);
        if !usable || Dim::named(name).is_some() {
            return None;
        }
        let whole = format!("{PLACEHOLDER}{name}");
        let mut text = [0; PLACEHOLDER.len() + LONGEST];
        text.get_mut(..whole.len())?.copy_from_slice(whole.as_bytes());
        Some(OwnName { text, len: u8::try_from(whole.len()).ok()? })
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        self.placeholder().strip_prefix(PLACEHOLDER).unwrap_or_default()
    }

    /// What stands for its column where a query is written.
    pub fn placeholder(&self) -> &str {
        let text = self.text.get(..usize::from(self.len)).unwrap_or_default();
        std::str::from_utf8(text).unwrap_or_default()
    }
}

impl fmt::Debug for OwnName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OwnName").field(&self.as_str()).finish()
    }
}

impl From<OwnName> for String {
    fn from(name: OwnName) -> String {
        name.as_str().to_string()
    }
}

impl TryFrom<String> for OwnName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        OwnName::new(&name).ok_or(name)
    }
}

/// What a dimension is called in one language; of each list the first is the one shown.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnWords {
    /// In the singular: `canal`, `canal de venta`.
    pub one: Vec<String>,
    /// In the plural.
    pub many: Vec<String>,
}

/// A dimension that a store adds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnDimension {
    /// Its name.
    pub name: OwnName,
    /// The column with its values: a text column of the model by its name there, or a further
    /// column of the table by its real name.
    pub column: String,
    /// Whether its values are names of people.
    pub personal: bool,
    /// What it is called in Spanish.
    pub es: OwnWords,
    /// What it is called in English.
    pub en: OwnWords,
}

impl OwnDimension {
    /// The further column that the table must have for it; `None` where the model has the column.
    pub fn further_column(&self) -> Option<&str> {
        column_named(&self.column).is_none().then_some(self.column.as_str())
    }
}

/// The name of `column` in the model if it can be a dimension: a text column of the model in the
/// model's spelling, or any column that the model does not know.
pub fn dimension_column(column: &str) -> Option<String> {
    match column_named(column) {
        Some(known) if matches!(known.sql_type, SqlType::NVarChar(_)) => Some(known.name.to_string()),
        Some(_) => None,
        None => Some(column.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_plain_and_not_one_of_the_model() {
        for good in ["canal", "tipo_2", "a", "abcdefghijklmnopqrstuvwx"] {
            let name = OwnName::new(good).expect(good);
            assert_eq!((name.as_str(), name.placeholder()), (good, format!("dim_{good}").as_str()));
        }
        for bad in ["", "2a", "_a", "Canal", "canál", "a b", "a;b", "brand", "abcdefghijklmnopqrstuvwxy"] {
            assert_eq!(OwnName::new(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_name_survives_being_written_and_read() {
        let dim = Dim::Own(OwnName::new("canal").expect("a name"));
        let json = serde_json::to_string(&dim).expect("written");
        assert_eq!(json, r#"{"own":"canal"}"#);
        assert_eq!(serde_json::from_str::<Dim>(&json).expect("read"), dim);
        assert!(serde_json::from_str::<Dim>(r#"{"own":"a;b"}"#).is_err());
    }

    #[test]
    fn only_texts_can_be_dimensions() {
        assert_eq!(dimension_column("articuloscodigo").as_deref(), Some("ArticulosCodigo"));
        assert_eq!(dimension_column("TotalMasIva"), None);
        assert_eq!(dimension_column("CanalVenta").as_deref(), Some("CanalVenta"));
    }
}
