//! Opens sessions. An error says where we could not connect, as whom, and
//! what the server or the network said.

use std::error::Error;
use std::time::Duration;

use anyhow::Result;
use tokio::task::JoinHandle;
use tokio_postgres::Client;
use tokio_postgres::Config;
use tokio_postgres::NoTls;
use tokio_postgres::error::SqlState;

use crate::model::failure::failure;
use crate::pg::target::SslMode;
use crate::pg::tls;

pub use crate::pg::target::Target;

/// An open session; it ends when dropped.
pub struct Session {
    client: Client,
    connection: JoinHandle<()>,
}

impl Session {
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Says goodbye and waits until the connection is closed.
    pub async fn close(self) {
        let Session { client, connection } = self;
        drop(client);
        // The connection's task ends by itself; what it could still say helps nobody.
        let _ended = connection.await;
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Session")
    }
}

/// Connects. `statement_timeout_s` of 0 means none.
///
/// # Errors
/// Where, as whom and why, with what to do next.
pub async fn connect(target: &Target, statement_timeout_s: u64) -> Result<Session> {
    let config = config(target, statement_timeout_s);
    let socket = target.hosts.iter().all(|h| h.starts_with('/'));
    let limit = Duration::from_secs(target.connect_timeout_s);
    let attempt = async {
        match target.ssl_mode {
            SslMode::Disable => plain(&config).await,
            _ if socket => plain(&config).await,
            SslMode::Allow => match plain(&config).await {
                Ok(session) => Ok(session),
                Err(_) => encrypted(&config, target).await,
            },
            SslMode::Prefer => match encrypted(&config, target).await {
                Err(Attempt::Server(error)) if error.as_db_error().is_none() && !is_network(&error) => {
                    plain(&config).await
                }
                other => other,
            },
            SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => encrypted(&config, target).await,
        }
    };
    match tokio::time::timeout(limit, attempt).await {
        Ok(Ok(session)) => Ok(session),
        Ok(Err(Attempt::Other(error))) => Err(error),
        Ok(Err(Attempt::Server(error))) => Err(explain(&error, target)),
        Err(_) => Err(cannot(
            target,
            &format!("timed out after {} s", target.connect_timeout_s),
            "check host, port and firewall, or raise connect_timeout",
        )),
    }
}

enum Attempt {
    Server(tokio_postgres::Error),
    Other(anyhow::Error),
}

async fn plain(config: &Config) -> std::result::Result<Session, Attempt> {
    let mut config = config.clone();
    config.ssl_mode(tokio_postgres::config::SslMode::Disable);
    let (client, connection) = config.connect(NoTls).await.map_err(Attempt::Server)?;
    Ok(session(client, connection))
}

async fn encrypted(config: &Config, target: &Target) -> std::result::Result<Session, Attempt> {
    let mut config = config.clone();
    config.ssl_mode(match target.ssl_mode {
        SslMode::Prefer => tokio_postgres::config::SslMode::Prefer,
        SslMode::Disable | SslMode::Allow | SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => {
            tokio_postgres::config::SslMode::Require
        }
    });
    let connector = tls::connector(target).map_err(Attempt::Other)?;
    let (client, connection) = config.connect(connector).await.map_err(Attempt::Server)?;
    Ok(session(client, connection))
}

fn session<S, T>(client: Client, connection: tokio_postgres::Connection<S, T>) -> Session
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let connection = tokio::spawn(async move {
        // A broken connection shows as an error of the statement that runs.
        let _shown_by_the_statement = connection.await;
    });
    Session { client, connection }
}

fn config(target: &Target, statement_timeout_s: u64) -> Config {
    let mut config = Config::new();
    for host in &target.hosts {
        config.host(host);
    }
    config.port(target.port).user(&target.user).dbname(&target.database).application_name(&target.application_name);
    if let Some(password) = &target.password {
        config.password(password);
    }
    // A pooler refuses start-up options that it does not know, so none is sent that nobody asked for.
    let mut options = target.options.clone().unwrap_or_default();
    if statement_timeout_s > 0 {
        options.push_str(&format!(" -c statement_timeout={statement_timeout_s}s"));
    }
    config.options(options.trim());
    config
}

/// A server's error with message, detail, hint and SQLSTATE; anything else
/// with its whole chain. Never just `db error`.
pub fn describe(error: &tokio_postgres::Error) -> String {
    if let Some(server) = error.as_db_error() {
        let mut text = format!("{} ({})", server.message(), server.code().code());
        if let Some(detail) = server.detail() {
            text.push_str(&format!("; {detail}"));
        }
        if let Some(hint) = server.hint() {
            text.push_str(&format!("; {hint}"));
        }
        return text;
    }
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let more = cause.to_string();
        if !text.contains(&more) {
            text.push_str(&format!(": {more}"));
        }
        source = cause.source();
    }
    text
}

/// The I/O error behind a driver's error.
fn io_error(error: &tokio_postgres::Error) -> Option<&std::io::Error> {
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(io) = cause.downcast_ref::<std::io::Error>() {
            return Some(io);
        }
        source = cause.source();
    }
    None
}

fn is_network(error: &tokio_postgres::Error) -> bool {
    io_error(error).is_some_and(|io| {
        matches!(
            io.kind(),
            std::io::ErrorKind::ConnectionRefused | std::io::ErrorKind::TimedOut | std::io::ErrorKind::NotFound
        )
    })
}

fn cannot(target: &Target, why: &str, help: &str) -> anyhow::Error {
    failure(format!("cannot connect to {} as {}: {why}", target.address(), target.user), help)
}

fn explain(error: &tokio_postgres::Error, target: &Target) -> anyhow::Error {
    let said = describe(error);
    let code = error.code();
    if code == Some(&SqlState::INVALID_PASSWORD) {
        return cannot(target, &said, "check the password: in the URL, PGPASSWORD or the password file");
    }
    if code == Some(&SqlState::INVALID_CATALOG_NAME) {
        return cannot(target, &said, "check the database's name");
    }
    if code == Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION) {
        return cannot(target, &said, "check the role's name and the server's pg_hba.conf");
    }
    if code.is_some() {
        return cannot(target, &said, "see the server's message");
    }
    let lower = said.to_lowercase();
    if lower.contains("password missing") {
        return cannot(
            target,
            "the server asks for a password",
            "give one in the URL, PGPASSWORD or the password file",
        );
    }
    if lower.contains("certificate") || lower.contains("tls") || lower.contains("ssl") {
        let help = if lower.contains("does not support tls") || lower.contains("not support") {
            "the server offers no TLS: use sslmode=disable if the network is trusted"
        } else {
            "check sslrootcert and the host name, or choose another sslmode"
        };
        return cannot(target, &said, help);
    }
    if lower.contains("refused") {
        return cannot(target, &said, "check that the server runs, and its port");
    }
    if lower.contains("resolve") || lower.contains("lookup") || lower.contains("name or service not known") {
        return cannot(target, &said, "check the host's name");
    }
    if let Some(io) = io_error(error)
        && io.kind() == std::io::ErrorKind::NotFound
    {
        return cannot(target, "there is no such socket", "check the host (a socket directory) and the port");
    }
    cannot(
        target,
        &format!("what answers there is not a Postgres server ({said})"),
        "check host and port: something else listens there",
    )
}
