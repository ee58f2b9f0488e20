//! The store that the questions are asked about: made from `vocabulary.json`, the same every time.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{Datelike, NaiveDate};
use depotru::dataset::{ImportOptions, Manifest, NumberFormat, import};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

const LINES: usize = 20_000;
const OTHER_CUSTOMERS: usize = 140;
const FIRST_NAMES: [&str; 14] = [
    "NATALIA",
    "JULIAN",
    "ESTEBAN",
    "CAMILA",
    "RICARDO",
    "VALENTINA",
    "HECTOR",
    "MONICA",
    "FELIPE",
    "ADRIANA",
    "RAUL",
    "TERESA",
    "DIEGO",
    "LILIANA",
];
const LAST_NAMES: [&str; 10] = [
    "PINZON", "MONTES", "AVILA", "BERMUDEZ", "CARDENAS", "DELGADO", "ESCOBAR", "FONSECA", "GUZMAN", "HURTADO",
];
const HEADER: [&str; 29] = [
    "VentaID",
    "VendedorID",
    "VendedorFactura",
    "DocumentosCodigo",
    "DocumentosNombre",
    "NumeroDocumento",
    "Fecha",
    "DiasCredito",
    "TercerosID",
    "TercerosIdentificacion",
    "TercerosNombres",
    "ArticulosID",
    "ArticulosCodigo",
    "ArticulosNombre",
    "AlmacenCodigo",
    "Cantidad",
    "VentaSinIva",
    "VentaMasIva",
    "TotalSinIva",
    "TotalMasIva",
    "ValorCosto",
    "PorDescuento",
    "ValorDescuento",
    "Iva",
    "marca",
    "proveedor",
    "categoria",
    "subcategoria",
    "ciudad",
];

#[derive(Debug, Deserialize)]
struct Vocabulary {
    ciudades: BTreeMap<String, String>,
    almacenes: Vec<String>,
    vendedores: Vec<String>,
    documentos: BTreeMap<String, String>,
    clientes_con_nombre: Vec<String>,
    productos: Vec<Product>,
}

#[derive(Debug, Deserialize)]
struct Product {
    nombre: String,
    marca: String,
    categoria: String,
    subcategoria: String,
    proveedor: String,
    precio_lista: i64,
    razon_costo: f64,
    iva: i64,
    popularidad: u64,
}

struct Customer {
    name: String,
    city: usize,
    credit_days: i64,
    weight: u64,
    /// Days of the history in which the customer buys.
    from: u64,
    to: u64,
}

/// The store's data in a folder that goes when this is dropped.
pub struct Store {
    folder: tempfile::TempDir,
    /// What the data is.
    pub manifest: Manifest,
}

impl Store {
    /// Writes the store under `target/tmp` through the product's own import.
    pub fn open() -> Store {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tmp");
        std::fs::create_dir_all(&root).expect("the folder for temporary files");
        let folder = tempfile::tempdir_in(root).expect("a folder");
        let csv = folder.path().join("banco_datos.csv");
        write_csv(&csv);
        let options = ImportOptions { numbers: Some(NumberFormat::Point), ..ImportOptions::default() };
        let table = depotru::dataset::table_dir(folder.path());
        let report = import(&csv, &table, options, &|_| {}, &CancellationToken::new()).expect("imported");
        let manifest = report.manifest.expect("a manifest");
        Store { folder, manifest }
    }

    /// The table's folder.
    pub fn table_dir(&self) -> PathBuf {
        depotru::dataset::table_dir(self.folder.path())
    }

    /// The distinct values, for the planner.
    pub fn values(&self) -> Vec<depotru::engine::ColumnValues> {
        self.manifest.read_values(&self.table_dir()).expect("values")
    }
}

/// SplitMix64: small, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % n
    }

    fn weighted(&mut self, weights: impl Iterator<Item = u64> + Clone) -> usize {
        let mut point = self.below(weights.clone().sum());
        for (index, weight) in weights.enumerate() {
            if point < weight {
                return index;
            }
            point -= weight;
        }
        0
    }
}

fn first_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2023, 1, 1).expect("a date")
}

/// Days of the history, to 2025-06-30.
const DAYS: u64 = 912;

fn write_csv(path: &Path) {
    let text = include_str!("../../fixtures/benchmark/vocabulary.json");
    let vocabulary: Vocabulary = serde_json::from_str(text).expect("a vocabulary");
    let mut dice = Dice(20_250_630);
    let customers = customers(&vocabulary, &mut dice);
    let mut out = csv::Writer::from_path(path).expect("a file");
    let mut header: Vec<&str> = HEADER.to_vec();
    header.push("departamento");
    out.write_record(&header).expect("written");
    let mut numbers: BTreeMap<&str, u64> = [
        ("FV", 100_000),
        ("FE", 300_000),
        ("NC", 500_000),
        ("XY", 600_000),
        ("AS", 700_000),
        ("TS", 800_000),
    ]
    .into();
    let mut lines = 0;
    for day in 0..DAYS {
        let target = LINES * (day as usize + 1) / DAYS as usize;
        while lines < target {
            let count = (1 + dice.below(4) as usize).min(target - lines);
            let document = Document::new(day, &customers, &vocabulary, &mut dice, &mut numbers);
            for _ in 0..count {
                lines += 1;
                out.write_record(document.line(lines, &customers, &vocabulary, &mut dice)).expect("written");
            }
        }
    }
    out.flush().expect("written");
}

