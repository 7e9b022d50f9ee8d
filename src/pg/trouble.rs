//! Why there is no connection, in words that say what to do next.

use std::error::Error;
use std::io::ErrorKind;
use std::time::Duration;

use rustls::CertificateError;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_postgres::error::SqlState;

use crate::model::failure::failure;
use crate::pg::connect::describe;
use crate::pg::target::Target;

/// How long we listen to what answers instead of a Postgres server.
const PROBE: Duration = Duration::from_secs(2);

/// The protocol's request for TLS: its length and its number.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// The failure for an error of the driver.
pub async fn explain(error: &tokio_postgres::Error, target: &Target) -> anyhow::Error {
    let said = describe(error);
    if let Some(code) = error.code() {
        if said.contains("startup parameter") {
            let help = "a connection pooler stands there and takes no such options: leave `options` (PGOPTIONS) out";
            return cannot(target, &said, help);
        }
        return cannot(target, &said, &server_help(code, target));
    }
    if let Some(certificate) = certificate_error(error) {
        let (what, help) = certificate_trouble(certificate);
        return cannot(target, &format!("{what} ({said})"), help);
    }
    let lower = said.to_lowercase();
    if lower.contains("password missing") {
        let help = with_note("give one in the URL, PGPASSWORD or the password file", target);
        return cannot(target, "the server asks for a password", &help);
    }
    if lower.contains("resolve") || lower.contains("lookup") || lower.contains("name or service not known") {
        return cannot(target, &format!("the host does not resolve ({said})"), "check the host's name");
    }
    let socket = target.hosts.iter().all(|host| host.starts_with('/'));
    match io_kind(error) {
        Some(ErrorKind::ConnectionRefused) => {
            return cannot(target, &said, "check that the server runs, and its port");
        }
        Some(ErrorKind::TimedOut) => {
            return cannot(target, &format!("timed out ({said})"), "check host, port and firewall");
        }
        Some(ErrorKind::NotFound) if socket => {
            let help = "check the host (a socket directory) and the port";
            return cannot(target, "there is no such socket", help);
        }
        Some(ErrorKind::PermissionDenied | ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable) => {
            return cannot(target, &said, "check the network, the firewall and the rights on the socket");
        }
        _ => {}
    }
    if let Some(byte) = stranger(target).await {
        return not_postgres(target, &format!("it answers with byte 0x{byte:02x}"));
    }
    if lower.contains("does not support tls") {
        let help = "use sslmode=disable if the network is trusted, or turn ssl on in the server";
        return cannot(target, "the server does not offer TLS", help);
    }
    if is_handshake(error) {
        return cannot(target, &said, "check the server's TLS settings, or choose another sslmode");
    }
    if lower.contains("authentication") || lower.contains("config") {
        return cannot(target, &said, "check the server's pg_hba.conf: drift knows passwords in clear, md5 and scram");
    }
    not_postgres(target, &said)
}

/// The failure when nothing came in time.
pub async fn timed_out(target: &Target) -> anyhow::Error {
    if let Some(byte) = stranger(target).await {
        return not_postgres(target, &format!("it answers with byte 0x{byte:02x}"));
    }
    let why = format!("timed out after {} s", target.connect_timeout_s);
    cannot(target, &why, "check host, port and firewall, or raise connect_timeout")
}

/// True where TLS failed, or was not offered.
pub fn is_handshake(error: &tokio_postgres::Error) -> bool {
    error.to_string().contains("TLS")
}

fn cannot(target: &Target, why: &str, help: &str) -> anyhow::Error {
    failure(format!("cannot connect to {} as {}: {why}", target.address(), target.user), help)
}

fn not_postgres(target: &Target, said: &str) -> anyhow::Error {
    let why = format!("what answers there is not a Postgres server, or one that hangs up ({said})");
    cannot(target, &why, "check host and port: something else may listen there")
}

fn with_note(help: &str, target: &Target) -> String {
    let mut help = help.to_owned();
    if let Some(note) = &target.note {
        help.push_str(&format!("; {note}"));
    }
    help
}

fn server_help(code: &SqlState, target: &Target) -> String {
    if *code == SqlState::INVALID_PASSWORD {
        return with_note("check the password: in the URL, PGPASSWORD or the password file", target);
    }
    let help = if *code == SqlState::INVALID_CATALOG_NAME {
        "check the database's name"
    } else if *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION {
        "check the role's name, sslmode and the server's pg_hba.conf"
    } else if *code == SqlState::TOO_MANY_CONNECTIONS || *code == SqlState::CANNOT_CONNECT_NOW {
        "try again in a moment"
    } else {
        "see the server's message"
    };
    help.to_owned()
}

/// Every error behind an error; those inside of I/O errors too, which their chain leaves out.
fn causes(error: &tokio_postgres::Error) -> Vec<&(dyn Error + 'static)> {
    let mut found: Vec<&(dyn Error + 'static)> = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        found.push(cause);
        let inner = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = match inner {
            Some(inner) => Some(inner),
            None => cause.source(),
        };
    }
    found
}

fn io_kind(error: &tokio_postgres::Error) -> Option<ErrorKind> {
    causes(error).into_iter().find_map(|cause| cause.downcast_ref::<std::io::Error>()).map(std::io::Error::kind)
}

fn certificate_error(error: &tokio_postgres::Error) -> Option<&CertificateError> {
    causes(error).into_iter().find_map(|cause| match cause.downcast_ref::<rustls::Error>() {
        Some(rustls::Error::InvalidCertificate(certificate)) => Some(certificate),
        _ => None,
    })
}

fn certificate_trouble(error: &CertificateError) -> (&'static str, &'static str) {
    match error {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => (
            "the server's certificate comes from an authority that is not known here",
            "name the authority's PEM file with sslrootcert=FILE",
        ),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => (
            "the server's certificate is for another host name",
            "use the name that the certificate is for, or sslmode=verify-ca if you trust the authority",
        ),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            ("the server's certificate has expired", "renew the certificate of the server, or check the clock here")
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            ("the server's certificate is not valid yet", "check the clock here and of the server")
        }
        _ => ("the server's certificate cannot be accepted", "check the certificate of the server and sslrootcert"),
    }
}

/// The first byte of what answers a request for TLS, where no Postgres server says that.
async fn stranger(target: &Target) -> Option<u8> {
    let host = target.hosts.first().filter(|host| !host.starts_with('/'))?;
    let ask = async {
        let mut stream = TcpStream::connect((host.as_str(), target.port)).await.ok()?;
        stream.write_all(&SSL_REQUEST).await.ok()?;
        stream.read_u8().await.ok()
    };
    // Yes, no, and the error of a server that has no room.
    tokio::time::timeout(PROBE, ask).await.ok().flatten().filter(|byte| !b"SNE".contains(byte))
}
