//! The store's words and goods, read from `assets/demo`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::dataset::error::DatasetError;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Catalogue {
    pub(super) family: Vec<Family>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Family {
    pub(super) name: String,
    pub(super) category: String,
    pub(super) subcategory: String,
    pub(super) brands: Vec<(String, i64)>,
    pub(super) iva: i64,
    pub(super) margin: i64,
    pub(super) weight: u64,
    pub(super) sold_by: SoldBy,
    pub(super) season: Season,
    pub(super) variants: Vec<(String, i64)>,
}

/// How quantities of a product look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SoldBy {
    Unit,
    Tool,
    Bag,
    Small,
    Metre,
    Kilo,
    Sheet,
}

/// When a product sells better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Season {
    Steady,
    Dry,
    Rain,
    December,
    Planting,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Store {
    pub(super) own_name: String,
    pub(super) own_tax_id: String,
    pub(super) walk_in: String,
    pub(super) walk_in_tax_id: String,
    pub(super) city: Vec<City>,
    pub(super) salesperson: Vec<Salesperson>,
    pub(super) brand: BTreeMap<String, Brand>,
    pub(super) company: Vec<Company>,
    pub(super) words: Words,
    pub(super) warehouse: Vec<Warehouse>,
    pub(super) together: Vec<Together>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct City {
    pub(super) name: String,
    pub(super) state: String,
    pub(super) warehouse: String,
    pub(super) weight: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Salesperson {
    pub(super) name: String,
    pub(super) warehouse: String,
    pub(super) weight: u64,
    pub(super) from: i64,
    pub(super) to: i64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Brand {
    #[serde(default)]
    pub(super) supplier: String,
    #[serde(default)]
    pub(super) trend: Trend,
}

/// How a brand's sales move over the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Trend {
    #[default]
    Steady,
    Growing,
    Fading,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Company {
    pub(super) kind: String,
    pub(super) segment: Segment,
    pub(super) suffix: String,
}

/// What a customer buys for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Segment {
    Builder,
    Trade,
    Institution,
    Farm,
    #[serde(skip)]
    Person,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    pub(super) company: Vec<String>,
    pub(super) first: Vec<String>,
    pub(super) middle: Vec<String>,
    pub(super) last: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Warehouse {
    pub(super) code: String,
    pub(super) city: String,
    pub(super) weight: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Together {
    pub(super) first: String,
    pub(super) then: String,
}

/// Reads the catalogue and the store.
pub(super) fn load() -> Result<(Catalogue, Store), DatasetError> {
    let catalogue = toml::from_str(include_str!("../../../assets/demo/catalogue.toml"));
    let store = toml::from_str(include_str!("../../../assets/demo/store.toml"));
    Ok((catalogue.map_err(DatasetError::internal)?, store.map_err(DatasetError::internal)?))
}
