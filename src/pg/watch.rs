//! A second session that looks on while the first one works: who holds what,
//! how far a build has come. It changes nothing.

use std::time::Duration;

use anyhow::Result;
use anyhow::anyhow;
use tokio_postgres::Client;
use tokio_postgres::Row;

use crate::model::fill::PAUSE;
use crate::model::ident::literal;
use crate::model::step::Lock;
use crate::pg::apply::LOCK;
use crate::pg::connect::describe;

/// A session that holds something that somebody else wants. What it runs is
/// not asked: statements hold secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    pub pid: i32,
    pub role: String,
    pub application: String,
    /// `active`, `idle in transaction`; empty where the role may not see it.
    pub state: String,
    /// Seconds since its transaction began, where that is visible.
    pub seconds: Option<i64>,
    /// The lock that it holds, in PostgreSQL's words.
    pub mode: String,
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "pid {} ({}", self.pid, self.role)?;
        for word in [&self.application, &self.state].into_iter().filter(|word| !word.is_empty()) {
            write!(f, ", {word}")?;
        }
        if let Some(seconds) = self.seconds {
            write!(f, ", for {seconds} s")?;
        }
        f.write_str(")")?;
        if !self.mode.is_empty() {
            write!(f, " holds {}", self.mode)?;
        }
        Ok(())
    }
}

/// How far an index build is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    pub phase: String,
    pub done: i64,
    pub total: i64,
    /// The session whose transaction it waits for.
    pub waits_for: Option<i32>,
}

const HOLDER: &str = "a.pid, COALESCE(a.usename::text, ''), COALESCE(a.application_name, ''), COALESCE(a.state, ''), \
    pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.xact_start)::int8";

fn holder(row: &Row) -> Result<Holder> {
    Ok(Holder {
        pid: row.try_get(0)?,
        role: row.try_get(1)?,
        application: row.try_get(2)?,
        state: row.try_get(3)?,
        seconds: row.try_get(4)?,
        mode: row.try_get(5)?,
    })
}

async fn rows(client: &Client, sql: &str) -> Result<Vec<Row>> {
    client.query_typed(sql, &[]).await.map_err(|e| anyhow!(describe(&e)))
}

/// Who holds a lock on a relation that `wanted` has to wait for, the longest transaction first.
///
/// # Errors
/// The connection is gone.
pub async fn holders(client: &Client, relation: &str, wanted: Lock, own: i32) -> Result<Vec<Holder>> {
    let sql = format!(
        "SELECT {HOLDER}, l.mode FROM pg_catalog.pg_locks AS l JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid \
         WHERE l.locktype = 'relation' AND l.granted AND l.relation = pg_catalog.to_regclass({}) \
           AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()) \
           AND l.pid <> {own} AND l.pid <> pg_catalog.pg_backend_pid() \
         ORDER BY a.xact_start, a.pid",
        literal(relation)
    );
    let all: Vec<Holder> = rows(client, &sql).await?.iter().map(holder).collect::<Result<_>>()?;
    Ok(all.into_iter().filter(|holder| conflicts(wanted, &holder.mode)).collect())
}

/// Whether a lock has to wait for one that is held.
fn conflicts(wanted: Lock, held: &str) -> bool {
    let from = match wanted {
        Lock::None => return false,
        Lock::AccessShare => "AccessExclusiveLock",
        Lock::RowShare => "ExclusiveLock",
        Lock::RowExclusive => "ShareLock",
        Lock::ShareUpdateExclusive => "ShareUpdateExclusiveLock",
        // Writers hold this one; what is between does not conflict with itself only.
        Lock::Share => return !matches!(held, "AccessShareLock" | "RowShareLock" | "ShareLock"),
        Lock::ShareRowExclusive => "RowExclusiveLock",
        Lock::AccessExclusive => "AccessShareLock",
    };
    let rank = |mode: &str| MODES.iter().position(|known| *known == mode).unwrap_or(0);
    rank(held) >= rank(from)
}

/// Weakest first.
const MODES: &[&str] = &[
    "AccessShareLock",
    "RowShareLock",
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
];

/// The session that applies a plan to this database at the moment.
///
/// # Errors
/// The connection is gone.
pub async fn who_applies(client: &Client) -> Result<Option<Holder>> {
    let sql = format!(
        "SELECT {HOLDER}, '' FROM pg_catalog.pg_locks AS l JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid \
         WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
           AND l.classid::int8 = {} AND l.objid::int8 = {} \
           AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())",
        LOCK >> 32,
        LOCK & 0xffff_ffff
    );
    rows(client, &sql).await?.first().map(holder).transpose()
}

/// Who keeps a session waiting just now.
///
/// # Errors
/// The connection is gone.
pub async fn blockers(client: &Client, pid: i32) -> Result<Vec<Holder>> {
    let sql = format!(
        "SELECT {HOLDER}, '' FROM pg_catalog.pg_stat_activity AS a WHERE a.pid = ANY (pg_catalog.pg_blocking_pids({pid})) ORDER BY a.xact_start"
    );
    rows(client, &sql).await?.iter().map(holder).collect()
}

