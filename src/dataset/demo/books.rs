//! The store's books: documents written day by day.

use std::collections::VecDeque;

use chrono::Datelike;

use super::amounts::{Hundredths, Terms, amounts};
use super::calendar::{Calendar, Day};
use super::catalogue::{Segment, SoldBy, Store, load};
use super::customers::{self, Customer};
use super::dice::{Dice, Weights};
use super::goods::{Goods, Product};
use crate::dataset::builder::{Cell, TableBuilder, period_code};
use crate::dataset::error::DatasetError;

/// Invoices remembered for returns: about two weeks of them.
const REMEMBERED: usize = 1_500;
/// Lines of a document, as often as each count occurs.
const LINE_COUNTS: [u64; 8] = [34, 24, 15, 10, 7, 5, 3, 2];
/// How much larger the quantities of the exceptional day are.
const OUTLIER_FACTOR: i64 = 40;

/// A kind of document; its code and name in the ERP and its first number. The ranges do not
/// meet, so that a number alone names one document here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Invoice,
    ElectronicInvoice,
    CreditNote,
    Voided,
    Adjustment,
    Transfer,
}

impl Kind {
    fn code_name_and_first(self) -> (&'static str, &'static str, i32) {
        match self {
            Kind::Invoice => ("FV", "FACTURA DE VENTA", 10_000_001),
            Kind::ElectronicInvoice => ("FE", "FACTURA ELECTRONICA", 30_000_001),
            Kind::CreditNote => ("NC", "NOTA CREDITO", 60_000_001),
            Kind::Voided => ("XY", "DOCUMENTO ANULADO", 70_000_001),
            Kind::Adjustment => ("AS", "AJUSTE DE SALIDA", 80_000_001),
            Kind::Transfer => ("TS", "TRASLADO DE SALIDA", 90_000_001),
        }
    }
}

/// Who takes part in a document, as indices.
#[derive(Debug, Clone, Copy)]
struct Parties {
    /// `None`: the store itself.
    customer: Option<usize>,
    seller: usize,
    warehouse: usize,
    city: usize,
}

#[derive(Debug, Clone, Copy)]
struct Item {
    product: usize,
    terms: Terms,
    /// Whether the clerk left the supplier blank.
    no_supplier: bool,
}

struct Invoice {
    parties: Parties,
    items: Vec<Item>,
}

/// Everything needed to write the next day.
pub(super) struct Books {
    dice: Dice,
    store: Store,
    goods: Goods,
    /// The last one is the walk-in customer.
    customers: Vec<Customer>,
    own: Customer,
    regulars: Weights,
    warehouses: Weights,
    line_counts: Weights,
    length: i64,
    recent: VecDeque<Invoice>,
    documents: [i32; 6],
    lines: i32,
}

impl Books {
    pub(super) fn new(seed: u64, calendar: &Calendar) -> Result<Books, DatasetError> {
        let (catalogue, store) = load()?;
        let mut dice = Dice::new(seed);
        let goods = Goods::new(&catalogue, &store, calendar);
        let mut customers = customers::make(&store, calendar.length(), &mut dice);
        let regulars = Weights::new(customers.iter().map(|customer| customer.weight));
        let place = |id, name: &str, tax_id: &str| Customer {
            id,
            tax_id: tax_id.to_string(),
            name: name.to_string(),
            segment: Segment::Person,
            city: 0,
            credit_days: 0,
            discount: 0,
            weight: 0,
            from: 0,
            to: calendar.length(),
        };
        customers.push(place(1, &store.walk_in, &store.walk_in_tax_id));
        let own = place(2, &store.own_name, &store.own_tax_id);
        let warehouses = Weights::new(store.warehouse.iter().map(|w| w.weight));
        Ok(Books {
            dice,
            goods,
            customers,
            own,
            regulars,
            warehouses,
            line_counts: Weights::new(LINE_COUNTS),
            length: calendar.length(),
            recent: VecDeque::with_capacity(REMEMBERED),
            documents: [0; 6],
            lines: 0,
            store,
        })
    }

    /// Writes a day's documents: exactly as many lines as the day has.
    pub(super) fn write_day(&mut self, day: Day, into: &mut TableBuilder) {
        let mut left = day.lines as usize;
        if day.outlier && left > 0 {
            let invoice = self.works_contract(day, left.min(8));
            left -= invoice.items.len();
            self.write(Kind::ElectronicInvoice, day, &invoice, into);
        }
        while left > 0 {
            let (kind, document) = self.document(day, left);
            left = left.saturating_sub(document.items.len().max(1));
            self.write(kind, day, &document, into);
            let is_sale = matches!(kind, Kind::Invoice | Kind::ElectronicInvoice);
            if is_sale {
                if self.recent.len() == REMEMBERED {
                    self.recent.pop_front();
                }
                self.recent.push_back(document);
            }
        }
    }

