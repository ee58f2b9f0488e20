//! The console with a model end to end: the real binary in a pseudo-terminal, a server that
//! counts the calls.

#![cfg(unix)]

use std::time::{Duration, Instant};

use depotru::config::ProviderName;

use crate::home::{Home, spoken};
use crate::server::{Reply, Step};
use crate::stage::{KEY, body};
use crate::support::{self, terminal::Terminal};

/// Words that the planner does not know.
const QUESTION: &str = "los caseritos mas fieles";
const GOOD: &str = r#"{"decision":"intent","reading":"","intent":{"shape":"group","metrics":["sales"],"dims":["customer"],"limit":3,"sort":{"metric":"sales","direction":"desc"}}}"#;
const BAD: &str = r#"{"decision":"intent","reading":"","intent":{"shape":"group","metrics":["ganancia"],"dims":["customer"]}}"#;
const COMMENT: &str = "CLIENTE_1 va primero. En total son $999.999.999.999.";
/// The pause in which a fresh proposal ignores keys, and in which Esc is no start of a sequence.
const PAUSE: Duration = Duration::from_millis(450);

fn start(home: &Home, columns: u16, rows: u16) -> Terminal {
    let mut console = Terminal::start_in(home.path(), columns, rows, &[], &[("OPENAI_API_KEY", KEY)]);
    console.wait_for("the question box", |screen| screen.contains("Pregunta") && screen.contains("· ES"));
    console
}

/// Types a question over the one before.
fn ask(console: &mut Terminal, question: &str) {
    console.keys("\x1b");
    std::thread::sleep(PAUSE);
    console.keys("\x1b");
    std::thread::sleep(PAUSE);
    console.keys(question);
    console.keys("\r");
}

fn slow() -> Reply {
    let whole = body(ProviderName::OpenAi, GOOD).into_bytes();
    let steps = whole
        .chunks(60)
        .flat_map(|piece| [Step::Bytes(piece.to_vec()), Step::Wait(Duration::from_millis(150))]);
    Reply::events("").steps(steps.collect())
}

/// The names in the first column of the result on the screen.
fn names(screen: &str) -> Vec<String> {
    let rows = screen.lines().filter(|line| line.contains('$') && line.starts_with('│'));
    rows.filter_map(|line| {
        let name = line.trim_start_matches(['│', '▸', ' ']).split("  ").next()?;
        Some(name.trim().to_string()).filter(|name| !name.is_empty())
    })
    .collect()
}

