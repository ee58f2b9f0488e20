//! Answers on disk, where the profile wants that: they may hold personal data, so each is
//! in a file only its owner can read, is gone when it is old, and says whose it is.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::Schema;
use arrow::ipc::reader::FileReader;
use arrow::ipc::writer::FileWriter;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::answers::{Answer, AnswerKey};
use crate::config::make_private_folder;
use crate::files;
use crate::frame::Completeness;

/// Where the facts about an answer stand in its file.
const FACTS: &str = "depotru";
const EXTENSION: &str = "answer";

/// The folder of one profile's answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskAnswers {
    folder: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Facts {
    identity: String,
    sha256: [u8; 32],
    max_rows: usize,
    truncated: bool,
    fetched_at: DateTime<Utc>,
}

impl DiskAnswers {
    /// The answers in `folder`, which need not exist.
    pub fn at(folder: PathBuf) -> DiskAnswers {
        DiskAnswers { folder }
    }

    /// The answer, unless it is older than `shelf_life`, was never kept or cannot be read. Blocks.
    pub fn get(&self, key: &AnswerKey, shelf_life: Duration) -> Option<Answer> {
        let path = self.file_of(key);
        let file = File::open(&path).ok()?;
        match read(file, key) {
            Ok(answer) if answer.is_fresh(shelf_life) => Some(answer),
            Ok(_) => {
                let _ = fs::remove_file(&path);
                None
            }
            Err(detail) => {
                tracing::warn!("{} is not used: {detail}", path.display());
                let _ = fs::remove_file(&path);
                None
            }
        }
    }

    /// Keeps a whole answer, removes those that are old and the oldest beyond `budget`
    /// bytes. Blocks.
    ///
    /// # Errors
    /// Whatever the system says; the answer is then not kept.
    pub fn put(&self, key: &AnswerKey, answer: &Answer, shelf_life: Duration, budget: u64) -> io::Result<()> {
        if !answer.is_whole() || !answer.notes.is_empty() {
            return Ok(());
        }
        make_private_folder(&self.folder)?;
        let staged = tempfile::NamedTempFile::new_in(&self.folder)?;
        write(staged.as_file(), key, answer).map_err(io::Error::other)?;
        staged.as_file().sync_all()?;
        staged.persist(self.file_of(key)).map_err(|error| error.error)?;
        files::sync_folder(&self.folder);
        self.tidy(shelf_life, budget)
    }

    fn file_of(&self, key: &AnswerKey) -> PathBuf {
        let mut hash = Sha256::new();
        hash.update(key.identity.as_bytes());
        hash.update([0]);
        hash.update(key.sha256);
        hash.update(key.max_rows.to_le_bytes());
        let name: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        self.folder.join(name).with_extension(EXTENSION)
    }

    fn tidy(&self, shelf_life: Duration, budget: u64) -> io::Result<()> {
        let mut kept = Vec::new();
        for entry in fs::read_dir(&self.folder)?.flatten() {
            let path = entry.path();
            if path.extension().is_none_or(|extension| extension != EXTENSION) {
                continue;
            }
            let facts = entry.metadata()?;
            let age = facts.modified()?.elapsed().unwrap_or_default();
            if age >= shelf_life {
                let _ = fs::remove_file(&path);
            } else {
                kept.push((age, facts.len(), path));
            }
        }
        kept.sort();
        let mut bytes = 0;
        for (_, size, path) in kept {
            bytes += size;
            if bytes > budget {
                let _ = fs::remove_file(path);
            }
        }
        Ok(())
    }
}

fn write(file: &File, key: &AnswerKey, answer: &Answer) -> Result<(), String> {
    let facts = Facts {
        identity: key.identity.clone(),
        sha256: key.sha256,
        max_rows: key.max_rows,
        truncated: answer.completeness == Completeness::Truncated,
        fetched_at: answer.fetched_at,
    };
    let facts = serde_json::to_string(&facts).map_err(|error| error.to_string())?;
    let metadata = HashMap::from([(FACTS.to_string(), facts)]);
    let schema = Schema::new_with_metadata(answer.schema.fields().clone(), metadata);
    let mut writer = FileWriter::try_new(file, &schema).map_err(|error| error.to_string())?;
    for batch in answer.batches.iter() {
        writer.write(batch).map_err(|error| error.to_string())?;
    }
    writer.finish().map_err(|error| error.to_string())
}

fn read(file: File, key: &AnswerKey) -> Result<Answer, String> {
    let reader = FileReader::try_new(file, None).map_err(|error| error.to_string())?;
    let schema = reader.schema();
    let facts = schema.metadata().get(FACTS).ok_or("it says nothing of itself")?;
    let facts: Facts = serde_json::from_str(facts).map_err(|error| error.to_string())?;
    let same = facts.identity == key.identity && facts.sha256 == key.sha256 && facts.max_rows == key.max_rows;
    if !same {
        return Err("it is another answer".to_string());
    }
    // The facts stay with the file: the answer gets the schema it was given with.
    let schema = Arc::new(Schema::new(schema.fields().clone()));
    let batches = reader
        .map(|batch| {
            let batch = batch?;
            let rows = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
            RecordBatch::try_new_with_options(Arc::clone(&schema), batch.columns().to_vec(), &rows)
        })
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| error.to_string())?;
    Ok(Answer {
        schema,
        batches: batches.into(),
        completeness: if facts.truncated { Completeness::Truncated } else { Completeness::Complete },
        notes: Vec::new(),
        fetched_at: facts.fetched_at,
    })
}

