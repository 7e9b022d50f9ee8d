//! TLS with certificates of our own authority.
#![allow(dead_code)]

use crate::common::server;
use crate::common::server::Server;

/// Certificates of an authority, and a server that offers one of them.
pub struct Tls {
    pub server: Server,
    pub directory: tempfile::TempDir,
    issuer: rcgen::Issuer<'static, rcgen::KeyPair>,
}

impl Tls {
    pub fn start() -> Option<Tls> {
        let server = server::start()?;
        let (directory, key) = (tempfile::tempdir().unwrap(), rcgen::KeyPair::generate().unwrap());
        let authority = authority("ours");
        let pem = authority.self_signed(&key).unwrap().pem();
        std::fs::write(directory.path().join("ours.pem"), pem).unwrap();
        let other = rcgen::KeyPair::generate().unwrap();
        std::fs::write(
            directory.path().join("other.pem"),
            self::authority("another").self_signed(&other).unwrap().pem(),
        )
        .unwrap();
        let tls = Tls { server, directory, issuer: rcgen::Issuer::new(authority, key) };
        tls.offer(&leaf());
        Some(tls)
    }

    pub fn offer(&self, parameters: &rcgen::CertificateParams) {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = parameters.signed_by(&key, &self.issuer).unwrap();
        self.server.offer_tls(&certificate.pem(), &key.serialize_pem());
    }

    /// From now on a certificate that no authority has signed.
    pub fn offer_self_signed(&self) {
        let key = rcgen::KeyPair::generate().unwrap();
        self.server.offer_tls(&leaf().self_signed(&key).unwrap().pem(), &key.serialize_pem());
    }

    pub fn url(&self, host: &str, mode: &str, root: Option<&str>) -> String {
        let root = root.map(|name| format!("&sslrootcert={}", self.directory.path().join(name).display()));
        let root = root.unwrap_or_default();
        format!("postgres://postgres:s3cret@{host}:{}/postgres?sslmode={mode}{root}", self.server.port)
    }
}

fn authority(name: &str) -> rcgen::CertificateParams {
    let mut parameters = rcgen::CertificateParams::new(Vec::new()).unwrap();
    parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    parameters.distinguished_name.push(rcgen::DnType::CommonName, name);
    parameters
}

/// For the name `localhost`, and not for its address.
pub fn leaf() -> rcgen::CertificateParams {
    rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap()
}
