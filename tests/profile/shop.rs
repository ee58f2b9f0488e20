//! A store behind the wire that can be told to misbehave, and a user's home that knows it.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use chrono::NaiveDate;
use futures::StreamExt;

use crate::support::hostile::{NASTY, hostile};
use crate::support::{depotru, stderr, stdout};
use crate::tds::store::Store;
use crate::tds::{Answer, Column, Handler, Offer, Server, Session, Step, Ty, Value, column};

/// The password of the test server's login: it must show nowhere.
pub const PASSWORD: &str = "Clave#2025";

/// How the shop misbehaves.
#[derive(Debug, Clone, Default)]
pub struct Mood {
    /// A column that its table does not have.
    pub without: Option<&'static str>,
    /// Whether the login cannot see its table.
    pub hidden: bool,
    /// Rights that the login has beyond reading.
    pub rights: Vec<usize>,
    /// What answers to queries with these words in them come to.
    pub ends: Option<(&'static str, End)>,
    /// The lines that its table has, as a condition; all where there is none.
    pub only: Option<&'static str>,
    /// A column that its table declares with another type.
    pub retyped: Option<(&'static str, &'static str)>,
    /// Whether every text it sends is out for the terminal.
    pub hostile: bool,
    /// Megabytes of a text called `nota`, which it does not cut as it is told to.
    pub note: Option<usize>,
}

/// How an answer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It does not, until it is told to stop.
    Never,
    /// With a reset, after so many rows.
    Reset(usize),
}

/// A store with a mood that can change while it serves.
pub struct Shop {
    pub server: Server,
    pub mood: Arc<Mutex<Mood>>,
    _data: tempfile::TempDir,
}

struct Moody {
    store: Store,
    mood: Arc<Mutex<Mood>>,
}

impl Handler for Moody {
    fn answer(&self, sql: &str, session: &Session) -> Answer {
        let mood = self.mood.lock().expect("the mood").clone();
        if sql.starts_with("SELECT IS_SRVROLEMEMBER") {
            let held = move |(at, value)| if mood.rights.contains(&at) { Value::Whole(1) } else { value };
            let with_rights = move |step| match step {
                Step::Row(values) => Step::Row(values.into_iter().enumerate().map(held.clone()).collect()),
                other => other,
            };
            return self.store.answer(sql, session).map(with_rights).boxed();
        }
        if let Some(megabytes) = mood.note.filter(|_| sql.contains("AS nota")) {
            return long_note(megabytes);
        }
        let sql = mood.only.map_or_else(|| sql.to_string(), |lines| narrowed(sql, lines));
        let sql = sql.as_str();
        let answer = self.store.answer(sql, session);
        if mood.hostile {
            return spoiled(sql, answer);
        }
        if let Some((column, ty)) = mood.retyped.filter(|_| sql.contains("INFORMATION_SCHEMA.COLUMNS")) {
            let declared = move |step| match step {
                Step::Row(mut values) if values.first() == Some(&Value::Text(column.to_string())) => {
                    values[1] = Value::Text(ty.to_string());
                    Step::Row(values)
                }
                other => other,
            };
            return answer.map(declared).boxed();
        }
        if mood.hidden && sql.contains("INFORMATION_SCHEMA.COLUMNS") {
            let is_row = |step: &Step| matches!(step, Step::Row(_));
            return answer.filter(move |step| futures::future::ready(!is_row(step))).boxed();
        }
        if let Some(column) = mood.without.filter(|_| sql.contains("INFORMATION_SCHEMA.COLUMNS")) {
            let gone = move |step: &Step| match step {
                Step::Row(values) => values.first() != Some(&Value::Text(column.to_string())),
                _ => true,
            };
            return answer.filter(move |step| futures::future::ready(gone(step))).boxed();
        }
        match mood.ends {
            Some((words, End::Never)) if sql.contains(words) => {
                answer.take(1).chain(futures::stream::iter([Step::Hang])).boxed()
            }
            Some((words, End::Reset(rows))) if sql.contains(words) => {
                answer.take(1 + rows).chain(futures::stream::iter([Step::Reset])).boxed()
            }
            _ => answer,
        }
    }
}

/// A row with a long text, sent in parts of a megabyte, and one with a short text.
fn long_note(megabytes: usize) -> Answer {
    let (columns, short) = (vec![column("id", Ty::Int), column("nota", Ty::NVarCharMax)], "corta");
    let mut begin = vec![0xD1, 4, 1, 0, 0, 0];
    begin.extend(((megabytes << 20) as u64).to_le_bytes());
    let mut part = (1_u32 << 20).to_le_bytes().to_vec();
    part.extend(b"x\0".repeat(1 << 19));
    let part = Step::Shared(Arc::new(part));
    let parts = futures::stream::repeat(part).take(megabytes);
    let end = vec![
        Step::Raw(vec![0; 4]),
        Step::Row(vec![Value::Whole(2), Value::Text(short.to_string())]),
        Step::Done(2),
    ];
    let begin = futures::stream::iter(vec![Step::Columns(columns), Step::Raw(begin)]);
    begin.chain(parts).chain(futures::stream::iter(end)).boxed()
}

