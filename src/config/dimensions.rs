//! `[dimensions.NAME]`: what a store adds to the dimensions that all stores have.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::rules::broken;
use crate::model::own::{MOST_OWN, dimension_column};
use crate::model::{Dim, OwnDimension, OwnName, OwnWords};

/// The dimensions that a store adds, by name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "BTreeMap<String, RawDimension>")]
pub struct Dimensions(Vec<OwnDimension>);

/// A dimension as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDimension {
    column: String,
    #[serde(default)]
    personal: bool,
    es: OwnWords,
    en: Option<OwnWords>,
}

impl Dimensions {
    /// All of them.
    pub fn all(&self) -> &[OwnDimension] {
        &self.0
    }

    /// These with others under them: of two with the same name, these count.
    ///
    /// # Errors
    /// A broken rule where there are more than the model takes.
    pub(super) fn over(&self, others: &Dimensions) -> Result<Dimensions, String> {
        let mut all = self.0.clone();
        let named = |name| self.0.iter().any(|own| own.name == name);
        all.extend(others.0.iter().filter(|other| !named(other.name)).cloned());
        all.sort_by_key(|own| own.name);
        if all.len() > MOST_OWN { Err(broken("dimensions", MOST_OWN)) } else { Ok(Dimensions(all)) }
    }
}

impl TryFrom<BTreeMap<String, RawDimension>> for Dimensions {
    type Error = String;

    fn try_from(raw: BTreeMap<String, RawDimension>) -> Result<Self, String> {
        let read: Result<Vec<OwnDimension>, String> = raw.into_iter().map(read).collect();
        Dimensions(read?).over(&Dimensions::default())
    }
}

fn read((name, raw): (String, RawDimension)) -> Result<OwnDimension, String> {
    let plain = !raw.column.trim().is_empty()
        && raw.column.chars().count() <= 128
        && !raw.column.chars().any(char::is_control);
    let column = dimension_column(&raw.column).filter(|column| plain && Dim::of_column(column).is_none());
    let column = column.ok_or_else(|| broken("dimension_column", &raw.column))?;
    let en = raw.en.unwrap_or_else(|| raw.es.clone());
    let blank = |words: &[String]| words.is_empty() || words.iter().any(|word| word.trim().is_empty());
    if [&raw.es, &en].iter().any(|words| blank(&words.one) || blank(&words.many)) {
        return Err(broken("dimension_words", name));
    }
    let name = OwnName::new(&name).ok_or_else(|| broken("dimension_name", name))?;
    Ok(OwnDimension { name, column, personal: raw.personal, es: raw.es, en })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(source: &str) -> Result<Dimensions, String> {
        toml::from_str(source).map_err(|error| error.message().to_string())
    }

    const CHANNEL: &str =
        "[canal]\ncolumn = \"CanalVenta\"\nes = { one = [\"canal\"], many = [\"canales\"] }\n";

    #[test]
    fn a_dimension_needs_a_text_column_and_words() {
        let dimensions = read(CHANNEL).expect("a dimension");
        let [channel] = dimensions.all() else { panic!("one dimension") };
        assert_eq!((channel.name.as_str(), channel.column.as_str()), ("canal", "CanalVenta"));
        assert_eq!((channel.further_column(), channel.personal), (Some("CanalVenta"), false));
        assert_eq!(channel.en, channel.es);
        for (wrong, rule) in [
            (CHANNEL.replace("CanalVenta", "TotalMasIva"), "@dimension_column"),
            (CHANNEL.replace("CanalVenta", "marca"), "@dimension_column"),
            (CHANNEL.replace("CanalVenta", " "), "@dimension_column"),
            (CHANNEL.replace("[canal]", "[brand]"), "@dimension_name"),
            (CHANNEL.replace("[canal]", "[Canal]"), "@dimension_name"),
            (CHANNEL.replace("\"canales\"", ""), "@dimension_words"),
        ] {
            let said = read(&wrong).expect_err(&wrong);
            assert!(said.starts_with(rule), "{said}");
        }
    }

    #[test]
    fn a_profile_s_own_comes_before_the_common_one() {
        let common = read(CHANNEL).expect("a dimension");
        let own = read(&CHANNEL.replace("CanalVenta", "Canal")).expect("a dimension");
        let both = own.over(&common).expect("one");
        assert_eq!(both.all().iter().map(|own| own.column.as_str()).collect::<Vec<_>>(), ["Canal"]);
        let many = |range: std::ops::Range<u8>| {
            let all = range.map(|n| CHANNEL.replace("[canal]", &format!("[canal_{n}]"))).collect::<String>();
            read(&all)
        };
        let crowd = many(0..5).expect("five").over(&many(5..9).expect("four")).expect_err("nine");
        assert!(crowd.starts_with("@dimensions 8"), "{crowd}");
    }
}
