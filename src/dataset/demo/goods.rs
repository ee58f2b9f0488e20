//! What is sold: the products, their prices over time and how often each is taken.

use std::collections::HashMap;

use super::amounts::{Money4, without_iva};
use super::calendar::Calendar;
use super::catalogue::{Catalogue, Family, Season, SoldBy, Store, Trend};
use super::dice::{Dice, Weights};

/// Months between two reviews of a product's shelf price.
const REVIEW_MONTHS: usize = 3;

/// A product.
#[derive(Debug, Clone)]
pub(super) struct Product {
    pub(super) id: i32,
    pub(super) code: String,
    pub(super) name: String,
    pub(super) brand: String,
    pub(super) supplier: String,
    pub(super) category: String,
    pub(super) subcategory: String,
    pub(super) iva: i64,
    pub(super) sold_by: SoldBy,
    price: i64,
    margin: i64,
    weight: u64,
    season: Season,
    trend: Trend,
    review: usize,
}

/// The products with their demand in every month.
pub(super) struct Goods {
    pub(super) products: Vec<Product>,
    demand: Vec<Weights>,
    /// Products that go well with those of a subcategory.
    companions: HashMap<String, Vec<usize>>,
    /// Price level of every month, in ten-thousandths of the first.
    levels: Vec<i64>,
}

impl Goods {
    pub(super) fn new(catalogue: &Catalogue, store: &Store, calendar: &Calendar) -> Goods {
        let products = products(catalogue, store);
        let months = calendar.months();
        let demand = (0..months).map(|month| {
            let season = calendar.month_of_year(month);
            Weights::new(products.iter().map(|p| p.demand(season, month, months)))
        });
        let demand = demand.collect();
        let mut companions: HashMap<String, Vec<usize>> = HashMap::new();
        for pair in &store.together {
            let indices = products.iter().enumerate().filter(|(_, p)| p.subcategory == pair.then);
            companions.entry(pair.first.clone()).or_default().extend(indices.map(|(index, _)| index));
        }
        Goods { products, demand, companions, levels: price_levels(months) }
    }

    /// A product as it is asked for in `month`.
    pub(super) fn draw(&self, month: usize, dice: &mut Dice) -> Option<&Product> {
        self.products.get(dice.index(self.demand.get(month)?))
    }

    /// Something that goes with `product`, if anything does.
    pub(super) fn companion(&self, product: &Product, dice: &mut Dice) -> Option<&Product> {
        let index = dice.pick(self.companions.get(&product.subcategory)?)?;
        self.products.get(*index)
    }

    /// The shelf price with IVA in pesos and the unit cost in `month`.
    pub(super) fn price(&self, product: &Product, month: usize) -> (i64, Money4) {
        let level = |month: usize| self.levels.get(month).copied().unwrap_or(10_000);
        let reviewed = month.saturating_sub((month + product.review) % REVIEW_MONTHS);
        let shelf = round_price(product.price * level(reviewed) / 10_000);
        let net = without_iva(product.price, product.iva);
        (shelf, net * (100 - product.margin) / 100 * level(month) / 10_000)
    }
}

impl Product {
    fn demand(&self, month_of_year: u32, month: usize, months: usize) -> u64 {
        let rains = matches!(month_of_year, 4 | 5 | 10 | 11);
        let season = match self.season {
            Season::Steady => 100,
            Season::Dry if rains => 78,
            Season::Dry => 108,
            Season::Rain if rains => 175,
            Season::Rain => 80,
            Season::December if month_of_year == 12 => 190,
            Season::December if matches!(month_of_year, 6 | 11) => 120,
            Season::December => 88,
            Season::Planting if matches!(month_of_year, 3 | 4 | 9 | 10) => 165,
            Season::Planting => 82,
        };
        let (month, months) = (month as u64, months.max(2) as u64);
        let trend = match self.trend {
            Trend::Steady => 100,
            Trend::Growing => 30 + 190 * month / (months - 1),
            Trend::Fading => 175 - (170 * month / (months - 1)),
        };
        self.weight * season * trend
    }
}

fn products(catalogue: &Catalogue, store: &Store) -> Vec<Product> {
    let mut products = Vec::new();
    let mut categories: Vec<&str> = Vec::new();
    for (number, family) in catalogue.family.iter().enumerate() {
        if !categories.contains(&family.category.as_str()) {
            categories.push(&family.category);
        }
        let category = categories.iter().position(|c| *c == family.category).unwrap_or(0) + 1;
        let mut item = 0;
        for (brand, level) in &family.brands {
            let known = store.brand.get(brand);
            for (variant, price) in &family.variants {
                item += 1;
                products.push(Product {
                    id: 3_001 + products.len() as i32,
                    code: format!("{category:03}{:03}{item:04}", number + 1),
                    name: product_name(family, brand, variant),
                    brand: brand.clone(),
                    supplier: known.map(|b| b.supplier.clone()).unwrap_or_default(),
                    category: family.category.clone(),
                    subcategory: family.subcategory.clone(),
                    iva: family.iva,
                    sold_by: family.sold_by,
                    price: round_price(price * level / 100),
                    margin: family.margin,
                    // The first brand and variant of a family are its best sellers.
                    weight: 60 * family.weight / (2 + item),
                    season: family.season,
                    trend: known.map(|b| b.trend).unwrap_or_default(),
                    review: products.len() % REVIEW_MONTHS,
                });
            }
        }
    }
    products
}

fn product_name(family: &Family, brand: &str, variant: &str) -> String {
    let name = family.name.replace("{v}", variant);
    if family.brands.len() > 1 && !brand.is_empty() { format!("{name} {brand}") } else { name }
}

/// Shelf prices end in 50 below ten thousand pesos, in 100 above.
fn round_price(pesos: i64) -> i64 {
    let step = if pesos < 10_000 { 50 } else { 100 };
    ((pesos + step / 2) / step * step).max(step)
}

/// Prices rise 0.7% a month in the first year and 0.4% a month after it.
fn price_levels(months: usize) -> Vec<i64> {
    let mut level = 1_000_000;
    let levels = (0..months).map(|month| {
        let now = level / 100;
        level += level * if month < 12 { 7 } else { 4 } / 1000;
        now
    });
    levels.collect()
}
