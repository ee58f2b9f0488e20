use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arrow::array::{ArrayRef, Int64Array};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::record_batch::RecordBatch;
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::ask::Planner;
use crate::audit::{Verdict, tail, verify};
use crate::engine::{Chunk, ColumnValues, DataFacts, Engine, EngineError, EngineKind, Origin, QueryStream};
use crate::frame::Completeness;
use crate::guard::ReadOnlySql;
use crate::i18n::Lang;

/// What the scripted engine does when it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    TwoRows,
    WaitForCancel,
    FailAfterOneRow,
    Panic,
}

struct ScriptedEngine {
    script: Script,
    asked: Arc<AtomicUsize>,
    audit: std::path::PathBuf,
    log_when_asked: Arc<Mutex<Vec<String>>>,
}

fn one_row() -> RecordBatch {
    let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, true)]));
    let column: ArrayRef = Arc::new(Int64Array::from(vec![1]));
    RecordBatch::try_new(schema, vec![column]).expect("a batch")
}

impl Engine for ScriptedEngine {
    fn kind(&self) -> EngineKind {
        EngineKind::Embedded
    }

    fn query(
        &self,
        _sql: &ReadOnlySql,
        _limits: Limits,
        cancel: CancellationToken,
    ) -> BoxFuture<'static, Result<QueryStream, EngineError>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        *self.log_when_asked.lock().expect("the log") = tail(&self.audit, 1).unwrap_or_default();
        let script = self.script;
        assert_ne!(script, Script::Panic, "the scripted panic");
        Box::pin(async move {
            let rows = || Ok(Chunk::Rows(one_row()));
            let lost = || Err(EngineError::Internal { detail: "lost".to_string() });
            let chunks = match script {
                Script::TwoRows => stream::iter(vec![rows(), rows()]).boxed(),
                Script::FailAfterOneRow => stream::iter(vec![rows(), lost()]).boxed(),
                Script::WaitForCancel | Script::Panic => stream::iter(vec![rows()])
                    .chain(stream::once(async move {
                        cancel.cancelled().await;
                        Err(EngineError::Cancelled)
                    }))
                    .boxed(),
            };
            Ok(QueryStream { schema: one_row().schema(), chunks })
        })
    }

    fn facts(&self) -> BoxFuture<'static, Result<DataFacts, EngineError>> {
        Box::pin(async { Ok(facts()) })
    }

    fn values(&self) -> BoxFuture<'static, Result<Vec<ColumnValues>, EngineError>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

fn facts() -> DataFacts {
    DataFacts { rows: 1, span: None, origin: Origin::Demo { seed: 1 }, loaded_at: None }
}

struct ScriptedSource(Mutex<Option<ScriptedEngine>>, Terms);

impl DataSource for ScriptedSource {
    fn terms(&self) -> Terms {
        self.1.clone()
    }

    fn prepare(&self, progress: &dyn Fn(f32), _cancel: &CancellationToken) -> Result<Prepared, EngineError> {
        progress(0.5);
        match self.0.lock().expect("the engine").take() {
            Some(engine) => Ok(Prepared {
                engine: Arc::new(engine),
                facts: facts(),
                planner: Arc::new(Planner::new(Vec::new(), None)),
            }),
            None => Err(EngineError::NoData { detail: "nothing".to_string() }),
        }
    }
}

struct Stage {
    session: Session,
    folder: tempfile::TempDir,
    asked: Arc<AtomicUsize>,
    log_when_asked: Arc<Mutex<Vec<String>>>,
}

const ID: QuestionId = QuestionId(1);
const PATIENCE: Duration = Duration::from_secs(10);

impl Stage {
    fn new(script: Script, on_audit_failure: AuditFailure) -> Stage {
        Stage::under(Terms::default(), script, on_audit_failure)
    }

    /// With answers that are given again for an hour.
    fn keeping(script: Script) -> Stage {
        let identity = "tienda/ana".to_string();
        let shelf_life = Duration::from_secs(3600);
        let keeping = Keeping { identity, shelf_life, budget: 1 << 20, disk: None };
        Stage::under(Terms { keeping: Some(keeping), ..Terms::default() }, script, AuditFailure::Block)
    }

