//! Asks the rows of a database: read-only, bounded in time, with no lock that
//! anybody waits for. A question that cannot be answered honestly (row-level
//! security would filter, a lock or the time ran out) is refused, never
//! answered with what happened to be visible.

use std::collections::BTreeMap;

use anyhow::Context;
use anyhow::Result;
use tokio_postgres::Client;
use tokio_postgres::Row;

use crate::model::object::ObjectId;
use crate::pg::connect::describe;

/// What the rows said.
pub enum Answer<T> {
    Said(T),
    /// The server's words.
    Refused(String),
}

/// How many there are, and the keys of the first.
pub struct Found {
    pub count: u64,
    pub keys: Vec<String>,
}

/// Blocks of a table, its partitions included, by schema and name.
pub type Sizes = BTreeMap<(String, String), u64>;

/// How large a table is now; and how large it was when somebody last looked,
/// for when it cannot be asked because somebody holds it.
const SIZE_NOW: &str = "pg_catalog.pg_relation_size(p.oid) / pg_catalog.current_setting('block_size')::int8";
const SIZE_THEN: &str = "(SELECT s.relpages::int8 FROM pg_catalog.pg_class AS s WHERE s.oid = p.oid)";

/// How large the tables are.
///
/// # Errors
/// The connection is gone, or the catalog cannot be read.
pub async fn sizes(client: &Client, timeout_s: u64) -> Result<Sizes> {
    let mut refusal = String::new();
    for size in [SIZE_NOW, SIZE_THEN] {
        let sql = format!(
            "SELECT n.nspname::text, c.relname::text, (
               SELECT COALESCE(pg_catalog.sum({size}), 0)::int8 FROM (
                 SELECT c.oid UNION SELECT t.relid FROM pg_catalog.pg_partition_tree(c.oid) AS t) AS p)
             FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
             WHERE c.relkind IN ('r', 'p')"
        );
        match all_rows(client, &sql, timeout_s).await? {
            Answer::Refused(why) => refusal = why,
            Answer::Said(rows) => {
                let one = |row: &Row| Ok(((row.try_get(0)?, row.try_get(1)?), row.try_get::<_, i64>(2)?.max(0) as u64));
                return rows.iter().map(one).collect();
            }
        }
    }
    Err(anyhow::anyhow!("cannot ask how large the tables are: {refusal}"))
}

/// Bytes of a table, its partitions included: without its indexes, and with them.
pub type Bytes = BTreeMap<(String, String), (u64, u64)>;

/// How many bytes the tables take.
///
/// # Errors
/// The connection is gone, or the catalog has another shape.
pub async fn bytes(client: &Client, timeout_s: u64) -> Result<Answer<Bytes>> {
    const SQL: &str = "SELECT n.nspname::text, c.relname::text,
         COALESCE(pg_catalog.sum(pg_catalog.pg_table_size(p.oid)), 0)::int8,
         COALESCE(pg_catalog.sum(pg_catalog.pg_total_relation_size(p.oid)), 0)::int8
       FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace,
         LATERAL (SELECT c.oid UNION SELECT t.relid FROM pg_catalog.pg_partition_tree(c.oid) AS t) AS p
       WHERE c.relkind IN ('r', 'p')
       GROUP BY 1, 2";
    Ok(match all_rows(client, SQL, timeout_s).await? {
        Answer::Refused(why) => Answer::Refused(why),
        Answer::Said(rows) => {
            let number = |row: &Row, i| anyhow::Ok(row.try_get::<_, i64>(i)?.max(0) as u64);
            let one = |row: &Row| Ok(((row.try_get(0)?, row.try_get(1)?), (number(row, 2)?, number(row, 3)?)));
            Answer::Said(rows.iter().map(one).collect::<Result<_>>()?)
        }
    })
}

/// Runs a query that gives one text in each row.
///
/// # Errors
/// The connection is gone, or the query has another shape.
pub async fn texts(client: &Client, sql: &str, timeout_s: u64) -> Result<Answer<Vec<String>>> {
    Ok(match all_rows(client, sql, timeout_s).await? {
        Answer::Said(rows) => Answer::Said(rows.iter().map(|row| Ok(row.try_get(0)?)).collect::<Result<_>>()?),
        Answer::Refused(why) => Answer::Refused(why),
    })
}

/// Runs a query that gives a count and a list of keys.
///
/// # Errors
/// The connection is gone, or the query has another shape.
pub async fn count(client: &Client, table: &ObjectId, sql: &str, timeout_s: u64) -> Result<Answer<Found>> {
    let row = match one_row(client, sql, timeout_s).await? {
        Answer::Said(row) => row,
        Answer::Refused(why) => return Ok(Answer::Refused(why)),
    };
    let shape = || format!("the answer about {} has another shape", table.dotted());
    let count = row.try_get::<_, i64>(0).with_context(shape)?;
    Ok(Answer::Said(Found { count: count as u64, keys: row.try_get(1).with_context(shape)? }))
}

/// Runs a query that gives one row of counts.
///
/// # Errors
/// The connection is gone, or the query has another shape.
pub async fn counts(client: &Client, sql: &str, timeout_s: u64) -> Result<Answer<Vec<u64>>> {
    Ok(match one_row(client, sql, timeout_s).await? {
        Answer::Said(row) => {
            let one = |i| Ok(row.try_get::<_, i64>(i)? as u64);
            Answer::Said((0..row.len()).map(one).collect::<Result<_>>()?)
        }
        Answer::Refused(why) => Answer::Refused(why),
    })
}

async fn one_row(client: &Client, sql: &str, timeout_s: u64) -> Result<Answer<Row>> {
    Ok(match all_rows(client, sql, timeout_s).await? {
        Answer::Said(mut rows) => Answer::Said(rows.pop().context("a question to the rows has no answer")?),
        Answer::Refused(why) => Answer::Refused(why),
    })
}

/// One query in a read-only transaction of its own.
async fn all_rows(client: &Client, sql: &str, timeout_s: u64) -> Result<Answer<Vec<Row>>> {
    // What the spec says in SQL may rely on the path that the application sees; all else is qualified.
    let begin = format!(
        "BEGIN READ ONLY; SET LOCAL row_security = off; SET LOCAL lock_timeout = '2s'; \
         SET LOCAL statement_timeout = '{timeout_s}s'; SET LOCAL jit = off"
    );
    let outcome = async {
        client.batch_execute(&begin).await?;
        client.query_typed(sql, &[]).await
    }
    .await;
    let ended = client.batch_execute("ROLLBACK").await;
    match outcome {
        Ok(rows) => {
            ended.map_err(|e| anyhow::anyhow!(describe(&e))).context("cannot end a read-only transaction")?;
            Ok(Answer::Said(rows))
        }
        // Whoever ended the session did not answer the question.
        Err(error) if client.is_closed() => Err(anyhow::anyhow!(describe(&error)).context("the server is gone")),
        Err(error) => Ok(Answer::Refused(describe(&error))),
    }
}
