//! A server that speaks whatever a test scripts, over real TCP and HTTP, and remembers what it heard.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Heard {
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Value,
}

impl Heard {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// A step of an answer's body.
#[derive(Debug, Clone)]
pub enum Step {
    Bytes(Vec<u8>),
    Wait(Duration),
    /// These bytes again and again, with a pause, until the other side goes away.
    Forever(Vec<u8>, Duration),
}

/// A scripted answer.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub steps: Vec<Step>,
}

impl Reply {
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Reply {
        Reply {
            status,
            headers: vec![("content-type".into(), content_type.into())],
            steps: vec![Step::Bytes(body.into())],
        }
    }

    pub fn events(body: impl Into<Vec<u8>>) -> Reply {
        Reply::new(200, "text/event-stream", body)
    }

    pub fn lines(body: impl Into<Vec<u8>>) -> Reply {
        Reply::new(200, "application/x-ndjson", body)
    }

    pub fn status(status: u16) -> Reply {
        Reply::new(status, "application/json", r#"{"error":{"message":"scripted","type":"scripted"}}"#)
    }

    pub fn header(mut self, name: &str, value: &str) -> Reply {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub fn steps(mut self, steps: Vec<Step>) -> Reply {
        self.steps = steps;
        self
    }
}

#[derive(Default)]
struct State {
    heard: Mutex<Vec<Heard>>,
    script: Mutex<VecDeque<Reply>>,
    written: AtomicUsize,
    now: AtomicUsize,
    most_at_once: AtomicUsize,
    stop: AtomicBool,
}

/// A running server. Each request takes the next reply of the script; the last one repeats.
pub struct Server {
    address: SocketAddr,
    state: Arc<State>,
}

impl Server {
    pub fn start(script: Vec<Reply>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::new(State { script: Mutex::new(script.into()), ..State::default() });
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if shared.stop.load(Ordering::SeqCst) {
                    break;
                }
                let state = Arc::clone(&shared);
                std::thread::spawn(move || {
                    let now = state.now.fetch_add(1, Ordering::SeqCst) + 1;
                    state.most_at_once.fetch_max(now, Ordering::SeqCst);
                    let _ = serve(&stream, &state);
                    state.now.fetch_sub(1, Ordering::SeqCst);
                    let _ = stream.shutdown(Shutdown::Both);
                });
            }
        });
        Server { address, state }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn set(&self, script: Vec<Reply>) {
        *self.state.script.lock().expect("the script") = script.into();
    }

    pub fn heard(&self) -> Vec<Heard> {
        self.state.heard.lock().expect("what was heard").clone()
    }

    pub fn calls(&self) -> usize {
        self.state.heard.lock().expect("what was heard").len()
    }

    /// Bytes of bodies that left this server.
    pub fn written(&self) -> usize {
        self.state.written.load(Ordering::SeqCst)
    }

    pub fn most_at_once(&self) -> usize {
        self.state.most_at_once.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.state.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(stream: &TcpStream, state: &State) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let path = first.split_whitespace().nth(1).unwrap_or_default().to_string();
    if path.is_empty() {
        return Ok(());
    }
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim_end();
        let Some((name, value)) = line.split_once(':') else { break };
        headers.push((name.to_string(), value.trim().to_string()));
    }
    let length = headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    state.heard.lock().expect("what was heard").push(Heard { path, headers, body });
    let reply = {
        let mut script = state.script.lock().expect("the script");
        if script.len() > 1 { script.pop_front() } else { script.front().cloned() }
    };
    let Some(reply) = reply else { return Ok(()) };
    answer(stream, &reply, state)
}

fn answer(mut stream: &TcpStream, reply: &Reply, state: &State) -> std::io::Result<()> {
    let mut head = format!("HTTP/1.1 {} Scripted\r\nconnection: close\r\n", reply.status);
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())?;
    for step in &reply.steps {
        match step {
            Step::Bytes(bytes) => {
                for piece in bytes.chunks(16 * 1024) {
                    stream.write_all(piece)?;
                    state.written.fetch_add(piece.len(), Ordering::SeqCst);
                }
            }
            Step::Wait(wait) => std::thread::sleep(*wait),
            Step::Forever(bytes, pause) => loop {
                stream.write_all(bytes)?;
                state.written.fetch_add(bytes.len(), Ordering::SeqCst);
                std::thread::sleep(*pause);
            },
        }
    }
    Ok(())
}