    fn under(terms: Terms, script: Script, on_audit_failure: AuditFailure) -> Stage {
        let folder = tempfile::tempdir().expect("a folder");
        let (asked, log_when_asked) = (Arc::default(), Arc::default());
        let audit = folder.path().join("audit");
        let engine = ScriptedEngine {
            script,
            asked: Arc::clone(&asked),
            audit: audit.clone(),
            log_when_asked: Arc::clone(&log_when_asked),
        };
        let options = SessionOptions {
            today: None,
            decider: Decider::Person,
            front_end: "cli",
            limits: Limits::default(),
            waits_for_values: true,
            sources: None,
            on_audit_failure,
            audit,
            history: folder.path().join("history.jsonl"),
            assist: Assist::default(),
        };
        let session = start(Arc::new(ScriptedSource(Mutex::new(Some(engine)), terms)), options);
        Stage { session, folder, asked, log_when_asked }
    }

    fn send(&self, command: Command) {
        self.session.commands.send(command).expect("a running session");
    }

    async fn until<T>(&mut self, wanted: impl Fn(Event) -> Option<T>) -> T {
        let search = async {
            while let Some(event) = self.session.events.recv().await {
                if let Some(found) = wanted(event) {
                    return found;
                }
            }
            panic!("the session ended first");
        };
        tokio::time::timeout(PATIENCE, search).await.expect("in time")
    }

    async fn ready(&mut self) {
        self.until(|event| matches!(event, Event::Ready { .. }).then_some(())).await;
    }

    async fn proposal(&mut self) -> Proposal {
        let sql = "SELECT COUNT(*) AS n FROM banco_datos".to_string();
        self.send(Command::ProposeSql { id: ID, sql, lang: Lang::Es });
        self.until(|event| match event {
            Event::Proposed(proposal) => Some(proposal),
            _ => None,
        })
        .await
    }

    fn approve(&self, proposal: &Proposal) {
        self.send(Command::Approve { id: ID, shown_sha256: proposal.sha256.clone() });
    }

    async fn not_run(&mut self) -> NotRun {
        self.until(|event| match event {
            Event::NotRun { why, .. } => Some(why),
            _ => None,
        })
        .await
    }

    async fn end(&mut self) -> (RunEnd, Frame) {
        self.until(|event| match event {
            Event::RunEnded { end, frame, .. } => Some((end, frame)),
            _ => None,
        })
        .await
    }

