//! The connection on screen: marks that never go away, the panel, the password, the form.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use crossterm::event::KeyCode;
use secrecy::ExposeSecret;

use super::stage::{Stage, brands, count, frame, ready, text};
use crate::config::{AnswerFrom, Environment, Isolation, ProfileName, TlsMode};
use crate::engine::sqlserver::{
    FaultKind, Finding, Inspection, Rights, RightsLevel, ServerColumn, ServerFault, ServerIndex,
    Stage as Reached, TlsInForce, TrustedBy,
};
use crate::engine::{DataFacts, EngineError, EngineKind, Origin};
use crate::frame::Completeness;
use crate::i18n::Lang;
use crate::model::ColumnKind;
use crate::schema::Report;
use crate::session::{
    Choice, Command, Connected, Copy, Event, Link, RunEnd, Scene, ServerScene, SyncNews, Values, Wish,
};
use crate::snapshot::{Progress, SnapshotError};

const SIZES: [(u16, u16); 4] = [(60, 15), (80, 24), (120, 40), (200, 60)];
const EPOCH: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn profile(name: &str) -> ProfileName {
    ProfileName::try_from(name.to_string()).expect("a name")
}

fn scene(link: Link) -> ServerScene {
    ServerScene {
        profile: profile("tienda"),
        environment: Environment::Production,
        server: "srv01\\ERP".into(),
        database: "SmartBusiness".into(),
        table: "dbo.banco_datos".into(),
        user: Some("lectura".into()),
        tls: TlsMode::Required,
        isolation: Isolation::ReadCommitted,
        allows_privileged: false,
        link,
        values: Values::Held { at: EPOCH - TimeDelta::hours(3) },
    }
}

fn connected(level: RightsLevel, missing: &[&str]) -> Arc<Connected> {
    let columns: Vec<ServerColumn> = crate::model::schema::COLUMNS
        .iter()
        .filter(|column| !missing.contains(&column.name))
        .map(|column| ServerColumn {
            name: column.name.into(),
            base_type: match column.sql_type {
                crate::model::schema::SqlType::Int => "int",
                crate::model::schema::SqlType::Date => "date",
                crate::model::schema::SqlType::Decimal(..) => "decimal",
                crate::model::schema::SqlType::NVarChar(_) => "nvarchar",
            }
            .into(),
            sql_type: "x".into(),
            length: None,
            precision: None,
            scale: None,
            nullable: true,
        })
        .collect();
    let index = ServerIndex {
        name: "ix".into(),
        kind: "CLUSTERED".into(),
        keys: vec!["Fecha".into()],
        included: Vec::new(),
    };
    let finding = |right: &str| Finding { level, right: right.into(), unknown: false };
    let findings = match level {
        RightsLevel::ReadOnly => Vec::new(),
        _ => vec![finding("db_datareader"), finding("INSERT banco_datos\u{1b}[31m")],
    };
    let schema = Report::of(&columns, std::slice::from_ref(&index), |column| column, &[]);
    let inspection = Inspection {
        version: "16.0.4135.4".into(),
        babelfish: None,
        edition: "Standard Edition".into(),
        database: "SmartBusiness".into(),
        collation: "Modern_Spanish_CI_AS".into(),
        updateable: Some(true),
        tls: TlsInForce { protocol: Some("TLS 1.3".into()), trust: TrustedBy::Authority, certificate: None },
        rights: Rights {
            level,
            findings,
            remedy:
                "CREATE LOGIN depotru_lectura WITH PASSWORD = N'…';\nGRANT SELECT ON dbo.banco_datos TO x;"
                    .into(),
        },
        columns,
        indexes: vec![index],
    };
    Arc::new(Connected { at: EPOCH, inspection, schema })
}

fn up() -> ServerScene {
    scene(Link::Up(connected(RightsLevel::ReadOnly, &[])))
}

fn down(kind: FaultKind, stage: Option<Reached>) -> EngineError {
    EngineError::Server(Box::new(ServerFault {
        kind,
        number: None,
        detail: "palabras".into(),
        host: "srv01".into(),
        stage,
        certificate: None,
    }))
}

