use std::fs;
use std::path::Path;

use super::*;
use crate::dataset::builder::{Cell, TableBuilder};
use crate::dataset::info;
use crate::dataset::table::arrow_schema;
use crate::engine::Origin;

fn publish(dir: &Path, seed: u64) -> Manifest {
    let mut staging = Staging::open(dir, arrow_schema()).expect("a staging folder");
    let mut lines = TableBuilder::new(2, &[]);
    for brand in ["SIKA", "", "SIKA"] {
        let mut row = [Cell::Null; 34];
        row[6] = Cell::Date(NaiveDate::from_ymd_opt(2025, 6, 30).expect("a date"));
        row[28] = Cell::Text(brand);
        lines.push(&row);
    }
    staging.write(&lines.finish().expect("a batch")).expect("written");
    staging.publish(Source::Demo { seed }).expect("published")
}

fn versions(dir: &Path) -> usize {
    let entries = fs::read_dir(dir).expect("the table's folder").flatten();
    entries.filter(|e| e.file_name().to_string_lossy().starts_with(VERSION_PREFIX)).count()
}

#[test]
fn the_manifest_tells_what_was_written() {
    let dir = tempfile::tempdir().expect("a folder");
    let manifest = publish(dir.path(), 5);
    assert_eq!(info(dir.path()), Ok(manifest.clone()));
    assert_eq!(
        (manifest.rows, manifest.columns.as_slice()),
        (3, ["Fecha".to_string(), "marca".into()].as_slice())
    );
    let facts = manifest.facts();
    assert_eq!(facts.origin, Origin::Demo { seed: 5 });
    assert_eq!(facts.span.map(|(first, last)| first == last), Some(true));
    let values = manifest.read_values(dir.path()).expect("values");
    let brands = values.iter().find(|v| v.column == "marca").expect("brands");
    assert_eq!(brands.values, [("SIKA".to_string(), 2)], "blanks are no values");
}

#[test]
fn the_version_before_stays_for_readers_and_older_ones_go() {
    let dir = tempfile::tempdir().expect("a folder");
    let first = publish(dir.path(), 1);
    let second = publish(dir.path(), 2);
    assert!(first.parquet_files(dir.path()).iter().all(|file| file.exists()));
    publish(dir.path(), 3);
    assert!(!first.version_dir(dir.path()).exists());
    assert!(second.version_dir(dir.path()).exists());
    assert_eq!(versions(dir.path()), 2);
}

#[test]
fn a_dropped_staging_leaves_nothing_and_the_old_data_stays() {
    let dir = tempfile::tempdir().expect("a folder");
    let manifest = publish(dir.path(), 1);
    drop(Staging::open(dir.path(), arrow_schema()).expect("a staging folder"));
    assert_eq!((versions(dir.path()), Manifest::read(dir.path())), (1, Ok(manifest)));
}

#[test]
fn what_a_crash_left_behind_goes_with_the_next_replacement() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::create_dir(dir.path().join("v-crashed")).expect("a folder");
    publish(dir.path(), 1);
    assert_eq!(versions(dir.path()), 1);
}

#[test]
fn two_writers_at_once_are_told_apart() {
    let dir = tempfile::tempdir().expect("a folder");
    let first = Staging::open(dir.path(), arrow_schema()).expect("the first");
    assert!(matches!(Staging::open(dir.path(), arrow_schema()), Err(DatasetError::Busy)));
    drop(first);
    assert!(Staging::open(dir.path(), arrow_schema()).is_ok());
}

#[test]
fn a_manifest_that_cannot_be_trusted_is_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    assert_eq!(Manifest::read(dir.path()), Err(DatasetError::NoData));
    publish(dir.path(), 1);
    let path = dir.path().join("manifest.json");
    let text = fs::read_to_string(&path).expect("a manifest");
    let refused = |text: &str| {
        fs::write(&path, text).expect("written");
        Manifest::read(dir.path()).expect_err("refused")
    };
    assert!(matches!(refused("{"), DatasetError::Corrupt { .. }));
    assert!(matches!(refused("\u{0}"), DatasetError::Corrupt { .. }));
    assert!(matches!(refused(&text.replace("\"v-", "\"../v-")), DatasetError::Corrupt { .. }));
    assert!(matches!(refused(&text.replace("part-0.parquet", "/etc/passwd")), DatasetError::Corrupt { .. }));
    let newer = refused(&text.replace("\"schema_version\":1", "\"schema_version\":9"));
    assert_eq!(newer, DatasetError::NewerSchema { found: 9, known: 1 });
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_the_data() {
    use std::os::unix::fs::PermissionsExt;

    let dir = tempfile::tempdir().expect("a folder");
    let root = dir.path().join("banco_datos");
    let manifest = publish(&root, 1);
    let mode = |path: &Path| fs::metadata(path).expect("a file").permissions().mode() & 0o077;
    let mut paths = manifest.parquet_files(&root);
    paths.extend([root.clone(), manifest.version_dir(&root), root.join("manifest.json")]);
    paths.push(manifest.version_dir(&root).join("values.json"));
    assert!(paths.iter().all(|path| mode(path) == 0), "{paths:?}");
}
