//! The session that changes a database: the only one of drift that ever does.
//! One at a time in a database; each step whole or not at all; nothing that
//! waits for a lock longer than it was told to.

use std::time::Duration;

use anyhow::Result;
use anyhow::anyhow;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_postgres::Client;
use tokio_postgres::SimpleQueryMessage;
use tokio_postgres::error::SqlState;

use crate::model::failure::failure;
use crate::model::ident::literal;
use crate::pg::connect;
use crate::pg::connect::Session;
use crate::pg::connect::Target;
use crate::pg::connect::describe;
use crate::pg::journal;
use crate::pg::journal::Outcome;

/// The advisory lock of whoever applies: `drift` in ASCII. Such locks belong to one database.
pub const LOCK: i64 = 0x64_7269_6674;

/// What the session needs, and the version that knows it. A server that does
/// not notice that we are gone would hold our locks; one that ends sessions by
/// the clock would end ours between two steps.
const SESSION: &[(i32, &str)] = &[
    (0, "application_name = 'drift apply'"),
    (0, "tcp_keepalives_idle = 20"),
    (0, "tcp_keepalives_interval = 5"),
    (0, "tcp_keepalives_count = 3"),
    (0, "default_transaction_isolation = 'read committed'"),
    (0, "idle_in_transaction_session_timeout = 0"),
    (140000, "client_connection_check_interval = '1s'"),
    (140000, "idle_session_timeout = 0"),
    (170000, "transaction_timeout = 0"),
];

/// How long the question may take whether a session is ours alone.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// A session that changes things.
pub struct Writer {
    session: Session,
    pub pid: i32,
    role: String,
    server_version: i32,
}

/// Why a step did not happen, or is not known to have.
#[derive(Debug)]
pub enum Trouble {
    /// Somebody held a lock for too long. Nothing has changed; it can be tried again.
    Locked(String),
    /// It was cancelled, by a person or by its time-out.
    Cancelled(String),
    /// The server refused, and would do so again.
    Refused { line: usize, why: String },
    /// The connection is gone: whether the step happened is in the journal.
    Lost(String),
    /// Another session would run it than the one that holds our lock: a pooler stands between.
    Pooled,
}

/// How long a step may take, and wait. Zero: as long as it takes.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub lock: Duration,
    pub statement: Duration,
}

impl Limits {
    fn sql(self, local: &str) -> String {
        format!(
            "SET {local}lock_timeout = {}; SET {local}statement_timeout = {}",
            self.lock.as_millis(),
            self.statement.as_millis()
        )
    }
}

/// What is recorded of a step.
#[derive(Debug, Clone, Copy)]
pub struct Mark<'a> {
    pub plan: &'a str,
    pub step: usize,
    pub what: &'a str,
}

impl Mark<'_> {
    fn sql(&self, outcome: Outcome, detail: Option<&str>) -> String {
        journal::record(self.plan, self.step, self.what, outcome, detail)
    }
}

impl Writer {
    /// Connects. Nothing is set yet: behind a pooler that would be somebody else's session.
    ///
    /// # Errors
    /// No connection; or a server that only follows another one.
    pub async fn open(target: &Target) -> Result<Writer> {
        let session = connect::connect(target).await?;
        let sql = "SELECT pg_catalog.pg_backend_pid(), pg_catalog.pg_is_in_recovery(), \
            pg_catalog.current_setting('server_version_num')::int4, current_user::text";
        let rows = session.client().query_typed(sql, &[]).await.map_err(|e| anyhow!(describe(&e)))?;
        let row = rows.first().ok_or_else(|| anyhow!("the server says nothing about itself"))?;
        if row.try_get::<_, bool>(1)? {
            return Err(failure(
                format!(
                    "{} is a standby: it follows another server, and nothing can be changed on it",
                    target.display()
                ),
                "apply the plan on the primary server; the standby follows by itself",
            ));
        }
        let (pid, role, server_version) = (row.try_get(0)?, row.try_get(3)?, row.try_get(2)?);
        Ok(Writer { session, pid, role, server_version })
    }

