//! Where the probes act: one transaction in the scratch Postgres that is never
//! committed, and a savepoint around every act.

use std::time::Duration;

use anyhow::Result;
use anyhow::anyhow;

use crate::model::ident::quote;
use crate::model::isolation::Exchange;
use crate::scratch::Scratch;
use crate::scratch::act::Refusal;
use crate::scratch::act::Reply;
use crate::scratch::act::send_within;

/// Foreign keys and user triggers are silent; checks, keys and row security are not.
pub const SILENT: &str = "SET LOCAL session_replication_role = replica";

/// Everything counts again.
pub const ORIGIN: &str = "SET LOCAL session_replication_role = origin";

/// What somebody tries.
#[derive(Debug, Clone, Default)]
pub struct Act {
    /// Makes the session a tenant's.
    pub settings: Vec<String>,
    /// What the superuser does before, in that session.
    pub prepare: Vec<String>,
    pub role: String,
    pub statement: String,
    /// A query of the superuser whose answer must not change.
    pub watch: Option<String>,
}

/// What came of it.
#[derive(Debug)]
pub enum Outcome {
    Done {
        reply: Reply,
        /// Rows that the watch shows differently now.
        changed: u64,
    },
    /// The statement was refused.
    Refused(Refusal),
    /// The session could not become that tenant's: nothing is open then.
    NotEntered(Refusal),
    /// What had to be there before could not be made.
    NotPrepared(Refusal),
}

impl Act {
    /// The same, with more prepared first.
    pub fn after(&self, prepare: &[String]) -> Act {
        let mut act = self.clone();
        act.prepare.splice(0..0, prepare.iter().cloned());
        act
    }

    /// The same with foreign keys and triggers silent, and more prepared then.
    pub fn silently(&self, room: &[String]) -> Act {
        let mut act = self.clone();
        act.prepare.push(SILENT.to_owned());
        act.prepare.extend_from_slice(room);
        act
    }

    /// What a person runs to see it.
    pub fn transcript(&self, answer: &str) -> Vec<Exchange> {
        let line = |sql: &str| Exchange { sql: format!("{};", sql.trim_end_matches(';')), answer: None };
        let mut lines = vec![line("BEGIN")];
        lines.extend(self.settings.iter().chain(&self.prepare).map(|sql| line(sql)));
        lines.push(line(&format!("SET LOCAL ROLE {}", quote(&self.role))));
        lines.push(Exchange { answer: Some(answer.to_owned()), ..line(&self.statement) });
        lines.push(line("ROLLBACK"));
        lines
    }

    /// `UPDATE 3`, or what a query returned.
    pub fn answer(&self, reply: &Reply) -> String {
        let verb = self.statement.split_whitespace().next().unwrap_or_default().to_uppercase();
        match verb.as_str() {
            "SELECT" => shown(&reply.rows),
            "INSERT" => format!("INSERT 0 {}", reply.affected),
            "TRUNCATE" => "TRUNCATE TABLE".to_owned(),
            verb => format!("{verb} {}", reply.affected),
        }
    }
}

/// The first rows of an answer.
pub fn shown(rows: &[Vec<Option<String>>]) -> String {
    let cell = |value: &Option<String>| value.clone().unwrap_or_else(|| "NULL".to_owned());
    let line = |row: &Vec<Option<String>>| row.iter().map(cell).collect::<Vec<_>>().join(" | ");
    let mut lines: Vec<String> = rows.iter().take(3).map(line).collect();
    match rows.len() {
        0 => lines.push("no rows".to_owned()),
        1..=3 => {}
        more => lines.push(format!("… {more} rows")),
    }
    lines.join(" ; ")
}

/// The open transaction.
pub struct Stage<'a> {
    scratch: &'a Scratch,
    /// How long an answer is waited for.
    limit: Option<Duration>,
}

impl<'a> Stage<'a> {
    /// Opens the transaction; a statement may take so many seconds, 0: any number.
    ///
    /// # Errors
    /// The scratch's role may not silence triggers, or the scratch is gone.
    pub async fn open(scratch: &'a Scratch, timeout_s: u64) -> Result<Stage<'a>> {
        // The server itself gives up first, where it can: the embedded one has no clock for it.
        let limit = (timeout_s > 0).then(|| Duration::from_secs(timeout_s + 5));
        let stage = Stage { scratch, limit };
        stage.ask("BEGIN").await?;
        stage.ask(&format!("SET LOCAL statement_timeout = '{timeout_s}s'")).await?;
        stage.ask(SILENT).await?;
        stage.ask(ORIGIN).await?;
        // A check that waits for the end of a transaction would never come: there is none.
        stage.ask("SET CONSTRAINTS ALL IMMEDIATE").await?;
        Ok(stage)
    }

    /// Takes everything back.
    pub async fn close(&self) -> Result<()> {
        self.ask("ROLLBACK").await.map(|_| ())
    }

    /// Runs a statement of ours, which must work.
    ///
    /// # Errors
    /// It is refused.
    pub async fn ask(&self, sql: &str) -> Result<Reply> {
        let answer = send_within(self.scratch, sql, self.limit).await?;
        answer.map_err(|refusal| {
            let first = sql.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
            anyhow!("{} ({}) at `{}`", refusal.message, refusal.code, first.trim())
        })
    }

    /// Runs statements as the superuser; keeps what they did where `keep` says so and none was refused.
    pub async fn attempt(&self, statements: &[String], keep: bool) -> Result<std::result::Result<Reply, Refusal>> {
        self.ask("SAVEPOINT attempt").await?;
        let mut last = Ok(Reply::default());
        for statement in statements {
            last = send_within(self.scratch, statement, self.limit).await?;
            if last.is_err() {
                break;
            }
        }
        if !keep || last.is_err() {
            self.ask("ROLLBACK TO SAVEPOINT attempt; RELEASE SAVEPOINT attempt").await?;
        } else {
            self.ask("RELEASE SAVEPOINT attempt").await?;
        }
        Ok(last)
    }

    /// Lets somebody act, looks, and takes it back.
    pub async fn act(&self, act: &Act) -> Result<Outcome> {
        self.ask("SAVEPOINT probe").await?;
        let outcome = self.inside(act).await?;
        self.ask("ROLLBACK TO SAVEPOINT probe; RELEASE SAVEPOINT probe").await?;
        Ok(outcome)
    }

    async fn inside(&self, act: &Act) -> Result<Outcome> {
        for sql in &act.settings {
            if let Err(refusal) = send_within(self.scratch, sql, self.limit).await? {
                return Ok(Outcome::NotEntered(refusal));
            }
        }
        for sql in &act.prepare {
            if let Err(refusal) = send_within(self.scratch, sql, self.limit).await? {
                return Ok(Outcome::NotPrepared(refusal));
            }
        }
        let before = self.watched(act).await?;
        self.ask(&format!("SET LOCAL ROLE {}", quote(&act.role))).await?;
        match send_within(self.scratch, &act.statement, self.limit).await? {
            Err(refusal) => Ok(Outcome::Refused(refusal)),
            Ok(reply) => {
                self.ask("SET LOCAL ROLE NONE").await?;
                let after = self.watched(act).await?;
                let gone = before.iter().filter(|row| !after.contains(row)).count();
                let new = after.iter().filter(|row| !before.contains(row)).count();
                Ok(Outcome::Done { reply, changed: gone.max(new) as u64 })
            }
        }
    }

    async fn watched(&self, act: &Act) -> Result<Vec<Vec<Option<String>>>> {
        match &act.watch {
            Some(sql) => Ok(self.ask(sql).await?.rows),
            None => Ok(Vec::new()),
        }
    }
}
