//! A plan for a database of its own, and whoever comes in its way.
#![allow(dead_code)]

use std::path::PathBuf;
use std::process::Output;

use crate::common::drift;
use crate::common::drift_in;
use crate::common::repair::fix;
use crate::common::repair::fixture;
use crate::common::server::Server;
use crate::common::server::shared;
use crate::common::stderr;
use crate::common::stdout;

/// Another tenant gets one of the workflows, which no plan gave it.
pub const GIVE_ONE_AWAY: &str = "\
    INSERT INTO tenants (id, slug, name, type) VALUES ('00000000-0000-0000-0000-0000000000bb', 'other', 'Other', 'client'); \
    SET session_replication_role = replica; \
    UPDATE workflows SET tenant_id = '00000000-0000-0000-0000-0000000000bb' \
    WHERE id = (SELECT id FROM workflows ORDER BY id LIMIT 1)";

pub const TENANT: &str = "00000000-0000-0000-0000-000000000001";

/// A plan for a fixture in a database of its own.
pub struct Stage {
    pub server: &'static Server,
    pub database: String,
    pub url: String,
    pub directory: tempfile::TempDir,
}

impl Stage {
    /// `None` where this machine has no server.
    #[track_caller]
    pub fn new(database: &str) -> Option<Stage> {
        let server = shared()?;
        let url = server.database(database);
        Some(Stage { server, database: database.to_owned(), url, directory: tempfile::tempdir().unwrap() })
    }

    /// A fixture of the repository, and the additive plan that repairs it.
    #[track_caller]
    pub fn fixture(name: &str, table: &str, database: &str) -> Option<Stage> {
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

    pub fn plan(&self) -> PathBuf {
        self.directory.path().join("plan.sql")
    }

    /// Declared SQL, and the plan that leads to it from what is there.
    pub fn full(&self, declared: &str, more: &[&str]) {
        std::fs::write(self.directory.path().join("declared.sql"), declared).unwrap();
        let plain = ["fix", "--full", &self.url, "--to", "declared.sql", "--output", "plan.sql"];
        let output = drift_in(self.directory.path(), &[&plain[..], more].concat(), &[]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    }

    pub fn sql(&self, sql: &str) -> String {
        self.server.psql(&self.database, &["-c", sql]).trim().to_owned()
    }

    /// Applies the plan from the root of the repository.
    pub fn apply(&self, more: &[&str]) -> Output {
        let plan = self.plan();
        drift(&[&["apply", plan.to_str().unwrap(), &self.url], more].concat())
    }

    /// Applies it from where the plan lies.
    pub fn apply_here(&self, plan: &str, more: &[&str]) -> Output {
        drift_in(self.directory.path(), &[&["apply", plan, &self.url], more].concat(), &[])
    }

    pub fn journal(&self) -> String {
        self.sql("SELECT string_agg(step || ' ' || result, ', ' ORDER BY step) FROM drift.journal WHERE plan !~ ' '")
    }
}

#[track_caller]
pub fn succeeds(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(output), stderr(output));
    stdout(output)
}

#[track_caller]
pub fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{}{}", stdout(output), stderr(output));
    stderr(output)
}

/// A session that holds something until it is dropped.
pub struct Holding(std::process::Child);

impl Holding {
    pub fn new(stage: &Stage, sql: &str) -> Holding {
        use std::io::Write;
        let mut command = stage.server.psql_command(&stage.database);
        let mut child =
            command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::null()).spawn().unwrap();
        writeln!(child.stdin.as_mut().unwrap(), "SET application_name = 'holder';\nBEGIN;\n{sql}").unwrap();
        // It ends with this, however the test ends.
        let holding = Holding(child);
        let there = "SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = 'holder' \
            AND state = 'idle in transaction' AND query NOT LIKE 'BEGIN%' AND datname = current_database()";
        stage.until(there);
        holding
    }
}

impl Holding {
    /// What it did stays.
    pub fn commit(mut self) {
        use std::io::Write;
        writeln!(self.0.stdin.as_mut().unwrap(), "COMMIT;").unwrap();
    }
}

impl Drop for Holding {
    fn drop(&mut self) {
        // Its standard input ends, and so it ends.
        drop(self.0.stdin.take());
        self.0.wait().unwrap();
    }
}

/// A drift that runs, and is told to stop.
pub struct Running(std::process::Child);

impl Running {
    pub fn new(stage: &Stage, more: &[&str]) -> Running {
        Running::of(stage, "plan.sql", more)
    }

    pub fn of(stage: &Stage, plan: &str, more: &[&str]) -> Running {
        use std::process::Stdio;
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_drift"));
        command.current_dir(stage.directory.path()).args(["apply", plan, &stage.url]).args(more);
        Running(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    pub fn signal(&self, name: &str) {
        let id = self.0.id().to_string();
        assert!(std::process::Command::new("kill").args([name, &id]).status().unwrap().success());
    }

    pub fn end(self) -> Output {
        self.0.wait_with_output().unwrap()
    }

    /// What it tells on its standard output, line by line.
    pub fn lines(&mut self) -> std::io::Lines<std::io::BufReader<std::process::ChildStdout>> {
        std::io::BufRead::lines(std::io::BufReader::new(self.0.stdout.take().unwrap()))
    }
}

impl Stage {
    /// Waits until a query says `t`.
    #[track_caller]
    pub fn until(&self, sql: &str) {
        for _ in 0..200 {
            if self.sql(sql) == "t" {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("never came true: {sql}");
    }
}
