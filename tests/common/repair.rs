//! The main job on a real server: a fixture, its repair, and a clean check.

use super::server::Server;

const TENANT: &str = "00000000-0000-0000-0000-000000000001";

/// Loads a fixture into a new database.
pub fn fixture(server: &Server, fixture: &str, database: &str) -> String {
    let url = server.database(database);
    server.load(database, &super::root().join("fixtures").join(fixture));
    url
}

pub fn fix(url: &str, output: &str, more: &[&str]) -> std::process::Output {
    let mut arguments = vec!["fix", "--additive", url, "--output", output];
    arguments.extend(more);
    super::drift(&arguments)
}

/// Repairs with a backfill, applies twice with plain psql, checks, asks the rows and
/// proves that tenants are kept apart.
pub fn completely(server: &Server, fixture_name: &str, table: &str, rows: &str) {
    let database = format!("full_{}", fixture_name.replace('-', "_"));
    let url = fixture(server, fixture_name, &database);
    let directory = tempfile::tempdir().unwrap();
    let patch = directory.path().join("patch.sql");
    let patch = patch.to_str().unwrap();
    let tenant = format!("id={TENANT},slug=platform,name=Platform,type=platform");
    let backfill = format!("{table}={TENANT}");
    let output = fix(&url, patch, &["--backfill", &backfill, "--create-tenant", &tenant]);
    assert_eq!(output.status.code(), Some(0), "{}", super::stderr(&output));
    for _ in 0..2 {
        server.psql(&database, &["-f", patch]);
    }
    let check = super::drift(&["check", "--probe", &url]);
    assert_eq!(check.status.code(), Some(0), "{}{}", super::stdout(&check), super::stderr(&check));
    let proof = super::drift(&["prove", &url]);
    assert_eq!(proof.status.code(), Some(0), "{}{}", super::stdout(&proof), super::stderr(&proof));
    let belongs =
        server.psql(&database, &["-c", &format!("SELECT count(*) FROM {table} WHERE tenant_id = '{TENANT}'")]);
    assert_eq!(belongs.trim(), rows);
}
