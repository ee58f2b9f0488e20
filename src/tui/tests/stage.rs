//! A console without a terminal and without a session: a test plays both.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::{ArrayRef, Decimal128Array, Int64Array, StringArray};
use arrow::datatypes::{Field, Schema};
use arrow::record_batch::RecordBatch;
use chrono::NaiveDate;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::ask::PlannedColumn;
use crate::chart::{Bars, Chart};
use crate::engine::{DataFacts, EngineKind, Origin};
use crate::frame::{Completeness, Frame};
use crate::i18n::Lang;
use crate::insight::Insight;
use crate::model::ColumnKind;
use crate::sanitize::display_safe;
use crate::session::{Command, Event, Proposal, QuestionId, RunEnd, Source};
use crate::tui::app::App;
use crate::tui::update::{Effect, Msg, after_draw, update};
use crate::tui::{Capabilities, ColorDepth, ThemeChoice, TuiOptions, view};

pub(super) struct Stage {
    pub(super) app: App,
    pub(super) now: Instant,
    pub(super) effects: Vec<Effect>,
    /// Whether every message is followed by a frame, as on a real screen.
    pub(super) drawing: bool,
}

pub(super) const CAPABILITIES: Capabilities = Capabilities { color: ColorDepth::Ansi16, unicode: true };

impl Stage {
    pub(super) fn new(width: u16, height: u16) -> Stage {
        Stage::with(width, height, Lang::Es, CAPABILITIES)
    }

    pub(super) fn with(width: u16, height: u16, lang: Lang, capabilities: Capabilities) -> Stage {
        let options = TuiOptions {
            lang,
            theme: ThemeChoice::Dark,
            history: vec!["ventas por ciudad".into(), "ventas de ayer".into()],
            today: day(23),
            version: "0.1.0".into(),
            profile: "local".into(),
            profiles: Vec::new(),
            refresh_days: 31,
            now: chrono::DateTime::UNIX_EPOCH,
            asks_for_connection: false,
            notice: None,
        };
        let now = Instant::now();
        let app = App::new(options, capabilities, Rect::new(0, 0, width, height), now);
        let mut stage = Stage { app, now, effects: Vec::new(), drawing: true };
        stage.draw();
        stage
    }

    /// With the data ready.
    pub(super) fn ready(width: u16, height: u16) -> Stage {
        let mut stage = Stage::new(width, height);
        stage.tell(ready());
        stage
    }

    pub(super) fn take(&mut self, msg: Msg) {
        let effects = update(&mut self.app, msg, self.now);
        for effect in effects {
            match effect {
                Effect::Work(work) => {
                    let outcome = Box::new(work.carry_out());
                    self.take(Msg::Worked(outcome));
                }
                other => self.effects.push(other),
            }
        }
        if self.drawing {
            self.draw();
        }
    }

    pub(super) fn draw(&mut self) {
        self.buffer();
        after_draw(&mut self.app, self.now);
    }

    pub(super) fn tell(&mut self, event: Event) {
        self.take(Msg::Session(Box::new(event)));
    }

    pub(super) fn wait(&mut self, milliseconds: u64) {
        self.now += Duration::from_millis(milliseconds);
        self.take(Msg::Tick);
    }

    pub(super) fn press(&mut self, code: KeyCode) {
        self.take(Msg::Key { key: KeyEvent::from(code), burst: false });
    }

