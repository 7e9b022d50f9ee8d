//! One statement, sent unprepared, and what came back. A plan that was made for
//! one role must never serve another, so nothing here is prepared.

use std::time::Duration;

use anyhow::Result;
use tokio_postgres::SimpleQueryMessage;

use crate::model::failure::failure;
use crate::pg::connect::describe;
use crate::scratch::Scratch;
use crate::scratch::gone;

/// What a statement that ran came back with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reply {
    /// Rows that the last statement affected or returned.
    pub affected: u64,
    /// The rows that came back, as text.
    pub rows: Vec<Vec<Option<String>>>,
}

impl Reply {
    /// The first value of the first row.
    pub fn value(&self) -> Option<&str> {
        self.rows.first()?.first()?.as_deref()
    }
}

/// What the server said when it refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The SQLSTATE.
    pub code: String,
    pub message: String,
    pub constraint: Option<String>,
    pub column: Option<String>,
}

/// A statement goes on and on in a scratch that cannot cancel it: whoever sees
/// this must not wait for the scratch to stop.
#[derive(Debug)]
pub struct Stuck;

impl std::fmt::Display for Stuck {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the scratch Postgres does not answer")
    }
}

/// Runs SQL as the session is now, and waits at most so long.
///
/// # Errors
/// The scratch is gone, or [`Stuck`]; what the server refuses is an answer, and no error.
pub async fn send_within(
    scratch: &Scratch,
    sql: &str,
    limit: Option<Duration>,
) -> Result<std::result::Result<Reply, Refusal>> {
    let Some(limit) = limit else { return send(scratch, sql).await };
    match tokio::time::timeout(limit, send(scratch, sql)).await {
        Ok(answer) => answer,
        Err(_) => Err(failure(
            format!("`{}` has not ended after {} seconds", sql.lines().next().unwrap_or_default(), limit.as_secs()),
            "--scratch local cancels such a statement and goes on",
        )
        .context(Stuck)),
    }
}

/// Runs SQL as the session is now.
///
/// # Errors
/// The scratch is gone; what the server refuses is an answer, and no error.
pub async fn send(scratch: &Scratch, sql: &str) -> Result<std::result::Result<Reply, Refusal>> {
    let messages = match scratch.client().simple_query(sql).await {
        Ok(messages) => messages,
        Err(error) => {
            let Some(server) = error.as_db_error().filter(|_| !scratch.client().is_closed()) else {
                return Err(gone(&describe(&error)));
            };
            return Ok(Err(Refusal {
                code: server.code().code().to_owned(),
                message: server.message().to_owned(),
                constraint: server.constraint().map(str::to_owned),
                column: server.column().map(str::to_owned),
            }));
        }
    };
    let mut reply = Reply::default();
    for message in messages {
        match message {
            SimpleQueryMessage::Row(row) => {
                reply.rows.push((0..row.len()).map(|i| row.get(i).map(str::to_owned)).collect());
            }
            SimpleQueryMessage::CommandComplete(affected) => reply.affected = affected,
            // Of several statements the last one's rows are meant.
            SimpleQueryMessage::RowDescription(_) => reply.rows.clear(),
            _ => {}
        }
    }
    Ok(Ok(reply))
}
