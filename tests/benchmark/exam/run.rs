//! Asking, running and marking.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use depotru::ask::{Intent, Outcome, Planner, Question};
use depotru::engine::embedded::{Clock, EmbeddedEngine, Known, Settings};
use depotru::engine::{Chunk, Engine, Limits};
use depotru::guard::{Policy, check};
use futures::StreamExt;
use tokio_util::sync::CancellationToken;

use super::cases::Case;
use super::compare::is_right;
use super::report::{Mark, Marked};
use super::store::Store;
use super::table::Table;

/// The day that "today" is in every case.
pub fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 6, 30).expect("a date")
}

/// The embedded engine over the store's data, on the day of the examination.
pub fn engine(store: &Store) -> EmbeddedEngine {
    let known = Known { facts: store.manifest.facts(), values: store.values() };
    let noon = today().and_hms_opt(12, 0, 0).expect("noon");
    let settings = Settings { clock: Clock::Fixed(noon), ..Settings::default() };
    let files = store.manifest.parquet_files(&store.table_dir());
    EmbeddedEngine::open_files(files, known, settings).expect("the store's data")
}

/// Runs T-SQL as the product does: through the guard, then the engine.
pub async fn answer(engine: &dyn Engine, sql: &str) -> Result<Table, String> {
    let sql =
        check(sql, &Policy::default()).map_err(|refusal| format!("refused by the guard: {refusal:?}"))?;
    let stream = engine.query(&sql, Limits::default(), CancellationToken::new()).await;
    let mut stream = stream.map_err(|error| error.to_string())?;
    let mut table = Table {
        columns: stream.schema.fields().iter().map(|field| field.name().clone()).collect(),
        rows: Vec::new(),
    };
    while let Some(chunk) = stream.chunks.next().await {
        match chunk.map_err(|error| error.to_string())? {
            Chunk::Rows(batch) => table.add(&batch),
            Chunk::Note(_) => {}
            Chunk::Truncated => return Err("truncated".into()),
        }
    }
    Ok(table)
}

/// Plans a case's turns, the last one timed; `None` if the planner gave up with a panic.
fn plan(planner: &Planner, case: &Case) -> (Option<Outcome>, Duration) {
    let ask = |question: &Question<'_>| catch_unwind(AssertUnwindSafe(|| planner.ask(question))).ok();
    let mut previous: Option<Intent> = None;
    for turn in &case.context {
        let question = Question { text: turn, lang: None, today: today(), previous: previous.as_ref() };
        if let Some(Outcome::Plan(plan)) = ask(&question) {
            previous = Some(plan.intent);
        }
    }
    let question = Question { text: &case.question, lang: None, today: today(), previous: previous.as_ref() };
    // Planning is pure: the shortest of a few tries is the one that others disturbed least.
    let tries = (0..3).map(|_| {
        let started = Instant::now();
        drop(ask(&question));
        started.elapsed()
    });
    let shortest = tries.min().unwrap_or_default();
    (ask(&question), shortest)
}

/// Asks and marks a case. A right answer that cannot be had is a mistake of the examination.
pub async fn mark(planner: &Planner, engine: &dyn Engine, case: &Case) -> Marked {
    let (outcome, planning) = plan(planner, case);
    let wanted = match &case.sql {
        Some(sql) => Some(gold(engine, sql).await.unwrap_or_else(|why| panic!("{}: {why}\n{sql}", case.id))),
        None => None,
    };
    let kind = match &outcome {
        Some(Outcome::Plan(_)) => "plan",
        Some(Outcome::Clarify(_)) => "clarify",
        Some(Outcome::Abstain(_)) => "abstain",
        Some(Outcome::Refuse(_)) => "refuse",
        None => "panic",
    };
    let mark = match (&outcome, &wanted) {
        (None, _) => Mark::Wrong("the planner panicked".to_string()),
        (Some(Outcome::Plan(plan)), Some(wanted)) => judge(engine, wanted, &plan.sql, case).await,
        (Some(Outcome::Plan(plan)), None) => Mark::Wrong(format!("answered: {}", plan.restatement)),
        (_, Some(_)) => Mark::Declined,
        (_, None) => Mark::Right,
    };
    Marked {
        id: case.id.clone(),
        category: case.category.clone(),
        variant: case.variant.clone(),
        lang: case.lang.code(),
        question: case.question.clone(),
        answerable: case.answerable,
        expected_outcome: case.expected.as_deref().unwrap_or("plan") == kind,
        mark,
        planning,
    }
}

/// The right answer, which must say something.
async fn gold(engine: &dyn Engine, sql: &str) -> Result<Table, String> {
    let table = answer(engine, sql).await?;
    if table.is_blank() { Err("the right answer says nothing".into()) } else { Ok(table) }
}

async fn judge(engine: &dyn Engine, wanted: &Table, sql: &str, case: &Case) -> Mark {
    match answer(engine, sql).await {
        Ok(given) if is_right(wanted, &given, &case.form) => Mark::Right,
        Ok(given) => Mark::Wrong(format!("{sql}\n{}\ninstead of\n{}", given.excerpt(), wanted.excerpt())),
        Err(error) => Mark::Wrong(format!("{error}: {sql}")),
    }
}
