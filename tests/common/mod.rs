//! Shared by the tests: goldens, the program, and real servers.
#![allow(dead_code, clippy::disallowed_macros)]

pub mod bouncer;
pub mod browser;
pub mod golden;
pub mod matrix;
pub mod mutation;
pub mod pooler;
pub mod readers;
pub mod repair;
pub mod reports;
pub mod server;
pub mod stage;
pub mod tls;

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;

/// Compares text with a golden file. `DRIFT_BLESS=1` renews it.
pub fn golden(path: &Path, actual: &str) {
    if std::env::var_os("DRIFT_BLESS").is_some() {
        std::fs::write(path, actual).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    if expected != actual {
        let diff = similar::TextDiff::from_lines(&expected, actual);
        panic!(
            "{} differs (DRIFT_BLESS=1 renews it):\n{}",
            path.display(),
            diff.unified_diff().context_radius(3).header("golden", "actual")
        );
    }
}

/// What tests/rich.sql sets its database to: neither a copy nor a dump of a
/// database has that, unless it is made with `pg_dump --create`.
pub fn rich_settings() -> String {
    let rich = std::fs::read_to_string(root().join("tests/rich.sql")).unwrap();
    let block = rich.split("\nDO $$").nth(1).and_then(|rest| rest.split("END $$;").next()).unwrap();
    assert!(block.contains("ALTER DATABASE"));
    format!("DO $$ {block} END $$")
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The program in the root of the repository, without the caller's settings.
pub fn drift(arguments: &[&str]) -> Output {
    drift_in(&root(), arguments, &[])
}

pub fn drift_in(directory: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_drift"));
    command.current_dir(directory).args(arguments).env("COLUMNS", "120");
    for name in [
        "DATABASE_URL",
        "PGHOST",
        "PGPORT",
        "PGUSER",
        "PGPASSWORD",
        "PGDATABASE",
        "PGSSLMODE",
        "PGPASSFILE",
        "GITHUB_STEP_SUMMARY",
    ] {
        command.env_remove(name);
    }
    command.envs(environment.iter().copied()).output().unwrap()
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
