//! Opens sessions. An error says where we could not connect, as whom, and
//! what the server or the network said.

use std::error::Error;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use anyhow::Result;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::JoinHandle;
use tokio_postgres::AsyncMessage;
use tokio_postgres::Config;
use tokio_postgres::NoTls;
use tokio_postgres::error::SqlState;
use tracing::debug;
use tracing::info;

use crate::pg::target::SslMode;
use crate::pg::tls;
use crate::pg::trouble;

pub use crate::pg::target::Target;
pub use tokio_postgres::Client;

/// An open session; it ends when dropped.
pub struct Session {
    client: Client,
    /// Whether it is encrypted, in words.
    tls: &'static str,
    connection: JoinHandle<()>,
    ear: Ear,
}

/// Where notices go, once somebody listens.
type Ear = Arc<Mutex<Option<UnboundedSender<String>>>>;

impl Session {
    /// The driver's client, for statements.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// What the server says from now on beside its answers (`RAISE NOTICE`).
    pub fn listen(&self) -> UnboundedReceiver<String> {
        let (sender, receiver) = unbounded_channel();
        *self.ear.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
        receiver
    }

    /// Says goodbye and waits until the connection is closed.
    pub async fn close(self) {
        let Session { client, connection, .. } = self;
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

/// Connects. How long a statement may take is no part of a session: a pooler refuses such options, and would
/// give what a session sets to somebody else; each transaction of drift sets it for itself.
///
/// # Errors
/// Where, as whom and why, with what to do next.
pub async fn connect(target: &Target) -> Result<Session> {
    let config = config(target);
    let socket = target.hosts.iter().all(|h| h.starts_with('/'));
    let limit = match target.connect_timeout_s {
        0 => Duration::MAX,
        seconds => Duration::from_secs(seconds),
    };
    let attempt = async {
        match target.ssl_mode {
            SslMode::Disable => plain(&config).await,
            _ if socket => plain(&config).await,
            SslMode::Allow => match plain(&config).await {
                // The first answer says more than the second, where that is not a session either.
                Err(first) if first.is_refusal() => encrypted(&config, target).await.map_err(|_| first),
                other => other,
            },
            SslMode::Prefer => match encrypted(&config, target).await {
                Err(first) if first.is_refusal() || first.is_handshake() => plain(&config).await,
                other => other,
            },
            SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => encrypted(&config, target).await,
        }
    };
    let began = Instant::now();
    match tokio::time::timeout(limit, attempt).await {
        Ok(Ok(session)) => {
            info!(
                at = target.address(),
                role = target.user,
                database = target.database,
                tls = session.tls,
                ms = ms(began),
                "connected"
            );
            Ok(session)
        }
        Ok(Err(Attempt::Other(error))) => Err(error),
        Ok(Err(Attempt::Server(error))) => Err(trouble::explain(&error, target).await),
        Err(_) => Err(trouble::timed_out(target).await),
    }
}

enum Attempt {
    Server(tokio_postgres::Error),
    Other(anyhow::Error),
}

impl Attempt {
    /// The server lets nobody in this way: it may do so with, or without, TLS.
    fn is_refusal(&self) -> bool {
        matches!(self, Attempt::Server(error) if error.code() == Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION))
    }

    /// TLS failed, and not the network below it.
    fn is_handshake(&self) -> bool {
        matches!(self, Attempt::Server(error) if error.as_db_error().is_none() && trouble::is_handshake(error))
    }
}

async fn plain(config: &Config) -> std::result::Result<Session, Attempt> {
    let mut config = config.clone();
    config.ssl_mode(tokio_postgres::config::SslMode::Disable);
    debug!("asks for a session without TLS");
    let (client, connection) = config.connect(NoTls).await.map_err(Attempt::Server)?;
    Ok(session(client, connection, "no"))
}

async fn encrypted(config: &Config, target: &Target) -> std::result::Result<Session, Attempt> {
    let mut config = config.clone();
    config.ssl_mode(match target.ssl_mode {
        SslMode::Prefer => tokio_postgres::config::SslMode::Prefer,
        SslMode::Disable | SslMode::Allow | SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => {
            tokio_postgres::config::SslMode::Require
        }
    });
    debug!(mode = ?target.ssl_mode, "asks for a session with TLS");
    let connector = tls::connector(target).map_err(Attempt::Other)?;
    let (client, connection) = config.connect(connector).await.map_err(Attempt::Server)?;
    // Where TLS is only preferred, the server may have had none.
    let tls = if target.ssl_mode == SslMode::Prefer { "if the server has it" } else { "yes" };
    Ok(session(client, connection, tls))
}

fn session<S, T>(client: Client, connection: tokio_postgres::Connection<S, T>, tls: &'static str) -> Session
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let ear = Ear::default();
    let hears = ear.clone();
    let mut connection = connection;
    let connection = tokio::spawn(async move {
        // A broken connection shows as an error of the statement that runs.
        while let Some(Ok(message)) = std::future::poll_fn(|cx| connection.poll_message(cx)).await {
            let listener = hears.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if let (AsyncMessage::Notice(notice), Some(listener)) = (message, listener) {
                // Who stopped listening does not want to hear it.
                let _nobody_listens = listener.send(notice.message().to_owned());
            }
        }
    });
    Session { client, tls, connection, ear }
}

/// How long something took, for the log.
pub fn ms(began: Instant) -> u64 {
    began.elapsed().as_millis() as u64
}

fn config(target: &Target) -> Config {
    let mut config = Config::new();
    for host in &target.hosts {
        config.host(host);
    }
    config.port(target.port).user(&target.user).dbname(&target.database).application_name(&target.application_name);
    if let Some(password) = &target.password {
        config.password(password);
    }
    // A pooler refuses start-up options that it does not know, so none is sent that nobody asked for.
    if let Some(options) = &target.options {
        config.options(options);
    }
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
