//! Bad input: a clear message, exit code 2, and nothing written.

use std::fs;
use std::io::Write;
use std::net::TcpListener;

use crate::common;
use crate::common::server;

/// Runs the program and expects exit 2, nothing on stdout, and these words.
fn fails(arguments: &[&str], words: &[&str]) -> String {
    let output = common::drift(arguments);
    let text = common::stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {text}");
    assert_eq!(common::stdout(&output), "", "{arguments:?}");
    for word in words {
        assert!(text.contains(word), "{arguments:?}: `{word}` is not in: {text}");
    }
    assert!(text.contains("error: "), "{text}");
    text
}

fn file(name: &str, text: &str) -> (tempfile::TempDir, String) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(name);
    fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (directory, path)
}

#[test]
fn a_wrong_password() {
    let Some(server) = server::shared() else { return };
    server.psql("postgres", &["-c", "CREATE ROLE locked LOGIN PASSWORD 'right'"]);
    server.require_password("locked");
    let url = format!("postgres://locked:wr0ng-secret@127.0.0.1:{}/postgres", server.port);
    let text =
        fails(&["check", &url], &["cannot connect", "locked", "password authentication failed", "28P01", "help: "]);
    assert!(!text.contains("wr0ng-secret"));
}

#[test]
fn a_host_that_does_not_answer() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("postgres://app:s3cret@127.0.0.1:{port}/shop");
    let text = fails(&["check", &url], &["cannot connect", &port.to_string(), "refused", "help: "]);
    assert!(!text.contains("s3cret"));
}

#[test]
fn something_that_is_not_a_postgres() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = stream;
            let _client_may_be_gone = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    fails(&["check", &format!("postgres://app@127.0.0.1:{port}/shop")], &["not a Postgres", "help: "]);
}

#[test]
fn sql_that_does_not_parse() {
    let (_directory, path) = file("broken.sql", "CREATE TABLE ok (id int);\n\nCREATE TABEL nope (id int);\n");
    fails(&["snapshot", &path], &["broken.sql:3", "CREATE TABEL nope", "syntax error", "42601"]);
}

#[test]
fn sql_that_fails_in_the_scratch() {
    let (_directory, path) = file("fails.sql", "CREATE TABLE a (id int);\nCREATE INDEX ON missing (id);\n");
    fails(&["snapshot", &path], &["fails.sql:2", "CREATE INDEX ON missing", "does not exist", "42P01"]);
}

#[test]
fn an_unknown_key_in_drift_toml() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("a.sql"), "CREATE TABLE a (id int);").unwrap();
    fs::write(directory.path().join("drift.toml"), "[tenancy]\nregistri = \"tenants\"\n").unwrap();
    let spec = directory.path().to_str().unwrap();
    fails(&["check", "fixtures/remote", "--spec", spec], &["drift.toml:2", "registri", "registry"]);
}

#[test]
fn a_missing_directory() {
    fails(&["check", "no/such/place"], &["no/such/place", "help: "]);
    fails(&["check", "fixtures/remote", "--spec", "no/such/spec"], &["no/such/spec", "help: "]);
}

#[test]
fn a_directory_without_sql() {
    let directory = tempfile::tempdir().unwrap();
    fails(&["snapshot", directory.path().to_str().unwrap()], &["no .sql file", "help: "]);
}

#[test]
fn an_unreadable_snapshot() {
    let (_directory, path) = file("not.json", "this is no snapshot");
    fails(&["check", &path], &["not.json", "not a drift snapshot", "help: "]);
    let (_directory, path) = file("cut.json", "{\"drift_snapshot\":1,\"server_version\":170005,\"ro");
    fails(&["check", &path], &["cut.json", "help: "]);
}

#[test]
fn a_snapshot_of_a_newer_format() {
    let (_directory, path) = file("newer.json", "{\"drift_snapshot\":99,\"something\":\"else\"}");
    fails(&["check", &path], &["newer.json", "format 99", "update drift"]);
}

#[test]
fn unknown_arguments_and_codes() {
    fails(&["check", "--fromat", "json"], &["--fromat"]);
    fails(&["explain", "tenant-colum-missing"], &["tenant-column-missing"]);
    fails(&["fix", "fixtures/remote"], &["--additive"]);
}

#[test]
fn a_backfill_that_names_nothing_writes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let patch = directory.path().join("patch.sql");
    let path = patch.to_str().unwrap();
    let arguments = ["fix", "--additive", "fixtures/half-migrated", "--backfill", "workflow=1", "--output", path];
    fails(&arguments, &["workflow", "workflows", "help: "]);
    assert!(!patch.exists());
}

#[test]
fn a_schema_that_nobody_has() {
    fails(&["check", "fixtures/remote", "--schema", "pubic"], &["--schema pubic", "help: ", "public"]);
}

#[test]
fn nothing_is_named_at_all() {
    fails(&["check"], &["DATABASE_URL", "help: "]);
}

#[test]
fn a_schema_that_the_scratch_is_too_old_for_says_which_scratch_is_not() {
    let Some(newest) = common::matrix::newest() else { return };
    let url = newest.server.database("newer_than_the_scratch");
    let sql = "CREATE TABLE t (a int, b int); ALTER TABLE t ADD CONSTRAINT t_b_there NOT NULL b NOT VALID;";
    newest.server.psql("newer_than_the_scratch", &["-c", sql]);
    let spec = tempfile::tempdir().unwrap();
    let wanted = "CREATE TABLE t (a int, b int, c int);";
    fs::write(spec.path().join("1.sql"), wanted).unwrap();
    let spec = spec.path().to_str().unwrap();
    let said = format!("the schema of a PostgreSQL {}", newest.major);
    let words = ["cannot be built", &said, "--scratch local", "--scratch with the URL"];
    fails(&["fix", "--additive", &url, "--spec", spec, "--scratch", "embedded", "--output", "-"], &words);
}

#[test]
fn a_snapshot_that_lost_what_every_object_has() {
    let (_sql_directory, sql) = file("1.sql", "CREATE TABLE t (a int PRIMARY KEY);");
    let (_directory, snapshot) = file("s.json", "");
    let recorded = common::drift(&["snapshot", &sql, "--output", &snapshot]);
    assert_eq!(recorded.status.code(), Some(0), "{}", common::stderr(&recorded));
    let whole = fs::read_to_string(&snapshot).unwrap();
    let without = |attribute: &str, says: &str| {
        assert!(whole.contains(attribute), "{attribute} is not in {whole}");
        fs::write(&snapshot, whole.replacen(attribute, "", 1)).unwrap();
        fails(&["diff", &sql, &snapshot], &[says, "record the snapshot again"]);
    };
    without("\"type\":\"integer\",", "public.t.a has no `type`");
    without("\"definition\":\"PRIMARY KEY (a)\",", "public.t.t_pkey has no `definition`");
}