    pub(super) fn ctrl(&mut self, c: char) {
        let key = KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL);
        self.take(Msg::Key { key, burst: false });
    }

    pub(super) fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            self.press(KeyCode::Char(c));
        }
    }

    /// Types a question, sends it, and gets its number.
    pub(super) fn ask(&mut self, question: &str) -> QuestionId {
        self.type_text(question);
        self.press(KeyCode::Enter);
        QuestionId(self.app.last_id)
    }

    /// Asks, is offered `sql`, and waits until keys count.
    pub(super) fn propose(&mut self, sql: &str) -> QuestionId {
        let id = self.ask("ventas por marca");
        self.tell(Event::Proposed(proposal(id, sql)));
        self.wait(301);
        id
    }

    /// Has a result on the screen.
    pub(super) fn result(&mut self, frame: Frame) -> QuestionId {
        let id = self.propose("SELECT [marca] FROM banco_datos");
        self.press(KeyCode::Char('a'));
        self.tell(Event::RunStarted { id, engine: EngineKind::Embedded });
        self.end(id, frame, RunEnd::Done);
        id
    }

    pub(super) fn end(&mut self, id: QuestionId, frame: Frame, end: RunEnd) {
        let insight = |text: &str, notable| Insight { text: display_safe(text), notable };
        let insights = vec![
            insight("Total: $2.177.233.", false),
            insight("Lo mayor es BOSCH con $1.234.567, más de la mitad del total.", true),
        ];
        let bar = |label: &str, length: f64, value: &str| (display_safe(label), length, display_safe(value));
        let bars = vec![
            bar("BOSCH", 1_234_567.0, "$1,2 M"),
            bar("STANLEY", 987_654.0, "$987,7 mil"),
            bar("ÑAPA", -45_000.0, "-$45,0 mil"),
        ];
        let title = display_safe("Ventas");
        let chart = Some(Chart::Bars(Bars { title, kind: ColumnKind::Money, bars, left_out: 2 }));
        let elapsed = Duration::from_millis(420);
        self.tell(Event::RunEnded { id, end, frame, chart, insights, elapsed, kept_since: None });
    }

    /// The commands sent to the session since the last time.
    pub(super) fn commands(&mut self) -> Vec<Command> {
        let effects = std::mem::take(&mut self.effects);
        effects
            .into_iter()
            .filter_map(|effect| match effect {
                Effect::Send(command) => Some(command),
                _ => None,
            })
            .collect()
    }

    pub(super) fn approved(&mut self) -> Option<String> {
        self.commands().into_iter().find_map(|command| match command {
            Command::Approve { shown_sha256, .. } => Some(shown_sha256),
            _ => None,
        })
    }

    pub(super) fn buffer(&self) -> Buffer {
        let Rect { width, height, .. } = self.app.size;
        let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a test screen");
        terminal.draw(|frame| view::draw(&self.app, frame)).expect("a frame");
        terminal.backend().buffer().clone()
    }

    pub(super) fn screen(&self) -> String {
        let buffer = self.buffer();
        let width = usize::from(buffer.area.width.max(1));
        let mut out = String::new();
        for row in buffer.content.chunks(width) {
            let line: String = row.iter().map(|cell| cell.symbol()).collect();
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out
    }
}

pub(super) fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, day).expect("a day of November")
}

pub(super) fn ready() -> Event {
    Event::Ready {
        engine: EngineKind::Embedded,
        facts: DataFacts {
            rows: 203_418,
            span: Some((day(1), day(21))),
            origin: Origin::Demo { seed: 1 },
            loaded_at: None,
        },
        examples: vec![
            (Lang::Es, "ventas por marca este mes".into()),
            (Lang::Es, "los 5 productos más vendidos de junio".into()),
            (Lang::En, "sales by brand this month".into()),
        ],
    }
}

pub(super) fn proposal(id: QuestionId, sql: &str) -> Proposal {
    Proposal {
        id,
        question: "ventas por marca".into(),
        source: Source::Planner,
        sql: sql.into(),
        sha256: String::new(),
        plan: None,
        note: None,
        model: None,
        planning: Duration::from_millis(2),
    }
}

/// Brands with sales and lines; the third brand lost money, the last has no name.
pub(super) fn brands() -> Frame {
    frame(
        vec![
            ("marca", "Marca", ColumnKind::Text, text(&[Some("BOSCH"), Some("STANLEY"), Some("ÑAPA"), None])),
            ("ventas", "Ventas", ColumnKind::Money, money(&[123_456_700, 98_765_400, -4_500_000, 1_200])),
            ("lineas", "Líneas", ColumnKind::Count, count(4)),
        ],
        Completeness::Complete,
    )
}

/// One row with hostile text in its cell and its column name.
pub(super) fn frame(columns: Vec<(&str, &str, ColumnKind, ArrayRef)>, completeness: Completeness) -> Frame {
    let fields: Vec<Field> =
        columns.iter().map(|(name, _, _, data)| Field::new(*name, data.data_type().clone(), true)).collect();
    let planned: Vec<PlannedColumn> = columns
        .iter()
        .map(|(name, title, kind, _)| PlannedColumn {
            name: (*name).into(),
            title: (*title).into(),
            kind: *kind,
        })
        .collect();
    let schema = Arc::new(Schema::new(fields));
    let data = columns.into_iter().map(|(.., data)| data).collect();
    let batch = RecordBatch::try_new(Arc::clone(&schema), data).expect("columns of one length");
    let mut frame = Frame::new(&schema, &planned, Lang::Es);
    frame.push(batch);
    frame.finish(completeness);
    frame
}

pub(super) fn text(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

pub(super) fn money(cents: &[i128]) -> ArrayRef {
    let amounts =
        Decimal128Array::from(cents.to_vec()).with_precision_and_scale(18, 2).expect("a decimal type");
    Arc::new(amounts)
}

pub(super) fn count(rows: i64) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(1..=rows))
}

/// Sixty T-SQL lines and one more that matters.
pub(super) fn long_sql() -> String {
    let mut sql = String::from("SELECT [marca]\n");
    sql.push_str(&"FROM banco_datos\n".repeat(60));
    sql.push_str("WHERE x = N'final'");
    sql
}
