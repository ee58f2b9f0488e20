//! Names, ports, TLS, logins: every way in, and every way to be turned away.

use std::time::{Duration, Instant};

use depotru::engine::sqlserver::{
    FaultKind, Login, ServerFault, SqlServerEngine, Stage, Tls, TlsTrust, TrustedBy,
};
use depotru::engine::{EngineError, sentence};
use depotru::i18n::Lang;

use crate::tds::client::{collect, engine, settings};
use crate::tds::store::Store;
use crate::tds::{Encryption, Identity, Offer, Server, Silence, Step, Ty, Value, column, selects};

fn one_row() -> Vec<Step> {
    vec![
        Step::Columns(vec![column("marca", Ty::NVarChar(5))]),
        Step::Row(vec![Value::Text("ñ".into())]),
        Step::Done(1),
    ]
}

async fn fault(engine: &SqlServerEngine) -> ServerFault {
    match collect(engine).await {
        Err(EngineError::Server(fault)) => *fault,
        other => panic!("no fault: {other:?}"),
    }
}

fn inside(identity: &Identity) -> Offer {
    Offer { tls: Encryption::Inside(identity.clone()), ..Offer::default() }
}

/// An engine that goes to `localhost` with TLS.
fn secured(server: &Server, tls: Tls) -> SqlServerEngine {
    let mut settings = settings(server.address);
    settings.host = "localhost".into();
    settings.tls = tls;
    SqlServerEngine::new(settings)
}

fn authority(identity: &Identity) -> (tempfile::TempDir, TlsTrust) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("autoridad.pem");
    std::fs::write(&file, &identity.authority_pem).expect("a file");
    (folder, TlsTrust { ca_file: Some(file), ..TlsTrust::default() })
}

#[tokio::test]
async fn a_trusted_authority_lets_the_login_through_encrypted() {
    let identity = Identity::of(&["localhost"]);
    let (_folder, trust) = authority(&identity);
    let server = Server::start(inside(&identity), selects(one_row())).await;
    let engine = secured(&server, Tls::Required(trust));
    assert_eq!(collect(&engine).await.expect("rows").rows, 1);
    let login = server.log(|log| log.logins[0].clone());
    assert!(login.encrypted && login.read_only);
    assert_eq!((login.user.as_str(), login.database.as_str()), ("analista", "SmartBusiness"));
    assert!(login.application.starts_with(&format!("depotru/{}", env!("CARGO_PKG_VERSION"))));
}

#[tokio::test]
async fn strict_tls_comes_before_everything() {
    let identity = Identity::of(&["localhost"]);
    let (_folder, trust) = authority(&identity);
    let offer = Offer { tls: Encryption::Strict(identity.clone()), ..Offer::default() };
    let folder = tempfile::tempdir().expect("a folder");
    let until = chrono::NaiveDate::from_ymd_opt(2025, 6, 30).expect("a day");
    let server = Server::start(offer, Store::at(folder.path(), 1_000, until)).await;
    let seen = secured(&server, Tls::Strict(trust)).inspect().await.expect("an inspection");
    assert_eq!(seen.tls.protocol.as_deref(), Some("TLS 1.3"));
    assert_eq!(seen.tls.trust, TrustedBy::Authority);
    assert_eq!(seen.tls.certificate.map(|seen| seen.sha256), Some(identity.sha256));
}