fn server_ready() -> Event {
    let Event::Ready { examples, .. } = ready() else { unreachable!() };
    let facts = DataFacts { rows: 1_402_311, span: None, origin: Origin::Server, loaded_at: None };
    Event::Ready { engine: EngineKind::SqlServer, facts, examples }
}

fn at(width: u16, height: u16, scene: ServerScene) -> Stage {
    let mut stage = Stage::new(width, height);
    stage.app.profiles = vec![profile("pruebas"), profile("tienda")];
    stage.tell(Event::Scene(Scene::Server(Arc::new(scene))));
    stage.tell(server_ready());
    stage
}

fn first_lines(stage: &Stage, n: usize) -> String {
    stage.screen().lines().take(n).collect::<Vec<_>>().join("\n")
}

#[test]
fn production_is_marked_whatever_is_on_screen() {
    for (width, height) in SIZES {
        let mut stage = at(width, height, up());
        assert!(first_lines(&stage, 1).contains("PRODUCCIÓN"), "{}", stage.screen());
        // A notice takes the status line, never the mark.
        stage.ctrl('c');
        assert!(first_lines(&stage, 1).contains("PRODUCCIÓN"), "{}", stage.screen());
        let id = stage.propose("SELECT [marca] FROM banco_datos");
        let plan = stage.screen();
        assert_eq!(plan.matches("PRODUCCIÓN").count(), 2, "border and plan\n{plan}");
        stage.press(KeyCode::Char('a'));
        stage.tell(Event::RunStarted { id, engine: EngineKind::SqlServer });
        stage.end(id, brands(), RunEnd::Done);
        assert!(stage.screen().contains("PRODUCCIÓN"), "{}", stage.screen());
    }
}

#[test]
fn dangers_have_a_line_of_their_own_in_words() {
    for (width, height) in SIZES {
        let dangerous = ServerScene {
            tls: TlsMode::TrustAnything,
            isolation: Isolation::ReadUncommitted,
            allows_privileged: true,
            ..scene(Link::Up(connected(RightsLevel::CanChange, &[])))
        };
        let mut stage = at(width, height, dangerous);
        stage.propose("SELECT [marca] FROM banco_datos");
        let first = first_lines(&stage, 1);
        assert!(first.contains("LOGIN QUE PUEDE ESCRIBIR"), "{first}");
        if width >= 80 {
            assert!(first.contains("SERVIDOR SIN VERIFICAR") && first.contains("LECTURAS SUCIAS"), "{first}");
        }
        assert!(stage.screen().contains("Rechazar"), "{}", stage.screen());
    }
}

#[test]
fn a_server_that_cannot_be_reached_is_told_and_demo_data_only_offered() {
    let unreachable = scene(Link::Down(down(FaultKind::Refused, Some(Reached::Tcp))));
    let mut stage = at(80, 24, unreachable);
    stage.press(KeyCode::Tab);
    insta::assert_snapshot!("unreachable", stage.screen());
    assert!(stage.commands().is_empty(), "nothing happens by itself");
    stage.press(KeyCode::F(4));
    insta::assert_snapshot!("unreachable_panel", stage.screen());
    stage.press(KeyCode::Char('c'));
    assert!(matches!(stage.commands().as_slice(), [Command::Wish(Wish::Reconnect)]));
    stage.press(KeyCode::F(4));
    stage.press(KeyCode::Char('d'));
    assert!(matches!(stage.commands().as_slice(), [Command::Choose(Choice::Local)]));
}

#[test]
fn a_login_that_can_write_is_refused_with_what_the_dba_can_run() {
    let mut stage = at(120, 40, scene(Link::Refused(connected(RightsLevel::CanChange, &["ValorCosto"]))));
    stage.press(KeyCode::F(4));
    let screen = stage.screen();
    insta::assert_snapshot!("refused_panel", screen);
    assert!(!screen.contains('\u{1b}'));
}

