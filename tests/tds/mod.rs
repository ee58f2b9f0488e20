//! A small server of TDS for tests: real packets, real TLS, scripted answers and faults.
//!
//! It knows no SQL. What it answers is a [`Handler`]'s business: a closure, or
//! [`store::Store`], which runs the queries on the embedded engine over demo data.

#![allow(dead_code, unused_imports, reason = "each test binary uses its own part")]

pub mod client;
pub mod login;
pub mod proxy;
pub mod script;
pub mod store;
pub mod tls;
pub mod types;
pub mod wire;

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::{Stream, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

pub use login::Login;
pub use script::{Step, rows, selects};
pub use tls::Identity;
pub use types::{Column, Ty, Value, column};
use wire::{Message, Writer};

/// An answer, step by step.
pub type Answer = Pin<Box<dyn Stream<Item = Step> + Send>>;

/// What stands behind the wire.
pub trait Handler: Send + Sync + 'static {
    /// The answer to a batch.
    fn answer(&self, sql: &str, session: &Session) -> Answer;
}

impl<F: Fn(&str, &Session) -> Answer + Send + Sync + 'static> Handler for F {
    fn answer(&self, sql: &str, session: &Session) -> Answer {
        self(sql, session)
    }
}

/// How a server offers itself.
#[derive(Clone)]
pub struct Offer {
    pub tls: Encryption,
    pub user: String,
    pub password: String,
    pub database: String,
    /// Bytes of a packet's content.
    pub packet: usize,
    /// Said instead of a successful login: number and words.
    pub login_error: Option<(u32, String)>,
    /// Where clients are sent on to.
    pub route: Option<(String, u16)>,
    /// Silence instead of an answer: from the first packet, from TLS, from the login.
    pub silent_from: Option<Silence>,
    /// Whether the session's TEXTSIZE and ROWCOUNT are heeded, as SQL Server does.
    pub obeys_limits: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Silence {
    Prelogin,
    Tls,
    Login,
}

#[derive(Clone)]
pub enum Encryption {
    /// Declined.
    None,
    /// Inside TDS.
    Inside(Identity),
    /// Before anything else.
    Strict(Identity),
}

impl Default for Offer {
    fn default() -> Self {
        Offer {
            tls: Encryption::None,
            user: "analista".to_string(),
            password: "Clave#2025".to_string(),
            database: "SmartBusiness".to_string(),
            packet: 4088,
            login_error: None,
            route: None,
            silent_from: None,
            obeys_limits: true,
        }
    }
}

/// What a session was told by SET.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub database: String,
    pub lock_timeout: i64,
    pub text_size: usize,
    pub row_count: u64,
}

/// What the server saw.
#[derive(Debug, Default)]
pub struct Log {
    pub connections: usize,
    pub logins: Vec<Login>,
    pub batches: Vec<(Instant, String)>,
    pub attentions: Vec<Instant>,
    /// Connections that were closed.
    pub closed: usize,
}

impl Log {
    /// The batches that are not the program's setting up.
    pub fn queries(&self) -> Vec<&str> {
        self.batches.iter().map(|(_, sql)| sql.as_str()).filter(|sql| !sql.starts_with("SET ")).collect()
    }
}

