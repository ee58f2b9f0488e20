//! From a name to a stream that a login may travel on: DNS, TCP, prelogin, TLS.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsConnector;

use super::fault::{FaultKind, ServerFault, Stage};
use super::inspect::TlsInForce;
use super::settings::{ServerSettings, Tls};
use super::tls::{self, Unusable};
use super::wire::packet::{self, HEADER, Header};
use super::wire::prelogin::{self, Encryption};
use super::wire::{Below, Wrapped};
use super::{browser, fault};

/// The port where no other is set.
const DEFAULT_PORT: u16 = 1433;

/// Where to connect to: as the settings say, or where the server sends on to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub host: String,
    pub port: Option<u16>,
    pub instance: Option<String>,
}

impl Target {
    pub fn of(settings: &ServerSettings) -> Target {
        Target { host: settings.host.clone(), port: settings.port, instance: settings.instance.clone() }
    }

    /// The target as people write it.
    pub fn address(&self) -> String {
        fault::address(&self.host, self.port, self.instance.as_deref())
    }

    fn fault(&self, kind: FaultKind, stage: Stage, detail: impl Into<String>) -> ServerFault {
        ServerFault {
            kind,
            number: None,
            detail: detail.into(),
            host: self.address(),
            stage: Some(stage),
            certificate: None,
        }
    }

    fn too_late(&self, stage: Stage, limit: Duration) -> ServerFault {
        self.fault(FaultKind::ConnectTimeout, stage, format!("{:.0} s", limit.as_secs_f64()))
    }
}

/// A stream on which a login may be sent.
pub(super) struct Opened {
    pub below: Box<dyn Below>,
    /// A second handle on the socket, to look whether it still stands.
    pub socket: Option<socket2::Socket>,
    pub tls: TlsInForce,
    /// When prelogin, TLS and login must be done.
    pub deadline: Instant,
}

/// Connects, up to the point where the login can be sent.
///
/// # Errors
/// [`ServerFault`] with the stage at which it ended.
pub(super) async fn open(settings: &ServerSettings, target: &Target) -> Result<Opened, ServerFault> {
    let addresses = look_up(settings, target).await?;
    if settings.tls == Tls::LoopbackOnly && !addresses.iter().all(IpAddr::is_loopback) {
        return Err(target.fault(FaultKind::NotLoopback, Stage::Dns, String::new()));
    }
    let port = port(settings, target, &addresses).await?;
    let tls = prepare_tls(settings, target).await?;
    let tcp = connect(settings, target, &addresses, port).await?;
    let socket = SockRef::from(&tcp).try_clone().ok();
    let limit = settings.times.handshake;
    let deadline = Instant::now() + limit;
    let (below, tls) = match tls {
        None => (plain(target, tcp, deadline, limit).await?, TlsInForce::default()),
        Some(tls) => encrypted(target, tcp, tls, deadline, limit).await?,
    };
    Ok(Opened { below, socket, tls, deadline })
}

async fn look_up(settings: &ServerSettings, target: &Target) -> Result<Vec<IpAddr>, ServerFault> {
    let unknown = |detail: String| target.fault(FaultKind::UnknownHost, Stage::Dns, detail);
    // Names of this machine as SQL Server's tools write them.
    let host = match target.host.as_str() {
        "." | "(local)" => "localhost",
        host => host,
    };
    let found = timeout(settings.times.dns, tokio::net::lookup_host((host, 0))).await;
    let found = found.map_err(|_| target.too_late(Stage::Dns, settings.times.dns))?;
    let addresses: Vec<IpAddr> = found.map_err(|e| unknown(e.to_string()))?.map(|a| a.ip()).collect();
    if addresses.is_empty() {
        return Err(unknown("no address".to_string()));
    }
    Ok(addresses)
}

async fn port(settings: &ServerSettings, target: &Target, addresses: &[IpAddr]) -> Result<u16, ServerFault> {
    let instance = match (target.port, &target.instance) {
        (Some(port), _) => return Ok(port),
        (None, None) => return Ok(DEFAULT_PORT),
        (None, Some(instance)) => instance,
    };
    let limit = settings.times.dns;
    let asked = timeout(limit, browser::port_of(instance, addresses)).await;
    let answered = asked.unwrap_or_else(|_| Err(format!("{:.0} s", limit.as_secs_f64())));
    answered.map_err(|words| target.fault(FaultKind::UnknownInstance, Stage::Browser, words))
}

/// Reads the authorities, beside the caller: that touches files.
async fn prepare_tls(settings: &ServerSettings, target: &Target) -> Result<Option<tls::Client>, ServerFault> {
    let (tls, host) = (settings.tls.clone(), target.host.clone());
    let made = tokio::task::spawn_blocking(move || tls::Client::new(&tls, &host)).await;
    match made {
        Ok(Ok(client)) => Ok(client),
        Ok(Err(Unusable { kind, detail })) => Err(target.fault(kind, Stage::Tls, detail)),
        Err(e) => Err(target.fault(FaultKind::TlsFailed, Stage::Tls, e.to_string())),
    }
}

