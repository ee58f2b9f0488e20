//! What a certificate says, for people to judge it by.
//!
//! A small reader of DER for exactly this: it never decides whether a certificate is to be
//! trusted (that is `tls`), and takes whatever it does not understand as absent.

use chrono::{DateTime, NaiveDate, Utc};
use sha2::{Digest, Sha256};

/// Host names kept of one certificate.
const MOST_NAMES: usize = 8;
/// Characters kept of any text in it.
const MOST_TEXT: usize = 100;

/// What a server's certificate says of itself. Texts are hostile until cleaned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Who issued it.
    pub issuer: String,
    /// Who it is for.
    pub subject: String,
    /// The host names it is valid for.
    pub names: Vec<String>,
    /// First moment of validity.
    pub not_before: Option<DateTime<Utc>>,
    /// Last moment of validity.
    pub not_after: Option<DateTime<Utc>>,
    /// SHA-256 of the whole certificate: what a pin compares.
    pub sha256: [u8; 32],
}

impl Certificate {
    /// The fingerprint as people write it: `AB:CD:…`.
    pub fn fingerprint(&self) -> String {
        let bytes: Vec<String> = self.sha256.iter().map(|byte| format!("{byte:02X}")).collect();
        bytes.join(":")
    }

    /// Reads a certificate in DER. What cannot be read stays empty; the fingerprint is always there.
    pub(super) fn read(der: &[u8]) -> Certificate {
        let mut certificate = Certificate {
            issuer: String::new(),
            subject: String::new(),
            names: Vec::new(),
            not_before: None,
            not_after: None,
            sha256: Sha256::digest(der).into(),
        };
        if let Some(parts) = Parts::of(der) {
            certificate.issuer = name(parts.issuer);
            certificate.subject = name(parts.subject);
            let (from, to) = validity(parts.validity);
            (certificate.not_before, certificate.not_after) = (from, to);
            certificate.names = parts.extensions.map(host_names).unwrap_or_default();
        }
        certificate
    }
}

/// The public key inside a certificate.
pub(super) struct PublicKey<'a> {
    /// The algorithm's identifier: the contents of its SEQUENCE.
    pub algorithm: &'a [u8],
    /// The key itself.
    pub key: &'a [u8],
}

/// The public key of a certificate of any X.509 version.
pub(super) fn public_key(der: &[u8]) -> Option<PublicKey<'_>> {
    let (algorithm, rest) = expect(SEQUENCE, Parts::of(der)?.key)?;
    let (bits, _) = expect(BIT_STRING, rest)?;
    // The first byte counts unused bits: none in a key.
    let key = bits.strip_prefix(&[0])?;
    Some(PublicKey { algorithm, key })
}

const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;

/// The contents of the parts of a certificate that are looked at.
struct Parts<'a> {
    issuer: &'a [u8],
    validity: &'a [u8],
    subject: &'a [u8],
    key: &'a [u8],
    extensions: Option<&'a [u8]>,
}

impl<'a> Parts<'a> {
    fn of(der: &'a [u8]) -> Option<Parts<'a>> {
        let (certificate, _) = expect(SEQUENCE, der)?;
        let (body, _) = expect(SEQUENCE, certificate)?;
        let (tag, _, after_first) = element(body)?;
        // The version stands first, except in version 1, which leaves it out.
        let serial = if tag == 0xA0 { after_first } else { body };
        let (_, _, rest) = element(serial)?;
        let (_, rest) = expect(SEQUENCE, rest)?;
        let (issuer, rest) = expect(SEQUENCE, rest)?;
        let (validity, rest) = expect(SEQUENCE, rest)?;
        let (subject, rest) = expect(SEQUENCE, rest)?;
        let (key, mut rest) = expect(SEQUENCE, rest)?;
        let mut extensions = None;
        while let Some((tag, content, after)) = element(rest) {
            if tag == 0xA3 {
                extensions = expect(SEQUENCE, content).map(|(list, _)| list);
            }
            rest = after;
        }
        Some(Parts { issuer, validity, subject, key, extensions })
    }
}

/// The tag and contents of the first element, and what follows it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7F => (usize::from(first), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first - 0x80))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

fn expect(wanted: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (tag, content, rest) = element(bytes)?;
    (tag == wanted).then_some((content, rest))
}

fn elements(mut bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    std::iter::from_fn(move || {
        let (tag, content, rest) = element(bytes)?;
        bytes = rest;
        Some((tag, content))
    })
}

/// A distinguished name: `CN=srv01, O=Ferretería`.
fn name(bytes: &[u8]) -> String {
    let mut parts = Vec::new();
    for (_, set) in elements(bytes).filter(|(tag, _)| *tag == SET) {
        for (_, pair) in elements(set) {
            let Some((oid, rest)) = expect(OID, pair) else { continue };
            let Some((tag, value, _)) = element(rest) else { continue };
            let key = match oid {
                [0x55, 0x04, 0x03] => "CN",
                [0x55, 0x04, 0x06] => "C",
                [0x55, 0x04, 0x07] => "L",
                [0x55, 0x04, 0x08] => "ST",
                [0x55, 0x04, 0x0A] => "O",
                [0x55, 0x04, 0x0B] => "OU",
                [0x09, 0x92, 0x26, 0x89, 0x93, 0xF2, 0x2C, 0x64, 0x01, 0x19] => "DC",
                _ => continue,
            };
            parts.push(format!("{key}={}", string(tag, value)));
        }
    }
    parts.join(", ")
}

fn string(tag: u8, bytes: &[u8]) -> String {
    let text = match tag {
        // BMPString
        0x1E => {
            let units: Vec<u16> = bytes.chunks_exact(2).map(be16).collect();
            String::from_utf16_lossy(&units)
        }
        // TeletexString, by custom Latin-1
        0x14 => bytes.iter().copied().map(char::from).collect(),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    };
    text.chars().take(MOST_TEXT).collect()
}

fn be16(pair: &[u8]) -> u16 {
    pair.iter().fold(0, |unit, byte| unit << 8 | u16::from(*byte))
}

fn validity(bytes: &[u8]) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
    let mut times = elements(bytes).map(|(tag, content)| time(tag, content));
    (times.next().flatten(), times.next().flatten())
}