/// A running server.
pub struct Server {
    pub address: SocketAddr,
    log: Arc<Mutex<Log>>,
    accepting: JoinHandle<()>,
    /// Dropped to end every connection at once.
    kill: tokio::sync::watch::Sender<u32>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Server {
    /// Listens on a free port of this machine.
    pub async fn start(offer: Offer, handler: impl Handler) -> Server {
        Server::start_at("127.0.0.1:0".parse().expect("an address"), offer, handler).await
    }

    pub async fn start_at(at: SocketAddr, offer: Offer, handler: impl Handler) -> Server {
        let listener = TcpListener::bind(at).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let log: Arc<Mutex<Log>> = Arc::default();
        let (kill, killed) = tokio::sync::watch::channel(0);
        let seen = Arc::clone(&log);
        let handler: Arc<dyn Handler> = Arc::new(handler);
        let accepting = tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let (offer, handler, log) = (offer.clone(), Arc::clone(&handler), Arc::clone(&seen));
                let mut killed = killed.clone();
                killed.mark_unchanged();
                tokio::spawn(async move {
                    log.lock().expect("the log").connections += 1;
                    let socket = socket2::SockRef::from(&tcp).try_clone().expect("a handle");
                    tokio::select! {
                        _ = serve(tcp, offer, handler, Arc::clone(&log)) => {}
                        _ = killed.changed() => reset(&socket),
                    }
                    log.lock().expect("the log").closed += 1;
                });
            }
        });
        Server { address, log, accepting, kill }
    }

    /// Looks at what the server saw.
    pub fn log<R>(&self, look: impl FnOnce(&Log) -> R) -> R {
        look(&self.log.lock().expect("the log"))
    }

    /// Ends all connections with a reset, as a server that is killed.
    pub fn reset_all(&self) {
        self.kill.send_modify(|times| *times += 1);
    }
}

/// Makes closing the socket a reset.
fn reset(socket: &socket2::Socket) {
    let _ = socket.set_linger(Some(Duration::ZERO));
}

async fn forever() -> io::Result<()> {
    std::future::pending().await
}

async fn serve(
    mut tcp: TcpStream,
    offer: Offer,
    handler: Arc<dyn Handler>,
    log: Arc<Mutex<Log>>,
) -> io::Result<()> {
    tcp.set_nodelay(true)?;
    let socket = socket2::SockRef::from(&tcp).try_clone()?;
    let silent = |at| offer.silent_from.is_some_and(|from| from <= at);
    match &offer.tls {
        Encryption::Strict(identity) => {
            if silent(Silence::Tls) {
                return forever().await;
            }
            let mut stream = TlsAcceptor::from(identity.config(true)).accept(tcp).await?;
            agree(&mut stream, 3).await?;
            converse(stream, socket, offer, handler, log, true).await
        }
        Encryption::Inside(identity) => {
            if silent(Silence::Prelogin) {
                return forever().await;
            }
            agree(&mut tcp, 1).await?;
            if silent(Silence::Tls) {
                return forever().await;
            }
            let enveloped = tls::Enveloped::new(tcp);
            let mut stream = TlsAcceptor::from(identity.config(false)).accept(enveloped).await?;
            stream.flush().await?;
            stream.get_mut().0.open = true;
            converse(stream, socket, offer, handler, log, true).await
        }
        Encryption::None => {
            if silent(Silence::Prelogin) {
                return forever().await;
            }
            agree(&mut tcp, 2).await?;
            converse(tcp, socket, offer, handler, log, false).await
        }
    }
}

async fn agree(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), encryption: u8) -> io::Result<()> {
    let message = wire::read_message(stream).await?;
    assert_eq!(message.kind, wire::PRELOGIN, "a prelogin comes first");
    login::asked_encryption(&message.content);
    Writer::new(stream, 4088).whole(wire::RESULT, &login::prelogin(encryption)).await
}

