use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Date32Type, Decimal128Type, Int32Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::*;

const UNTIL: &str = "2025-06-30";

fn options(rows: u32, seed: u64) -> DemoOptions {
    DemoOptions { rows, seed, until: UNTIL.parse().expect("a date") }
}

fn made(rows: u32, seed: u64, dir: &Path) -> (Manifest, Vec<RecordBatch>) {
    let manifest = generate(options(rows, seed), dir, &|_| {}, &CancellationToken::new()).expect("demo data");
    let batches = manifest.parquet_files(dir).into_iter().flat_map(|path| {
        let file = std::fs::File::open(path).expect("a Parquet file");
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet").build();
        reader.expect("a reader").map(|batch| batch.expect("a batch")).collect::<Vec<_>>()
    });
    let batches = batches.collect();
    (manifest, batches)
}

fn decimals(batch: &RecordBatch, name: &str) -> Vec<i128> {
    let column = batch.column_by_name(name).expect(name).as_primitive::<Decimal128Type>();
    column.values().to_vec()
}

fn texts<'a>(batch: &'a RecordBatch, name: &str) -> Vec<&'a str> {
    batch.column_by_name(name).expect(name).as_string::<i32>().iter().map(Option::unwrap_or_default).collect()
}

fn ints(batch: &RecordBatch, name: &str) -> Vec<i32> {
    batch.column_by_name(name).expect(name).as_primitive::<Int32Type>().values().to_vec()
}

/// Half away from zero.
fn round_div(value: i128, by: i128) -> i128 {
    (value.abs() + by / 2) / by * value.signum()
}

#[test]
fn the_same_seed_gives_the_same_lines_and_another_does_not() {
    let dirs = [(); 3].map(|()| tempfile::tempdir().expect("a folder"));
    let (_, first) = made(3_000, 7, dirs[0].path());
    let (_, again) = made(3_000, 7, dirs[1].path());
    let (_, other) = made(3_000, 8, dirs[2].path());
    assert_eq!(first, again);
    assert_ne!(first, other);
}

#[test]
fn amounts_follow_from_each_other_to_the_cent() {
    let dir = tempfile::tempdir().expect("a folder");
    let (_, batches) = made(20_000, 3, dir.path());
    let mut below_cost = 0;
    for batch in &batches {
        let columns = [
            "Cantidad",
            "VentaSinIva",
            "PorDescuento",
            "ValorDescuento",
            "TotalSinIva",
            "TotalMasIva",
            "Iva",
            "VentaMasIva",
            "ValorCosto",
        ]
        .map(|name| decimals(batch, name));
        let kinds = texts(batch, "DocumentosCodigo");
        for row in 0..batch.num_rows() {
            let [quantity, price, rate, discount, net, gross, iva, shelf, cost] =
                [0, 1, 2, 3, 4, 5, 6, 7, 8].map(|column| columns[column][row]);
            let before = quantity * price;
            assert_eq!(discount, round_div(before * rate, 1_000_000));
            assert_eq!(net, round_div(before - discount * 100, 10_000));
            assert_eq!(gross, round_div(net * (10_000 + iva), 10_000));
            assert_eq!(price, round_div(shelf * 10_000, 10_000 + iva));
            assert_eq!(kinds[row] == "NC", quantity < 0, "only credit notes are negative");
            assert_eq!((net.signum(), cost.signum()), (quantity.signum(), quantity.signum()));
            below_cost += u32::from(quantity > 0 && net < cost);
        }
    }
    assert!((100..1_000).contains(&below_cost), "some lines are sold below cost: {below_cost}");
}