#[tokio::test]
async fn f46_certificates_that_are_not_right_are_refused_and_described() {
    let year = |from, to| Identity::valid(&["localhost"], from, to);
    for (identity, trusted, expected) in [
        (Identity::of(&["localhost"]), false, FaultKind::TlsUnknownIssuer),
        (Identity::of(&["otro.local"]), true, FaultKind::TlsWrongName),
        (year(2001, 2002), true, FaultKind::TlsExpired),
        (year(2080, 2090), true, FaultKind::TlsExpired),
        (Identity::version_one(), false, FaultKind::TlsOldCertificate),
    ] {
        let (_folder, trust) = authority(&identity);
        let trust = if trusted { trust } else { authority(&Identity::of(&["x"])).1 };
        // The other authority's folder is gone by now: read it before.
        let trust = if trusted { trust } else { TlsTrust { ca_file: None, ..trust } };
        let server = Server::start(inside(&identity), selects(one_row())).await;
        let fault = fault(&secured(&server, Tls::Required(trust))).await;
        assert_eq!((fault.kind, fault.stage), (expected, Some(Stage::Tls)), "{}", fault.detail);
        let seen = fault.certificate.as_ref().expect("the certificate");
        assert_eq!(seen.sha256, identity.sha256);
        let told = sentence(&EngineError::Server(Box::new(fault.clone())), Lang::Es);
        assert!(told.as_str().contains(&seen.fingerprint()), "{}", told.as_str());
        // Nothing of the login was sent.
        assert!(server.log(|log| log.logins.is_empty()));
    }
}

#[tokio::test]
async fn a_certificate_given_as_trusted_is_trusted_itself_for_its_name_and_for_today() {
    let itself = Identity::of_itself;
    for identity in [itself(&["localhost"], "x", 2020, 2090), itself(&[], "LOCALHOST", 2020, 2090)] {
        for strict in [false, true] {
            let (_folder, trust) = authority(&identity);
            let offer = match strict {
                true => Offer { tls: Encryption::Strict(identity.clone()), ..Offer::default() },
                false => inside(&identity),
            };
            let tls = if strict { Tls::Strict(trust) } else { Tls::Required(trust) };
            let server = Server::start(offer, selects(one_row())).await;
            assert_eq!(collect(&secured(&server, tls)).await.expect("rows").rows, 1);
        }
    }
    let shown = itself(&["localhost"], "x", 2020, 2090);
    for (shown, given, expected) in [
        (&itself(&["otro.local"], "localhost", 2020, 2090), None, FaultKind::TlsWrongName),
        (&itself(&[], "otro.local", 2020, 2090), None, FaultKind::TlsWrongName),
        (&itself(&["localhost"], "x", 2001, 2002), None, FaultKind::TlsExpired),
        (&itself(&["localhost"], "x", 2080, 2090), None, FaultKind::TlsExpired),
        // The same words over another key.
        (&shown, Some(itself(&["localhost"], "x", 2020, 2090)), FaultKind::TlsUnknownIssuer),
    ] {
        let (_folder, trust) = authority(given.as_ref().unwrap_or(shown));
        let server = Server::start(inside(shown), selects(one_row())).await;
        let fault = fault(&secured(&server, Tls::Required(trust))).await;
        assert_eq!((fault.kind, fault.stage), (expected, Some(Stage::Tls)), "{}", fault.detail);
        assert!(server.log(|log| log.logins.is_empty()));
    }
}

#[tokio::test]
async fn a_pin_means_exactly_one_certificate_of_whatever_kind() {
    let pin = |sha256| TlsTrust { certificate_sha256: Some(sha256), ..TlsTrust::default() };
    let old = Identity::version_one();
    let unnamed = Identity::valid(&["otro.local"], 2001, 2002);
    for identity in [&old, &unnamed] {
        let server = Server::start(inside(identity), selects(one_row())).await;
        let engine = secured(&server, Tls::Required(pin(identity.sha256)));
        assert_eq!(collect(&engine).await.expect("rows").rows, 1);
        assert!(server.log(|log| log.logins[0].encrypted));
    }
    // Even a certificate that would be trusted is refused where another is pinned.
    let identity = Identity::of(&["localhost"]);
    let (_folder, trust) = authority(&identity);
    let trust = TlsTrust { certificate_sha256: Some([7; 32]), ..trust };
    let server = Server::start(inside(&identity), selects(one_row())).await;
    let fault = fault(&secured(&server, Tls::Required(trust))).await;
    assert_eq!(fault.kind, FaultKind::TlsWrongPin);
    assert_eq!(fault.certificate.map(|seen| seen.sha256), Some(identity.sha256));
    assert!(server.log(|log| log.logins.is_empty()));
}

