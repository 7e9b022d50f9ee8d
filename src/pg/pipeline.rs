//! Queries that are sent before the answers of earlier ones are read, so that
//! a hundred of them cost one round trip. Answers are read in the order sent.

use std::future::Future;
use std::pin::Pin;
use std::task::Poll;

use anyhow::Context as _;
use futures_util::future::MaybeDone;
use futures_util::future::maybe_done;
use tokio_postgres::Client;
use tokio_postgres::Error;
use tokio_postgres::RowStream;
use tokio_postgres::types::Type;

/// A request that is on its way.
pub struct Sent<F: Future>(Pin<Box<MaybeDone<F>>>);

impl<F: Future> Sent<F> {
    /// Waits for the answer. Rows of an earlier answer must have been read.
    pub async fn answer(mut self) -> F::Output {
        self.0.as_mut().await;
        self.0.as_mut().take_output().expect("an answer is taken once")
    }
}

/// Puts a request on its way: the client sends on the first poll.
pub async fn send<F: Future>(request: F) -> Sent<F> {
    let mut sent = Box::pin(maybe_done(request));
    std::future::poll_fn(|cx| {
        let _ = sent.as_mut().poll(cx);
        Poll::Ready(())
    })
    .await;
    Sent(sent)
}

/// One query whose only parameter is a list of schemas, or NULL.
pub async fn rows(client: &Client, sql: &str, schemas: Option<&[String]>) -> Result<RowStream, Error> {
    client.query_typed_raw(sql, [(schemas, Type::TEXT_ARRAY)]).await
}

const SETTINGS: &str = "SET LOCAL search_path = pg_catalog; SET LOCAL quote_all_identifiers = off; \
    SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = postgres; SET LOCAL TimeZone = 'UTC'; \
    SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = hex; SET LOCAL xmlbinary = base64; \
    SET LOCAL row_security = off; SET LOCAL jit = off";

/// `BEGIN` of a read-only snapshot in which everything prints the same way,
/// whatever the role's or the database's settings. A query may take `timeout_s`
/// seconds; 0: as long as it takes.
pub async fn begin(client: &Client, timeout_s: u64) -> Result<(), Error> {
    let limit = format!("SET LOCAL statement_timeout = '{timeout_s}s'");
    client.batch_execute(&format!("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {SETTINGS}; {limit}")).await
}

/// The settings of such a snapshot for the rest of the caller's own transaction.
pub async fn settings(client: &Client) -> Result<(), Error> {
    client.batch_execute(SETTINGS).await
}

/// Makes one plan of a prepared query serve all its runs.
const REUSE: &str = "SET LOCAL plan_cache_mode = force_generic_plan";

/// [`begin`] without a limit, for queries that were prepared.
pub async fn begin_prepared(client: &Client) -> Result<(), Error> {
    client.batch_execute(&format!("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {SETTINGS}; {REUSE}")).await
}

/// The settings of such a snapshot, up to [`let_go`]: what the caller's transaction set stays as it is.
pub async fn hold(client: &Client) -> Result<(), Error> {
    client.batch_execute(&format!("SAVEPOINT reading; {SETTINGS}; {REUSE}")).await
}

/// Ends what [`hold`] began.
pub async fn let_go(client: &Client) -> Result<(), Error> {
    client.batch_execute("ROLLBACK TO SAVEPOINT reading; RELEASE SAVEPOINT reading").await
}

/// Ends the snapshot. On an aborted transaction the server rolls back.
pub async fn commit(client: &Client) -> Result<(), Error> {
    client.batch_execute("COMMIT").await
}

/// Calls `each` for every row as it arrives.
pub async fn for_each(
    stream: RowStream,
    what: &str,
    mut each: impl FnMut(tokio_postgres::Row) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    use futures_util::StreamExt as _;
    let mut stream = std::pin::pin!(stream);
    while let Some(row) = stream.next().await {
        each(row.with_context(|| format!("cannot read {what}"))?)?;
    }
    Ok(())
}
