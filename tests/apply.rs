//! `drift apply` on a real server: what it runs, what it refuses, and that it
//! goes on where it was stopped.

mod common;

use std::path::Path;
use std::path::PathBuf;
use std::process::Output;

use common::drift;
use common::drift_in;
use common::repair::fix;
use common::repair::fixture;
use common::server::Server;
use common::server::shared;
use common::stderr;
use common::stdout;

const TENANT: &str = "00000000-0000-0000-0000-000000000001";

/// A plan for a fixture in a database of its own.
struct Stage {
    server: &'static Server,
    database: String,
    url: String,
    directory: tempfile::TempDir,
}

impl Stage {
    /// `None` where this machine has no server.
    fn new(database: &str) -> Option<Stage> {
        let server = shared()?;
        let url = server.database(database);
        Some(Stage { server, database: database.to_owned(), url, directory: tempfile::tempdir().unwrap() })
    }

    /// A fixture of the repository, and the additive plan that repairs it.
    fn fixture(name: &str, table: &str, database: &str) -> Option<Stage> {
        let server = shared()?;
        let url = fixture(server, name, database);
        let stage = Stage { server, database: database.to_owned(), url, directory: tempfile::tempdir().unwrap() };
        let tenant = format!("id={TENANT},slug=platform,name=Platform,type=platform");
        let backfill = format!("{table}={TENANT}");
        let output =
            fix(&stage.url, stage.plan().to_str().unwrap(), &["--backfill", &backfill, "--create-tenant", &tenant]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        Some(stage)
    }

    fn plan(&self) -> PathBuf {
        self.directory.path().join("plan.sql")
    }

    /// Declared SQL, and the plan that leads to it from what is there.
    fn full(&self, declared: &str, more: &[&str]) {
        std::fs::write(self.directory.path().join("declared.sql"), declared).unwrap();
        let plain = ["fix", "--full", &self.url, "--to", "declared.sql", "--output", "plan.sql"];
        let output = drift_in(self.directory.path(), &[&plain[..], more].concat(), &[]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    }

    fn sql(&self, sql: &str) -> String {
        self.server.psql(&self.database, &["-c", sql]).trim().to_owned()
    }

    /// Applies the plan from the root of the repository.
    fn apply(&self, more: &[&str]) -> Output {
        let plan = self.plan();
        drift(&[&["apply", plan.to_str().unwrap(), &self.url], more].concat())
    }

    /// Applies it from where the plan lies.
    fn apply_here(&self, plan: &str, more: &[&str]) -> Output {
        drift_in(self.directory.path(), &[&["apply", plan, &self.url], more].concat(), &[])
    }

    fn journal(&self) -> String {
        self.sql("SELECT string_agg(step || ' ' || result, ', ' ORDER BY step) FROM drift.journal")
    }
}

#[track_caller]
fn succeeds(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(output), stderr(output));
    stdout(output)
}

#[track_caller]
fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{}{}", stdout(output), stderr(output));
    stderr(output)
}

fn edit(path: &Path, change: impl Fn(&str) -> String) {
    let text = std::fs::read_to_string(path).unwrap();
    std::fs::write(path, change(&text)).unwrap();
}

/// The whole way of an additive plan, and what is there to see of it afterwards.
fn repairs(name: &str, table: &str, rows: &str) {
    let database = format!("apply_{}", name.replace('-', "_"));
    let Some(stage) = Stage::fixture(name, table, &database) else { return };
    let said = succeeds(&stage.apply(&[]));
    assert!(said.ends_with("applied: the database is as declared\n"), "{said}");
    // The journal is there, and is no drift.
    let check = drift(&["check", &stage.url]);
    assert_eq!(check.status.code(), Some(0), "{}", stdout(&check));
    let belongs = stage.sql(&format!("SELECT count(*) FROM {table} WHERE tenant_id = '{TENANT}'"));
    assert_eq!(belongs, rows);
    let steps = stage.sql(
        "SELECT count(*) || ' ' || count(*) FILTER (WHERE result = 'done' AND ended >= started) FROM drift.journal",
    );
    let (all, done) = steps.split_once(' ').unwrap();
    assert!(all == done && all.parse::<u32>().unwrap() > 10, "{steps}");
    let again = succeeds(&stage.apply(&[]));
    assert!(again.contains("was applied here to its end") && !again.contains("1/"), "{again}");
    // What was taken back since is said, not done again.
    stage.sql("ALTER TABLE workflows DISABLE ROW LEVEL SECURITY");
    let since = stage.apply(&[]);
    assert_eq!(since.status.code(), Some(1), "{}{}", stdout(&since), stderr(&since));
    assert!(stdout(&since).contains("table public.workflows (row security)"), "{}", stdout(&since));
}

#[test]
fn the_half_migrated_database_is_repaired() {
    repairs("half-migrated", "workflows", "4");
}

#[test]
fn the_remote_database_is_repaired() {
    repairs("remote", "agents", "3");
}

const THERE: &str = "\
CREATE TABLE kept (id int PRIMARY KEY, a text, gone text);
CREATE TABLE unused (id int PRIMARY KEY);
CREATE INDEX kept_a ON kept (a);
CREATE VIEW v AS SELECT id, a FROM kept;
INSERT INTO kept SELECT n, 'a' || n, 'g' FROM generate_series(1, 50) AS n;
INSERT INTO unused VALUES (1), (2);
";

const DECLARED: &str = "\
CREATE TABLE kept (id bigint PRIMARY KEY, a varchar(10));
CREATE INDEX kept_a ON kept (a DESC);
CREATE VIEW v AS SELECT id, a FROM kept;
";

#[test]
fn a_full_plan_loses_data_only_where_that_was_said_twice() {
    let Some(stage) = Stage::new("apply_full") else { return };
    stage.server.load_case("apply_full", THERE);
    stage.full(DECLARED, &["--allow-data-loss"]);
    let said = refused(&stage.apply_here("plan.sql", &[]));
    assert!(said.contains("table public.unused: its rows") && said.contains("--allow-data-loss"), "{said}");
    let said = refused(&stage.apply_here("plan.sql", &["--allow-data-loss"]));
    assert!(said.contains("in which database") && said.contains("--database apply_full"), "{said}");
    let said = refused(&stage.apply_here("plan.sql", &["--allow-data-loss", "--database", "other"]));
    assert!(said.contains("--database says other"), "{said}");
    assert_eq!(stage.sql("SELECT to_regclass('drift.journal')"), "", "a refusal wrote a journal");
    let shown = succeeds(&stage.apply_here("plan.sql", &["--dry-run"]));
    assert!(shown.contains("DROP TABLE") && shown.contains("Something is gone afterwards."), "{shown}");
    assert!(shown.contains("locks public.kept: ACCESS EXCLUSIVE (blocks reads and writes)"), "{shown}");

    let said = succeeds(&stage.apply_here("plan.sql", &["--allow-data-loss", "--database", "apply_full"]));
    assert!(said.ends_with("applied: the database is as declared\n"), "{said}");
    assert_eq!(stage.sql("SELECT count(*), count(DISTINCT a), min(a) FROM v"), "50|50|a1");
    let after = drift_in(stage.directory.path(), &["diff", &stage.url, "declared.sql"], &[]);
    assert_eq!(after.status.code(), Some(0), "{}", stdout(&after));
}
