//! A big backfill as it happens: the remote fixture with 200,000 agents, its
//! patch in three parts, psql killed in the middle of the second and started
//! again, and an application that reads and writes meanwhile. How fast rows are
//! written, how often, and how long anybody waits.
#![allow(clippy::disallowed_macros)]

#[path = "../tests/common/server.rs"]
#[allow(dead_code)]
mod server;
#[allow(dead_code)]
mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

use server::Server;

/// How long what took at most.
type Times = BTreeMap<String, Duration>;

const ROWS: u64 = 200_000;
const PLATFORM: &str = "00000000-0000-0000-0000-000000000001";
const DATABASE: &str = "bench_backfill";

/// An expression over the row, so that every row has to be written.
const WAY: &str = "agents=sql: coalesce((metadata ->> 'tenant')::uuid, '00000000-0000-0000-0000-000000000001'::uuid)";

fn ask(server: &Server, sql: &str) -> String {
    server.psql(DATABASE, &["-c", sql]).trim().to_owned()
}

fn number(server: &Server, sql: &str) -> u64 {
    ask(server, sql).parse().expect("a number")
}

/// Runs a part to its end.
fn run(server: &Server, file: &Path) -> Duration {
    let began = Instant::now();
    server.psql(DATABASE, &["-f", file.to_str().expect("a path")]);
    began.elapsed()
}

/// Starts a part and kills psql once half of the rows are written; how many
/// were, and how long that took.
fn killed(server: &Server, file: &Path) -> (u64, Duration) {
    let began = Instant::now();
    let mut psql = server
        .psql_command(DATABASE)
        .args(["-f", file.to_str().expect("a path")])
        .env("PGAPPNAME", "killed")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("psql starts");
    let filled = || number(server, "SELECT count(*) FROM agents WHERE tenant_id IS NOT NULL");
    while filled() < ROWS / 2 {
        assert!(psql.try_wait().expect("psql can be watched").is_none(), "it ended before it could be killed");
        std::thread::sleep(Duration::from_millis(20));
    }
    psql.kill().expect("psql can be killed");
    psql.wait().expect("psql ends");
    let took = began.elapsed();
    while number(server, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'killed'") > 0 {
        std::thread::sleep(Duration::from_millis(20));
    }
    (filled(), took)
}

/// What somebody who uses the table meanwhile sees.
struct Application {
    stop: Arc<AtomicBool>,
    threads: Vec<std::thread::JoinHandle<Times>>,
}

impl Application {
    fn start(url: &str) -> Application {
        let stop = Arc::new(AtomicBool::new(false));
        let works: [fn(&str, &AtomicBool) -> Times; 2] = [uses, watches];
        let threads = works.map(|work| {
            let (url, stop) = (url.to_owned(), stop.clone());
            std::thread::spawn(move || work(&url, &stop))
        });
        Application { stop, threads: threads.into() }
    }

    fn stop(self) -> Times {
        self.stop.store(true, Ordering::Relaxed);
        self.threads.into_iter().flat_map(|thread| thread.join().expect("it ends")).collect()
    }
}

fn with_session(url: &str, work: impl AsyncFn(&drift::pg::connect::Session)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let target = drift::pg::connect::Target::parse(url).expect("a URL");
        let session = drift::pg::connect::connect(&target).await.expect("the server answers");
        work(&session).await;
        session.close().await;
    });
}