#[tokio::test]
async fn trusting_anything_is_encrypted_and_nothing_less_is_ever_accepted() {
    let server = Server::start(inside(&Identity::version_one()), selects(one_row())).await;
    assert_eq!(collect(&secured(&server, Tls::TrustAnything)).await.expect("rows").rows, 1);
    assert!(server.log(|log| log.logins[0].encrypted));
    // A server that declines encryption never sees a login.
    let server = Server::start(Offer::default(), selects(one_row())).await;
    for tls in [Tls::TrustAnything, Tls::Required(TlsTrust::default())] {
        let fault = fault(&secured(&server, tls)).await;
        assert_eq!((fault.kind, fault.stage), (FaultKind::TlsUnavailable, Some(Stage::Prelogin)));
    }
    assert!(server.log(|log| log.logins.is_empty()));
}

#[tokio::test]
async fn without_encryption_nothing_leaves_this_machine() {
    let mut elsewhere = settings("127.0.0.1:1433".parse().expect("an address"));
    // Of the range for documentation: nobody is there.
    elsewhere.host = "192.0.2.1".into();
    let fault = fault(&SqlServerEngine::new(elsewhere)).await;
    assert_eq!(fault.kind, FaultKind::NotLoopback);
}

#[tokio::test]
async fn a_host_in_the_certificate_may_differ_from_the_address() {
    let identity = Identity::of(&["srv01.tienda.co"]);
    let (_folder, trust) = authority(&identity);
    let trust = TlsTrust { host_in_certificate: Some("srv01.tienda.co".into()), ..trust };
    let server = Server::start(inside(&identity), selects(one_row())).await;
    assert_eq!(collect(&secured(&server, Tls::Required(trust))).await.expect("rows").rows, 1);
}

#[tokio::test]
async fn a_server_that_sends_on_is_followed_under_the_same_rules() {
    let identity = Identity::of(&["localhost"]);
    let (_folder, trust) = authority(&identity);
    let second = Server::start(inside(&identity), selects(one_row())).await;
    let offer = Offer { route: Some(("localhost".into(), second.address.port())), ..inside(&identity) };
    let first = Server::start(offer, selects(vec![])).await;
    assert_eq!(collect(&secured(&first, Tls::Required(trust.clone()))).await.expect("rows").rows, 1);
    assert!(second.log(|log| log.logins[0].encrypted));
    // To a server without TLS it is not followed.
    let bare = Server::start(Offer::default(), selects(one_row())).await;
    let offer = Offer { route: Some(("localhost".into(), bare.address.port())), ..inside(&identity) };
    let first = Server::start(offer, selects(vec![])).await;
    assert_eq!(fault(&secured(&first, Tls::Required(trust))).await.kind, FaultKind::TlsUnavailable);
    assert!(bare.log(|log| log.logins.is_empty()));
}

#[tokio::test]
async fn f03_a_silent_server_is_named_with_the_stage() {
    let identity = Identity::of(&["localhost"]);
    let (_folder, trust) = authority(&identity);
    for (silence, stage) in
        [(Silence::Prelogin, Stage::Prelogin), (Silence::Tls, Stage::Tls), (Silence::Login, Stage::Login)]
    {
        let offer = Offer { silent_from: Some(silence), ..inside(&identity) };
        let server = Server::start(offer, selects(one_row())).await;
        let start = Instant::now();
        let fault = fault(&secured(&server, Tls::Required(trust.clone()))).await;
        assert_eq!((fault.kind, fault.stage), (FaultKind::ConnectTimeout, Some(stage)));
        // The limit is 1.5 s here, 10 s by default; half a second more may pass.
        assert!(start.elapsed() < Duration::from_millis(2000), "{:?}", start.elapsed());
    }
}