/// How far the build of an index by a session is; `None` where it builds none.
///
/// # Errors
/// The connection is gone.
pub async fn build(client: &Client, pid: i32) -> Result<Option<Build>> {
    let sql = format!(
        "SELECT p.phase, CASE WHEN p.tuples_total > 0 THEN p.tuples_done ELSE p.blocks_done END::int8, \
         CASE WHEN p.tuples_total > 0 THEN p.tuples_total ELSE p.blocks_total END::int8, NULLIF(p.current_locker_pid, 0)::int4 \
         FROM pg_catalog.pg_stat_progress_create_index AS p WHERE p.pid = {pid}"
    );
    let one = |row: &Row| {
        let phase = row.try_get::<_, Option<String>>(0)?.unwrap_or_default();
        let number = |n: usize| Ok::<i64, anyhow::Error>(row.try_get::<_, Option<i64>>(n)?.unwrap_or(0));
        Ok(Build { phase, done: number(1)?, total: number(2)?, waits_for: row.try_get(3)? })
    };
    rows(client, &sql).await?.first().map(one).transpose()
}

/// About how many rows a table has; `None` where nobody has looked yet, or it is not there.
///
/// # Errors
/// The connection is gone.
pub async fn about_rows(client: &Client, relation: &str) -> Result<Option<u64>> {
    let sql = format!(
        "SELECT pg_catalog.sum(GREATEST(c.reltuples, 0))::int8, pg_catalog.bool_and(c.reltuples >= 0 AND c.relpages + c.reltuples > 0) \
         FROM pg_catalog.pg_class AS c WHERE c.relkind IN ('r', 'm', 'f') AND (c.oid = pg_catalog.to_regclass({0}) \
           OR c.oid IN (SELECT t.relid FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass({0})) AS t)) \
         HAVING pg_catalog.count(*) > 0",
        literal(relation)
    );
    let row = rows(client, &sql).await?.into_iter().next();
    let Some(row) = row else { return Ok(None) };
    let (rows, known) = (row.try_get::<_, Option<i64>>(0)?, row.try_get::<_, Option<bool>>(1)?);
    Ok(rows.filter(|_| known == Some(true)).map(|rows| rows as u64))
}

/// A server that follows this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replica {
    pub name: String,
    /// Up to where it has replayed, in bytes; `None` where the role may not see it.
    pub replayed: Option<i64>,
    /// How long ago that was written, where the server knows.
    pub lag: Option<Duration>,
}

/// How much the server has written, in bytes, and who follows it.
///
/// # Errors
/// The connection is gone.
pub async fn replicas(client: &Client) -> Result<(i64, Vec<Replica>)> {
    let place = |lsn: &str| format!("pg_catalog.pg_wal_lsn_diff({lsn}, '0/0')::int8");
    let sql = format!(
        "SELECT r.pid, {}, COALESCE(NULLIF(r.application_name, ''), 'a replica'), {}, \
           pg_catalog.date_part('epoch', r.replay_lag) \
         FROM (SELECT) AS one LEFT JOIN pg_catalog.pg_stat_replication AS r \
           ON r.state IS NULL OR r.state IN ('streaming', 'catchup') ORDER BY r.application_name, r.pid",
        place("pg_catalog.pg_current_wal_lsn()"),
        place("r.replay_lsn"),
    );
    let mut written = 0;
    let mut replicas = Vec::new();
    for row in rows(client, &sql).await? {
        written = row.try_get(1)?;
        // Where nobody follows there is one row, which says how much was written.
        if row.try_get::<_, Option<i32>>(0)?.is_some() {
            let lag = row.try_get::<_, Option<f64>>(4)?.map(|seconds| Duration::from_secs_f64(seconds.max(0.0)));
            replicas.push(Replica { name: row.try_get(2)?, replayed: row.try_get(3)?, lag });
        }
    }
    Ok((written, replicas))
}

/// Keeps rows from being filled after the present batch; false where a batch is just being begun.
///
/// # Errors
/// The connection is gone.
pub async fn pause(client: &Client) -> Result<bool> {
    let taken = rows(client, &format!("SELECT pg_catalog.pg_try_advisory_lock({PAUSE})")).await?;
    Ok(taken.first().is_some_and(|row| row.get(0)))
}

/// Lets the filling go on.
///
/// # Errors
/// The connection is gone.
pub async fn go_on(client: &Client) -> Result<()> {
    rows(client, &format!("SELECT pg_catalog.pg_advisory_unlock({PAUSE})")).await.map(|_| ())
}

/// Cancels what a session runs.
///
/// # Errors
/// The connection is gone.
pub async fn cancel(client: &Client, pid: i32) -> Result<()> {
    rows(client, &format!("SELECT pg_catalog.pg_cancel_backend({pid})")).await.map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_waits_for_those_that_postgres_says_it_conflicts_with() {
        let waits = |wanted| MODES.iter().filter(|held| conflicts(wanted, held)).count();
        assert_eq!(waits(Lock::AccessExclusive), 8);
        assert_eq!(waits(Lock::ShareRowExclusive), 6);
        // ROW EXCLUSIVE, SHARE UPDATE EXCLUSIVE and the three strongest.
        assert_eq!(waits(Lock::Share), 5);
        assert_eq!(waits(Lock::ShareUpdateExclusive), 5);
        assert_eq!(waits(Lock::RowExclusive), 4);
        assert_eq!(waits(Lock::AccessShare), 1);
    }
}
