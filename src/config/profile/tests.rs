use std::time::Duration;

use super::*;
use crate::config::{ConfigError, Settings, sentence};
use crate::i18n::Lang;

const LEAST: &str = "[profiles.tienda]\nenvironment = \"production\"\nhost = \"srv01\"\n\
                     database = \"SmartBusiness\"\nuser = \"lectura\"\n";

fn read(source: &str) -> Result<Settings, ConfigError> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("config.toml");
    std::fs::write(&file, source).expect("written");
    Settings::read(&file)
}

fn profile(more: &str) -> Profile {
    let settings = read(&format!("{LEAST}{more}")).expect("a profile");
    settings.profiles.into_values().next().expect("one profile")
}

fn refused(source: &str) -> (usize, String) {
    let error = read(source).expect_err("refused");
    let ConfigError::Invalid { line, .. } = error else { panic!("{error}") };
    let said = sentence(&error, Lang::Es).into_string();
    assert!(!said.contains('@'), "{said}");
    assert_ne!(said, sentence(&error, Lang::En).into_string());
    (line, said)
}

#[test]
fn five_keys_make_a_profile() {
    let profile = profile("");
    assert_eq!(profile.login, Login::Sql { user: "lectura".into() });
    assert_eq!(profile.table.to_string(), "dbo.banco_datos");
    assert_eq!(profile.tls, TlsMode::Required);
    assert_eq!(profile.server(), "srv01");
    assert_eq!(profile.limits(&LimitSettings::default()), Limits::default());
    let model = profile.sales_model(&DocumentSettings::default());
    assert_eq!(model.with_real_names("SELECT marca FROM banco_datos"), "SELECT marca FROM dbo.banco_datos");
}

#[test]
fn a_profile_carries_its_own_names_and_documents() {
    let profile = profile(
        "instance = \"ERP\"\ntable = \"ventas.lineas\"\nmax_rows = 5\ntimeouts = { query = 7 }\n\
         columns = { MARCA = \"Marca] Real\" }\ndocuments = { returns = [\"NCE\"] }\n",
    );
    assert_eq!(profile.server(), "srv01\\ERP");
    let limits = profile.limits(&LimitSettings::default());
    assert_eq!((limits.max_rows, limits.timeout), (5, Duration::from_secs(7)));
    let documents = profile.documents(&DocumentSettings::default());
    assert_eq!((documents.returns.join(","), documents.excluded.len()), ("NCE".into(), 3));
    assert_eq!(profile.real_column("marca"), "Marca] Real");
    let model = profile.sales_model(&DocumentSettings::default());
    assert_eq!(
        model.with_real_names("SELECT marca FROM banco_datos"),
        "SELECT [Marca]] Real] FROM ventas.lineas"
    );
}

#[test]
fn a_password_is_refused_where_it_stands_and_not_repeated() {
    let (line, said) = refused(&format!("{LEAST}password = \"canario-1\"\n"));
    assert_eq!(line, 6);
    assert!(said.contains("depotru credentials set") && !said.contains("canario"), "{said}");
}

#[test]
fn broken_rules_are_told_with_their_line() {
    let with = |more: &str| format!("{LEAST}{more}\n");
    let cases = [
        (with("table = \"dbo.banco datos\""), 6, "dbo.banco datos"),
        (with("certificate_sha256 = \"ab:cd\""), 6, "SHA-256"),
        (with("port = 1433\ninstance = \"ERP\""), 1, "instance"),
        (with("login = \"integrated\""), 1, "user"),
        (with("pool = { max = 0 }"), 1, "pool"),
        (with("timeouts = { connect = 0 }"), 6, "3600"),
        (with("columns = { marcas = \"x\" }"), 6, "marcas"),
        (with("tls = \"trust-anything\"\nca_file = \"x.pem\""), 1, "trust-anything"),
        (LEAST.replace("user = \"lectura\"\n", ""), 1, "user"),
        (LEAST.replace("srv01", " "), 3, "texto"),
        (LEAST.replace("tienda", "Mi.Tienda"), 1, ""),
        (LEAST.replace("tienda", "local"), 1, "local"),
        (with("tls = \"none\""), 6, ""),
        (format!("profile = \"otra\"\n{LEAST}"), 1, "otra"),
    ];
    for (source, line, about) in cases {
        let error = read(&source).expect_err(&source);
        let ConfigError::Invalid { line: found, .. } = error else { panic!("{error}") };
        let said = sentence(&error, Lang::Es);
        assert_eq!(found, line, "{source}\n{said}");
        assert!(said.as_str().contains(about), "{source}\n{said}");
        assert!(!said.as_str().contains('@'), "{said}");
    }
}

#[test]
fn fingerprints_are_read_with_and_without_colons() {
    let plain = "00ff".repeat(16);
    let colons: Vec<&str> =
        plain.as_bytes().chunks(2).map(|b| std::str::from_utf8(b).expect("hex")).collect();
    let mut expected = [0u8; 32];
    expected.iter_mut().skip(1).step_by(2).for_each(|byte| *byte = 0xff);
    for text in [plain.clone(), colons.join(":"), plain.to_uppercase()] {
        assert_eq!(Fingerprint::try_from(text), Ok(Fingerprint(expected)));
    }
    for text in [&plain[..62], &format!("{plain}00"), &plain.replace('f', "g"), ""] {
        assert!(Fingerprint::try_from(text.to_string()).is_err(), "{text}");
    }
}
