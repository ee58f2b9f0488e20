//! TLS as a server offers it: inside TDS packets, or before anything else.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, SigningKey,
};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{ServerConfig, version};

use super::wire::PRELOGIN;

/// A server's certificate, with the authority that issued it.
#[derive(Debug, Clone)]
pub struct Identity {
    certificate: Arc<CertifiedKey>,
    /// The authority's certificate in PEM.
    pub authority_pem: String,
    /// SHA-256 of the server's certificate.
    pub sha256: [u8; 32],
}

impl ResolvesServerCert for Identity {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.certificate))
    }
}

impl Identity {
    /// For `names`, valid now, of an authority of its own.
    pub fn of(names: &[&str]) -> Identity {
        Identity::valid(names, 2020, 2090)
    }

    /// The same, valid from the beginning of one year to the beginning of another.
    pub fn valid(names: &[&str], from: i32, to: i32) -> Identity {
        let authority_key = KeyPair::generate().expect("a key");
        let mut authority = CertificateParams::new(Vec::new()).expect("no names");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.distinguished_name.push(DnType::CommonName, "Autoridad de la Ferretería");
        let authority_pem = authority.self_signed(&authority_key).expect("an authority").pem();
        let issuer = Issuer::new(authority, authority_key);
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let mut params = CertificateParams::new(names).expect("valid names");
        params.not_before = rcgen::date_time_ymd(from, 1, 1);
        params.not_after = rcgen::date_time_ymd(to, 1, 1);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &issuer).expect("a certificate");
        Identity::new(certificate.der().to_vec(), &key, authority_pem)
    }

    /// One that signed itself and calls itself an authority, as `openssl req -x509` makes it.
    pub fn of_itself(names: &[&str], common_name: &str, from: i32, to: i32) -> Identity {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let mut params = CertificateParams::new(names).expect("valid names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, common_name);
        params.not_before = rcgen::date_time_ymd(from, 1, 1);
        params.not_after = rcgen::date_time_ymd(to, 1, 1);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        Identity::new(certificate.der().to_vec(), &key, certificate.pem())
    }

    /// A certificate of version 1, as SQL Server makes one for itself.
    pub fn version_one() -> Identity {
        let key = KeyPair::generate().expect("a key");
        let name = der(
            0x30,
            &der(
                0x31,
                &der(0x30, &[&[6, 3, 0x55, 4, 3][..], &der(0x0C, b"SSL_Self_Signed_Fallback")].concat()),
            ),
        );
        let ecdsa_sha256 = der(0x30, &[6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2]);
        let dates = der(0x30, &[der(0x17, b"200101000000Z"), der(0x17, b"490101000000Z")].concat());
        let body = [
            der(2, &[7]),
            ecdsa_sha256.clone(),
            name.clone(),
            dates,
            name,
            rcgen::PublicKeyData::subject_public_key_info(&key),
        ];
        let body = der(0x30, &body.concat());
        let signature = key.sign(&body).expect("a signature");
        let signature = der(3, &[&[0][..], &signature].concat());
        let certificate = der(0x30, &[body, ecdsa_sha256, signature].concat());
        Identity::new(certificate, &key, String::new())
    }

    fn new(certificate: Vec<u8>, key: &KeyPair, authority_pem: String) -> Identity {
        let sha256 = Sha256::digest(&certificate).into();
        let secret = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
        let signer = aws_lc_rs::sign::any_supported_type(&secret).expect("a known kind of key");
        let certificate = Arc::new(CertifiedKey::new(vec![CertificateDer::from(certificate)], signer));
        Identity { certificate, authority_pem, sha256 }
    }

    pub fn config(&self, strict: bool) -> Arc<ServerConfig> {
        let versions: &[_] = if strict { &[&version::TLS13, &version::TLS12] } else { &[&version::TLS12] };
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(versions)
            .expect("known versions")
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(self.clone()));
        if strict {
            config.alpn_protocols = vec![b"tds/8.0".to_vec()];
        }
        Arc::new(config)
    }
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    match content.len() {
        length @ 0..=0x7F => bytes.push(length as u8),
        length @ 0x80..=0xFF => bytes.extend([0x81, length as u8]),
        length => bytes.extend([0x82, (length >> 8) as u8, length as u8]),
    }
    bytes.extend(content);
    bytes
}

/// Takes the handshake's bytes out of packets, and puts those it writes into packets.
pub struct Enveloped<S> {
    pub stream: S,
    pub open: bool,
    header: Vec<u8>,
    left: usize,
    out: Vec<u8>,
    sent: usize,
}

impl<S> Enveloped<S> {
    pub fn new(stream: S) -> Enveloped<S> {
        Enveloped { stream, open: false, header: Vec::new(), left: 0, out: Vec::new(), sent: 0 }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Enveloped<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.open {
            return Pin::new(&mut self.stream).poll_read(cx, buf);
        }
        while self.left == 0 {
            let mut byte = [0];
            let mut one = ReadBuf::new(&mut byte);
            ready!(Pin::new(&mut self.stream).poll_read(cx, &mut one))?;
            if one.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            self.header.push(byte[0]);
            if self.header.len() == 8 {
                if self.header[0] != PRELOGIN {
                    return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
                }
                self.left = usize::from(u16::from_be_bytes([self.header[2], self.header[3]])) - 8;
                self.header.clear();
            }
        }
        let most = self.left.min(buf.remaining());
        let mut part = vec![0; most];
        let mut read = ReadBuf::new(&mut part);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut read))?;
        let count = read.filled().len();
        buf.put_slice(&part[..count]);
        self.left -= count;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Enveloped<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.open {
            return Pin::new(&mut self.stream).poll_write(cx, buf);
        }
        self.out.extend_from_slice(buf);
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.open && !self.out.is_empty() {
            if self.sent == 0 {
                let length = ((self.out.len() + 8) as u16).to_be_bytes();
                let header = [PRELOGIN, 1, length[0], length[1], 0, 0, 1, 0];
                self.out.splice(..0, header);
            }
            while self.sent < self.out.len() {
                let rest = self.out[self.sent..].to_vec();
                self.sent += ready!(Pin::new(&mut self.stream).poll_write(cx, &rest))?;
            }
            self.out.clear();
            self.sent = 0;
        }
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
