//! Which certificate is the right one.
//!
//! TLS is made here and not inside tiberius, for three reasons: a pinned certificate must mean
//! exactly that certificate, also an old one of version 1 as SQL Server makes for itself;
//! an error must be able to say which certificate was seen; and nothing of the login may be
//! sent before the certificate was judged.

mod certificate;

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rustls_platform_verifier::Verifier as SystemVerifier;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::client::verify_server_name;
use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme};

use super::fault::FaultKind;
use super::inspect::TrustedBy;
use super::settings::{Tls, TlsTrust};
use certificate::public_key;

pub use certificate::Certificate;

/// TLS towards one server, ready to begin.
pub(super) struct Client {
    /// What rustls needs.
    pub config: Arc<ClientConfig>,
    /// The name the certificate must be for.
    pub name: ServerName<'static>,
    /// Whether it comes before anything else.
    pub strict: bool,
    judge: Arc<Judge>,
}

/// Why TLS towards a server cannot even begin.
pub(super) struct Unusable {
    pub kind: FaultKind,
    pub detail: String,
}

impl Client {
    /// TLS as the settings want it, towards `host`; `None` where they want none.
    ///
    /// Reads the file of authorities: call it where blocking is allowed.
    pub fn new(tls: &Tls, host: &str) -> Result<Option<Client>, Unusable> {
        let failed = |e: Error| Unusable { kind: FaultKind::TlsFailed, detail: e.to_string() };
        let (trust, strict) = match tls {
            Tls::LoopbackOnly => return Ok(None),
            Tls::Required(trust) => (Some(trust), false),
            Tls::Strict(trust) => (Some(trust), true),
            Tls::TrustAnything => (None, false),
        };
        let provider = Arc::new(aws_lc_rs::default_provider());
        let judge = Arc::new(Judge {
            rule: Rule::of(trust, &provider)?,
            provider: Arc::clone(&provider),
            seen: Mutex::new(None),
        });
        // Servers speak TLS 1.3 only where TLS comes first; inside TDS its late messages have no place.
        let versions: &[_] = if strict { &[&TLS13, &TLS12] } else { &[&TLS12] };
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .map_err(failed)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&judge) as Arc<dyn ServerCertVerifier>)
            .with_no_client_auth();
        if strict {
            config.alpn_protocols = vec![b"tds/8.0".to_vec()];
        }
        let expected = trust.and_then(|trust| trust.host_in_certificate.as_deref()).unwrap_or(host);
        let name = ServerName::try_from(expected.to_string()).or_else(|e| match judge.rule {
            Rule::Authorities { .. } => {
                Err(Unusable { kind: FaultKind::TlsWrongName, detail: e.to_string() })
            }
            // Asked for by nobody: only a placeholder.
            _ => ServerName::try_from("localhost")
                .map_err(|e| Unusable { kind: FaultKind::TlsFailed, detail: e.to_string() }),
        })?;
        Ok(Some(Client { config: Arc::new(config), name, strict, judge }))
    }

    /// The certificate the server showed.
    pub fn certificate(&self) -> Option<Certificate> {
        self.judge.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Why that certificate was accepted.
    pub fn trusted_by(&self) -> TrustedBy {
        match self.judge.rule {
            Rule::Authorities { .. } => TrustedBy::Authority,
            Rule::Pin(_) => TrustedBy::Pin,
            Rule::Anything => TrustedBy::Nothing,
        }
    }
}

/// Signatures with a padding that TLS 1.3 does without.
const PKCS1: [SignatureScheme; 4] = [
    SignatureScheme::RSA_PKCS1_SHA1,
    SignatureScheme::RSA_PKCS1_SHA256,
    SignatureScheme::RSA_PKCS1_SHA384,
    SignatureScheme::RSA_PKCS1_SHA512,
];

/// What kind of failure a broken handshake was.
pub(super) fn kind_of(error: &io::Error) -> FaultKind {
    let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) else {
        return FaultKind::TlsFailed;
    };
    use CertificateError as C;
    match error {
        Error::InvalidCertificate(why) => match why {
            C::Expired | C::ExpiredContext { .. } | C::NotValidYet | C::NotValidYetContext { .. } => {
                FaultKind::TlsExpired
            }
            C::NotValidForName | C::NotValidForNameContext { .. } => FaultKind::TlsWrongName,
            C::ApplicationVerificationFailure => FaultKind::TlsWrongPin,
            C::Other(words) if words.to_string().contains("UnsupportedCertVersion") => {
                FaultKind::TlsOldCertificate
            }
            // A self-signed certificate that says it is an authority is nobody's end certificate.
            _ => FaultKind::TlsUnknownIssuer,
        },
        Error::PeerIncompatible(_) | Error::AlertReceived(_) | Error::InvalidMessage(_) => {
            FaultKind::TlsUnavailable
        }
        _ => FaultKind::TlsFailed,
    }
}

/// What makes a certificate the right one.
#[derive(Debug)]
enum Rule {
    /// The system's authorities, and those of a file, for the name and for today.
    Authorities {
        system: SystemVerifier,
        /// The certificates of the file: one of them may be the server's own.
        given: Vec<CertificateDer<'static>>,
    },
    /// Its SHA-256.
    Pin([u8; 32]),
    /// Nothing.
    Anything,
}

