//! The test server by hand: demo data on 127.0.0.1, until Ctrl+C.
//!
//! `cargo run --example tds_server [PORT] [LINES]`: user `analista`, password `Clave#2025`,
//! database `SmartBusiness`, TLS with a certificate whose SHA-256 is printed.

#[path = "mod.rs"]
mod tds;

use tds::store::Store;
use tds::{Encryption, Identity, Offer, Server};

#[tokio::main]
async fn main() {
    let mut words = std::env::args().skip(1);
    let port: u16 = words.next().map_or(14_330, |word| word.parse().expect("a port"));
    let lines: u32 = words.next().map_or(20_000, |word| word.parse().expect("a number of lines"));
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::at(folder.path(), lines, chrono::Utc::now().date_naive());
    let identity = Identity::of(&["localhost"]);
    let sha256: String = identity.sha256.iter().map(|byte| format!("{byte:02x}")).collect();
    let authority = folder.path().join("autoridad.pem");
    std::fs::write(&authority, &identity.authority_pem).expect("a file");
    let offer = Offer { tls: Encryption::Inside(identity), ..Offer::default() };
    let server = Server::start_at(([127, 0, 0, 1], port).into(), offer, store).await;
    println!("{}\nSHA-256 {sha256}\n{}", server.address, authority.display());
    tokio::signal::ctrl_c().await.expect("Ctrl+C");
}
