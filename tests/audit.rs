//! Who made what no migration explains: from the audit log, or from commit times.

use crate::common;
use crate::common::server;
use crate::common::server::Server;

/// A server that keeps commit times.
fn keeping_times() -> Option<Server> {
    let bin = server::binaries()?;
    Some(server::start_from(&bin, &bin, "-c track_commit_timestamp=on"))
}

fn migrations() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("migrations")).unwrap();
    std::fs::write(directory.path().join("migrations/001_items.sql"), "CREATE TABLE items (id int PRIMARY KEY);\n")
        .unwrap();
    directory
}

fn status(directory: &tempfile::TempDir, url: &str) -> Vec<serde_json::Value> {
    let arguments = ["status", url, "--migrations", "migrations", "--format", "json"];
    let output = common::drift_in(directory.path(), &arguments, &[]);
    assert_eq!(output.status.code(), Some(1), "{}", common::stderr(&output));
    let status: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    status["by_hand"].as_array().unwrap().clone()
}

#[test]
fn what_was_made_by_hand_has_its_author_and_statement() {
    let Some(server) = server::shared() else { return };
    let url = server.database("audited");
    let directory = migrations();
    let audit = |what: &str| {
        let file = directory.path().join(format!("{what}.sql"));
        let file = file.to_str().unwrap();
        let output = common::drift(&["audit", what, "--output", file]);
        assert_eq!(output.status.code(), Some(0), "{}", common::stderr(&output));
        server.psql("audited", &["--single-transaction", "-f", file]);
    };
    server.psql("audited", &["-f", directory.path().join("migrations/001_items.sql").to_str().unwrap()]);
    server.psql("audited", &["-c", "CREATE TABLE before_the_log (id int)"]);
    audit("install");
    // Nobody's: neither the log nor its triggers are drift.
    let snapshot = common::stdout(&common::drift(&["snapshot", &url]));
    assert!(!snapshot.contains("record_change") && !snapshot.contains("drift_changes"), "{snapshot}");
    server.psql("audited", &["-c", "CREATE ROLE somebody_else; GRANT CREATE ON SCHEMA public TO somebody_else"]);
    server.psql(
        "audited",
        &[
            "-c",
            "SET ROLE somebody_else",
            "-c",
            "CREATE TABLE tried (id int); CREATE FUNCTION guess(a int, b text) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        ],
    );
    server.psql("audited", &["-c", "ALTER TABLE items ADD COLUMN note text"]);
    server.psql("audited", &["-c", "CREATE TABLE gone (id int)", "-c", "DROP TABLE gone"]);
    let found = status(&directory, &url);
    let of = |name: &str| {
        let one = found.iter().find(|found| found["object"]["name"] == name);
        one.unwrap_or_else(|| panic!("{name} is not in {found:#?}"))["changed"].clone()
    };
    assert!(of("before_the_log").is_null());
    for name in ["tried", "guess(integer, text)"] {
        let changed = of(name);
        assert_eq!(changed["evidence"], "audit-log");
        assert_eq!(changed["by"], "somebody_else");
        assert_eq!(changed["application"], "psql");
        assert_eq!(changed["from"], "127.0.0.1");
        assert!(changed["statement"].as_str().unwrap().starts_with("CREATE TABLE tried (id int); CREATE FUNCTION"));
    }
    assert_eq!(of("note")["by"], "postgres");
    assert_eq!(of("note")["statement"], "ALTER TABLE items ADD COLUMN note text");
    let dropped = "SELECT string_agg(command || ' ' || object, ', ') FROM drift.changes WHERE dropped";
    assert_eq!(server.psql("audited", &["-c", dropped]).trim(), "DROP TABLE public.gone");
    // A password that a statement names is not kept.
    let secret = "CREATE EXTENSION postgres_fdw; CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw; \
                  CREATE USER MAPPING FOR CURRENT_USER SERVER far OPTIONS (password 'hidden-one')";
    for statement in secret.split("; ") {
        server.psql("audited", &["-c", statement]);
    }
    let kept = "SELECT count(*) FILTER (WHERE statement LIKE '%hidden-one%'), count(*) FILTER (WHERE command = 'CREATE USER MAPPING') FROM drift.changes";
    assert_eq!(server.psql("audited", &["-c", kept]).trim(), "0|1");
    // Nothing is held up where the log cannot be written.
    server.psql("audited", &["-c", "DROP TABLE drift.changes", "-c", "CREATE TABLE after_all (id int)"]);
    audit("uninstall");
    assert_eq!(server.psql("audited", &["-c", "SELECT count(*) FROM pg_event_trigger"]).trim(), "0");
    assert_eq!(
        server.psql("audited", &["-c", "SELECT count(*) FROM pg_namespace WHERE nspname = 'drift'"]).trim(),
        "0"
    );
}

#[test]
fn without_a_log_commit_times_say_when() {
    let Some(server) = keeping_times() else {
        assert!(std::env::var_os("DRIFT_REQUIRE_LOCAL").is_none());
        return;
    };
    let url = server.database("timed");
    let directory = migrations();
    server.psql("timed", &["-f", directory.path().join("migrations/001_items.sql").to_str().unwrap()]);
    server.psql(
        "timed",
        &[
            "-c",
            "ALTER TABLE items ADD COLUMN note text, ADD CONSTRAINT short CHECK (id < 10)",
            "-c",
            "CREATE VIEW seen AS SELECT id FROM items",
        ],
    );
    let now = server.psql("timed", &["-c", "SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD')"]);
    for found in status(&directory, &url) {
        assert_eq!(found["changed"]["evidence"], "commit-time", "{found:#}");
        assert!(found["changed"]["at"].as_str().unwrap().starts_with(now.trim()), "{found:#}");
    }
    let text = common::drift_in(directory.path(), &["status", &url, "--migrations", "migrations"], &[]);
    let text = common::stdout(&text);
    assert!(text.contains("view public.seen") && text.contains(", changed last at 20"), "{text}");
}