#[test]
fn the_panel_switches_between_server_copy_and_profiles() {
    let mut stage = at(80, 24, up());
    for (key, wanted) in [
        ('s', Choice::Profile { name: profile("tienda"), from: AnswerFrom::Snapshot }),
        ('1', Choice::Profile { name: profile("pruebas"), from: AnswerFrom::Server }),
        ('3', Choice::Local),
    ] {
        stage.press(KeyCode::F(4));
        stage.press(KeyCode::Char(key));
        let commands = stage.commands();
        assert!(
            matches!(commands.as_slice(), [Command::Choose(choice)] if *choice == wanted),
            "{commands:?}"
        );
    }
    let day = |text: &str| text.parse().expect("a day");
    let copy =
        Copy { fetched_at: EPOCH - TimeDelta::hours(5), from: day("2024-01-01"), to: day("2025-06-30") };
    stage.tell(Event::Scene(Scene::Server(Arc::new(scene(Link::Copy(copy))))));
    assert!(stage.screen().contains("copia local de hace 5 horas"), "{}", stage.screen());
    stage.press(KeyCode::F(4));
    stage.press(KeyCode::Char('s'));
    let back = Choice::Profile { name: profile("tienda"), from: AnswerFrom::Server };
    assert!(matches!(stage.commands().as_slice(), [Command::Choose(choice)] if *choice == back));
}

#[test]
fn values_on_their_way_and_a_copy_on_its_way_are_in_the_status_line() {
    let loading = ServerScene { values: Values::Loading { done: 3, of: 11, older: None }, ..up() };
    let mut stage = at(120, 40, loading);
    // The greeting stands there until a key.
    stage.press(KeyCode::Left);
    assert!(stage.screen().contains("cargando valores 3/11"), "{}", stage.screen());
    let progress = Progress { done: 2, of: 18, month: "2025-05-01".parse().expect("a day"), rows: 5 };
    stage.tell(Event::Sync(SyncNews::At(progress)));
    assert!(stage.screen().contains("trayendo copia 2/18"), "{}", stage.screen());
    stage.tell(Event::Sync(SyncNews::Over(Err(SnapshotError::Cancelled))));
    assert!(stage.screen().contains("se conservan"), "{}", stage.screen());
}

#[test]
fn a_password_is_typed_unseen_and_sent_once() {
    let mut stage = at(80, 24, scene(Link::NeedsPassword { tries_left: 3, refused: None }));
    stage.type_text("ventas de hoy");
    stage.press(KeyCode::Enter);
    assert!(stage.commands().is_empty(), "what was typed ahead is no password");
    stage.wait(301);
    stage.type_text("canario-5");
    let screen = stage.screen();
    insta::assert_snapshot!("password", screen);
    assert!(!screen.contains("canario") && !format!("{:?}", stage.app).contains("canario"));
    stage.press(KeyCode::Enter);
    let commands = stage.commands();
    let [Command::Wish(Wish::Password(Some(secret)))] = commands.as_slice() else { panic!("{commands:?}") };
    assert_eq!(secret.expose_secret(), "canario-5");
    assert!(!format!("{commands:?}").contains("canario"));
    let wrong = down(FaultKind::WrongPassword, Some(Reached::Login));
    let again = scene(Link::NeedsPassword { tries_left: 2, refused: Some(wrong) });
    stage.tell(Event::Scene(Scene::Server(Arc::new(again))));
    assert!(stage.screen().contains("Quedan 2 intentos"), "{}", stage.screen());
    stage.wait(301);
    stage.press(KeyCode::Enter);
    assert!(stage.commands().is_empty(), "nothing was typed");
    stage.press(KeyCode::Esc);
    stage.press(KeyCode::F(4));
    assert!(stage.screen().contains("Clave de lectura"), "{}", stage.screen());
    stage.tell(Event::Scene(Scene::Server(Arc::new(up()))));
    assert!(!stage.screen().contains("Clave de lectura"), "{}", stage.screen());
}

#[test]
fn a_question_being_typed_is_not_covered_by_the_password() {
    let mut stage = at(80, 24, scene(Link::Connecting));
    stage.type_text("ventas de");
    stage.tell(Event::Scene(Scene::Server(Arc::new(scene(Link::NeedsPassword {
        tries_left: 3,
        refused: None,
    })))));
    stage.type_text(" hoy");
    let screen = stage.screen();
    assert!(screen.contains("ventas de hoy") && screen.contains("falta la clave (F4)"), "{screen}");
    stage.press(KeyCode::F(4));
    assert!(stage.screen().contains("Clave de lectura"), "{}", stage.screen());
}

