//! A Postgres of our own, to bring SQL to life in and to prove patches on:
//! embedded in the program, from this machine's binaries, or a temporary
//! database on a given server. Always cleaned up.

pub mod act;
pub mod arrange;
pub mod compile;
#[cfg(feature = "embedded")]
mod embedded;
mod extensions;
mod labels;
mod local;
pub mod replay;
mod server;
pub mod split;
mod tablespaces;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::Instant;

use anyhow::Result;
use tokio_postgres::Client;
use tracing::info;

use crate::files::SqlFile;
use crate::model::failure::failure;
use crate::pg::connect;
use crate::pg::connect::Session;
use crate::pg::connect::Target;

/// Where the scratch Postgres comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Engine {
    /// A real PostgreSQL inside of the program.
    Embedded,
    /// A throw-away cluster from the machine's own binaries.
    Local,
    /// A temporary database on this server.
    Server(Target),
}

impl Engine {
    /// `embedded`, `local`, or a connection string.
    ///
    /// # Errors
    /// Neither of the words, nor a connection string.
    pub fn parse(text: &str) -> Result<Engine> {
        match text {
            "embedded" => Ok(Engine::Embedded),
            "local" => Ok(Engine::Local),
            url if url.contains("://") || url.contains('=') => Ok(Engine::Server(Target::parse(url)?)),
            other => Err(failure(
                format!("`{other}` is no scratch Postgres"),
                "use --scratch embedded, --scratch local, or --scratch with the URL of a server",
            )),
        }
    }

    /// What it is, in a word.
    const fn kind(&self) -> &'static str {
        match self {
            Engine::Embedded => "embedded",
            Engine::Local => "local",
            Engine::Server(_) => "server",
        }
    }

    /// What tells this engine's outcomes from another's.
    pub fn identity(&self) -> String {
        match self {
            Engine::Embedded => "embedded".to_owned(),
            Engine::Local => format!("local {}", local::version().unwrap_or_else(|| "unknown".to_owned())),
            Engine::Server(target) => format!("server {}", target.address()),
        }
    }

    /// The engine for some SQL, and what to tell a person about the choice:
    /// the one asked for, else the embedded one, else `local` where only that
    /// has an extension that the SQL needs.
    ///
    /// # Errors
    /// No engine has an extension that the SQL needs.
    pub fn choose(asked: Option<&Engine>, files: &[SqlFile]) -> Result<(Engine, Vec<String>)> {
        let lacking = match asked {
            Some(Engine::Local | Engine::Server(_)) => None,
            Some(Engine::Embedded) | None => {
                Needs::of(files).extensions.into_iter().find(|name| !extensions::embedded_has(name))
            }
        };
        // It does not survive the attempt to make one.
        if asked.is_none() && files.iter().any(|file| extensions::subscribes(&file.text)) && local::is_there() {
            return Ok((Engine::Local, vec![instead("has no subscriptions")]));
        }
        match (asked, lacking) {
            (Some(engine), None) => Ok((engine.clone(), Vec::new())),
            (None, None) if cfg!(feature = "embedded") => Ok((Engine::Embedded, Vec::new())),
            (None, None) => Ok((Engine::Local, Vec::new())),
            (None, Some(name)) if local::has_extension(&name) => {
                Ok((Engine::Local, vec![instead(&format!("has no extension {name}"))]))
            }
            (_, Some(name)) => Err(failure(
                format!("the embedded Postgres has no extension {name}"),
                format!(
                    "install PostgreSQL with {name} and use --scratch local, or use --scratch with the URL of a server that has it"
                ),
            )),
        }
    }
}

impl Engine {
    /// Another engine to try after this one failed on some SQL, and why: a real
    /// server can do what the embedded Postgres cannot.
    pub fn after_failure(&self, asked: Option<&Engine>, files: &[SqlFile]) -> Option<(Engine, String)> {
        let lacking = lacking(files).filter(|_| *self == Engine::Embedded && asked.is_none() && local::is_there())?;
        Some((Engine::Local, instead(lacking)))
    }

    /// The same failure, with what helps where the embedded Postgres is to blame.
    pub fn blame(&self, error: anyhow::Error, files: &[SqlFile]) -> anyhow::Error {
        match lacking(files).filter(|_| *self == Engine::Embedded) {
            Some(lacking) => failure(
                format!("{error:#}"),
                format!(
                    "the embedded Postgres {lacking}; if that is it, use --scratch local or --scratch with the URL of a server"
                ),
            ),
            None => error,
        }
    }
}

/// The engine that some SQL is run on, until it fails there and another one can do it.
#[derive(Debug)]
pub struct Choice<'a> {
    pub engine: Engine,
    /// What to tell a person of the choice.
    pub notes: Vec<String>,
    asked: Option<&'a Engine>,
    files: &'a [SqlFile],
}

impl<'a> Choice<'a> {
    /// The first choice.
    ///
    /// # Errors
    /// As [`Engine::choose`].
    pub fn new(asked: Option<&'a Engine>, files: &'a [SqlFile]) -> Result<Choice<'a>> {
        let (engine, notes) = Engine::choose(asked, files)?;
        Ok(Choice { engine, notes, asked, files })
    }

    /// The next choice, after the work has failed on the present one.
    ///
    /// # Errors
    /// There is none: the failure itself, with what helps where the engine is to blame.
    pub fn next(&mut self, failed: anyhow::Error) -> Result<()> {
        let Some((engine, note)) = self.engine.after_failure(self.asked, self.files) else {
            return Err(self.engine.blame(failed, self.files));
        };
        (self.engine, self.notes) = (engine, vec![note]);
        Ok(())
    }
}