impl Rule {
    fn of(trust: Option<&TlsTrust>, provider: &Arc<CryptoProvider>) -> Result<Rule, Unusable> {
        let Some(trust) = trust else { return Ok(Rule::Anything) };
        if let Some(pin) = trust.certificate_sha256 {
            return Ok(Rule::Pin(pin));
        }
        let given = match &trust.ca_file {
            Some(file) => authorities(file)?,
            None => Vec::new(),
        };
        SystemVerifier::new_with_extra_roots(given.iter().cloned(), Arc::clone(provider))
            .map(|system| Rule::Authorities { system, given })
            .map_err(|e| Unusable { kind: FaultKind::TlsTrustFile, detail: e.to_string() })
    }
}

/// Whether the very certificate that was given as trusted is for this name and for today.
///
/// Made with `openssl req -x509`, as Microsoft's guide for SQL Server on Linux has it, it calls
/// itself an authority, which no verifier takes as a server's; and it may name its host in its
/// subject alone.
fn itself_is_right(
    seen: &Certificate,
    certificate: &CertificateDer<'_>,
    name: &ServerName<'_>,
    now: UnixTime,
) -> Result<ServerCertVerified, Error> {
    let refused = |why| Err(Error::InvalidCertificate(why));
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    match (seen.not_before, seen.not_after) {
        (Some(from), _) if now < from.timestamp() => return refused(CertificateError::NotValidYet),
        (Some(_), Some(to)) if now <= to.timestamp() => {}
        (Some(_), Some(_)) => return refused(CertificateError::Expired),
        _ => return refused(CertificateError::BadEncoding),
    }
    if seen.names.is_empty() {
        let is_called = |part: &str| {
            part.strip_prefix("CN=").is_some_and(|called| called.eq_ignore_ascii_case(&name.to_str()))
        };
        if !seen.subject.split(", ").any(is_called) {
            return refused(CertificateError::NotValidForName);
        }
    } else {
        verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
    }
    Ok(ServerCertVerified::assertion())
}

/// The certificates of a PEM file, or the one of a DER file.
fn authorities(file: &Path) -> Result<Vec<CertificateDer<'static>>, Unusable> {
    let unusable = |why: String| Unusable {
        kind: FaultKind::TlsTrustFile,
        detail: format!("{}: {why}", file.display()),
    };
    let bytes = std::fs::read(file).map_err(|e| unusable(e.to_string()))?;
    if bytes.first() == Some(&0x30) {
        return Ok(vec![CertificateDer::from(bytes)]);
    }
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    match read {
        Ok(list) if !list.is_empty() => Ok(list),
        Ok(_) => Err(unusable("no certificate in it".to_string())),
        Err(e) => Err(unusable(e.to_string())),
    }
}

/// What becomes of a signature.
type Signature = Result<HandshakeSignatureValid, Error>;

/// Looks at the server's certificate and remembers it.
#[derive(Debug)]
struct Judge {
    rule: Rule,
    provider: Arc<CryptoProvider>,
    seen: Mutex<Option<Certificate>>,
}

impl Judge {
    /// Whether the server holds the key of its certificate, as the rule wants it looked at.
    fn signature<'a>(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'a>,
        signed: &DigitallySignedStruct,
        by_system: impl FnOnce(&SystemVerifier, &[u8], &CertificateDer<'a>, &DigitallySignedStruct) -> Signature,
    ) -> Signature {
        match &self.rule {
            Rule::Authorities { system, .. } => by_system(system, message, certificate, signed),
            Rule::Pin(_) => self.holds_key(message, certificate, signed),
            Rule::Anything => Ok(HandshakeSignatureValid::assertion()),
        }
    }

    /// Whether the server holds the key of its certificate, whatever the certificate's version.
    fn holds_key(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Signature {
        let bad = || Error::InvalidCertificate(CertificateError::BadSignature);
        let key = public_key(certificate).ok_or_else(bad)?;
        let known = self.provider.signature_verification_algorithms.mapping;
        let valid = known
            .iter()
            .filter(|(scheme, _)| *scheme == signed.scheme)
            .flat_map(|(_, algorithms)| algorithms.iter())
            .filter(|algorithm| algorithm.public_key_alg_id().as_ref() == key.algorithm)
            .any(|algorithm| algorithm.verify_signature(key.key, message, signed.signature()).is_ok());
        if valid { Ok(HandshakeSignatureValid::assertion()) } else { Err(bad()) }
    }
}

impl ServerCertVerifier for Judge {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let seen = Certificate::read(end_entity);
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen.clone());
        match &self.rule {
            Rule::Authorities { given, .. } if given.contains(end_entity) => {
                itself_is_right(&seen, end_entity, name, now)
            }
            Rule::Authorities { system, .. } => {
                system.verify_server_cert(end_entity, intermediates, name, ocsp_response, now)
            }
            Rule::Pin(pin) if *pin == seen.sha256 => Ok(ServerCertVerified::assertion()),
            Rule::Pin(_) => Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure)),
            Rule::Anything => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.signature(message, certificate, signed, SystemVerifier::verify_tls12_signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        // This padding has no place in TLS 1.3; authorities are asked by who knows that.
        if matches!(self.rule, Rule::Pin(_)) && PKCS1.contains(&signed.scheme) {
            return Err(Error::InvalidCertificate(CertificateError::BadSignature));
        }
        self.signature(message, certificate, signed, SystemVerifier::verify_tls13_signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
