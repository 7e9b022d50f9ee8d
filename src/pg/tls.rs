//! TLS as libpq's `sslmode` means it, through rustls.

use std::sync::Arc;

use anyhow::Context;
use anyhow::Result;
use rustls::ClientConfig;
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::client::danger::ServerCertVerified;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::ServerName;
use rustls::pki_types::UnixTime;
use rustls::pki_types::pem::PemObject;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::files;
use crate::model::failure::failure;
use crate::pg::target::SslMode;
use crate::pg::target::Target;

/// A connector that checks as much as the target's `sslmode` asks for.
///
/// # Errors
/// The root certificates cannot be read.
pub fn connector(target: &Target) -> Result<MakeRustlsConnect> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .context("TLS is not available")?;
    let config = match target.ssl_mode {
        SslMode::VerifyFull => builder.with_root_certificates(roots(target)?).with_no_client_auth(),
        SslMode::VerifyCa => {
            let inner = WebPkiServerVerifier::builder_with_provider(Arc::new(roots(target)?), provider.clone())
                .build()
                .context("the root certificates cannot be used")?;
            let verifier = Verifier { provider, chain: Some(inner) };
            builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth()
        }
        SslMode::Disable | SslMode::Allow | SslMode::Prefer | SslMode::Require => {
            // libpq: with a root certificate file, `require` verifies the chain.
            let chain = match (&target.ssl_root_cert, target.ssl_mode) {
                (Some(_), SslMode::Require) => Some(
                    WebPkiServerVerifier::builder_with_provider(Arc::new(roots(target)?), provider.clone())
                        .build()
                        .context("the root certificates cannot be used")?,
                ),
                _ => None,
            };
            let verifier = Verifier { provider, chain };
            builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth()
        }
    };
    Ok(MakeRustlsConnect::new(config))
}

fn roots(target: &Target) -> Result<RootCertStore> {
    let mut store = RootCertStore::empty();
    match target.ssl_root_cert.as_deref() {
        Some(path) if path != "system" => {
            let pem = files::read_text(std::path::Path::new(path)).context("the sslrootcert cannot be used")?;
            for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
                let certificate = certificate.map_err(|e| unusable(path, &e.to_string()))?;
                store.add(certificate).map_err(|e| unusable(path, &e.to_string()))?;
            }
        }
        _ => {
            let found = rustls_native_certs::load_native_certs();
            store.add_parsable_certificates(found.certs);
        }
    }
    if store.is_empty() {
        return Err(failure("no root certificate was found", "name a PEM file with sslrootcert=FILE"));
    }
    Ok(store)
}

fn unusable(path: &str, why: &str) -> anyhow::Error {
    failure(format!("{path} is no usable root certificate: {why}"), "give a PEM file of the authority's certificates")
}

/// Encrypts without asking who is there, or checks the chain but not the name.
#[derive(Debug)]
struct Verifier {
    provider: Arc<CryptoProvider>,
    chain: Option<Arc<WebPkiServerVerifier>>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        let Some(chain) = &self.chain else { return Ok(ServerCertVerified::assertion()) };
        match chain.verify_server_cert(end_entity, intermediates, server_name, ocsp, now) {
            Err(rustls::Error::InvalidCertificate(
                rustls::CertificateError::NotValidForName | rustls::CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &rustls::DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(
            message,
            certificate,
            signed,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &rustls::DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(
            message,
            certificate,
            signed,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