fn instead(lacking: &str) -> String {
    format!("the embedded Postgres {lacking}: using this machine's PostgreSQL as scratch")
}

/// What the embedded Postgres cannot do of what some SQL asks for.
fn lacking(files: &[SqlFile]) -> Option<&'static str> {
    if files.iter().any(|file| extensions::catches_errors(&file.text)) {
        return Some("cannot catch errors in PL/pgSQL (EXCEPTION WHEN)");
    }
    files.iter().any(|file| extensions::subscribes(&file.text)).then_some("has no subscriptions")
}

/// What SQL needs of a scratch Postgres.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// Names after CREATE EXTENSION.
    pub extensions: Vec<String>,
    /// Names after TABLESPACE: a server of our own has them, wherever they are elsewhere.
    pub tablespaces: Vec<String>,
}

impl Needs {
    /// Reads what statements name.
    pub fn of(files: &[SqlFile]) -> Needs {
        let named = |by: fn(&str) -> Vec<String>| {
            let names: BTreeSet<String> = files.iter().flat_map(|file| by(&file.text)).collect();
            names.into_iter().collect()
        };
        Needs { extensions: named(extensions::named), tablespaces: named(tablespaces::named) }
    }
}

/// A running scratch Postgres with an empty database.
pub struct Scratch {
    session: Option<Session>,
    backend: Backend,
}

enum Backend {
    #[cfg(feature = "embedded")]
    Embedded(embedded::Embedded),
    Local(local::Local),
    Server(server::Temporary),
}

/// The scratch has ended under a statement: the embedded one does where a
/// server would say that its stack is exhausted.
fn gone(said: &str) -> anyhow::Error {
    failure(
        format!("the scratch Postgres is gone: {said}"),
        "a function or policy may call itself without end: with --scratch local, or the URL of a server, the server says which",
    )
}

impl Scratch {
    /// Starts one.
    ///
    /// # Errors
    /// The engine is not there, or does not start.
    pub async fn start(engine: &Engine, needs: &Needs) -> Result<Scratch> {
        let began = Instant::now();
        let scratch = Scratch::started(engine, needs).await?;
        info!(engine = engine.kind(), ms = connect::ms(began), "started a scratch Postgres");
        Ok(scratch)
    }

    async fn started(engine: &Engine, needs: &Needs) -> Result<Scratch> {
        match engine {
            #[cfg(feature = "embedded")]
            Engine::Embedded => {
                let (embedded, session) = embedded::start(needs).await?;
                tablespaces::make(session.client(), &needs.tablespaces).await?;
                Ok(Scratch { session: Some(session), backend: Backend::Embedded(embedded) })
            }
            #[cfg(not(feature = "embedded"))]
            Engine::Embedded => Err(failure(
                format!(
                    "this drift was built without its embedded Postgres (wanted for {} extensions)",
                    needs.extensions.len()
                ),
                "use --scratch local or --scratch with the URL of a server, or build with the feature `embedded`",
            )),
            Engine::Local => {
                let local = tokio::task::spawn_blocking(local::Local::start).await??;
                let session = connect::connect(&local.target()).await?;
                tablespaces::make(session.client(), &needs.tablespaces).await?;
                Ok(Scratch { session: Some(session), backend: Backend::Local(local) })
            }
            Engine::Server(target) => {
                let temporary = server::Temporary::create(target).await?;
                let session = connect::connect(&temporary.target()).await?;
                Ok(Scratch { session: Some(session), backend: Backend::Server(temporary) })
            }
        }
    }

    /// A superuser's (on a given server: that role's) session in an empty database.
    pub fn client(&self) -> &Client {
        self.session.as_ref().expect("a scratch has a session until it is stopped").client()
    }

    /// A statement as this scratch can run it: one of our own has no label providers.
    fn reworded<'s>(&self, sql: &'s str) -> Cow<'s, str> {
        match &self.backend {
            Backend::Server(_) => Cow::Borrowed(sql),
            #[cfg(feature = "embedded")]
            Backend::Embedded(_) => labels::as_row(sql).map_or(Cow::Borrowed(sql), Cow::Owned),
            Backend::Local(_) => labels::as_row(sql).map_or(Cow::Borrowed(sql), Cow::Owned),
        }
    }

    /// The role that owns what is made here.
    pub fn user(&self) -> &str {
        match &self.backend {
            #[cfg(feature = "embedded")]
            Backend::Embedded(_) => "postgres",
            Backend::Local(_) => "postgres",
            Backend::Server(temporary) => temporary.user(),
        }
    }

    /// Stops it and removes what it left.
    pub async fn stop(mut self) {
        if let Some(session) = self.session.take() {
            session.close().await;
        }
        match self.backend {
            #[cfg(feature = "embedded")]
            Backend::Embedded(embedded) => embedded.stop().await,
            Backend::Local(local) => local.stop().await,
            Backend::Server(temporary) => temporary.remove().await,
        }
    }
}
