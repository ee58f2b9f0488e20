//! From an intent to T-SQL: one file per family of shapes.
//!
//! Every query is one `SELECT` (with or without `WITH`) over the sales table, with the
//! document rules always in its `WHERE`, divisions guarded, dates half-open, values as
//! escaped literals.

mod cohort;
mod compare;
mod group;
mod idle;
mod parts;
mod ranked;
mod together;
mod unreturned;

use super::intent::{Intent, Shape};
use super::{ChartHint, PlannedColumn};
use crate::i18n::Lang;
use crate::model::SalesModel;

/// A query and what its columns mean.
pub struct Compiled {
    /// The T-SQL.
    pub sql: String,
    /// Its columns, in order.
    pub columns: Vec<PlannedColumn>,
    /// The chart that suits it.
    pub chart: ChartHint,
}

/// The query of an intent that passed [`super::validate::check`].
pub fn compile(intent: &Intent, model: &SalesModel, lang: Lang) -> Compiled {
    let writer = parts::Writer { intent, model, lang };
    let (sql, mut columns, chart) = match &intent.shape {
        Shape::Group => group::group(&writer),
        Shape::CountGroups => group::count_groups(&writer),
        Shape::Compare { base, only, by } => compare::periods(&writer, base, *only, *by),
        Shape::Idle { count } => idle::idle(&writer, *count),
        Shape::Unreturned { count } => unreturned::unreturned(&writer, *count),
        Shape::Difference { dim, first, second } => compare::values(&writer, *dim, first, second),
        Shape::Share { part } => compare::share(&writer, part),
        Shape::Concentration { n } => ranked::concentration(&writer, *n),
        Shape::TopPerGroup { n } => ranked::top_per_group(&writer, *n),
        Shape::Place { n } => ranked::place(&writer, *n),
        Shape::Running => ranked::running(&writer),
        Shape::Growth => ranked::growth(&writer),
        Shape::Abc { only, summary } => ranked::abc(&writer, *only, *summary),
        Shape::Cohort { kind, count } => cohort::cohort(&writer, kind, *count),
        Shape::Together { with } => together::together(&writer, with.as_ref()),
    };
    for column in &mut columns {
        column.name = model.result_name(&column.name);
    }
    Compiled { sql: model.with_real_names(&sql), columns, chart }
}
