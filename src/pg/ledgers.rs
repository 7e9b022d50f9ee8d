//! Reads the ledgers of migration tools: one query says which tables may be
//! ledgers, and each that is one is read once. What may not be read is said.

use anyhow::Context as _;
use tokio_postgres::Client;

use crate::history::ledger;
use crate::history::ledger::Found;
use crate::history::ledger::Shape;
use crate::history::ledger::choose;
use crate::history::ledger::row::Row;
use crate::model::ident::quote;
use crate::pg::connect::describe;
use crate::pg::pipeline;

/// More rows than any history of migrations has.
const MOST_ROWS: usize = 50_000;

const CANDIDATES: &str = "SELECT n.nspname::text, c.relname::text,
    pg_catalog.array_agg(a.attname::text ORDER BY a.attnum),
    pg_catalog.array_agg(pg_catalog.format_type(a.atttypid, a.atttypmod) ORDER BY a.attnum)
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND EXISTS (SELECT FROM pg_catalog.unnest($1) AS part
                WHERE pg_catalog.strpos(pg_catalog.lower(c.relname::text), part) > 0)
  GROUP BY n.nspname, c.relname ORDER BY n.nspname, c.relname";

/// All ledgers of a database, in a snapshot of their own. A query may take `timeout_s` seconds; 0: as long as it takes.
///
/// # Errors
/// The connection is gone.
pub async fn read(client: &Client, timeout_s: u64) -> anyhow::Result<Vec<Found>> {
    pipeline::begin(client, timeout_s).await.context("cannot begin a read-only transaction")?;
    let found = read_in_transaction(client).await?;
    pipeline::commit(client).await.context("cannot end the read-only transaction")?;
    Ok(found)
}

/// All ledgers of a database, inside of the caller's transaction, which stays usable.
///
/// # Errors
/// The tables cannot be listed, or the connection is gone.
pub async fn read_in_transaction(client: &Client) -> anyhow::Result<Vec<Found>> {
    let names: Vec<String> = ledger::NAMES.iter().map(|part| (*part).to_owned()).collect();
    let what = "which tables are ledgers of migrations";
    let stream =
        pipeline::rows(client, CANDIDATES, Some(&names)).await.with_context(|| format!("cannot ask {what}"))?;
    let mut shapes = Vec::new();
    pipeline::for_each(stream, what, |row| {
        let (names, types): (Vec<String>, Vec<String>) = (row.try_get(2)?, row.try_get(3)?);
        shapes.push(Shape {
            schema: row.try_get(0)?,
            name: row.try_get(1)?,
            columns: names.into_iter().zip(types).collect(),
        });
        Ok(())
    })
    .await?;
    let mut found = Vec::new();
    for shape in shapes.iter().filter(|shape| choose::is_ledger(shape)) {
        let others = shapes.iter().filter(|other| other.schema == shape.schema && other.name != shape.name);
        let beside = others.map(|other| other.name.clone()).collect();
        found.push(Found { rows: rows(client, shape).await?, shape: shape.clone(), beside });
    }
    Ok(found)
}

/// The rows of one ledger, or why they could not be read.
async fn rows(client: &Client, shape: &Shape) -> anyhow::Result<Result<Vec<Row>, String>> {
    let sql = format!(
        "SELECT pg_catalog.row_to_json(t)::text FROM {}.{} AS t LIMIT {}",
        quote(&shape.schema),
        quote(&shape.name),
        MOST_ROWS + 1
    );
    let outcome = async {
        client.batch_execute("SAVEPOINT ledger; SET LOCAL lock_timeout = '5s'").await?;
        client.query_typed(&sql, &[]).await
    }
    .await;
    if client.is_closed() {
        return Err(anyhow::anyhow!("the server is gone").context(format!("cannot read {}", shape.dotted())));
    }
    client.batch_execute("ROLLBACK TO SAVEPOINT ledger; RELEASE SAVEPOINT ledger").await?;
    Ok(match outcome {
        Ok(rows) if rows.len() > MOST_ROWS => {
            Err(format!("it has more than {MOST_ROWS} rows: no ledger has that many"))
        }
        Ok(rows) => rows.iter().map(|row| Row::parse(row.try_get(0).map_err(|error| describe(&error))?)).collect(),
        Err(error) => Err(describe(&error)),
    })
}