/// Reads and writes one row after the other: the slowest of each.
fn uses(url: &str, stop: &AtomicBool) -> Times {
    let slowest = std::cell::RefCell::new(BTreeMap::new());
    with_session(url, async |session| {
        // The new application, from the start: the old one would end with the contract.
        let claims = format!("SET request.jwt.claims = '{{\"app_metadata\": {{\"tenant_id\": \"{PLATFORM}\"}}}}'");
        session.client().batch_execute(&claims).await.expect("a setting");
        let mut n = 0;
        while !stop.load(Ordering::Relaxed) {
            n += 1;
            for (what, sql) in [
                ("slowest read of a row", format!("SELECT FROM agents WHERE name = 'agent {n}' LIMIT 1")),
                (
                    "slowest insert of a row",
                    format!("INSERT INTO agents (name, system_prompt) VALUES ('late {n}', 'x')"),
                ),
            ] {
                let began = Instant::now();
                session.client().batch_execute(&sql).await.expect("the application goes on");
                let mut slowest = slowest.borrow_mut();
                let entry = slowest.entry(what.to_owned()).or_insert(Duration::ZERO);
                *entry = began.elapsed().max(*entry);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    slowest.into_inner()
}

/// Looks which locks on the table are held that somebody waits for, and how long.
fn watches(url: &str, stop: &AtomicBool) -> Times {
    let longest = std::cell::RefCell::new(BTreeMap::new());
    with_session(url, async |session| {
        let mut since: BTreeMap<(String, String), Instant> = BTreeMap::new();
        let sql = "SELECT mode, virtualtransaction FROM pg_locks WHERE relation = 'agents'::regclass AND granted \
                   AND mode IN ('AccessExclusiveLock', 'ShareRowExclusiveLock', 'ShareLock')";
        while !stop.load(Ordering::Relaxed) {
            let rows = session.client().query_typed(sql, &[]).await.expect("locks can be seen");
            let held: Vec<(String, String)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
            since.retain(|lock, _| held.contains(lock));
            for lock in held {
                let began = *since.entry(lock.clone()).or_insert_with(Instant::now);
                let mut longest = longest.borrow_mut();
                let entry = longest.entry(format!("longest {}", lock.0)).or_insert(Duration::ZERO);
                *entry = began.elapsed().max(*entry);
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
    longest.into_inner()
}

fn main() {
    let server = server::start().expect("PostgreSQL binaries: scripts/ci-postgres installs them");
    let url = server.database(DATABASE);
    server.load(DATABASE, &Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/remote"));
    ask(
        &server,
        &format!(
            "INSERT INTO agents (name, system_prompt) SELECT 'agent ' || n, repeat('You advise. ', 20) FROM generate_series(4, {ROWS}) AS n"
        ),
    );
    ask(&server, "CREATE INDEX agents_name ON agents (name)");
    ask(&server, "VACUUM ANALYZE agents");

    let directory = tempfile::tempdir().expect("a directory");
    let patch = directory.path().join("patch.sql");
    let tenant = format!("id={PLATFORM},slug=platform,name=Platform,type=platform");
    let output = patch.to_str().expect("a path");
    let (planned, _) =
        support::run(&["fix", "--additive", &url, "--output", output, "--backfill", WAY, "--create-tenant", &tenant]);
    let part = |word: &str| directory.path().join(format!("patch_{word}.sql"));

    let application = Application::start(&url);
    let expand = run(&server, &part("1_expand"));
    // Some of the late ones came before the column.
    let wanted = number(&server, "SELECT count(*) FROM agents WHERE tenant_id IS NULL");
    let before = number(&server, "SELECT n_tup_upd FROM pg_stat_user_tables WHERE relname = 'agents'");
    let (half, first) = killed(&server, &part("2_backfill"));
    let second = run(&server, &part("2_backfill"));
    assert_eq!(number(&server, "SELECT count(*) FROM agents WHERE tenant_id IS NULL"), 0);
    // Statistics arrive when their session ends.
    std::thread::sleep(Duration::from_secs(1));
    let touched = number(&server, "SELECT n_tup_upd FROM pg_stat_user_tables WHERE relname = 'agents'") - before;
    let contract = run(&server, &part("3_contract"));
    let waits = application.stop();

    let late = number(&server, "SELECT count(*) FROM agents WHERE name LIKE 'late%'");
    // The statistics count a batch that was taken back, too: at most the one that was killed.
    assert!((wanted..=wanted + 5000).contains(&touched), "{touched} writes for {wanted} rows");
    let rate = wanted as f64 / (first + second).as_secs_f64();
    let ms = |d: Duration| d.as_secs_f64() * 1000.0;
    println!("{ROWS} rows in agents; {late} more were inserted meanwhile");
    println!("  measured, planned and proved {:>9.0} ms", ms(planned));
    println!("  1 expand                     {:>9.0} ms", ms(expand));
    println!("  2 backfill, killed           {:>9.0} ms  {half} rows were written", ms(first));
    println!(
        "  2 backfill, again            {:>9.0} ms  {rate:.0} rows per second in both; {touched} writes in all",
        ms(second)
    );
    println!("  3 contract                   {:>9.0} ms", ms(contract));
    for (what, time) in waits {
        println!("  {what:<28} {:>9.0} ms", ms(time));
    }
}