/// UTCTime (`YYMMDDHHMMSSZ`) or GeneralizedTime (`YYYYMMDDHHMMSSZ`).
fn time(tag: u8, bytes: &[u8]) -> Option<DateTime<Utc>> {
    let text = std::str::from_utf8(bytes).ok()?.strip_suffix('Z')?;
    let (year, rest) = match tag {
        0x17 => {
            let year: i32 = text.get(..2)?.parse().ok()?;
            (if year < 50 { 2000 + year } else { 1900 + year }, text.get(2..)?)
        }
        0x18 => (text.get(..4)?.parse().ok()?, text.get(4..)?),
        _ => return None,
    };
    let part = |at: usize| rest.get(at..at + 2)?.parse::<u32>().ok();
    let day = NaiveDate::from_ymd_opt(year, part(0)?, part(2)?)?;
    Some(day.and_hms_opt(part(4)?, part(6)?, part(8)?)?.and_utc())
}

/// The names and addresses of the subjectAltName extension.
fn host_names(extensions: &[u8]) -> Vec<String> {
    const SUBJECT_ALT_NAME: [u8; 3] = [0x55, 0x1D, 0x11];
    let mut names = Vec::new();
    for (_, extension) in elements(extensions) {
        if expect(OID, extension).is_none_or(|(oid, _)| oid != SUBJECT_ALT_NAME) {
            continue;
        }
        let Some((_, octets)) = elements(extension).find(|(tag, _)| *tag == OCTET_STRING) else { continue };
        let Some((list, _)) = expect(SEQUENCE, octets) else { continue };
        names.extend(elements(list).filter_map(|(tag, value)| match tag {
            0x82 => Some(string(tag, value)),
            0x87 => address(value),
            _ => None,
        }));
    }
    names.truncate(MOST_NAMES);
    names
}

fn address(bytes: &[u8]) -> Option<String> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(std::net::Ipv4Addr::from(four).to_string());
    }
    <[u8; 16]>::try_from(bytes).ok().map(|sixteen| std::net::Ipv6Addr::from(sixteen).to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rcgen::{CertificateParams, DnType, KeyPair};

    use super::*;

    fn made() -> (Vec<u8>, KeyPair) {
        let mut params =
            CertificateParams::new(vec!["srv01.tienda.co".into(), "10.0.0.5".into()]).expect("names");
        params.distinguished_name.push(DnType::CommonName, "Ñandú Autoridad");
        params.distinguished_name.push(DnType::OrganizationName, "Ferretería");
        params.not_before = rcgen::date_time_ymd(2024, 2, 3);
        params.not_after = rcgen::date_time_ymd(2051, 4, 5);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        (certificate.der().to_vec(), key)
    }

    #[test]
    fn a_certificate_tells_its_issuer_names_and_dates() {
        let (der, key) = made();
        let read = Certificate::read(&der);
        assert!(read.issuer.contains("CN=Ñandú Autoridad") && read.issuer.contains("O=Ferretería"));
        assert_eq!(read.names, ["srv01.tienda.co", "10.0.0.5"]);
        let day = |moment: Option<DateTime<Utc>>| moment.expect("a moment").date_naive().to_string();
        assert_eq!((day(read.not_before), day(read.not_after)), ("2024-02-03".into(), "2051-04-05".into()));
        assert_eq!(read.fingerprint().len(), 95);
        assert_eq!(public_key(&der).expect("a key").key, key.public_key_raw());
    }

    proptest! {
        #[test]
        fn no_bytes_upset_the_reader(
            at in 0usize..600,
            with in any::<u8>(),
            noise in proptest::collection::vec(any::<u8>(), 0..64),
        ) {
            let (mut der, _) = made();
            if let Some(byte) = der.get_mut(at) {
                *byte = with;
            }
            let _ = (Certificate::read(&der), public_key(&der));
            let _ = (Certificate::read(&noise), public_key(&noise));
        }
    }
}