/// The same query over fewer lines of the table.
fn narrowed(sql: &str, condition: &str) -> String {
    let lines = format!("(SELECT * FROM banco_datos WHERE {condition}) AS banco_datos");
    sql.replace("[dbo].[banco_datos]", &lines).replace("dbo.banco_datos", &lines)
}

/// An answer whose texts, headings, columns and errors are hostile.
fn spoiled(sql: &str, answer: Answer) -> Answer {
    if sql.contains("TOP (7)") {
        return futures::stream::iter([Step::Error(50_000, 16, NASTY)]).boxed();
    }
    if sql.contains("TOP (8)") {
        let words: &'static str = format!("El nombre de columna '{NASTY}' no es válido.").leak();
        return futures::stream::iter([Step::Error(207, 16, words)]).boxed();
    }
    let texts = hostile();
    if sql.contains("INFORMATION_SCHEMA.COLUMNS") {
        let more = texts.into_iter().map(|text| {
            let text = Value::Text(text);
            let none = Value::Null;
            let facts = [text.clone(), text.clone(), none.clone(), none.clone(), none.clone(), none, text];
            Step::Row(facts.into())
        });
        let more: Vec<Step> = more.collect();
        let longer = move |step| match step {
            Step::Done(_) => futures::stream::iter([more.clone(), vec![step]].concat()),
            _ => futures::stream::iter(vec![step]),
        };
        return answer.flat_map(longer).boxed();
    }
    let replaced = move |(at, step): (usize, Step)| {
        let spoil = |values: Vec<Value>| -> Vec<Value> {
            let spoilt = |(column, value): (usize, Value)| match value {
                Value::Text(_) => Value::Text(texts[(at + column) % texts.len()].clone()),
                other => other,
            };
            values.into_iter().enumerate().map(spoilt).collect()
        };
        match step {
            Step::Columns(mut columns) if sql_of_a_person(&columns) => {
                columns[0].name = NASTY.to_string();
                Step::Columns(columns)
            }
            Step::Row(values) => Step::Row(spoil(values)),
            Step::PackedRow(values) => Step::PackedRow(spoil(values)),
            other => other,
        }
    };
    answer.enumerate().map(replaced).boxed()
}

/// Whether columns are those of a query in which somebody gave a heading.
fn sql_of_a_person(columns: &[Column]) -> bool {
    columns.first().is_some_and(|column| column.name == "titulo")
}

/// The last day of the shop's data.
pub fn last_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 6, 30).expect("a day")
}

impl Shop {
    pub async fn open(lines: u32) -> Shop {
        let data = tempfile::tempdir().expect("a folder");
        let store = Store::at(data.path(), lines, last_day());
        let mood: Arc<Mutex<Mood>> = Arc::default();
        let moody = Moody { store, mood: Arc::clone(&mood) };
        let server = Server::start(Offer::default(), moody).await;
        Shop { server, mood, _data: data }
    }

    pub fn is_in(&self, mood: Mood) {
        *self.mood.lock().expect("the mood") = mood;
    }

    /// The queries of people: those over the table, not the program's own about the server.
    pub fn queries(&self, with: &str) -> usize {
        self.server.log(|log| log.queries().iter().filter(|sql| sql.contains(with)).count())
    }

    pub fn logins(&self) -> usize {
        self.server.log(|log| log.logins.len())
    }

    /// A home whose configuration names the shop, with more lines for its profile.
    pub fn home(&self, more: &str) -> tempfile::TempDir {
        let home = tempfile::tempdir().expect("a home");
        let folder = home.path().join(".config/depotru");
        std::fs::create_dir_all(&folder).expect("a folder");
        let config = format!(
            "profile = \"tienda\"\n[profiles.tienda]\nenvironment = \"production\"\nhost = \"127.0.0.1\"\n\
             port = {}\ndatabase = \"SmartBusiness\"\nuser = \"analista\"\ntls = \"loopback-only\"\n{more}\n",
            self.server.address.port()
        );
        std::fs::write(folder.join("config.toml"), config).expect("written");
        home
    }
}

/// The binary with the shop's password in its environment.
pub fn with_password(home: &Path) -> Command {
    let mut command = depotru(home);
    command.env("DEPOTRU_PASSWORD_TIENDA", PASSWORD).env("DEPOTRU_LOG", "trace");
    command
}

pub fn run(home: &Path, args: &[&str]) -> Output {
    with_password(home).args(args).output().expect("the binary starts")
}

/// Asks, approves, and reads the answer in JSON.
pub fn ask(home: &Path, question: &str, more: &[&str]) -> serde_json::Value {
    let fixed = ["ask", question, "--yes", "--format", "json", "--today", "2025-06-30"];
    let output = run(home, &[&fixed[..], more].concat());
    serde_json::from_str(stdout(&output).trim())
        .unwrap_or_else(|error| panic!("{error}: {} / {}", stdout(&output), stderr(&output)))
}

/// The names of files below a folder that hold a text.
pub fn files_with(folder: &Path, text: &str, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files_with(&path, text, found);
        } else if String::from_utf8_lossy(&std::fs::read(&path).unwrap_or_default()).contains(text) {
            found.push(path.display().to_string());
        }
    }
}