    async fn quit(self) -> tempfile::TempDir {
        self.send(Command::Quit);
        tokio::time::timeout(PATIENCE, self.session.task).await.expect("in time").expect("no panic");
        self.folder
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

use crate::frame::Frame;

fn log_of(folder: &Path) -> String {
    tail(&folder.join("audit"), 100).expect("a log").join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approved_query_runs_after_its_approval_is_on_record() {
    let mut stage = Stage::new(Script::TwoRows, AuditFailure::Block);
    stage.ready().await;
    let proposal = stage.proposal().await;
    assert_eq!(stage.asked(), 0, "nothing runs before approval");
    stage.approve(&proposal);
    let (end, frame) = stage.end().await;
    assert!(matches!(end, RunEnd::Done), "{end:?}");
    assert_eq!((frame.row_count(), frame.completeness()), (2, Completeness::Complete));
    assert!(stage.log_when_asked.lock().expect("the log")[0].contains("query.approved"));
    let folder = stage.quit().await;
    let log = log_of(folder.path());
    for event in ["session.started", "sql.edited", "sql.proposed", "query.finished", "session.ended"] {
        assert!(log.contains(event), "{event} is missing from\n{log}");
    }
    assert!(matches!(verify(&folder.path().join("audit")), Ok(Verdict::Whole { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_is_not_the_one_shown_never_runs() {
    let mut stage = Stage::new(Script::TwoRows, AuditFailure::Block);
    stage.ready().await;
    let proposal = stage.proposal().await;
    let mut hash = proposal.sha256.clone();
    let last = if hash.pop() == Some('0') { '1' } else { '0' };
    hash.push(last);
    stage.send(Command::Approve { id: ID, shown_sha256: hash });
    assert_eq!(stage.not_run().await, NotRun::TextChanged);
    assert_eq!(stage.asked(), 0);
    stage.approve(&proposal);
    assert!(matches!(stage.end().await.0, RunEnd::Done), "the real text can still be approved");
    assert!(log_of(stage.quit().await.path()).contains("query.mismatched"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_serves_once_and_a_rejection_ends_it() {
    let mut stage = Stage::new(Script::TwoRows, AuditFailure::Block);
    stage.ready().await;
    let proposal = stage.proposal().await;
    stage.approve(&proposal);
    stage.end().await;
    stage.approve(&proposal);
    assert_eq!(stage.not_run().await, NotRun::NoProposal);
    let proposal = stage.proposal().await;
    stage.send(Command::Reject { id: ID });
    stage.approve(&proposal);
    assert_eq!(stage.not_run().await, NotRun::NoProposal);
    assert_eq!(stage.asked(), 1);
    assert!(log_of(stage.quit().await.path()).contains("query.rejected"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_query_keeps_what_came_and_says_it_is_partial() {
    let mut stage = Stage::new(Script::WaitForCancel, AuditFailure::Block);
    stage.ready().await;
    let proposal = stage.proposal().await;
    stage.approve(&proposal);
    stage.until(|event| matches!(event, Event::Rows { .. }).then_some(())).await;
    stage.send(Command::Cancel { id: ID });
    let (end, frame) = stage.end().await;
    assert!(matches!(end, RunEnd::Cancelled), "{end:?}");
    assert_eq!((frame.row_count(), frame.completeness()), (1, Completeness::Partial));
    assert!(log_of(stage.quit().await.path()).contains("\"outcome\":\"cancelled\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_on_the_way_keeps_the_rows_before_it() {
    let mut stage = Stage::new(Script::FailAfterOneRow, AuditFailure::Block);
    stage.ready().await;
    let proposal = stage.proposal().await;
    stage.approve(&proposal);
    let (end, frame) = stage.end().await;
    assert!(matches!(end, RunEnd::Failed(EngineError::Internal { .. })), "{end:?}");
    assert_eq!((frame.row_count(), frame.completeness()), (1, Completeness::Partial));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_the_work_leaves_the_session_alive() {
    let mut stage = Stage::new(Script::Panic, AuditFailure::Block);
    stage.ready().await;
    let proposal = stage.proposal().await;
    stage.approve(&proposal);
    assert!(matches!(stage.end().await.0, RunEnd::Failed(EngineError::Internal { .. })));
    stage.proposal().await;
    assert!(log_of(stage.quit().await.path()).contains("\"outcome\":\"failed\""));
}

/// Puts a file where the audit log's folder should be.
fn block_audit(stage: &Stage) {
    let audit = stage.folder.path().join("audit");
    std::fs::remove_dir_all(&audit).expect("the folder");
    std::fs::write(audit, "in the way").expect("written");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_record_nothing_runs() {
    let mut stage = Stage::new(Script::TwoRows, AuditFailure::Block);
    stage.ready().await;
    let proposal = stage.proposal().await;
    block_audit(&stage);
    stage.approve(&proposal);
    assert_eq!(stage.not_run().await, NotRun::AuditUnavailable);
    assert_eq!(stage.asked(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_may_choose_to_run_without_a_record_and_is_told() {
    let mut stage = Stage::new(Script::TwoRows, AuditFailure::Warn);
    stage.ready().await;
    let proposal = stage.proposal().await;
    block_audit(&stage);
    stage.approve(&proposal);
    stage.until(|event| matches!(event, Event::Notice { failure: true, .. }).then_some(())).await;
    assert!(matches!(stage.end().await.0, RunEnd::Done));
}

#[tokio::test(flavor = "multi_thread")]
async fn quitting_ends_a_running_query_first() {
    let mut stage = Stage::new(Script::WaitForCancel, AuditFailure::Block);
    stage.ready().await;
    let proposal = stage.proposal().await;
    stage.approve(&proposal);
    stage.until(|event| matches!(event, Event::RunStarted { .. }).then_some(())).await;
    let log = log_of(stage.quit().await.path());
    assert!(log.contains("query.finished") && log.contains("session.ended"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_asked_before_the_data_is_ready_are_answered_after() {
    let mut stage = Stage::new(Script::TwoRows, AuditFailure::Block);
    let text = "blablabla xyz".to_string();
    stage.send(Command::Ask { id: ID, text, lang: Lang::Es, context: Context::Conversation });
    let why = stage
        .until(|event| match event {
            Event::NotPlanned { why, .. } => Some(why),
            _ => None,
        })
        .await;
    assert_eq!(why.json_name(), "abstain");
    let folder = stage.quit().await;
    let history = std::fs::read_to_string(folder.path().join("history.jsonl")).expect("history");
    assert!(history.contains("blablabla xyz"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_given_while_the_data_is_prepared_runs_when_it_is_ready() {
    let mut stage = Stage::new(Script::TwoRows, AuditFailure::Block);
    let proposal = stage.proposal().await;
    stage.approve(&proposal);
    assert!(matches!(stage.end().await.0, RunEnd::Done));
}

#[tokio::test]
async fn data_that_cannot_be_had_is_said_and_the_session_lives() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = SessionOptions {
        today: None,
        decider: Decider::Person,
        front_end: "cli",
        waits_for_values: true,
        sources: None,
        limits: Limits::default(),
        on_audit_failure: AuditFailure::Block,
        audit: folder.path().join("audit"),
        history: folder.path().join("history.jsonl"),
        assist: Assist::default(),
    };
    let mut session = start(Arc::new(ScriptedSource(Mutex::new(None), Terms::default())), options);
    let mut unavailable = 0;
    let text = "ventas".to_string();
    let ask = Command::Ask { id: ID, text, lang: Lang::Es, context: Context::Conversation };
    session.commands.send(ask).expect("a running session");
    while unavailable < 2 {
        let event = tokio::time::timeout(PATIENCE, session.events.recv()).await.expect("in time");
        if let Event::Unavailable { error } = event.expect("a running session") {
            assert!(matches!(error, EngineError::NoData { .. }));
            unavailable += 1;
        }
    }
}

impl Stage {
    /// When the answer that ends now was fetched, if it is given again.
    async fn kept_since(&mut self) -> Option<chrono::DateTime<chrono::Utc>> {
        self.until(|event| match event {
            Event::RunEnded { kept_since, .. } => Some(kept_since),
            _ => None,
        })
        .await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_given_again_and_repeating_it_asks_anew_on_the_record() {
    let mut stage = Stage::keeping(Script::TwoRows);
    stage.ready().await;
    for kept in [false, true] {
        let proposal = stage.proposal().await;
        stage.approve(&proposal);
        assert_eq!(stage.kept_since().await.is_some(), kept);
        assert_eq!(stage.asked(), 1);
    }
    stage.send(Command::Repeat { id: ID });
    assert_eq!(stage.kept_since().await, None);
    assert_eq!(stage.asked(), 2);
    stage.send(Command::Repeat { id: QuestionId(99) });
    assert_eq!(stage.not_run().await, NotRun::NoProposal);
    let log = log_of(stage.quit().await.path());
    for event in ["query.approved", "answer.reused", "query.repeated"] {
        assert!(log.contains(event), "{event}: {log}");
    }
    let approved: Vec<&str> = log.lines().filter(|line| line.contains("query.approved")).collect();
    assert_eq!(approved.len(), 2, "an answer given again is approved too");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_not_whole_is_never_given_again() {
    let mut stage = Stage::keeping(Script::FailAfterOneRow);
    stage.ready().await;
    for asked in 1..=2 {
        let proposal = stage.proposal().await;
        stage.approve(&proposal);
        assert_eq!(stage.kept_since().await, None);
        assert_eq!(stage.asked(), asked);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn local_answers_are_not_kept() {
    let mut stage = Stage::new(Script::TwoRows, AuditFailure::Block);
    stage.ready().await;
    for asked in 1..=2 {
        let proposal = stage.proposal().await;
        stage.approve(&proposal);
        assert_eq!(stage.kept_since().await, None);
        assert_eq!(stage.asked(), asked);
    }
}