    pub fn client(&self) -> &Client {
        self.session.client()
    }

    /// What statements say while they run.
    pub fn listen(&self) -> UnboundedReceiver<String> {
        self.session.listen()
    }

    /// Where a pooler gives each transaction whichever session is free, what
    /// this session holds and sets is another client's too. `others` begin a
    /// transaction each: a pooler gives one of them the session that was ours,
    /// or gives us another one while they hold theirs. What slips through a busy
    /// pool is found by the next transaction, see [`Writer::together`].
    ///
    /// # Errors
    /// That is so.
    pub async fn insist_on_own_session(&self, others: &[&Client]) -> Result<()> {
        let mut begun = 0;
        let looking = async {
            for other in others {
                begun += 1;
                // A pool of one session would keep us waiting for it.
                if begin(other, "BEGIN READ ONLY").await? == self.pid {
                    return Ok(false);
                }
            }
            Ok(begin(self.client(), "").await? == self.pid)
        };
        let own = match tokio::time::timeout(ANSWER_WITHIN, looking).await {
            Ok(own) => own.map_err(|e| anyhow!(describe(&e)))?,
            // A server gives every session its turn.
            Err(_) => return Err(pooled()),
        };
        for other in &others[..begun] {
            other.batch_execute("ROLLBACK").await.map_err(|e| anyhow!(describe(&e)))?;
        }
        if own { Ok(()) } else { Err(pooled()) }
    }

    /// Sees to it that the server learns soon when we are gone.
    ///
    /// # Errors
    /// A setting is refused.
    pub async fn settle(&self) -> Result<()> {
        let known = SESSION.iter().filter(|(since, _)| self.server_version >= *since);
        let sql: String = known.map(|(_, setting)| format!("SET {setting}; ")).collect();
        self.client().batch_execute(&sql).await.map_err(|e| anyhow!(describe(&e)))
    }

    /// Takes the lock that one apply holds in a database; false where another has it.
    ///
    /// # Errors
    /// The connection is gone.
    pub async fn lock(&self) -> Result<bool> {
        let sql = format!("SELECT pg_catalog.pg_try_advisory_lock({LOCK})");
        let rows = self.client().query_typed(&sql, &[]).await.map_err(|e| anyhow!(describe(&e)))?;
        Ok(rows.first().is_some_and(|row| row.get(0)))
    }

    /// Makes the journal, and brings the session into the state that the plan relies on.
    ///
    /// # Errors
    /// The role may not create it; a setting is refused.
    pub async fn prepare(&self, settings: &[String]) -> Result<()> {
        journal::prepare(self.client(), &self.role).await?;
        for setting in settings {
            self.client()
                .batch_execute(setting)
                .await
                .map_err(|e| anyhow!(describe(&e)).context(format!("cannot run {setting}")))?;
        }
        Ok(())
    }

    /// Records something by itself.
    ///
    /// # Errors
    /// The server's words.
    pub async fn record(&self, mark: Mark<'_>, outcome: Outcome, detail: Option<&str>) -> Result<()> {
        let sql = mark.sql(outcome, detail);
        self.client().batch_execute(&sql).await.map_err(|e| anyhow!(describe(&e)).context("cannot write drift.journal"))
    }

    /// Runs statements as one transaction, and records that in the same transaction. It begins by asking
    /// whose session it is in: only the one that holds the lock of [`Writer::lock`] may change anything.
    ///
    /// # Errors
    /// Nothing has happened, unless the connection is gone.
    pub async fn together(&self, mark: Mark<'_>, statements: &[&str], limits: Limits) -> Result<(), Trouble> {
        let client = self.client();
        let run = async {
            if begin(client, &format!("BEGIN; {}", limits.sql("LOCAL "))).await.map_err(|e| (0, e))? != self.pid {
                return Ok(false);
            }
            for (n, sql) in statements.iter().enumerate() {
                client.batch_execute(sql).await.map_err(|e| (n, e))?;
            }
            client.batch_execute(&mark.sql(Outcome::Done, None)).await.map_err(|e| (statements.len(), e))?;
            client.batch_execute("COMMIT").await.map_err(|e| (statements.len(), e))?;
            Ok(true)
        };
        let trouble = match run.await {
            Ok(true) => return Ok(()),
            Ok(false) => Trouble::Pooled,
            Err((n, error)) => self.trouble(&error, n),
        };
        if !client.is_closed() {
            // The error that led here is the one to tell.
            let _first_error_wins = client.batch_execute("ROLLBACK").await;
        }
        Err(trouble)
    }

