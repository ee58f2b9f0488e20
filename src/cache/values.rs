//! The distinct values of a profile's table on disk, in a file only its owner can read.
//!
//! They hold names of customers and salespeople, like the table they come from.

use std::io;
use std::path::Path;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::engine::ColumnValues;
use crate::files;

/// The layout of the file that this program writes and reads.
const SCHEMA_VERSION: u32 = 1;

/// The values of one table, with what is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredValues {
    /// Which server, database, table and columns they are of.
    pub identity: String,
    /// When they were fetched.
    pub fetched_at: DateTime<Utc>,
    /// Lines of the table.
    pub rows: u64,
    /// First and last day.
    pub span: Option<(NaiveDate, NaiveDate)>,
    /// Columns with more values than were fetched.
    pub cut: Vec<String>,
    /// The values.
    pub values: Vec<ColumnValues>,
}

#[derive(Serialize, Deserialize)]
struct File<T> {
    schema_version: u32,
    stored: T,
}

impl StoredValues {
    /// The values in `file`, if they are of what `identity` names. A file that cannot be
    /// used is as good as none: they are fetched again.
    pub fn read(file: &Path, identity: &str) -> Option<StoredValues> {
        let text = match files::read_if_there(file) {
            Ok(text) => text?,
            Err(error) => {
                tracing::warn!("{} cannot be read: {error}", file.display());
                return None;
            }
        };
        match serde_json::from_slice::<File<StoredValues>>(&text) {
            Ok(found) if found.schema_version == SCHEMA_VERSION && found.stored.identity == identity => {
                Some(found.stored)
            }
            Ok(_) => None,
            Err(error) => {
                tracing::warn!("{} is not used: {error}", file.display());
                None
            }
        }
    }

    /// Writes the file, old or new but never half.
    ///
    /// # Errors
    /// Whatever the system says; the file is then as it was.
    pub fn write(&self, file: &Path) -> io::Result<()> {
        let text = serde_json::to_vec(&File { schema_version: SCHEMA_VERSION, stored: self })?;
        files::replace(file, &text)
    }

    /// Whether they were fetched longer ago than `shelf_life`, or in the future.
    pub fn is_older_than(&self, shelf_life: TimeDelta) -> bool {
        let age = Utc::now().signed_duration_since(self.fetched_at);
        age > shelf_life || age < -TimeDelta::minutes(5)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn stored() -> StoredValues {
        StoredValues {
            identity: "srv/base/dbo.banco_datos/".into(),
            fetched_at: Utc::now(),
            rows: 7,
            span: NaiveDate::from_ymd_opt(2025, 1, 1).map(|day| (day, day)),
            cut: vec!["TercerosNombres".into()],
            values: vec![ColumnValues { column: "marca".into(), values: vec![("ÑAPA".into(), 3)] }],
        }
    }

    #[test]
    fn values_come_back_for_the_table_they_are_of_and_no_other() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("cache").join("tienda.json");
        let written = stored();
        written.write(&file).expect("written");
        assert_eq!(StoredValues::read(&file, &written.identity), Some(written.clone()));
        assert_eq!(StoredValues::read(&file, "otro"), None);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o077;
            assert_eq!((mode(&file), mode(file.parent().expect("a folder"))), (0, 0));
        }
    }

    #[test]
    fn a_damaged_or_strange_file_is_as_good_as_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("tienda.json");
        let identity = stored().identity;
        assert_eq!(StoredValues::read(&file, &identity), None);
        for contents in ["", "{", "{\"schema_version\":1}", "[]", "\u{0}"] {
            fs::write(&file, contents).expect("written");
            assert_eq!(StoredValues::read(&file, &identity), None, "{contents}");
        }
        assert_eq!(StoredValues::read(folder.path(), &identity), None);
    }

    #[test]
    fn age_is_judged_both_ways() {
        let mut values = stored();
        assert!(!values.is_older_than(TimeDelta::hours(24)));
        values.fetched_at -= TimeDelta::hours(25);
        assert!(values.is_older_than(TimeDelta::hours(24)));
        values.fetched_at = Utc::now() + TimeDelta::days(400);
        assert!(values.is_older_than(TimeDelta::hours(24)));
    }
}