#[test]
fn every_line_of_a_document_has_its_head_and_its_day() {
    let dir = tempfile::tempdir().expect("a folder");
    let (_, batches) = made(5_000, 4, dir.path());
    let mut heads: BTreeMap<i32, (String, String, i32)> = BTreeMap::new();
    for batch in &batches {
        let (numbers, kinds, customers) = (
            ints(batch, "NumeroDocumento"),
            texts(batch, "DocumentosCodigo"),
            texts(batch, "TercerosNombres"),
        );
        let days = batch.column_by_name("Fecha").expect("Fecha").as_primitive::<Date32Type>();
        let (years, months, periods) = (ints(batch, "ano"), ints(batch, "mes"), ints(batch, "periodo"));
        for row in 0..batch.num_rows() {
            let head = (kinds[row].to_string(), customers[row].to_string(), days.value(row));
            assert_eq!(*heads.entry(numbers[row]).or_insert_with(|| head.clone()), head);
            let date = days.value_as_date(row).expect("a day");
            assert_eq!((years[row], months[row]), (date.year(), date.month() as i32));
            let factor = if months[row] < 10 { 10 } else { 100 };
            assert_eq!(periods[row], years[row] * factor + months[row]);
        }
    }
}

#[test]
fn the_history_shows_what_questions_ask_for() {
    let dir = tempfile::tempdir().expect("a folder");
    let (manifest, batches) = made(30_000, 1, dir.path());
    assert_eq!(manifest.rows, 30_000);
    assert_eq!(
        manifest.first_day,
        "2023-01-01".parse().ok().map(|d: NaiveDate| d.succ_opt().expect("a day"))
    );
    assert_eq!(manifest.last_day, UNTIL.parse().ok());

    let (mut by_brand, mut by_day) = (BTreeMap::new(), BTreeMap::new());
    let (mut first_seen, mut last_seen) = (BTreeMap::new(), BTreeMap::new());
    let mut excluded = 0;
    for batch in &batches {
        let days = batch.column_by_name("Fecha").expect("Fecha").as_primitive::<Date32Type>();
        let (brands, kinds) = (texts(batch, "marca"), texts(batch, "DocumentosCodigo"));
        let (customers, gross) = (texts(batch, "TercerosNombres"), decimals(batch, "TotalMasIva"));
        for row in 0..batch.num_rows() {
            let date = days.value_as_date(row).expect("a day");
            if ["XY", "AS", "TS"].contains(&kinds[row]) {
                excluded += 1;
                continue;
            }
            *by_brand.entry((brands[row].to_string(), date.year())).or_insert(0i128) += gross[row];
            *by_day.entry(date).or_insert(0i128) += gross[row];
            first_seen.entry(customers[row].to_string()).or_insert(date);
            last_seen.insert(customers[row].to_string(), date);
        }
    }
    assert!((300..1_500).contains(&excluded), "documents that are no sales: {excluded}");
    let brand = |name: &str, year| by_brand[&(name.to_string(), year)];
    assert!(brand("KORAZ", 2024) > brand("KORAZ", 2023) * 14 / 10, "a growing brand");
    assert!(brand("FERRALUX", 2024) < brand("FERRALUX", 2023) * 7 / 10, "a fading brand");

    let sum = |pick: &dyn Fn(NaiveDate) -> bool| {
        by_day.iter().filter(|(d, _)| pick(**d)).map(|(_, v)| *v).sum::<i128>()
    };
    let weekday = |n: u32| sum(&|d| d.weekday().num_days_from_monday() == n);
    assert!(weekday(6) * 3 < weekday(5), "Sundays are quiet");
    let month = |n: u32| sum(&|d| d.year() == 2024 && d.month() == n);
    assert!(month(12) > month(11) && month(12) > month(10), "December is the best month");
    let mut days: Vec<i128> = by_day.values().copied().collect();
    days.sort_unstable();
    assert!(days[days.len() - 1] > 4 * days[days.len() / 2], "one day stands out");

    let day = |text: &str| text.parse::<NaiveDate>().expect("a date");
    assert!(first_seen.values().filter(|date| **date >= day("2025-01-01")).count() > 20, "new customers");
    assert!(last_seen.values().filter(|date| **date < day("2024-12-01")).count() > 20, "lost customers");
}