fn customers(vocabulary: &Vocabulary, dice: &mut Dice) -> Vec<Customer> {
    let cities = vocabulary.ciudades.len() as u64;
    let neiva = vocabulary.ciudades.keys().position(|city| city == "NEIVA").expect("Neiva");
    let generated = (0..OTHER_CUSTOMERS).map(|index| {
        let (first, last) = (FIRST_NAMES[index % 14], LAST_NAMES[index / 14]);
        (format!("{first} {last}"), false)
    });
    let named = vocabulary.clientes_con_nombre.iter().map(|name| (name.clone(), true));
    let customers = named.chain(generated).map(|(name, known)| {
        let city = if dice.below(5) < 2 { neiva } else { dice.below(cities) as usize };
        let credit_days = if known { [0, 15, 30, 60][dice.below(4) as usize] } else { 0 };
        let (from, to) = match dice.below(10) {
            _ if known => (0, DAYS),
            0 | 1 => (dice.below(DAYS - 10), DAYS),
            2 => (0, 100 + dice.below(DAYS - 150)),
            3 | 4 => (DAYS - 1 - dice.below(100), DAYS),
            _ => (0, DAYS),
        };
        let weight = if name == "CLIENTE MOSTRADOR" {
            700
        } else if known {
            80 + dice.below(120)
        } else {
            8 + dice.below(20)
        };
        Customer { name, city, credit_days, weight, from, to }
    });
    customers.collect()
}

struct Document {
    date: NaiveDate,
    kind: &'static str,
    number: u64,
    customer: usize,
    seller: usize,
    warehouse: usize,
}

impl Document {
    fn new(
        day: u64,
        customers: &[Customer],
        vocabulary: &Vocabulary,
        dice: &mut Dice,
        numbers: &mut BTreeMap<&str, u64>,
    ) -> Document {
        let kind = ["FV", "FE", "NC", "XY", "AS", "TS"][dice.weighted([52, 42, 3, 1, 1, 1].into_iter())];
        let number = numbers.get_mut(kind).expect("a kind of document");
        *number += 1;
        let present = |c: &Customer| if (c.from..c.to).contains(&day) { c.weight } else { 0 };
        Document {
            date: first_day() + chrono::TimeDelta::days(day as i64),
            kind,
            number: *number,
            customer: dice.weighted(customers.iter().map(present)),
            seller: dice.weighted([24, 20, 18, 15, 13, 10].into_iter()),
            warehouse: dice.below(vocabulary.almacenes.len() as u64) as usize,
        }
    }

    /// A line; amounts in ten-thousandths and hundredths of a peso, written with their decimals.
    fn line(
        &self,
        id: usize,
        customers: &[Customer],
        vocabulary: &Vocabulary,
        dice: &mut Dice,
    ) -> Vec<String> {
        let customer = &customers[self.customer];
        let index = dice.weighted(vocabulary.productos.iter().map(|p| p.popularidad));
        let product = &vocabulary.productos[index];
        let inflation = 100 + 7 * i64::from(self.date.year() - 2023) + i64::from(self.date.month0()) / 2;
        let price = product.precio_lista * inflation / 100;
        let most = (900_000 / product.precio_lista).clamp(1, 60) as u64;
        let sign = if self.kind == "NC" { -1 } else { 1 };
        let quantity = sign * (1 + dice.below(most) as i64);
        let rate = [0, 0, 0, 0, 3, 5, 10][dice.below(7) as usize];
        let discount = quantity * price * rate; // hundredths
        let net = quantity * price * 100 - discount;
        let gross = (net * (100 + product.iva) + 50 * sign) / 100;
        let cost = (quantity as f64 * price as f64 * product.razon_costo * 100.0).round() as i64;
        let (city, state) = vocabulary.ciudades.iter().nth(customer.city).expect("a city");
        let cents = |value: i64| {
            format!("{}{}.{:02}", if value < 0 { "-" } else { "" }, value.abs() / 100, value.abs() % 100)
        };
        vec![
            id.to_string(),
            (self.seller + 1).to_string(),
            vocabulary.vendedores[self.seller].clone(),
            self.kind.to_string(),
            vocabulary.documentos[self.kind].clone(),
            self.number.to_string(),
            self.date.to_string(),
            customer.credit_days.to_string(),
            (self.customer + 1).to_string(),
            (800_000_000 + self.customer * 7_919).to_string(),
            customer.name.clone(),
            (index + 1).to_string(),
            format!("{:010}", 10_040_000 + index),
            product.nombre.clone(),
            vocabulary.almacenes[self.warehouse].clone(),
            quantity.to_string(),
            price.to_string(),
            cents(price * (100 + product.iva)),
            cents(net),
            cents(gross),
            cents(cost),
            rate.to_string(),
            cents(discount),
            product.iva.to_string(),
            product.marca.clone(),
            product.proveedor.clone(),
            product.categoria.clone(),
            product.subcategoria.clone(),
            city.clone(),
            state.clone(),
        ]
    }
}
