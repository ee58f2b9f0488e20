//! The work itself: one month after the other, each complete or not there.

use std::collections::HashSet;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::ArrayRef;
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use chrono::{Days, NaiveDate, Utc};
use futures::StreamExt;
use parquet::arrow::ArrowWriter;
use tokio_util::sync::CancellationToken;

use super::error::SnapshotError;
use super::manifest::{Held, Manifest, Part, StoredColumn};
use super::months::{Stretch, to_bring};
use super::{Brought, Order, Progress, values};
use crate::dataset::part_properties;
use crate::engine::sqlserver::{Inspection, SqlServerEngine};
use crate::engine::{Chunk, Engine, EngineError};
use crate::files;
use crate::model::schema::COLUMNS;
use crate::model::{OwnDimension, SalesModel};

/// The pause between months, in which the server belongs to the tills.
const BREATH: Duration = Duration::from_millis(50);

/// What is copied, and where to.
#[derive(Clone, Copy)]
pub struct Work<'a> {
    /// The server.
    pub engine: &'a SqlServerEngine,
    /// What was found out about it.
    pub inspection: &'a Inspection,
    /// Which server, database, table and columns these are.
    pub identity: &'a str,
    /// The store's model, for what it adds to the columns.
    pub model: &'a SalesModel,
    /// The copy's folder.
    pub folder: &'a Path,
}

/// Brings the copy up to the order. Told is how far the work is; what is done
/// stays done, whatever happens later.
///
/// # Errors
/// [`SnapshotError`]; months brought in before it are kept.
pub async fn sync(
    work: Work<'_>,
    order: Order,
    today: NaiveDate,
    tell: &(dyn Fn(Progress) + Send + Sync),
    cancel: &CancellationToken,
) -> Result<Brought, SnapshotError> {
    let Work { engine, inspection, identity, model, folder } = work;
    let io = |error: std::io::Error| SnapshotError::io(folder, &error);
    let _lock = files::lock(folder).map_err(io)?.ok_or(SnapshotError::Busy)?;
    let mut manifest = held(folder, identity, order.anew)?;
    clean_up(&mut manifest, folder)?;
    let columns = columns_there(engine, inspection, model)?;
    let wanted = wanted(engine, &manifest, order, today).await?;
    let months = to_bring(&manifest.parts, wanted, order.refresh_days, today);
    let of = months.len();
    let mut rows = 0;
    for (done, month) in months.into_iter().enumerate() {
        tell(Progress { done, of, month: month.from, rows });
        if done > 0 {
            tokio::time::sleep(BREATH).await;
        }
        let so_far = rows;
        let count = |more| tell(Progress { done, of, month: month.from, rows: so_far + more });
        let part = bring(engine, &columns, month, &mut manifest, folder, &count, cancel).await?;
        rows += part.rows;
        replace(&mut manifest, part);
        manifest.write(folder)?;
    }
    if of > 0 || !Manifest::has_values(folder) {
        Manifest::write_values(folder, &values::count(&manifest, folder, model, cancel).await?)?;
    }
    tell(Progress { done: of, of, month: wanted.from, rows });
    Ok(Brought { months: of, rows, manifest })
}

/// The copy as it is; an empty one where there is none, it is of another table, or it is not wanted.
fn held(folder: &Path, identity: &str, anew: bool) -> Result<Manifest, SnapshotError> {
    let found = match Manifest::read_any(folder) {
        Err(_) if anew => None,
        other => other?,
    };
    let mut manifest = found.unwrap_or_else(|| Manifest::empty(identity));
    if anew || manifest.identity != identity {
        let old = manifest.parts.drain(..).map(|part| part.file).collect::<Vec<_>>();
        manifest = Manifest { retired: old, ..Manifest::empty(identity) };
        manifest.write(folder)?;
    }
    Ok(manifest)
}

/// Removes files that were replaced the time before, and what work that was cut short left.
fn clean_up(manifest: &mut Manifest, folder: &Path) -> Result<(), SnapshotError> {
    manifest.retired.clear();
    let kept: HashSet<&str> = manifest.parts.iter().map(|part| part.file.as_str()).collect();
    let entries = fs::read_dir(folder).map_err(|error| SnapshotError::io(folder, &error))?;
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_part = name.ends_with(".parquet") || name.starts_with(".tmp");
        if is_part && !kept.contains(name.as_ref()) {
            let _ = fs::remove_file(entry.path());
        }
    }
    Ok(())
}

/// The model's columns that the server's table has, and what the store adds to them.
fn columns_there<'m>(
    engine: &SqlServerEngine,
    inspection: &Inspection,
    model: &'m SalesModel,
) -> Result<Vec<&'m str>, SnapshotError> {
    let has = |column: &&str| {
        let real = engine.settings().real_name(column);
        inspection.columns.iter().any(|found| found.name.eq_ignore_ascii_case(real))
    };
    let mut columns: Vec<&str> = COLUMNS.iter().map(|column| column.name).filter(has).collect();
    for further in model.dimensions.iter().filter_map(OwnDimension::further_column).filter(has) {
        if !columns.contains(&further) {
            columns.push(further);
        }
    }
    if columns.contains(&"Fecha") { Ok(columns) } else { Err(SnapshotError::NoDate) }
}