#[test]
fn the_store_is_as_large_as_a_store() {
    let (catalogue, store) = catalogue::load().expect("the catalogue is valid");
    let calendar =
        Calendar::new("2023-01-01".parse().expect("a date"), UNTIL.parse().expect("a date"), 1_000);
    let goods = goods::Goods::new(&catalogue, &store, &calendar);
    let names: BTreeSet<&str> = goods.products.iter().map(|product| product.name.as_str()).collect();
    assert_eq!(names.len(), goods.products.len(), "product names are distinct");
    assert!(names.len() >= 400);
    assert!(goods.products.iter().any(|p| p.iva == 0) && goods.products.iter().any(|p| p.iva == 5));
    let customers = customers::make(&store, calendar.length(), &mut dice::Dice::new(1));
    assert!(customers.len() >= 600);
    assert!([0, 15, 30, 60].iter().all(|days| customers.iter().any(|c| c.credit_days == *days)));
    assert!((8..=12).contains(&store.salesperson.len()));
    let subcategories: BTreeSet<&str> = goods.products.iter().map(|p| p.subcategory.as_str()).collect();
    for pair in &store.together {
        assert!(
            subcategories.contains(pair.first.as_str()) && subcategories.contains(pair.then.as_str()),
            "{pair:?}"
        );
    }
}

#[test]
fn statistics_stay_as_they_are() {
    let dir = tempfile::tempdir().expect("a folder");
    let (manifest, batches) = made(5_000, 1, dir.path());
    let mut kinds: BTreeMap<String, (u64, i128)> = BTreeMap::new();
    for batch in &batches {
        for (kind, gross) in texts(batch, "DocumentosCodigo").iter().zip(decimals(batch, "TotalMasIva")) {
            let entry = kinds.entry((*kind).to_string()).or_default();
            *entry = (entry.0 + 1, entry.1 + gross);
        }
    }
    let values = manifest.read_values(dir.path()).expect("the values");
    let top = values.iter().map(|c| (&c.column, c.values.len(), c.values.first()));
    insta::assert_debug_snapshot!((kinds, top.collect::<Vec<_>>()));
}

#[test]
fn progress_rises_to_one_and_cancelling_leaves_what_was_there() {
    let dir = tempfile::tempdir().expect("a folder");
    let (before, _) = made(1_000, 1, dir.path());
    let told = std::cell::RefCell::new(Vec::new());
    let record = |share: f32| told.borrow_mut().push(share);
    generate(options(1_000, 2), dir.path(), &record, &CancellationToken::new()).expect("demo data");
    assert!(told.borrow().is_sorted());
    assert_eq!(told.borrow().last(), Some(&1.0));

    let cancelled = CancellationToken::new();
    cancelled.cancel();
    let current = Manifest::read(dir.path()).expect("a manifest");
    assert_ne!(current, before);
    let outcome = generate(options(1_000, 3), dir.path(), &|_| {}, &cancelled);
    assert_eq!(outcome, Err(DatasetError::Cancelled));
    assert_eq!(Manifest::read(dir.path()), Ok(current));
}

#[test]
fn options_out_of_range_are_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    let far = NaiveDate::from_ymd_opt(9999, 1, 1).expect("a date");
    let wrong = [
        DemoOptions { rows: 0, ..options(1, 1) },
        DemoOptions { rows: MAX_ROWS + 1, ..options(1, 1) },
        DemoOptions { until: far, ..options(1_000, 1) },
        DemoOptions { until: NaiveDate::MIN, ..options(1_000, 1) },
    ];
    for options in wrong {
        let outcome = generate(options, dir.path(), &|_| {}, &CancellationToken::new());
        assert!(matches!(outcome, Err(DatasetError::OutOfRange { .. })), "{options:?}");
    }
    assert_eq!(Manifest::read(dir.path()), Err(DatasetError::NoData));
}
