//! Asks a database, read-only, for rows that migrations insert.

use anyhow::Result;
use anyhow::anyhow;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::history::seeds::Seed;
use crate::model::ident::quote;
use crate::pg::connect::describe;

/// For each seed how many of its rows are there, or what the server says where that cannot be told.
/// A table that is not there has none. Values are compared as text, and are never part of the SQL.
///
/// # Errors
/// The connection is gone.
pub async fn count(client: &Client, seeds: &[Seed]) -> Result<Vec<Result<u64, String>>> {
    let mut counted = Vec::new();
    for seed in seeds {
        let one = ask(client, seed).await;
        if client.is_closed() {
            return Err(anyhow!("the connection was lost while rows were looked up"));
        }
        counted.push(one.map_err(|error| describe(&error)));
    }
    Ok(counted)
}

async fn ask(client: &Client, seed: &Seed) -> Result<u64, tokio_postgres::Error> {
    let columns: Vec<Vec<String>> =
        (0..seed.key.len()).map(|n| seed.rows.iter().map(|row| row[n].clone()).collect()).collect();
    let lists: Vec<String> = (1..=seed.key.len()).map(|n| format!("${n}::text[]")).collect();
    let names: Vec<String> = (1..=seed.key.len()).map(|n| format!("k{n}")).collect();
    let same: Vec<String> =
        seed.key.iter().zip(&names).map(|(column, name)| format!("t.{}::text = v.{name}", quote(column))).collect();
    let sql = format!(
        "SELECT pg_catalog.count(*) FROM ROWS FROM (pg_catalog.unnest({})) AS v({}) WHERE EXISTS (SELECT FROM {}.{} AS t WHERE {})",
        lists.join("), pg_catalog.unnest("),
        names.join(", "),
        quote(&seed.schema),
        quote(&seed.table),
        same.join(" AND "),
    );
    let transaction = "START TRANSACTION READ ONLY";
    client.batch_execute(transaction).await?;
    let values: Vec<&(dyn tokio_postgres::types::ToSql + Sync)> =
        columns.iter().map(|column| column as &(dyn tokio_postgres::types::ToSql + Sync)).collect();
    let counted = client.query_one(&sql, &values).await.and_then(|row| row.try_get::<_, i64>(0));
    client.batch_execute("ROLLBACK").await?;
    if counted.as_ref().is_err_and(|error| error.code() == Some(&SqlState::UNDEFINED_TABLE)) {
        return Ok(0);
    }
    // A count is never negative.
    Ok(u64::try_from(counted?).unwrap_or(0))
}
