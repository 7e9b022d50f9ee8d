//! Whatever is taken away from the example is found, and the repair leads back:
//! on a real server each loss is inflicted, repaired by plain psql, and checked.
//! A few of them by default, spread over all sorts; `DRIFT_LOSSES=all` takes all.

use std::path::Path;

use crate::common;
use crate::common::server;
use crate::common::server::Server;

/// Of so many losses one is inflicted by default.
const EVERY: usize = 6;

#[test]
fn every_loss_is_found_and_repaired() {
    let Some(server) = server::start() else { return };
    server.rich_roles();
    server.database("whole");
    server.psql("whole", &["-f", "tests/rich.sql"]);
    let losses = server.psql("whole", &["-f", "tests/losses.sql"]);
    let losses: Vec<&str> = losses.lines().collect();
    assert!(losses.len() > 100, "only {} losses", losses.len());
    let step = if std::env::var("DRIFT_LOSSES").is_ok_and(|which| which == "all") { 1 } else { EVERY };
    let spec = tempfile::tempdir().unwrap();
    let roles = "CREATE ROLE drift_app;\nCREATE ROLE \"drift \"\"odd\"\"\";\n";
    let rich = std::fs::read_to_string(common::root().join("tests/rich.sql")).unwrap();
    std::fs::write(spec.path().join("rich.sql"), roles.to_owned() + &rich).unwrap();
    let failures: Vec<String> = losses
        .iter()
        .enumerate()
        .filter(|(n, _)| n % step == 0)
        .filter_map(|(n, loss)| converges(&server, n, loss, spec.path()).err().map(|why| format!("{loss}: {why}")))
        .collect();
    assert!(failures.is_empty(), "{} fail:\n{}", failures.len(), failures.join("\n"));
}

/// Inflicts a loss on a copy, repairs it, and checks that nothing is left but
/// what the repair said it leaves.
fn converges(server: &Server, n: usize, loss: &str, spec: &Path) -> Result<(), String> {
    let database = format!("loss_{n}");
    server.psql("postgres", &["-c", &format!("CREATE DATABASE {database} TEMPLATE whole")]);
    let url = server.url("postgres", &database);
    // A copy of a database is not set to anything, and it is another loss that is to be found.
    server.psql(&database, &["-c", &common::rich_settings()]);
    server.psql(&database, &["-c", "SET client_min_messages = warning", "-c", loss]);
    let spec = spec.to_str().unwrap();
    let before = common::drift(&["check", &url, "--spec", spec]);
    if before.status.code() != Some(1) {
        return Err(format!("not found: {}{}", common::stdout(&before), common::stderr(&before)));
    }
    let directory = tempfile::tempdir().unwrap();
    let patch = directory.path().join("patch.sql");
    let fixed = common::drift(&["fix", "--additive", &url, "--spec", spec, "--output", patch.to_str().unwrap()]);
    if fixed.status.code() != Some(0) {
        return Err(common::stderr(&fixed));
    }
    for _ in 0..if patch.exists() { 2 } else { 0 } {
        let applied = server.try_psql(&database, &["-f", patch.to_str().unwrap()]);
        if !applied.status.success() {
            return Err(format!("the patch does not run: {}", String::from_utf8_lossy(&applied.stderr)));
        }
    }
    let after = common::drift(&["check", &url, "--spec", spec, "--format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&after.stdout).map_err(|e| e.to_string())?;
    let said = common::stderr(&fixed);
    for finding in report["findings"].as_array().unwrap() {
        // As the summary names it: a bare `id` would be found in almost anything.
        let part = |key: &str| finding["object"][key].as_str().filter(|text| !text.is_empty());
        let name = ["schema", "parent", "name"].into_iter().filter_map(part).collect::<Vec<_>>().join(".");
        if !said.contains(&name) {
            return Err(format!("{} {name} is left, and nobody said so: {said}", finding["code"]));
        }
    }
    server.drop_database(&database);
    Ok(())
}