    /// A document of at least one and at most `most` lines.
    fn document(&mut self, day: Day, most: usize) -> (Kind, Invoice) {
        let kind = self.kind(day);
        if kind == Kind::CreditNote
            && let Some(note) = self.credit_note(most)
        {
            return (kind, note);
        }
        let parties = match kind {
            Kind::Adjustment | Kind::Transfer => self.inside(day),
            _ => self.sale(day),
        };
        let count = (self.dice.index(&self.line_counts) + 1).min(most);
        let mut items: Vec<Item> = Vec::with_capacity(count);
        while items.len() < count {
            let Some(item) = self.item(day, parties.customer, items.last().copied()) else { break };
            items.push(item);
        }
        let kind = if kind == Kind::CreditNote { Kind::Invoice } else { kind };
        (kind, Invoice { parties, items })
    }

    fn kind(&mut self, day: Day) -> Kind {
        let electronic = 300 + 500 * day.number as u64 / self.length.max(1) as u64;
        match self.dice.below(1000) {
            0..=11 => Kind::Voided,
            12..=19 => Kind::Adjustment,
            20..=25 => Kind::Transfer,
            26..=52 => Kind::CreditNote,
            _ if self.dice.chance(electronic) => Kind::ElectronicInvoice,
            _ => Kind::Invoice,
        }
    }

    /// Part of an earlier sale comes back, at the price it was sold for.
    fn credit_note(&mut self, most: usize) -> Option<Invoice> {
        let sale = self.recent.get(self.dice.below(self.recent.len() as u64) as usize)?;
        let count = self.dice.between(1, 3).min(sale.items.len().min(most) as i64) as usize;
        let parties = sale.parties;
        let mut items: Vec<Item> = sale.items.iter().take(count).copied().collect();
        for item in &mut items {
            let whole = item.terms.quantity <= 100 || self.dice.chance(600);
            let back = if whole { item.terms.quantity } else { (item.terms.quantity / 200).max(1) * 100 };
            item.terms.quantity = -back;
        }
        (!items.is_empty()).then_some(Invoice { parties, items })
    }

    fn sale(&mut self, day: Day) -> Parties {
        let walk_in = self.customers.len().saturating_sub(1);
        let customer = if self.dice.chance(330) { walk_in } else { self.regular(day).unwrap_or(walk_in) };
        let at_counter = self.dice.index(&self.warehouses);
        let (warehouse, city) = if customer == walk_in {
            (at_counter, self.city_of_warehouse(at_counter))
        } else {
            let city = self.customers.get(customer).map_or(0, |c| c.city);
            // Now and then a customer collects at another warehouse.
            let near = self.warehouse_of_city(city);
            (if self.dice.chance(80) { at_counter } else { near }, city)
        };
        Parties { customer: Some(customer), seller: self.seller(day, warehouse), warehouse, city }
    }

    fn inside(&mut self, day: Day) -> Parties {
        let warehouse = self.dice.index(&self.warehouses);
        let city = self.city_of_warehouse(warehouse);
        Parties { customer: None, seller: self.seller(day, warehouse), warehouse, city }
    }

    /// A customer who buys in these days.
    fn regular(&mut self, day: Day) -> Option<usize> {
        for _ in 0..8 {
            let index = self.dice.index(&self.regulars);
            let customer = self.customers.get(index)?;
            if (customer.from..=customer.to).contains(&day.number) {
                return Some(index);
            }
        }
        None
    }

    fn seller(&mut self, day: Day, warehouse: usize) -> usize {
        let code = self.store.warehouse.get(warehouse).map(|w| w.code.as_str());
        let percent = 100 * day.number / self.length.max(1);
        let weights = self.store.salesperson.iter().map(|person| {
            let there = Some(person.warehouse.as_str()) == code;
            let works = (person.from..=person.to).contains(&percent);
            if there && works { person.weight } else { 0 }
        });
        self.dice.index(&Weights::new(weights))
    }

    fn city_of_warehouse(&self, warehouse: usize) -> usize {
        let name = self.store.warehouse.get(warehouse).map(|w| w.city.as_str());
        self.store.city.iter().position(|city| Some(city.name.as_str()) == name).unwrap_or(0)
    }

    fn warehouse_of_city(&self, city: usize) -> usize {
        let code = self.store.city.get(city).map(|c| c.warehouse.as_str());
        self.store.warehouse.iter().position(|w| Some(w.code.as_str()) == code).unwrap_or(0)
    }