#[test]
fn a_repeated_query_that_fails_gives_back_what_was_there() {
    let mut stage = at(120, 40, up());
    let id = stage.propose("SELECT [marca] FROM banco_datos");
    stage.press(KeyCode::Char('a'));
    stage.tell(Event::RunStarted { id, engine: EngineKind::SqlServer });
    stage.end(id, brands(), RunEnd::Done);
    stage.press(KeyCode::Char('r'));
    stage.tell(Event::RunStarted { id, engine: EngineKind::SqlServer });
    let lost = RunEnd::Failed(down(FaultKind::Lost, None));
    stage.end(id, crate::frame::Frame::nothing(), lost);
    let screen = stage.screen();
    assert!(screen.contains("STANLEY") && screen.contains("✗"), "{screen}");
    stage.press(KeyCode::Char('p'));
    assert!(stage.screen().contains("SELECT"), "{}", stage.screen());
}

#[test]
fn a_password_pasted_goes_into_the_box_and_nowhere_else() {
    let mut stage = at(80, 24, scene(Link::NeedsPassword { tries_left: 3, refused: None }));
    stage.wait(301);
    stage.take(crate::tui::update::Msg::Paste("canario\u{1b}[31m-6\notra".into()));
    assert!(!stage.screen().contains("canario"));
    stage.press(KeyCode::Enter);
    let commands = stage.commands();
    let [Command::Wish(Wish::Password(Some(secret)))] = commands.as_slice() else { panic!("{commands:?}") };
    assert_eq!(secret.expose_secret(), "canario[31m-6");
}

fn fill_in(stage: &mut Stage) {
    for typed in ["srv01\\ERP", "SmartBusiness", "", "lectura", "canario-7"] {
        stage.type_text(typed);
        stage.press(KeyCode::Enter);
    }
}

#[test]
fn a_first_connection_is_written_tried_and_saved() {
    for (width, height) in [(60, 15), (80, 24), (120, 40)] {
        let mut stage = Stage::ready(width, height);
        stage.press(KeyCode::F(4));
        stage.press(KeyCode::Char('n'));
        fill_in(&mut stage);
        insta::assert_snapshot!(format!("form_{width}x{height}"), stage.screen());
        stage.press(KeyCode::F(5));
        let commands = stage.commands();
        let [Command::TryConnection { draft, password }] = commands.as_slice() else {
            panic!("{commands:?}")
        };
        assert_eq!((draft.server.as_str(), draft.user.as_str()), ("srv01\\ERP", "lectura"));
        assert_eq!(password.as_ref().map(|p| p.expose_secret()), Some("canario-7"));
        stage.tell(Event::ConnectionTried(Arc::new(up())));
        insta::assert_snapshot!(format!("form_tried_{width}x{height}"), stage.screen());
        stage.press(KeyCode::Enter);
        let commands = stage.commands();
        assert!(matches!(commands.as_slice(), [Command::SaveConnection { password: Some(_), .. }]));
        assert!(!format!("{commands:?} {:?}", stage.app).contains("canario"));
        stage.tell(Event::ConnectionSaved { profile: profile("tienda"), problem: None });
        assert!(stage.app.form.is_none(), "nothing of the password stays");
        assert_eq!(stage.app.profiles, [profile("tienda")]);
        assert!(stage.screen().contains("guardada"), "{}", stage.screen());
    }
}

#[test]
fn what_is_wrong_with_a_form_is_told_at_its_field_and_nothing_is_lost() {
    let mut stage = Stage::ready(80, 24);
    stage.press(KeyCode::F(4));
    stage.press(KeyCode::Char('n'));
    stage.press(KeyCode::F(5));
    assert!(stage.screen().contains("✗"), "{}", stage.screen());
    assert!(stage.commands().is_empty());
    fill_in(&mut stage);
    stage.press(KeyCode::F(5));
    stage.commands();
    let wrong = scene(Link::Down(down(FaultKind::UnknownHost, Some(Reached::Dns))));
    stage.tell(Event::ConnectionTried(Arc::new(wrong)));
    insta::assert_snapshot!("form_failed", stage.screen());
    stage.press(KeyCode::Enter);
    assert!(stage.commands().is_empty(), "a connection that fails is not saved by Enter");
    assert!(stage.screen().contains("srv01\\ERP"), "{}", stage.screen());
    stage.press(KeyCode::Esc);
    stage.press(KeyCode::F(4));
    stage.press(KeyCode::Char('n'));
    assert!(stage.screen().contains("SmartBusiness"), "what was typed is still there");
    assert_eq!(stage.app.form.as_ref().map(|form| form.password.len()), Some(0), "but not the password");
}

