//! A server's failures as one sentence: what happened, what was kept, what to do.

use chrono::{DateTime, FixedOffset, Utc};

use super::fault::{FaultKind, ServerFault, Stage};
use super::tls::Certificate;
use crate::format;
use crate::i18n::{Lang, substitute, text};

/// The failure as one sentence, not yet cleaned for display.
pub(in crate::engine) fn sentence(fault: &ServerFault, lang: Lang) -> String {
    let number = fault.number.map(|n| n.to_string()).unwrap_or_default();
    let stage = fault.stage.map_or("", Stage::name);
    let mut values = vec![
        ("host", fault.host.clone()),
        ("detail", fault.detail.trim_end_matches('.').to_string()),
        ("number", number),
        ("stage", stage.to_string()),
    ];
    match &fault.certificate {
        Some(certificate) => values.extend(facts(certificate, lang)),
        None => values.extend(FACTS.map(|name| (name, "?".to_string()))),
    }
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    substitute(text(lang, key(fault.kind)), &values)
}

/// The places in sentences for what a certificate says.
const FACTS: [&str; 5] = ["issuer", "from", "to", "names", "sha256"];

fn facts(certificate: &Certificate, lang: Lang) -> [(&'static str, String); 5] {
    let names = match certificate.names.as_slice() {
        [] => certificate.subject.clone(),
        names => names.join(", "),
    };
    [
        ("issuer", certificate.issuer.clone()),
        ("from", day(certificate.not_before, lang)),
        ("to", day(certificate.not_after, lang)),
        ("names", names),
        ("sha256", certificate.fingerprint()),
    ]
}

/// The day of a moment in the store's time zone.
fn day(moment: Option<DateTime<Utc>>, lang: Lang) -> String {
    let zone = FixedOffset::west_opt(5 * 3600);
    match (moment, zone) {
        (Some(moment), Some(zone)) => format::date(moment.with_timezone(&zone).date_naive(), lang),
        _ => "?".to_string(),
    }
}

fn key(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::UnknownHost => "engine.server_unknown_host",
        FaultKind::UnknownInstance => "engine.server_unknown_instance",
        FaultKind::Refused => "engine.server_refused",
        FaultKind::Unreachable => "engine.server_unreachable",
        FaultKind::ConnectTimeout => "engine.server_connect_timeout",
        FaultKind::TlsUnavailable => "engine.server_tls_unavailable",
        FaultKind::TlsUnknownIssuer => "engine.server_tls_unknown_issuer",
        FaultKind::TlsExpired => "engine.server_tls_expired",
        FaultKind::TlsWrongName => "engine.server_tls_wrong_name",
        FaultKind::TlsWrongPin => "engine.server_tls_wrong_pin",
        FaultKind::TlsOldCertificate => "engine.server_tls_old_certificate",
        FaultKind::TlsTrustFile => "engine.server_tls_trust_file",
        FaultKind::TlsFailed => "engine.server_tls_failed",
        FaultKind::NotLoopback => "engine.server_not_loopback",
        FaultKind::WrongPassword => "engine.server_wrong_password",
        FaultKind::Locked => "engine.server_locked",
        FaultKind::PasswordExpired => "engine.server_password_expired",
        FaultKind::LoginPaused => "engine.server_login_paused",
        FaultKind::IntegratedUnavailable => "engine.server_integrated_unavailable",
        FaultKind::NoDatabase => "engine.server_no_database",
        FaultKind::LoginFailed => "engine.server_login_failed",
        FaultKind::RightsGrown => "engine.server_rights_grown",
        FaultKind::Forbidden => "engine.server_forbidden",
        FaultKind::NoTable => "engine.server_no_table",
        FaultKind::NoColumn => "engine.server_no_column",
        FaultKind::Dropped => "engine.server_dropped",
        FaultKind::Lost => "engine.server_lost",
        FaultKind::Deadlock => "engine.server_deadlock",
        FaultKind::LockTimeout => "engine.server_lock_timeout",
        FaultKind::TooCostly => "engine.server_too_costly",
        FaultKind::NoSnapshot => "engine.server_no_snapshot",
        FaultKind::Stalled => "engine.server_stalled",
        FaultKind::PoolBusy => "engine.server_pool_busy",
        FaultKind::ServerBusy => "engine.server_busy",
        FaultKind::RowTooLarge => "engine.server_row_too_large",
        FaultKind::Protocol => "engine.server_protocol",
        FaultKind::Other => "engine.server_other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_sentence_with_all_its_places_filled() {
        let certificate = Certificate {
            issuer: "CN=Autoridad".into(),
            subject: "CN=otro".into(),
            names: vec!["otro.local".into()],
            not_before: DateTime::from_timestamp(1_700_000_000, 0),
            not_after: None,
            sha256: [7; 32],
        };
        for kind in ALL {
            for certificate in [Some(Box::new(certificate.clone())), None] {
                let fault = ServerFault {
                    kind,
                    number: Some(4711),
                    detail: "palabras".into(),
                    host: "srv01".into(),
                    stage: Some(Stage::Tls),
                    certificate,
                };
                for lang in Lang::ALL {
                    let said = sentence(&fault, lang);
                    assert!(!said.contains('{') && !said.starts_with("engine."), "{said}");
                    assert!(said.ends_with('.') && said.contains("; ") && said.contains(": "), "{said}");
                }
            }
        }
    }

    const ALL: [FaultKind; 37] = [
        FaultKind::UnknownHost,
        FaultKind::UnknownInstance,
        FaultKind::Refused,
        FaultKind::Unreachable,
        FaultKind::ConnectTimeout,
        FaultKind::TlsUnavailable,
        FaultKind::TlsUnknownIssuer,
        FaultKind::TlsExpired,
        FaultKind::TlsWrongName,
        FaultKind::TlsWrongPin,
        FaultKind::TlsOldCertificate,
        FaultKind::TlsTrustFile,
        FaultKind::TlsFailed,
        FaultKind::NotLoopback,
        FaultKind::WrongPassword,
        FaultKind::Locked,
        FaultKind::PasswordExpired,
        FaultKind::LoginPaused,
        FaultKind::IntegratedUnavailable,
        FaultKind::NoDatabase,
        FaultKind::LoginFailed,
        FaultKind::RightsGrown,
        FaultKind::Forbidden,
        FaultKind::NoTable,
        FaultKind::NoColumn,
        FaultKind::Dropped,
        FaultKind::Lost,
        FaultKind::Deadlock,
        FaultKind::LockTimeout,
        FaultKind::TooCostly,
        FaultKind::NoSnapshot,
        FaultKind::Stalled,
        FaultKind::PoolBusy,
        FaultKind::ServerBusy,
        FaultKind::RowTooLarge,
        FaultKind::Protocol,
        FaultKind::Other,
    ];
}
