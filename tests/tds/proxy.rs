//! A proxy between client and server that delays, dribbles, stalls and cuts the stream.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What happens to the bytes from the server to the client. Counts are per connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    Fair,
    /// After so many bytes nothing passes any more, in either direction; the connection stays.
    Silence {
        after: usize,
    },
    /// After so many bytes the connection is reset.
    Cut {
        after: usize,
    },
    /// After so many bytes one byte passes, then a pause, and so on.
    Dribble {
        after: usize,
        pause: Duration,
    },
    /// After so many bytes the client never hears of it that the server's end is gone.
    HalfOpen,
}

/// A running proxy.
pub struct Proxy {
    pub address: SocketAddr,
    weather: Arc<Mutex<Weather>>,
    accepting: JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Proxy {
    pub async fn before(server: SocketAddr, weather: Weather) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let weather = Arc::new(Mutex::new(weather));
        let shared = Arc::clone(&weather);
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let weather = Arc::clone(&shared);
                tokio::spawn(async move {
                    let Ok(server) = TcpStream::connect(server).await else { return };
                    pass(client, server, weather).await;
                });
            }
        });
        Proxy { address, weather, accepting }
    }

    /// Changes the weather, also for connections that are open.
    pub fn turns(&self, weather: Weather) {
        *self.weather.lock().expect("the weather") = weather;
    }
}

async fn pass(client: TcpStream, server: TcpStream, weather: Arc<Mutex<Weather>>) {
    let socket = socket2::SockRef::from(&client).try_clone().expect("a handle");
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let now = {
        let weather = Arc::clone(&weather);
        move || *weather.lock().expect("the weather")
    };
    let up = {
        let now = now.clone();
        async move {
            let mut bytes = vec![0; 16 * 1024];
            while let Ok(read @ 1..) = from_client.read(&mut bytes).await {
                if matches!(now(), Weather::Silence { after: 0 } | Weather::HalfOpen) {
                    std::future::pending::<()>().await;
                }
                if to_server.write_all(&bytes[..read]).await.is_err() {
                    return;
                }
            }
        }
    };
    let down = async move {
        let (mut bytes, mut passed) = (vec![0; 16 * 1024], 0_usize);
        loop {
            let read = from_server.read(&mut bytes).await.unwrap_or(0);
            if read == 0 {
                if now() == Weather::HalfOpen {
                    std::future::pending::<()>().await;
                }
                break;
            }
            let mut rest = &bytes[..read];
            while !rest.is_empty() {
                let count = match now() {
                    Weather::Fair => rest.len(),
                    Weather::HalfOpen => std::future::pending().await,
                    Weather::Silence { after } if passed >= after => std::future::pending().await,
                    Weather::Cut { after } if passed >= after => {
                        let _ = socket.set_linger(Some(Duration::ZERO));
                        return;
                    }
                    Weather::Dribble { after, pause } if passed >= after => {
                        tokio::time::sleep(pause).await;
                        1
                    }
                    Weather::Silence { after } | Weather::Cut { after } | Weather::Dribble { after, .. } => {
                        rest.len().min(after - passed)
                    }
                };
                if to_client.write_all(&rest[..count]).await.is_err() {
                    return;
                }
                passed += count;
                rest = &rest[count..];
            }
        }
    };
    tokio::select! {
        () = up => {}
        () = down => {}
    }
}
