//! What reading a catalog costs: `drift` beside the same facts fetched by plain
//! queries one after the other, on a real server.
//!
//! `cargo bench --bench introspect [-- TABLES …]` (default: 1000 5000). Each
//! table has ten columns, three indexes, two foreign keys, a policy and a
//! trigger. Times are medians; round trips are counted by what a slow line adds.
#![allow(clippy::disallowed_macros)]

#[allow(dead_code)]
#[path = "../tests/common/server.rs"]
mod server;
mod support;

use std::path::Path;
use std::time::Duration;
use std::time::Instant;

use drift::pg::connect;
use drift::pg::connect::Session;
use drift::pg::connect::Target;
use drift::pg::introspect;
use drift::pg::introspect::Reader;
use drift::pg::introspect::Scope;
use server::Server;
use support::SlowLine;
use support::median;
use support::schema;

/// How often each thing is timed.
const RUNS: usize = 7;

/// What the slow line adds each way.
const DELAY: Duration = Duration::from_millis(200);

/// The facts that the comparison fetches, a query for each sort of them.
const PLAIN: &[(&str, &str)] = &[
    (
        "columns",
        "SELECT n.nspname, c.relname, c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity, a.attname, a.attnum, \
         format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, a.attcollation::regcollation::text, \
         pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum) \
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid \
         LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum \
         WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped",
    ),
    (
        "constraints",
        "SELECT n.nspname, c.relname, k.conname, k.contype, k.convalidated, k.condeferrable, pg_get_constraintdef(k.oid), \
         obj_description(k.oid, 'pg_constraint') \
         FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname = 'public'",
    ),
    (
        "indexes",
        "SELECT n.nspname, c.relname, i.indisvalid, i.indisunique, pg_get_indexdef(i.indexrelid), obj_description(c.oid, 'pg_class') \
         FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname = 'public'",
    ),
    (
        "policies",
        "SELECT n.nspname, c.relname, p.polname, p.polcmd, p.polpermissive, p.polroles::regrole[]::text[], \
         pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid) \
         FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname = 'public'",
    ),
    (
        "triggers",
        "SELECT n.nspname, c.relname, t.tgname, t.tgenabled, pg_get_triggerdef(t.oid) \
         FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname = 'public' AND NOT t.tgisinternal",
    ),
    (
        "views",
        "SELECT n.nspname, c.relname, c.reloptions, pg_get_viewdef(c.oid) \
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind IN ('v', 'm')",
    ),
    (
        "functions",
        "SELECT n.nspname, p.oid::regprocedure::text, pg_get_functiondef(p.oid) \
         FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'public' AND p.prokind IN ('f', 'p', 'w')",
    ),
    (
        "grants",
        "SELECT n.nspname, c.relname, g.grantor::regrole::text, g.grantee::regrole::text, g.privilege_type, g.is_grantable \
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL aclexplode(c.relacl) g \
         WHERE n.nspname = 'public'",
    ),
];

/// Fetches the same facts by plain queries, one after the other.
async fn plain(session: &Session) -> usize {
    let client = session.client();
    client.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await.expect("a transaction begins");
    let mut facts = 0;
    for (what, sql) in PLAIN {
        facts += client.query_typed(sql, &[]).await.unwrap_or_else(|e| panic!("{what}: {e:?}")).len();
    }
    client.batch_execute("COMMIT").await.expect("a transaction ends");
    facts
}

async fn drift(session: &Session) -> usize {
    let scope = Scope { schemas: Some(vec!["public".to_owned()]), ..Scope::default() };
    introspect::introspect(session.client(), &scope, Reader::PgCatalog).await.expect("the catalog").objects().len()
}

/// The median of fresh sessions: each warms its own caches, as a check does.
async fn timed<F>(target: &Target, work: F, runs: usize) -> Duration
where
    F: AsyncFn(&Session) -> usize,
{
    let mut times = Vec::new();
    for _ in 0..runs {
        let session = connect::connect(target).await.expect("the server answers");
        let began = Instant::now();
        assert!(work(&session).await > 0);
        times.push(began.elapsed());
        session.close().await;
    }
    median(times)
}

/// How often the client waits for the server, by what a slow line adds.
async fn round_trips<F>(server: &Server, database: &str, work: F, direct: Duration) -> f64
where
    F: AsyncFn(&Session) -> usize,
{
    let line = SlowLine::to(server.port, DELAY);
    let target = Target::parse(&format!("postgres://postgres@127.0.0.1:{}/{database}", line.port)).expect("a URL");
    let slow = timed(&target, work, 3).await;
    slow.saturating_sub(direct).as_secs_f64() / (2.0 * DELAY.as_secs_f64())
}

fn check(url: &str, spec: &Path) -> (Duration, u64) {
    let mut times = Vec::new();
    let mut peak = 0;
    for run in 0..=RUNS {
        let (time, memory) =
            support::run(&["check", url, "--spec", spec.to_str().expect("a path"), "--scratch", "local"]);
        // The first run compiles the spec.
        if run > 0 {
            times.push(time);
            peak = peak.max(memory);
        }
    }
    (median(times), peak)
}

async fn measure(server: &Server, tables: usize) {
    let database = format!("bench_{tables}");
    let url = server.database(&database);
    let spec = tempfile::tempdir().expect("a directory");
    let file = spec.path().join("schema.sql");
    std::fs::write(&file, schema(tables)).expect("a file");
    server.psql(&database, &["-f", file.to_str().expect("a path")]);
    server.psql(&database, &["-c", "VACUUM ANALYZE"]);

    let target = Target::parse(&url).expect("a URL");
    let plain_time = timed(&target, plain, RUNS).await;
    let drift_time = timed(&target, drift, RUNS).await;
    let trips = round_trips(server, &database, drift, drift_time).await;
    let plain_trips = round_trips(server, &database, plain, plain_time).await;
    let roleless = format!("CREATE ROLE app;\n{}", schema(tables));
    std::fs::write(&file, roleless).expect("a file");
    let (check_time, memory) = check(&url, spec.path());
    let ms = |d: Duration| d.as_secs_f64() * 1000.0;
    let ratio = |d: Duration| d.as_secs_f64() / plain_time.as_secs_f64();
    println!("{tables} tables");
    println!("  plain queries    {:>7.0} ms               {plain_trips:.0} round trips", ms(plain_time));
    println!("  introspection    {:>7.0} ms  ratio {:.2}   {trips:.0} round trips", ms(drift_time), ratio(drift_time));
    println!(
        "  check, cached    {:>7.0} ms  ratio {:.2}   {:.0} MB at its peak; aim: {:.0} ms",
        ms(check_time),
        ratio(check_time),
        memory as f64 / 1024.0,
        1.5 * ms(plain_time) + 50.0
    );
}

fn main() {
    let sizes: Vec<usize> = std::env::args().skip(1).filter_map(|a| a.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![1000, 5000] } else { sizes };
    let server = server::start().expect("PostgreSQL binaries: scripts/ci-postgres installs them");
    server.psql("postgres", &["-c", "CREATE ROLE app"]);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        for tables in sizes {
            measure(&server, tables).await;
        }
    });
}