/// Opens TCP to all addresses at once and keeps the first that answers.
async fn connect(
    settings: &ServerSettings,
    target: &Target,
    addresses: &[IpAddr],
    port: u16,
) -> Result<TcpStream, ServerFault> {
    let limit = settings.times.tcp;
    let mut attempts: FuturesUnordered<_> =
        addresses.iter().map(|address| TcpStream::connect(SocketAddr::new(*address, port))).collect();
    let first = async {
        let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
        while let Some(attempt) = attempts.next().await {
            match attempt {
                Ok(stream) => return Ok(stream),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    };
    match timeout(limit, first).await {
        Err(_) => Err(target.too_late(Stage::Tcp, limit)),
        Ok(Err(error)) => {
            let kind = match error.kind() {
                io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset => FaultKind::Refused,
                io::ErrorKind::TimedOut => FaultKind::ConnectTimeout,
                _ => FaultKind::Unreachable,
            };
            Err(target.fault(kind, Stage::Tcp, error.to_string()))
        }
        Ok(Ok(stream)) => {
            keep_watch(&stream).map_err(|e| target.fault(FaultKind::Dropped, Stage::Tcp, e.to_string()))?;
            Ok(stream)
        }
    }
}

/// Lets the system notice a peer that is gone without a word.
fn keep_watch(stream: &TcpStream) -> io::Result<()> {
    let seconds = Duration::from_secs;
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream);
    let probes = TcpKeepalive::new().with_time(seconds(30)).with_interval(seconds(10));
    #[cfg(not(windows))]
    let probes = probes.with_retries(3);
    socket.set_tcp_keepalive(&probes)?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    socket.set_tcp_user_timeout(Some(seconds(30)))?;
    Ok(())
}

/// No TLS: only ever towards this machine, which [`open`] has made sure of.
async fn plain(
    target: &Target,
    mut tcp: TcpStream,
    deadline: Instant,
    limit: Duration,
) -> Result<Box<dyn Below>, ServerFault> {
    match agree(target, &mut tcp, Encryption::NotSupported, deadline, limit).await? {
        Encryption::NotSupported | Encryption::Off => Ok(Box::new(tcp)),
        Encryption::On | Encryption::Required => {
            Err(target.fault(FaultKind::TlsFailed, Stage::Prelogin, "the server requires encryption"))
        }
    }
}

async fn encrypted(
    target: &Target,
    mut tcp: TcpStream,
    tls: tls::Client,
    deadline: Instant,
    limit: Duration,
) -> Result<(Box<dyn Below>, TlsInForce), ServerFault> {
    if !tls.strict {
        match agree(target, &mut tcp, Encryption::On, deadline, limit).await? {
            Encryption::On | Encryption::Required => {}
            // Never less than what was asked for.
            Encryption::Off | Encryption::NotSupported => {
                let words = "the server declines encryption";
                return Err(target.fault(FaultKind::TlsUnavailable, Stage::Prelogin, words));
            }
        }
    }
    let mut stream = Wrapped::new(tcp);
    if tls.strict {
        stream.unwrap_from_now_on();
    }
    let connector = TlsConnector::from(std::sync::Arc::clone(&tls.config));
    let shaken = timeout_at(deadline, connector.connect(tls.name.clone(), stream)).await;
    let shaken = shaken.map_err(|_| target.too_late(Stage::Tls, limit))?;
    let mut stream = shaken.map_err(|error| ServerFault {
        certificate: tls.certificate().map(Box::new),
        ..target.fault(tls::kind_of(&error), Stage::Tls, error.to_string())
    })?;
    let (below, session) = stream.get_mut();
    below.unwrap_from_now_on();
    let protocol = session.protocol_version().map(|version| match version {
        tokio_rustls::rustls::ProtocolVersion::TLSv1_3 => "TLS 1.3".to_string(),
        tokio_rustls::rustls::ProtocolVersion::TLSv1_2 => "TLS 1.2".to_string(),
        other => format!("{other:?}"),
    });
    let in_force = TlsInForce { protocol, trust: tls.trusted_by(), certificate: tls.certificate() };
    if tls.strict {
        // TLS is there already; the answer has no say in it any more.
        agree(target, &mut stream, Encryption::Required, deadline, limit).await?;
    }
    Ok((Box::new(stream), in_force))
}

/// Sends the prelogin and reads what the server says of encryption.
async fn agree(
    target: &Target,
    stream: &mut (impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin),
    wanted: Encryption,
    deadline: Instant,
    limit: Duration,
) -> Result<Encryption, ServerFault> {
    let exchange = async {
        stream.write_all(&packet::message(packet::PRELOGIN, &prelogin::message(wanted))).await?;
        stream.flush().await?;
        let mut header = [0; HEADER];
        stream.read_exact(&mut header).await?;
        let header = Header::read(header);
        let mut answer = vec![0; header.content()?];
        stream.read_exact(&mut answer).await?;
        io::Result::Ok((header.kind, answer))
    };
    let (kind, answer) = match timeout_at(deadline, exchange).await {
        Err(_) => return Err(target.too_late(Stage::Prelogin, limit)),
        Ok(Err(error)) => return Err(target.fault(FaultKind::Dropped, Stage::Prelogin, error.to_string())),
        Ok(Ok(exchanged)) => exchanged,
    };
    let read = if matches!(kind, packet::RESULT | packet::PRELOGIN) { prelogin::read(&answer) } else { None };
    read.ok_or_else(|| target.fault(FaultKind::Protocol, Stage::Prelogin, "not a prelogin of TDS"))
}
