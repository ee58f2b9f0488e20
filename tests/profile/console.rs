//! The console against a profile's server, in a pseudo-terminal.

use std::time::{Duration, Instant};

use crate::shop::{End, Mood, PASSWORD, Shop, files_with};
use crate::support::terminal::Terminal;
use crate::support::{self, stdout};

/// The pause in which a fresh dialog ignores keys.
const GUARD_PAUSE: Duration = Duration::from_millis(450);

const F4: &str = "\x1bOS";
const F5: &str = "\x1b[15~";

fn type_password(console: &mut Terminal, password: &str) {
    console.wait_for_text("Clave de analista");
    std::thread::sleep(GUARD_PAUSE);
    console.keys(password);
    console.keys("\r");
}

/// Waits for the connection, puts its greeting away, and waits for the values.
fn has_values(console: &mut Terminal) {
    console.wait_for_text("Conectado");
    console.keys("\x1b[D");
    console.wait_for("values", |screen| screen.contains("SQL Server") && screen.contains("2.000 líneas"));
}

/// Back from a result to the question box.
fn to_question(console: &mut Terminal) {
    console.keys("\x1b");
    // Together with what follows it would be another key.
    std::thread::sleep(GUARD_PAUSE);
}

fn ask(console: &mut Terminal, question: &str) {
    console.keys(question);
    console.keys("\r");
    console.wait_for_text("SELECT");
    std::thread::sleep(GUARD_PAUSE);
}

fn quit(mut console: Terminal) {
    console.keys("\x11");
    std::thread::sleep(Duration::from_millis(200));
    console.keys("s");
    console.ended_with_terminal_restored();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_connection_is_written_tried_saved_and_answers() {
    let shop = Shop::open(2_000).await;
    let home = tempfile::tempdir().expect("a home");
    let folder = home.path().join(".config/depotru");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("config.toml"), "# lo mío\ntheme = \"mono\"\n").expect("written");
    let mut console = Terminal::start(home.path(), 100, 32, &["connect"]);
    console.wait_for_text("Conexión nueva");
    for field in
        [&format!("127.0.0.1,{}", shop.server.address.port()), "SmartBusiness", "", "analista", PASSWORD]
    {
        console.keys(field);
        console.keys("\r");
    }
    // Encryption: from "required" back to "not encrypted", as the test server has none; then
    // past the authority to where the password goes.
    console.keys("\x1b[D");
    console.keys("\r\r");
    console.keys("\x1b[C");
    console.wait_for_text("solo esta sesión");
    console.keys(F5);
    let tried = console.wait_for_text("Todo listo");
    assert!(tried.contains("✓ Permisos") && tried.contains("solo lectura"), "{tried}");
    console.keys("\r");
    console.wait_for_text("PRODUCCIÓN · tienda");
    ask(&mut console, "ventas por marca en 2025");
    console.keys("a");
    let answered = console.wait_for("pesos", |screen| screen.contains("$") && screen.contains("SQL Server"));
    assert!(answered.contains("PRODUCCIÓN") && answered.contains("SIN CIFRAR"), "{answered}");
    let bytes = console.bytes();
    quit(console);
    assert!(!String::from_utf8_lossy(&bytes).contains(PASSWORD));
    let config = std::fs::read_to_string(folder.join("config.toml")).expect("the configuration");
    assert!(config.starts_with("# lo mío") && config.contains("[profiles.tienda]"), "{config}");
    let mut found = Vec::new();
    files_with(home.path(), PASSWORD, &mut found);
    assert!(found.is_empty(), "{found:?}");
    let log = stdout(&support::run(home.path(), &["audit", "tail", "-n", "50"]));
    assert!(log.contains("profile.saved") && log.contains("connection.opened"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_may_be_corrected() {
    let shop = Shop::open(1_000).await;
    let home = shop.home("");
    let mut console = Terminal::start(home.path(), 100, 30, &[]);
    type_password(&mut console, "otra");
    console.wait_for_text("Quedan 2 intentos");
    type_password(&mut console, PASSWORD);
    console.wait_for("a connection", |screen| screen.contains("Conectado") || screen.contains("SQL Server"));
    assert_eq!(shop.server.log(|log| log.logins.iter().filter(|login| login.password == "otra").count()), 1);
    quit(console);
}

#[tokio::test(flavor = "multi_thread")]
async fn f7_escape_stops_the_query_on_the_server_and_the_next_one_runs() {
    let shop = Shop::open(2_000).await;
    let home = shop.home("");
    let mut console = Terminal::start(home.path(), 100, 30, &[]);
    type_password(&mut console, PASSWORD);
    has_values(&mut console);
    shop.is_in(Mood { ends: Some(("GROUP BY marca\n", End::Never)), ..Mood::default() });
    ask(&mut console, "ventas por marca en 2025");
    console.keys("a");
    console.wait_for_text("Consultando");
    let escaped = Instant::now();
    console.keys("\x1b");
    console.wait_for_text("cancelada");
    let stopped = shop.server.log(|log| log.attentions.last().copied()).expect("the server was told to stop");
    assert!(stopped.duration_since(escaped) < Duration::from_secs(1));
    shop.is_in(Mood::default());
    to_question(&mut console);
    ask(&mut console, "ventas por ciudad en 2025");
    console.keys("a");
    console.wait_for("pesos", |screen| screen.contains("$"));
    quit(console);
}

#[tokio::test(flavor = "multi_thread")]
async fn f1_f47_a_killed_connection_is_told_and_the_next_question_connects_again() {
    let shop = Shop::open(2_000).await;
    let home = shop.home("");
    let mut console = Terminal::start(home.path(), 110, 34, &[]);
    type_password(&mut console, PASSWORD);
    has_values(&mut console);
    shop.is_in(Mood { ends: Some(("GROUP BY marca\n", End::Reset(4))), ..Mood::default() });
    ask(&mut console, "ventas por marca en 2025");
    console.keys("a");
    let partial = console.wait_for_text("INCOMPLETO");
    assert!(partial.contains("$"), "what came is shown: {partial}");
    assert_eq!(shop.queries("GROUP BY marca\n"), 1, "nothing is asked again by itself");
    shop.is_in(Mood::default());
    let logins = shop.logins();
    to_question(&mut console);
    ask(&mut console, "ventas por ciudad en 2025");
    console.keys("a");
    console.wait_for("an answer", |screen| screen.contains("NEIVA"));
    assert!(shop.logins() > logins);
    quit(console);
}

#[tokio::test(flavor = "multi_thread")]
async fn f4_a_server_that_is_not_there_offers_demo_data_and_never_takes_them() {
    let shop = Shop::open(1_000).await;
    let home = shop.home("");
    let port = shop.server.address.port();
    drop(shop);
    let config = home.path().join(".config/depotru/config.toml");
    let text = std::fs::read_to_string(&config).expect("the configuration").replace(&port.to_string(), "1");
    std::fs::write(&config, text).expect("written");
    let mut console = Terminal::start(home.path(), 100, 30, &[]);
    type_password(&mut console, PASSWORD);
    let told = console.wait_for_text("Nadie atiende");
    assert!(told.contains("d responde con datos de demostración"), "{told}");
    console.keys("\x1b[D");
    console.wait_for_text("sin conexión (F4)");
    assert!(!home.path().join(".local/share/depotru/banco_datos").exists(), "nothing was made by itself");
    console.keys(F4);
    console.wait_for_text("Red (TCP)");
    console.keys("d");
    console.wait_for("the demo", |screen| screen.contains("datos de demostración ·"));
    quit(console);
}