    /// Runs a statement that cannot be in a transaction: it is recorded before, and after.
    ///
    /// # Errors
    /// It was not done, or not to its end.
    pub async fn alone(&self, mark: Mark<'_>, sql: &str, limits: Limits) -> Result<(), Trouble> {
        let client = self.client();
        if begin(client, "").await.map_err(|error| self.trouble(&error, 0))? != self.pid {
            return Err(Trouble::Pooled);
        }
        let before = [limits.sql(""), mark.sql(Outcome::Running, None)];
        for (n, sql) in [before[0].as_str(), &before[1], sql, &mark.sql(Outcome::Done, None)].into_iter().enumerate() {
            client.batch_execute(sql).await.map_err(|error| self.trouble(&error, n.saturating_sub(2)))?;
        }
        Ok(())
    }

    /// Takes away what an interrupted build left under an index's name.
    ///
    /// # Errors
    /// The server's words.
    pub async fn drop_invalid(&self, index: &str) -> Result<bool> {
        let sql = format!(
            "SELECT EXISTS (SELECT FROM pg_catalog.pg_index WHERE indexrelid = pg_catalog.to_regclass({}) AND NOT indisvalid)",
            literal(index)
        );
        let rows = self.client().query_typed(&sql, &[]).await.map_err(|e| anyhow!(describe(&e)))?;
        let invalid = rows.first().is_some_and(|row| row.get(0));
        if invalid {
            let drop = format!("DROP INDEX CONCURRENTLY IF EXISTS {index}");
            self.client()
                .batch_execute("SET lock_timeout = 0; SET statement_timeout = 0")
                .await
                .map_err(|e| anyhow!(describe(&e)))?;
            self.client()
                .batch_execute(&drop)
                .await
                .map_err(|e| anyhow!(describe(&e)).context("cannot take away what an interrupted build left"))?;
        }
        Ok(invalid)
    }

    /// Ends the session, and so gives its lock back.
    pub async fn close(self) {
        self.session.close().await;
    }

    fn trouble(&self, error: &tokio_postgres::Error, line: usize) -> Trouble {
        let why = describe(error);
        match error.code() {
            Some(&SqlState::LOCK_NOT_AVAILABLE | &SqlState::T_R_DEADLOCK_DETECTED) => Trouble::Locked(why),
            Some(&SqlState::T_R_SERIALIZATION_FAILURE) => Trouble::Locked(why),
            Some(&SqlState::QUERY_CANCELED) => Trouble::Cancelled(why),
            Some(&SqlState::ADMIN_SHUTDOWN | &SqlState::CRASH_SHUTDOWN) => Trouble::Lost(why),
            Some(_) if !self.client().is_closed() => Trouble::Refused { line, why },
            Some(_) | None => Trouble::Lost(why),
        }
    }
}

/// Runs statements and asks in the same breath which session runs them.
async fn begin(client: &Client, statements: &str) -> Result<i32, tokio_postgres::Error> {
    let separator = if statements.is_empty() { "" } else { "; " };
    let answer = client.simple_query(&format!("{statements}{separator}SELECT pg_catalog.pg_backend_pid()")).await?;
    let pid = answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0)?.parse().ok(),
        _ => None,
    });
    Ok(pid.unwrap_or_default())
}

/// What to say where no session can be kept.
pub fn pooled() -> anyhow::Error {
    failure(
        "a connection pooler in transaction mode stands before this database: one session cannot be kept there, \
         so neither its locks nor its settings hold",
        "give the address of the database itself, or of a pooler in session mode (on Supabase: port 5432)",
    )
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Writer({})", self.pid)
    }
}
