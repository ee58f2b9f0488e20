//! Who buys: companies and people, with their town, terms and the days they are around.

use std::collections::HashSet;

use super::catalogue::{Segment, Store};
use super::dice::{Dice, Weights};

const COMPANIES: usize = 180;
const PEOPLE: usize = 560;

/// A customer.
#[derive(Debug, Clone)]
pub(super) struct Customer {
    pub(super) id: i32,
    pub(super) tax_id: String,
    pub(super) name: String,
    pub(super) segment: Segment,
    pub(super) city: usize,
    pub(super) credit_days: i32,
    /// Discount in hundredths of a percent.
    pub(super) discount: i64,
    pub(super) weight: u64,
    /// Days since the first between which the customer buys.
    pub(super) from: i64,
    pub(super) to: i64,
}

/// Makes the customers of a history of `length` days.
pub(super) fn make(store: &Store, length: i64, dice: &mut Dice) -> Vec<Customer> {
    let cities = Weights::new(store.city.iter().map(|city| city.weight));
    let mut taken = HashSet::new();
    let mut customers = Vec::with_capacity(COMPANIES + PEOPLE);
    for rank in 0..COMPANIES {
        let Some((name, segment)) = company_name(store, rank, &mut taken) else { break };
        let credit_days = company_credit(segment, dice);
        let discount = if credit_days == 0 { 300 } else { *dice.pick(&[0, 300, 500, 800]).unwrap_or(&0) };
        let tax_id = (800_000_000 + dice.below(199_999_999)).to_string();
        // A few large buyers, many small ones.
        let weight = 90_000 / (dice.below(COMPANIES as u64) + 6);
        customers.push(Customer {
            id: 2_001 + rank as i32,
            tax_id,
            name,
            segment,
            city: dice.index(&cities),
            credit_days,
            discount,
            weight,
            from: 0,
            to: length,
        });
    }
    while customers.len() < COMPANIES + PEOPLE {
        let Some(name) = person_name(store, dice, &mut taken) else { continue };
        let tax_id = (7_000_000 + dice.below(79_000_000)).to_string();
        customers.push(Customer {
            id: 5_001 + customers.len() as i32,
            tax_id,
            name,
            segment: Segment::Person,
            city: dice.index(&cities),
            credit_days: if dice.chance(60) { 15 } else { 0 },
            discount: 0,
            weight: 100 + dice.below(700),
            from: 0,
            to: length,
        });
    }
    for customer in &mut customers {
        set_presence(customer, length, dice);
    }
    customers
}

/// Company names in a fixed order that spreads kinds and words.
fn company_name(store: &Store, rank: usize, taken: &mut HashSet<String>) -> Option<(String, Segment)> {
    let kinds = store.company.len().max(1);
    let words = store.words.company.len().max(1);
    let kind = store.company.get(rank % kinds)?;
    let word = store.words.company.get((rank / kinds + 7 * (rank % kinds)) % words)?;
    let name = format!("{} {word}{}", kind.kind, kind.suffix);
    taken.insert(name.clone()).then_some((name, kind.segment))
}

fn person_name(store: &Store, dice: &mut Dice, taken: &mut HashSet<String>) -> Option<String> {
    let words = &store.words;
    let (first, middle) = (dice.pick(&words.first)?, dice.pick(&words.middle)?);
    let (father, mother) = (dice.pick(&words.last)?, dice.pick(&words.last)?);
    let name = if dice.chance(450) {
        format!("{first} {middle} {father} {mother}")
    } else {
        format!("{first} {father} {mother}")
    };
    (father != mother && taken.insert(name.clone())).then_some(name)
}

fn company_credit(segment: Segment, dice: &mut Dice) -> i32 {
    let terms: &[i32] = match segment {
        Segment::Builder => &[30, 30, 60, 60, 15, 0],
        Segment::Trade => &[30, 15, 15, 0, 0],
        Segment::Institution => &[30, 60, 0],
        Segment::Farm | Segment::Person => &[0, 0, 30],
    };
    dice.pick(terms).copied().unwrap_or(0)
}

/// Most are there all the time; some are new, some stop coming, a few come once.
fn set_presence(customer: &mut Customer, length: i64, dice: &mut Dice) {
    match dice.below(100) {
        0..=67 => {}
        68..=83 => customer.from = dice.between(length * 3 / 10, length - 8),
        84..=95 => customer.to = dice.between(length / 5, length * 9 / 10),
        _ => {
            customer.from = dice.between(0, length - 8);
            customer.to = customer.from + 10;
        }
    }
}