/// The days asked for, with what the order leaves open filled in.
async fn wanted(
    engine: &SqlServerEngine,
    manifest: &Manifest,
    order: Order,
    today: NaiveDate,
) -> Result<Stretch, SnapshotError> {
    let held = manifest.stretch();
    let span = match (order.from, order.to) {
        (Some(from), Some(to)) => Some((from, to)),
        _ => engine.facts().await?.span,
    };
    let (first, last) = span.ok_or(SnapshotError::NoDays)?;
    let from = order.from.or(held.map(|held| held.from)).unwrap_or(first);
    let last = order.to.unwrap_or(last.max(today));
    let to = last.checked_add_days(Days::new(1)).ok_or(SnapshotError::NoDays)?;
    if from < to { Ok(Stretch { from, to }) } else { Err(SnapshotError::NoDays) }
}

/// Puts a part in the place of those whose days it holds.
fn replace(manifest: &mut Manifest, part: Part) {
    let (gone, mut parts): (Vec<Part>, Vec<Part>) = std::mem::take(&mut manifest.parts)
        .into_iter()
        .partition(|old| old.from >= part.from && old.to <= part.to);
    manifest.retired.extend(gone.into_iter().map(|old| old.file));
    parts.push(part);
    parts.sort_by_key(|part| part.from);
    manifest.parts = parts;
}

/// Brings in one month, into a file that gets its name when it is complete.
async fn bring(
    engine: &SqlServerEngine,
    columns: &[&str],
    month: Stretch,
    manifest: &mut Manifest,
    folder: &Path,
    count: &(dyn Fn(u64) + Send + Sync),
    cancel: &CancellationToken,
) -> Result<Part, SnapshotError> {
    let io = |error: &dyn std::fmt::Display| SnapshotError::io(folder, error);
    let mut stream = engine.slice(columns, month.from, month.to, cancel.clone()).await?;
    settle_columns(manifest, &stream.schema)?;
    let schema = schema_of(manifest);
    let staged = tempfile::Builder::new().prefix(".tmp").tempfile_in(folder).map_err(|e| io(&e))?;
    let file = staged.as_file().try_clone().map_err(|e| io(&e))?;
    let writer = ArrowWriter::try_new(file, Arc::clone(&schema), Some(part_properties()));
    let mut writer = writer.map_err(|e| io(&e))?;
    let mut rows = 0;
    while let Some(chunk) = stream.chunks.next().await {
        match chunk? {
            Chunk::Rows(batch) => {
                rows += batch.num_rows() as u64;
                let batch = cast(&batch, &schema)?;
                writer = tokio::task::spawn_blocking(move || -> Result<ArrowWriter<File>, String> {
                    writer.write(&batch).map_err(|error| error.to_string())?;
                    Ok(writer)
                })
                .await
                .map_err(|e| io(&e))?
                .map_err(|e| io(&e))?;
                count(rows);
            }
            // A month without its last lines would be a wrong month.
            Chunk::Truncated => return Err(SnapshotError::Engine(EngineError::Memory)),
            Chunk::Note(note) => tracing::warn!("{} {note:?}", month.from),
        }
    }
    let file = writer.into_inner().map_err(|e| io(&e))?;
    file.sync_all().map_err(|e| io(&e))?;
    let bytes = file.metadata().map_err(|e| io(&e))?.len();
    let name = format!("{}-{}.parquet", month.from.format("%Y-%m"), uuid::Uuid::now_v7().simple());
    staged.persist(folder.join(&name)).map_err(|e| io(&e))?;
    files::sync_folder(folder);
    Ok(Part { file: name, from: month.from, to: month.to, rows, bytes, fetched_at: Utc::now() })
}

/// The first month decides how the columns are held; later ones must fit.
fn settle_columns(manifest: &mut Manifest, schema: &SchemaRef) -> Result<(), SnapshotError> {
    let found: Vec<StoredColumn> = schema
        .fields()
        .iter()
        .map(|field| {
            let held = Held::of(field.data_type());
            let changed = || SnapshotError::Changed { column: field.name().clone() };
            Ok(StoredColumn { name: field.name().clone(), held: held.ok_or_else(changed)? })
        })
        .collect::<Result<_, SnapshotError>>()?;
    if manifest.parts.is_empty() {
        manifest.columns = found;
        return Ok(());
    }
    let differs = |(held, found): &(&StoredColumn, &StoredColumn)| held != found;
    let pairs = || manifest.columns.iter().zip(&found);
    match pairs().find(differs) {
        Some((held, _)) => Err(SnapshotError::Changed { column: held.name.clone() }),
        None if manifest.columns.len() == found.len() => Ok(()),
        None => Err(SnapshotError::Changed { column: String::new() }),
    }
}

fn schema_of(manifest: &Manifest) -> SchemaRef {
    let field = |column: &StoredColumn| Field::new(&column.name, column.held.arrow(), true);
    Arc::new(Schema::new(manifest.columns.iter().map(field).collect::<Vec<_>>()))
}

/// The batch in the types that the copy holds; a value that does not fit is an error, never a NULL.
fn cast(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, SnapshotError> {
    let options = CastOptions { safe: false, ..CastOptions::default() };
    let columns = batch.columns().iter().zip(schema.fields()).map(|(column, field)| {
        let same = column.data_type() == field.data_type() || *field.data_type() == DataType::Null;
        if same {
            return Ok(ArrayRef::clone(column));
        }
        let changed = |_| SnapshotError::Changed { column: field.name().clone() };
        cast_with_options(column, field.data_type(), &options).map_err(changed)
    });
    let columns = columns.collect::<Result<Vec<_>, SnapshotError>>()?;
    let internal = |error: arrow::error::ArrowError| EngineError::Internal { detail: error.to_string() };
    RecordBatch::try_new(Arc::clone(schema), columns).map_err(internal).map_err(SnapshotError::Engine)
}
