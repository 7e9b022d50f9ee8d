//! What a repair costs: reading the database, comparing, planning and proving,
//! each beside its share of the whole.
//!
//! `cargo bench --bench plan [-- TABLES …]` (default: 1000). The database lacks
//! a column and an index in five of its tables. Times are medians.
#![allow(clippy::disallowed_macros)]

#[allow(dead_code)]
#[path = "../tests/common/server.rs"]
mod server;
#[allow(dead_code)]
mod support;

use std::time::Duration;
use std::time::Instant;

use drift::diff;
use drift::files::SqlFile;
use drift::jobs;
use drift::jobs::compare;
use drift::jobs::prove;
use drift::jobs::prove::Claim;
use drift::jobs::source;
use drift::jobs::source::ReadOptions;
use drift::jobs::source::Source;
use drift::plan::additive;
use drift::plan::additive::AdditivePlan;
use drift::plan::dump;
use drift::plan::full;
use drift::plan::render;
use server::Server;
use support::median;
use support::schema;

const RUNS: usize = 5;

/// The tables that lack something.
const LACKING: usize = 5;

/// What is taken away from a schema of so many tables.
fn losses(tables: usize) -> String {
    let lack = |n: usize| format!("ALTER TABLE t{n} DROP COLUMN amount; DROP INDEX t{n}_tags;\n");
    (0..LACKING).map(|n| lack(n * tables / LACKING + 7)).collect()
}

/// How long something takes, again and again, and what came of it.
async fn timed<T>(mut work: impl AsyncFnMut() -> T) -> (Duration, T) {
    let mut times = Vec::new();
    let mut outcome = None;
    for _ in 0..RUNS {
        let began = Instant::now();
        outcome = Some(work().await);
        times.push(began.elapsed());
    }
    (median(times), outcome.expect("it ran"))
}

fn files(plan: &AdditivePlan) -> Vec<SqlFile> {
    vec![SqlFile { name: "patch".to_owned(), text: render::render(plan).text }]
}

async fn measure(server: &Server, tables: usize) {
    let database = format!("plan_{tables}");
    let url = server.database(&database);
    let spec = tempfile::tempdir().expect("a directory");
    let file = spec.path().join("schema.sql");
    std::fs::write(&file, schema(tables)).expect("a file");
    server.psql(&database, &["-f", file.to_str().expect("a path")]);
    server.psql(&database, &["-c", &losses(tables), "-c", "INSERT INTO tenants VALUES (gen_random_uuid(), 'one')"]);
    std::fs::write(&file, format!("CREATE ROLE app;\n{}", schema(tables))).expect("a file");

    let actual = Source::parse(&url).expect("a source");
    let options = ReadOptions { schemas: vec!["public".to_owned()], ..ReadOptions::default() };
    let began = Instant::now();
    let comparison = compare::check_counting_rows(&actual, spec.path(), &options).await.expect("a comparison");
    let first = began.elapsed();
    let reading = async || source::read_whole(&actual, &options).await.expect("a catalog").objects().len();
    let (introspect, objects) = timed(reading).await;
    let comparing = async || diff::diff(&comparison.expected, &comparison.actual).len();
    let (diff, differences) = timed(comparing).await;
    let wanted = additive::Options::default();
    let planning = async || {
        let (c, findings) = (&comparison, &comparison.report.findings);
        additive::additive(&c.expected, &c.actual, &c.differences, findings, &wanted).expect("a plan")
    };
    let (planned, plan) = timed(planning).await;
    let patch = files(&plan);
    let proving = async || {
        prove::prove(&actual, &comparison, &Claim::additive(&plan), &patch, &comparison.options)
            .await
            .expect("a proof")
            .part
    };
    let (proved, part) = timed(proving).await;
    let began = Instant::now();
    prove::prove_on_whole(&actual, &comparison, &Claim::additive(&plan), &patch, &comparison.options)
        .await
        .expect("a proof");
    let whole = began.elapsed();
    let (full_planned, full_plan) =
        timed(async || full::full(&comparison.expected, &comparison.actual, &comparison.differences, &|_| None, false))
            .await;
    let full_patch = jobs::full::in_parts(&render::full(&full_plan));
    let (full_proved, _) =
        timed(async || jobs::full::proved(&actual, &comparison, &full_plan, &full_patch).await.expect("a proof").rows)
            .await;
    let about = dump::About { what: "The schema of a database", schemas: Vec::new(), without: Vec::new() };
    let all = dump::Options { owners: true, privileges: true, tablespaces: true, roles: false, split: false };
    let (dumped, bytes) = timed(async || dump::dump(&comparison.actual, &about, all).0[0].text.len()).await;

    let total = introspect + diff + planned + proved;
    let line = |what: &str, time: Duration, more: String| {
        let share = 100.0 * time.as_secs_f64() / total.as_secs_f64();
        println!("  {what:<12}{:>8.0} ms  {share:>3.0} %   {more}", time.as_secs_f64() * 1000.0);
    };
    println!("{tables} tables, {objects} objects, {differences} differences, {} steps", plan.steps().count());
    line("introspect", introspect, String::new());
    line("diff", diff, String::new());
    line("plan", planned, String::new());
    let (part, of) = part.expect("a proof on a part");
    line(
        "prove",
        proved,
        format!("on a clone of {part} of {of} tables; of all: {:.0} ms", whole.as_secs_f64() * 1000.0),
    );
    println!(
        "  a full plan {:>8.0} ms          {} steps; its proof: {:.0} ms",
        full_planned.as_secs_f64() * 1000.0,
        full_plan.steps().count(),
        full_proved.as_secs_f64() * 1000.0
    );
    println!("  dump        {:>8.0} ms          {bytes} bytes", dumped.as_secs_f64() * 1000.0);
    println!(
        "  (the first comparison, which compiles the declared SQL where it is not cached: {:.1} s)",
        first.as_secs_f64()
    );
}

fn main() {
    let sizes: Vec<usize> = std::env::args().skip(1).filter_map(|a| a.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![1000] } else { sizes };
    let server = server::start().expect("PostgreSQL binaries: scripts/ci-postgres installs them");
    server.psql("postgres", &["-c", "CREATE ROLE app"]);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        for tables in sizes {
            measure(&server, tables).await;
        }
    });
}
