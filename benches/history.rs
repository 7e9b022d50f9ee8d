//! What running migrations one by one costs, with the catalog read after every
//! statement, and how that grows with the migrations and with the objects.
//!
//! `cargo bench --bench history [-- MIGRATIONS …]` (default: 75 150 300), in the
//! embedded Postgres, or elsewhere with `DRIFT_BENCH_SCRATCH=local`. A migration
//! is what an application's are: a table with its indexes and policy, columns
//! of an older table, a function, a guarded statement that finds its table in
//! place, seed rows.
#![allow(clippy::disallowed_macros)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;
use std::time::Instant;

use drift::files::SqlFile;
use drift::history::Outcome;
use drift::history::folder;
use drift::history::folder::Migration;
use drift::jobs::status;
use drift::scratch::Engine;
use drift::scratch::Needs;
use drift::scratch::Scratch;
use drift::scratch::compile::Platform;
use drift::scratch::replay;

/// The SQL of migration `n`.
fn migration(n: usize) -> String {
    let mut sql = String::new();
    let _infallible = match n % 5 {
        0 => write!(
            sql,
            "CREATE TABLE t{n} (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), tenant_id uuid NOT NULL, name text NOT NULL, \
             kind text CHECK (kind IN ('plain', 'other')), created_at timestamptz NOT NULL DEFAULT now(), UNIQUE (tenant_id, name));\n\
             CREATE INDEX t{n}_tenant ON t{n} (tenant_id);\n\
             CREATE INDEX t{n}_lower ON t{n} (lower(name));\n\
             ALTER TABLE t{n} ENABLE ROW LEVEL SECURITY;\n\
             CREATE POLICY t{n}_own ON t{n} USING (tenant_id = current_setting('app.tenant', true)::uuid);\n"
        ),
        1 => write!(
            sql,
            "ALTER TABLE t{of} ADD COLUMN amount numeric(12,2) NOT NULL DEFAULT 0;\n\
             ALTER TABLE t{of} ADD COLUMN parent_id uuid REFERENCES t{of};\n\
             CREATE INDEX CONCURRENTLY t{of}_parent ON t{of} (parent_id);\n\
             COMMENT ON COLUMN t{of}.amount IS 'in the currency of the tenant';\n",
            of = n - 1
        ),
        2 => write!(
            sql,
            "CREATE FUNCTION f{n}(v uuid) RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT count(*) FROM t{of} WHERE tenant_id = v $$;\n\
             CREATE VIEW v{n} AS SELECT tenant_id, sum(amount) AS amount FROM t{of} GROUP BY tenant_id;\n\
             GRANT SELECT ON v{n} TO PUBLIC;\n",
            of = n - 2
        ),
        3 => write!(
            sql,
            "CREATE TABLE IF NOT EXISTS t{of} (id uuid PRIMARY KEY, other integer);\n\
             ALTER TABLE t{of} ADD COLUMN IF NOT EXISTS name text;\n\
             ALTER TABLE t{of} ALTER COLUMN kind SET DEFAULT 'plain';\n",
            of = n - 3
        ),
        _ => write!(
            sql,
            "INSERT INTO t{of} (tenant_id, name) SELECT gen_random_uuid(), 'row ' || g FROM generate_series(1, 20) AS g;\n\
             UPDATE t{of} SET amount = 1;\n\
             CREATE TYPE e{n} AS ENUM ('a', 'b');\n\
             ALTER TABLE t{of} ADD COLUMN state e{n} NOT NULL DEFAULT 'a';\n",
            of = n - 4
        ),
    };
    sql
}

/// `tables` tables that are there before the first migration.
fn before(tables: usize) -> String {
    (0..tables).map(|n| format!("CREATE TABLE before{n} (id bigint PRIMARY KEY, name text NOT NULL);\n")).collect()
}

fn project(count: usize, tables: usize) -> Vec<Migration> {
    let mut files = vec![SqlFile { name: "0000_before.sql".to_owned(), text: before(tables) }];
    files.extend((0..count).map(|n| SqlFile { name: format!("{:04}_change.sql", n + 1), text: migration(n) }));
    folder::migrations(files).1
}

struct Measured {
    whole: Duration,
    statements: usize,
    objects: usize,
    /// A statement among the first and among the last fifty.
    first: Duration,
    last: Duration,
}

async fn measure(engine: &Engine, count: usize, tables: usize) -> Measured {
    let migrations = project(count, tables);
    let began = Instant::now();
    let scratch = Scratch::start(engine, &Needs::of(&status::as_files(&migrations))).await.expect("a scratch");
    let mut times = Vec::new();
    let mut progress = |_| times.push(Instant::now());
    let history = replay::replay(&scratch, &migrations, &BTreeSet::new(), Platform::None, &mut progress)
        .await
        .expect("a history");
    scratch.stop().await;
    let whole = began.elapsed();
    let failed: Vec<_> = history.statements.iter().filter(|s| matches!(s.outcome, Outcome::Failed(_))).collect();
    assert!(failed.is_empty(), "{failed:?}");
    let steps: Vec<Duration> = times.windows(2).map(|pair| pair[1] - pair[0]).skip(tables).collect();
    let mean = |part: &[Duration]| part.iter().sum::<Duration>() / u32::try_from(part.len()).expect("a few");
    let ends = steps.len().min(50);
    Measured {
        whole,
        statements: history.statements.len(),
        objects: history.end.objects().len(),
        first: mean(&steps[..ends]),
        last: mean(&steps[steps.len() - ends..]),
    }
}

fn line(migrations: usize, tables: usize, measured: &Measured) {
    println!(
        "  {migrations:>10}  {tables:>13}  {:>10}  {:>7}  {:>6.1} s  {:>12.0}  {:>8.1} ms  {:>7.1} ms",
        measured.statements,
        measured.objects,
        measured.whole.as_secs_f64(),
        measured.statements as f64 / measured.whole.as_secs_f64(),
        measured.first.as_secs_f64() * 1000.0,
        measured.last.as_secs_f64() * 1000.0,
    );
}

fn main() {
    let mut counts: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    if counts.is_empty() {
        counts = vec![75, 150, 300];
    }
    let engine = match std::env::var("DRIFT_BENCH_SCRATCH") {
        Ok(text) => Engine::parse(&text).expect("an engine"),
        Err(_) => Engine::Embedded,
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        println!("  migrations  tables before  statements  objects     time  statements/s  first fifty  last fifty");
        for count in &counts {
            line(*count, 0, &measure(&engine, *count, 0).await);
        }
        for tables in [250, 500] {
            let count = counts[0];
            line(count, tables, &measure(&engine, count, tables).await);
        }
    });
}