async fn converse(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    socket: socket2::Socket,
    offer: Offer,
    handler: Arc<dyn Handler>,
    log: Arc<Mutex<Log>>,
    encrypted: bool,
) -> io::Result<()> {
    let (mut incoming, outgoing) = tokio::io::split(stream);
    let mut writer = Writer::new(outgoing, offer.packet);
    let message = wire::read_message(&mut incoming).await?;
    if message.kind != wire::LOGIN {
        return Ok(());
    }
    let login = Login { encrypted, ..Login::read(&message.content) };
    log.lock().expect("the log").logins.push(login.clone());
    if offer.silent_from == Some(Silence::Login) {
        return forever().await;
    }
    if let Some((number, words)) = refused(&offer, &login) {
        writer.put(&wire::error(number, 14, &words)).await?;
        writer.put(&wire::done(wire::FAILED, 0)).await?;
        return writer.end().await;
    }
    writer.put(&wire::changed(1, &login.database, "master")).await?;
    writer.put(&wire::said(0xAB, 5701, 10, "Contexto de base de datos cambiado.")).await?;
    writer.put(&wire::changed(4, &(offer.packet + 8).max(512).to_string(), "4096")).await?;
    writer.put(&wire::login_ack()).await?;
    if let Some((host, port)) = &offer.route {
        writer.put(&wire::routed(host, *port)).await?;
    }
    writer.put(&wire::done(0, 0)).await?;
    writer.end().await?;

    let (send, mut messages) = mpsc::unbounded_channel();
    let seen = Arc::clone(&log);
    // Ends with the conversation: it holds one half of the stream.
    let mut reading = tokio::task::JoinSet::new();
    reading.spawn(async move {
        while let Ok(message) = wire::read_message(&mut incoming).await {
            if message.kind == wire::ATTENTION {
                seen.lock().expect("the log").attentions.push(Instant::now());
            }
            if send.send(message).is_err() {
                return;
            }
        }
    });
    let mut session =
        Session { database: login.database, lock_timeout: -1, text_size: usize::MAX, row_count: 0 };
    let mut script = script::Running { writer, socket, obeys_limits: offer.obeys_limits };
    while let Some(Message { kind, content }) = messages.recv().await {
        match kind {
            wire::BATCH => {
                let sql = batch_text(&content);
                log.lock().expect("the log").batches.push((Instant::now(), sql.clone()));
                let answer = match session.told(&sql) {
                    Some(answer) => answer,
                    None => handler.answer(&sql, &session),
                };
                if !script.run(answer, &session, &mut messages).await? {
                    return Ok(());
                }
            }
            // The answer had ended before the attention was read.
            wire::ATTENTION => {
                script.writer.put(&wire::done(wire::ACKNOWLEDGED, 0)).await?;
                script.writer.end().await?;
            }
            _ => return Ok(()),
        }
    }
    Ok(())
}

fn refused(offer: &Offer, login: &Login) -> Option<(u32, String)> {
    if let Some(error) = &offer.login_error {
        return Some(error.clone());
    }
    if login.user != offer.user || login.password != offer.password {
        return Some((18456, format!("Error de inicio de sesión del usuario '{}'.", login.user)));
    }
    let other = !login.database.eq_ignore_ascii_case(&offer.database);
    other.then(|| (4060, format!("No se puede abrir la base de datos \"{}\" solicitada.", login.database)))
}

/// The text of a batch, after the headers that precede it.
fn batch_text(content: &[u8]) -> String {
    let headers = u32::from_le_bytes(content[..4].try_into().expect("four bytes")) as usize;
    let units: Vec<u16> =
        content[headers..].chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    String::from_utf16(&units).expect("a valid text")
}

impl Session {
    /// Answers what concerns only the session: SET, and the check that a pool makes.
    fn told(&mut self, sql: &str) -> Option<Answer> {
        if sql.starts_with("SET ") {
            for statement in sql.split(';') {
                let number = || statement.rsplit(' ').next().and_then(|word| word.parse::<i64>().ok());
                let statement = statement.trim();
                match number() {
                    Some(n) if statement.starts_with("SET LOCK_TIMEOUT") => self.lock_timeout = n,
                    Some(n) if statement.starts_with("SET TEXTSIZE") => self.text_size = n as usize,
                    Some(n) if statement.starts_with("SET ROWCOUNT") => self.row_count = n as u64,
                    _ => {}
                }
            }
            return Some(futures::stream::iter([Step::Done(0)]).boxed());
        }
        let check = sql == "SELECT @@LOCK_TIMEOUT, @@TEXTSIZE, @@TRANCOUNT, DB_NAME()";
        check.then(|| {
            let columns = vec![
                column("", Ty::Int),
                column("", Ty::Int),
                column("", Ty::Int),
                column("", Ty::NVarChar(128)),
            ];
            let text_size = i64::try_from(self.text_size).unwrap_or(-1);
            rows(
                columns,
                vec![vec![
                    Value::Whole(self.lock_timeout),
                    Value::Whole(text_size),
                    Value::Whole(0),
                    Value::Text(self.database.clone()),
                ]],
            )
        })
    }
}