#[tokio::test]
async fn f04_a_closed_port_and_an_unknown_name_are_told_apart_at_once() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = free.local_addr().expect("an address");
    drop(free);
    let start = Instant::now();
    let closed = fault(&SqlServerEngine::new(settings(address))).await;
    assert_eq!((closed.kind, closed.stage), (FaultKind::Refused, Some(Stage::Tcp)));
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    let mut unknown = settings(address);
    unknown.host = "no-existe.invalid".into();
    let start = Instant::now();
    let fault = fault(&SqlServerEngine::new(unknown)).await;
    assert!(matches!(fault.kind, FaultKind::UnknownHost | FaultKind::ConnectTimeout), "{fault}");
    assert_eq!(fault.stage, Some(Stage::Dns));
    assert!(start.elapsed() < Duration::from_millis(3500), "{:?}", start.elapsed());
}

#[tokio::test]
async fn f13_f44_a_refused_login_is_never_tried_in_a_loop() {
    let server = Server::start(Offer::default(), selects(one_row())).await;
    let mut wrong = settings(server.address);
    wrong.login = Login::Password { user: "f13".into(), password: "otra".into() };
    // Connections kept ready are no excuse.
    wrong.pool.min_idle = 2;
    let start = Instant::now();
    let first = fault(&SqlServerEngine::new(wrong.clone())).await;
    assert_eq!((first.kind, first.number), (FaultKind::WrongPassword, Some(18456)));
    assert!(start.elapsed() < Duration::from_secs(1));
    for expected in [FaultKind::WrongPassword, FaultKind::WrongPassword, FaultKind::LoginPaused] {
        // Also not with a new engine: the login is the same.
        assert_eq!(fault(&SqlServerEngine::new(wrong.clone())).await.kind, expected);
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(server.log(|log| log.logins.len()), 3);
    for (number, kind) in [
        (18486, FaultKind::Locked),
        (18487, FaultKind::PasswordExpired),
        (18488, FaultKind::PasswordExpired),
        (4060, FaultKind::NoDatabase),
        (18452, FaultKind::LoginFailed),
    ] {
        let offer = Offer { login_error: Some((number, "no".into())), ..Offer::default() };
        let server = Server::start(offer, selects(one_row())).await;
        let fault = fault(&engine(&server)).await;
        assert_eq!((fault.kind, fault.number, fault.stage), (kind, Some(number), Some(Stage::Login)));
        assert_eq!(server.log(|log| log.logins.len()), 1, "{number}");
    }
}

#[tokio::test]
async fn a_server_that_is_starting_is_tried_again_a_little_later() {
    let offer = Offer { login_error: Some((18401, "en actualización".into())), ..Offer::default() };
    let server = Server::start(offer, selects(one_row())).await;
    assert_eq!(fault(&engine(&server)).await.kind, FaultKind::ServerBusy);
    assert_eq!(server.log(|log| log.logins.len()), 3);
}

#[tokio::test]
async fn a_database_that_is_not_there_is_named() {
    let server = Server::start(Offer::default(), selects(one_row())).await;
    let mut settings = settings(server.address);
    settings.database = "Otra".into();
    let fault = fault(&SqlServerEngine::new(settings)).await;
    assert_eq!((fault.kind, fault.number), (FaultKind::NoDatabase, Some(4060)));
    assert!(fault.detail.contains("Otra"));
}

#[cfg(not(windows))]
#[tokio::test]
async fn a_windows_account_is_refused_plainly_where_there_is_none() {
    let server = Server::start(Offer::default(), selects(one_row())).await;
    let mut settings = settings(server.address);
    settings.login = Login::Integrated;
    assert_eq!(fault(&SqlServerEngine::new(settings)).await.kind, FaultKind::IntegratedUnavailable);
    assert_eq!(server.log(|log| log.connections), 0);
}

#[tokio::test]
async fn an_unusable_file_of_authorities_is_named() {
    let identity = Identity::of(&["localhost"]);
    let server = Server::start(inside(&identity), selects(one_row())).await;
    let trust = TlsTrust { ca_file: Some("/no/existe.pem".into()), ..TlsTrust::default() };
    let fault = fault(&secured(&server, Tls::Required(trust))).await;
    assert_eq!(fault.kind, FaultKind::TlsTrustFile);
    assert!(fault.detail.contains("/no/existe.pem"));
}