#[test]
fn from_a_question_through_a_stream_a_result_and_a_comment_to_a_verified_answer() {
    let home = Home::with(ProviderName::OpenAi, vec![slow()]);
    home.configure("insights = true");
    let server = &home.server;
    let mut console = start(&home, 100, 30);

    ask(&mut console, QUESTION);
    let screen = console.wait_for_text(r#"{"decision":"intent""#);
    assert!(!screen.contains("\"sort\""), "it shows while it comes: {screen}");
    assert!(screen.contains("Preguntando a openai") && screen.contains("Esc detener"), "{screen}");
    console.keys("\x1b");
    says(&mut console, "Se canceló la consulta al modelo");
    assert_eq!(server.calls(), 1);

    let spoken = |words| spoken(ProviderName::OpenAi, words);
    server.set(vec![spoken(BAD), spoken(GOOD), spoken(COMMENT)]);
    ask(&mut console, QUESTION);
    console.keys("\r");
    let screen = console.wait_for_text("Plan de un modelo");
    assert!(screen.contains("el intento 1 no sirvió"), "{screen}");
    assert_eq!(server.calls(), 3, "one question, sent back once");
    std::thread::sleep(PAUSE);
    console.keys("m");
    console.wait_for_text("Lo que se envió (");
    console.keys("\x1b");
    console.wait_for_text("Plan de un modelo");
    std::thread::sleep(PAUSE);
    console.keys("a");
    let screen =
        console.wait_for("the result", |screen| screen.contains("Resultado") && screen.contains("3 filas"));
    let customers = names(&screen);
    assert_eq!(customers.len(), 3, "{screen}");

    console.keys("m");
    let screen = console.wait_for_text("Comentario de openai");
    let (local, model) = screen.split_once("Comentario de openai").expect("both");
    assert!(
        local.contains("·") && local.contains(&customers[0]),
        "what is computed here comes first: {screen}"
    );
    assert!(model.contains(&customers[0]) && !model.contains("CLIENTE_1"), "the name is back: {screen}");
    assert!(model.contains("⚠999.999.999.999"), "an invented figure is marked: {screen}");
    for key in ["m", "m", "i", "m"] {
        console.keys(key);
        std::thread::sleep(Duration::from_millis(100));
    }
    for (columns, rows) in [(120, 40), (80, 24), (100, 30)] {
        console.resize(columns, rows);
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(server.calls(), 4, "one result, one comment");
    let screen = console.wait_for_text("openai US$0,0");
    assert!(!screen.contains("openai US$0,0000"), "{screen}");

    console.keys("v");
    console.wait_for_text("Guardada");
    ask(&mut console, QUESTION);
    console.wait_for_text("Consulta verificada");
    assert_eq!(server.calls(), 4, "no model is asked for what was verified");
    let sent: String = server.heard().iter().map(|heard| heard.body.to_string()).collect();
    for name in &customers {
        assert!(!sent.contains(name.as_str()), "{name} left the machine");
    }
    console.keys("\x11");
    assert!(console.ended_with_terminal_restored().success());
    let log = support::stdout(&support::run(home.path(), &["audit", "tail", "-n", "60"]));
    assert_eq!(log.matches("llm.sent").count(), 4, "{log}");
    assert_eq!(log.matches("answer.marked").count(), 1, "{log}");
}

#[test]
fn what_goes_wrong_is_said_and_the_question_stays() {
    let home = Home::with(ProviderName::OpenAi, vec![Reply::status(401)]);
    home.configure_timing("breaker_failures = 4\n");
    let mut console = start(&home, 100, 30);
    let cases: [(Vec<Reply>, &str); 4] = [
        (vec![Reply::status(401)], "rechaza la clave"),
        (vec![Reply::status(429).header("retry-after", "120")], "pide esperar 120 s"),
        (vec![Reply::new(200, "text/html", "<html>")], "no es una respuesta de un modelo"),
        (vec![Reply::status(500)], "se deja en paz"),
    ];
    for (script, said) in cases {
        home.server.set(script);
        ask(&mut console, QUESTION);
        let screen = says(&mut console, said);
        assert!(screen.contains(QUESTION) && screen.contains("Podría preguntar"), "{screen}");
    }
    console.wait_for_text("openai en pausa");
    console.keys("\x11");
    console.ended_with_terminal_restored();
}

#[test]
fn a_wait_that_the_provider_asks_for_is_counted_down_and_can_be_left() {
    let home = Home::with(ProviderName::OpenAi, vec![Reply::status(429).header("retry-after", "20")]);
    let mut console = start(&home, 100, 30);
    ask(&mut console, QUESTION);
    console.wait_for_text("openai pide esperar 20 s: se intenta de nuevo en 19 s");
    let stopped = Instant::now();
    console.keys("\x1b");
    says(&mut console, "Se canceló la consulta al modelo");
    assert!(stopped.elapsed() < Duration::from_secs(2), "{:?}", stopped.elapsed());
    assert_eq!(home.server.calls(), 1);
    console.keys("\x11");
    console.ended_with_terminal_restored();
}

#[test]
fn figures_leave_the_machine_only_after_consent() {
    let home = Home::with(ProviderName::OpenAi, vec![]);
    home.configure_far("insights = true\nfallback = [\"grok\"]");
    let mut console = start(&home, 100, 30);
    ask(&mut console, "ventas por cliente");
    console.wait_for_text("SELECT");
    std::thread::sleep(PAUSE);
    console.keys("a");
    console.wait_for("the result", |screen| screen.contains("Resultado") && screen.contains("filas en"));
    console.keys("m");
    let asked = "(gpt-6-sol) o, si no puede responder, grok (grok-4.6) cuando pida un comentario";
    console.wait_for("a consent that names both and shows all", |screen| {
        let said = unwrapped(screen);
        said.contains("Sus cifras saldrían de este equipo")
            && said.contains(asked)
            && said.contains("CLIENTE_1")
    });
    std::thread::sleep(PAUSE);
    console.keys("\x1b");
    console.wait_for_text("No se envió nada");
    console.keys("\x11");
    console.ended_with_terminal_restored();
    let log = support::stdout(&support::run(home.path(), &["audit", "tail", "-n", "60"]));
    assert!(!log.contains("llm.sent") && !log.contains("llm.consented"), "{log}");
}

/// Waits for words that may be wrapped.
fn says(console: &mut Terminal, words: &str) -> String {
    console.wait_for(words, |screen| unwrapped(screen).contains(words))
}

/// A screen's words in a row, without its frames.
fn unwrapped(screen: &str) -> String {
    screen.replace(['│', '\n'], " ").split_whitespace().collect::<Vec<_>>().join(" ")
}
