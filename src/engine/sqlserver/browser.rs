//! The port of a named instance, asked of SQL Browser (MS-SQLR: one UDP datagram each way).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::UdpSocket;

/// Where SQL Browser listens.
const PORT: u16 = 1434;
/// Asks for one instance.
const ONE_INSTANCE: u8 = 0x04;

/// The port of `instance` on any of `addresses`. The caller sets the time limit.
///
/// # Errors
/// Words for people: nobody answered, or not with a port.
pub(super) async fn port_of(instance: &str, addresses: &[IpAddr]) -> Result<u16, String> {
    let asked = addresses.iter().map(|address| Box::pin(ask(instance, SocketAddr::new(*address, PORT))));
    match futures::future::select_ok(asked).await {
        Ok((port, _)) => Ok(port),
        Err(words) => Err(words),
    }
}

async fn ask(instance: &str, browser: SocketAddr) -> Result<u16, String> {
    let here: IpAddr =
        if browser.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let words = |e: std::io::Error| e.to_string();
    let socket = UdpSocket::bind((here, 0)).await.map_err(words)?;
    // Connected: datagrams from elsewhere are not heard.
    socket.connect(browser).await.map_err(words)?;
    let mut question = vec![ONE_INSTANCE];
    question.extend(instance.as_bytes());
    question.push(0);
    socket.send(&question).await.map_err(words)?;
    let mut answer = [0; 4096];
    let read = socket.recv(&mut answer).await.map_err(words)?;
    port_in(answer.get(..read).unwrap_or_default()).ok_or_else(|| "no TCP port in the answer".to_string())
}

/// The port in an answer: three bytes of header, then `ServerName;…;tcp;1433;…;;`.
fn port_in(answer: &[u8]) -> Option<u16> {
    let text = String::from_utf8_lossy(answer.get(3..)?);
    let mut parts = text.split(';');
    parts.find(|part| part.eq_ignore_ascii_case("tcp"))?;
    parts.next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_read_from_the_answer() {
        let answer = b"\x05\x58\x00ServerName;SRV01;InstanceName;SQLEXPRESS;IsClustered;No;\
            Version;15.0.2000.5;tcp;51433;np;\\\\SRV01\\pipe;;";
        assert_eq!(port_in(answer), Some(51433));
        for other in [&b""[..], b"\x05", b"\x05\x00\x00np;x;;", b"\x05\x00\x00tcp;99999;;"] {
            assert_eq!(port_in(other), None);
        }
    }
}