    fn item(&mut self, day: Day, customer: Option<usize>, before: Option<Item>) -> Option<Item> {
        let before = before.and_then(|item| self.goods.products.get(item.product));
        let companion = match before {
            Some(product) if self.dice.chance(420) => self.goods.companion(product, &mut self.dice),
            _ => None,
        };
        let product = match companion {
            Some(product) => product,
            None => self.goods.draw(day.month, &mut self.dice)?,
        };
        let customer = customer.and_then(|index| self.customers.get(index));
        let company = customer.is_some_and(|c| c.segment != Segment::Person);
        let (shelf_price, unit_cost) = self.goods.price(product, day.month);
        let terms = Terms {
            quantity: quantity(product, company, &mut self.dice),
            shelf_price,
            // Suppliers' prices wander a little around the list.
            unit_cost: unit_cost * self.dice.between(970, 1_030) / 1000,
            discount_rate: discount(customer, &mut self.dice),
            iva: product.iva,
        };
        let index = (product.id - 3_001) as usize;
        Some(Item { product: index, terms, no_supplier: self.dice.chance(150) })
    }

    /// The one large order of a builder on the exceptional day.
    fn works_contract(&mut self, day: Day, lines: usize) -> Invoice {
        let builder = self
            .customers
            .iter()
            .position(|c| c.segment == Segment::Builder && (c.from..=c.to).contains(&day.number))
            .unwrap_or(0);
        let city = self.customers.get(builder).map_or(0, |c| c.city);
        let warehouse = self.warehouse_of_city(city);
        let seller = self.seller(day, warehouse);
        let mut items: Vec<Item> = Vec::new();
        while items.len() < lines {
            let Some(mut item) = self.item(day, Some(builder), items.last().copied()) else { break };
            item.terms.quantity *= OUTLIER_FACTOR;
            items.push(item);
        }
        Invoice { parties: Parties { customer: Some(builder), seller, warehouse, city }, items }
    }

    fn write(&mut self, kind: Kind, day: Day, document: &Invoice, into: &mut TableBuilder) {
        let (code, name, first) = kind.code_name_and_first();
        let mut number = first;
        if let Some(count) = self.documents.get_mut(kind as usize) {
            number += *count;
            *count += 1;
        }
        let Parties { customer, seller, warehouse, city } = document.parties;
        let customer = customer.and_then(|index| self.customers.get(index)).unwrap_or(&self.own);
        let (Some(person), Some(warehouse), Some(city)) = (
            self.store.salesperson.get(seller),
            self.store.warehouse.get(warehouse),
            self.store.city.get(city),
        ) else {
            return;
        };
        for item in &document.items {
            let Some(product) = self.goods.products.get(item.product) else { continue };
            self.lines += 1;
            let line = amounts(&item.terms);
            let text = |value| Cell::Text(value);
            let decimal = |value: i64| Cell::Decimal(i128::from(value));
            into.push(&[
                Cell::Int(self.lines),
                Cell::Int(101 + seller as i32),
                text(&person.name),
                text(code),
                text(name),
                Cell::Int(number),
                Cell::Date(day.date),
                Cell::Int(day.date.year()),
                Cell::Int(day.date.month() as i32),
                Cell::Int(day.date.day() as i32),
                Cell::Int(period_code(day.date)),
                Cell::Int(customer.credit_days),
                Cell::Int(customer.id),
                text(&customer.tax_id),
                text(&customer.name),
                Cell::Int(product.id),
                text(&product.code),
                text(&product.name),
                text(&warehouse.code),
                decimal(item.terms.quantity),
                decimal(line.unit_net),
                decimal(line.unit_gross),
                decimal(line.net),
                decimal(line.gross),
                decimal(line.cost),
                decimal(item.terms.discount_rate),
                decimal(line.discount),
                decimal(item.terms.iva * 100),
                text(&product.brand),
                text(if item.no_supplier { "" } else { &product.supplier }),
                text(&product.category),
                text(&product.subcategory),
                text(&city.state),
                text(&city.name),
            ]);
        }
    }
}

/// A quantity in hundredths, as this kind of customer takes of this kind of product.
fn quantity(product: &Product, company: bool, dice: &mut Dice) -> Hundredths {
    let (step, small, large) = match product.sold_by {
        SoldBy::Unit => (100, (1, 3), (2, 12)),
        SoldBy::Tool => (100, (1, 1), (1, 3)),
        SoldBy::Bag => (100, (1, 10), (8, 60)),
        SoldBy::Small => (100, (4, 40), (30, 200)),
        SoldBy::Metre => (50, (4, 50), (60, 300)),
        SoldBy::Kilo => (25, (2, 20), (20, 120)),
        SoldBy::Sheet => (100, (1, 8), (6, 40)),
    };
    let (low, high) = if company { large } else { small };
    // The smaller of two draws: small quantities are the usual ones.
    step * dice.between(low, high).min(dice.between(low, high))
}

/// The discount of a line in hundredths of a percent: the customer's own, a promotion, or
/// now and then a clearance that sells below cost.
fn discount(customer: Option<&Customer>, dice: &mut Dice) -> Hundredths {
    let own = customer.map_or(0, |c| c.discount);
    match dice.below(1000) {
        0..=11 => 100 * dice.between(25, 45),
        12..=51 => (100 * dice.between(5, 15)).max(own),
        _ => own,
    }
}