/// The folder that answers of `profile` are kept in, below the folder for caches.
pub fn answers_folder(caches: &Path, profile: &str) -> PathBuf {
    caches.join("answers").join(profile)
}

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, Decimal128Array, StringArray};
    use arrow::datatypes::{DataType, Field};
    use chrono::TimeDelta;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn key(identity: &str) -> AnswerKey {
        AnswerKey { identity: identity.into(), sha256: [7; 32], max_rows: 10 }
    }

    /// Two columns of one name, as a query without aliases may have.
    fn answer(completeness: Completeness) -> Answer {
        let fields =
            vec![Field::new("", DataType::Utf8, true), Field::new("", DataType::Decimal128(18, 2), true)];
        let schema = Arc::new(Schema::new(fields));
        let text: ArrayRef = Arc::new(StringArray::from(vec![Some("ÑAPA"), None]));
        let money =
            Decimal128Array::from(vec![Some(-123), None]).with_precision_and_scale(18, 2).expect("a type");
        let batch = RecordBatch::try_new(Arc::clone(&schema), vec![text, Arc::new(money)]).expect("a batch");
        Answer {
            schema,
            batches: vec![batch.clone(), batch].into(),
            completeness,
            notes: Vec::new(),
            fetched_at: Utc::now(),
        }
    }

    fn files(folder: &Path) -> Vec<PathBuf> {
        fs::read_dir(folder).map(|all| all.flatten().map(|entry| entry.path()).collect()).unwrap_or_default()
    }

    #[test]
    fn an_answer_comes_back_to_whom_it_was_given_and_to_no_other() {
        let folder = tempfile::tempdir().expect("a folder");
        let disk = DiskAnswers::at(folder.path().join("tienda"));
        let given = answer(Completeness::Truncated);
        disk.put(&key("ana"), &given, HOUR, 1 << 20).expect("kept");
        let back = disk.get(&key("ana"), HOUR).expect("there");
        assert_eq!((back.schema, back.completeness), (given.schema, given.completeness));
        assert_eq!(back.batches, given.batches);
        assert!(disk.get(&key("luis"), HOUR).is_none());
        let other = AnswerKey { max_rows: 11, ..key("ana") };
        assert!(disk.get(&other, HOUR).is_none());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            for file in files(&folder.path().join("tienda")) {
                assert_eq!(fs::metadata(&file).expect("there").permissions().mode() & 0o077, 0);
            }
        }
    }

    #[test]
    fn what_is_old_half_or_damaged_is_not_given() {
        let folder = tempfile::tempdir().expect("a folder");
        let disk = DiskAnswers::at(folder.path().to_path_buf());
        disk.put(&key("ana"), &answer(Completeness::Partial), HOUR, 1 << 20).expect("nothing to keep");
        assert!(files(folder.path()).is_empty());
        let mut old = answer(Completeness::Complete);
        old.fetched_at -= TimeDelta::hours(2);
        disk.put(&key("ana"), &old, HOUR, 1 << 20).expect("kept");
        assert!(disk.get(&key("ana"), HOUR).is_none());
        assert!(files(folder.path()).is_empty(), "what is old is removed");
        disk.put(&key("ana"), &answer(Completeness::Complete), HOUR, 1 << 20).expect("kept");
        let file = files(folder.path()).remove(0);
        let whole = fs::read(&file).expect("readable");
        for cut in [0, 10, whole.len() / 2, whole.len() - 1] {
            fs::write(&file, whole.get(..cut).expect("a part")).expect("written");
            assert!(disk.get(&key("ana"), HOUR).is_none(), "{cut} bytes");
        }
    }

    #[test]
    fn the_disk_stays_within_its_budget() {
        let folder = tempfile::tempdir().expect("a folder");
        let disk = DiskAnswers::at(folder.path().to_path_buf());
        disk.put(&key("0"), &answer(Completeness::Complete), HOUR, 1 << 20).expect("kept");
        let size = fs::metadata(files(folder.path()).remove(0)).expect("there").len();
        for n in 1..10 {
            disk.put(&key(&n.to_string()), &answer(Completeness::Complete), HOUR, size * 3).expect("kept");
            assert!(files(folder.path()).len() <= 3);
        }
        disk.put(&key("z"), &answer(Completeness::Complete), Duration::ZERO, size * 3).expect("tidied");
        assert!(files(folder.path()).is_empty(), "with no shelf life nothing stays");
    }
}