#[test]
fn an_answer_given_again_says_how_old_it_is_and_can_be_asked_anew() {
    let mut stage = at(120, 40, up());
    let id = stage.propose("SELECT [marca] FROM banco_datos");
    stage.press(KeyCode::Char('a'));
    stage.commands();
    stage.tell(Event::RunStarted { id, engine: EngineKind::SqlServer });
    let kept_since = Some(EPOCH - TimeDelta::minutes(3));
    let (frame, elapsed) = (brands(), Duration::from_millis(1));
    let (chart, insights) = (None, Vec::new());
    stage.tell(Event::RunEnded { id, end: RunEnd::Done, frame, chart, insights, elapsed, kept_since });
    assert!(stage.screen().contains("de hace 3 minutos (r actualiza)"), "{}", stage.screen());
    stage.press(KeyCode::Char('r'));
    assert!(matches!(stage.commands().as_slice(), [Command::Repeat { id: repeated }] if *repeated == id));
    stage.tell(Event::RunStarted { id, engine: EngineKind::SqlServer });
    stage.end(id, brands(), RunEnd::Done);
    assert!(stage.screen().contains("4 filas en 0,42 s (SQL Server)"), "{}", stage.screen());
    stage.press(KeyCode::Char('p'));
    assert!(stage.screen().contains("SELECT"), "the plan stayed with the result\n{}", stage.screen());
}

#[test]
fn a_connection_lost_on_the_way_leaves_rows_marked_incomplete() {
    let mut stage = at(120, 40, up());
    let id = stage.propose("SELECT [marca] FROM banco_datos");
    stage.press(KeyCode::Char('a'));
    stage.tell(Event::RunStarted { id, engine: EngineKind::SqlServer });
    let half = frame(
        vec![
            ("n", "Número", ColumnKind::Count, count(1000)),
            ("t", "Texto", ColumnKind::Text, text(&[Some("x"); 1000])),
        ],
        Completeness::Partial,
    );
    let lost = RunEnd::Failed(down(FaultKind::Lost, None));
    let (chart, insights) = (crate::chart::of(&half, None, Lang::Es), crate::insight::of(&half, Lang::Es));
    assert!(chart.is_none() && insights.is_empty(), "half an answer has no totals");
    let elapsed = Duration::from_secs(1);
    stage.tell(Event::RunEnded { id, end: lost, frame: half, chart, insights, elapsed, kept_since: None });
    assert!(stage.screen().contains("INCOMPLETO"), "{}", stage.screen());
}

#[test]
fn three_hundred_columns_of_long_cells_draw_within_bounds_and_in_time() {
    let long = "ñ".repeat(4_000);
    let names: Vec<String> = (0..300).map(|n| format!("columna_{n}_{}", "x".repeat(120))).collect();
    let cell = || text(&[Some(long.as_str()), None, Some("")]);
    let columns = names.iter().map(|name| (name.as_str(), "", ColumnKind::Text, cell())).collect();
    let wide = frame(columns, Completeness::Complete);
    let mut stage = at(200, 60, up());
    stage.drawing = false;
    stage.result(wide);
    stage.draw();
    let mut slowest = Duration::ZERO;
    for step in 0..320 {
        stage.press(if step % 7 == 0 { KeyCode::Left } else { KeyCode::Right });
        let before = std::time::Instant::now();
        stage.draw();
        slowest = slowest.max(before.elapsed());
    }
    stage.press(KeyCode::Enter);
    stage.draw();
    // Fifty milliseconds in the optimised program; this one is not optimised, and shares its machine.
    assert!(slowest < Duration::from_millis(1_500), "{slowest:?}");
}
