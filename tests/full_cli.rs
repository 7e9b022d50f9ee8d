//! `drift fix --full` as a user meets it: what it refuses, what it loses, and
//! that the real server agrees. `--strict-coverage` too.

use std::fs;

use crate::common;
use crate::common::drift_in;
use crate::common::stderr;
use crate::common::stdout;

const THERE: &str = "\
CREATE TABLE kept (id int PRIMARY KEY, a text, gone text);
CREATE TABLE unused (id int PRIMARY KEY);
CREATE VIEW v AS SELECT id, a FROM kept;
INSERT INTO kept SELECT n, 'a' || n, 'g' FROM generate_series(1, 50) AS n;
INSERT INTO unused VALUES (1), (2);
";

const DECLARED: &str = "\
CREATE TABLE kept (id bigint PRIMARY KEY, a varchar(10));
CREATE VIEW v AS SELECT id, a FROM kept;
";

#[test]
fn what_loses_data_is_refused_and_then_loses_just_that() {
    let Some(server) = common::server::shared() else { return };
    let url = server.database("full_cli");
    server.load_case("full_cli", THERE);
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("declared.sql"), DECLARED).unwrap();
    let run = |more: &[&str]| {
        let plain = ["fix", "--full", url.as_str(), "--to", "declared.sql", "--output", "plan.sql"];
        drift_in(directory.path(), &[&plain[..], more].concat(), &[])
    };

    let refused = run(&[]);
    assert_eq!(refused.status.code(), Some(2));
    let said = stderr(&refused);
    for loss in ["table public.unused: its rows", "column public.kept.gone: its values", "--allow-data-loss"] {
        assert!(said.contains(loss), "{said}");
    }
    assert!(!directory.path().join("plan.sql").exists(), "a refused plan was written");

    let written = run(&["--allow-data-loss"]);
    assert_eq!(written.status.code(), Some(0), "{}", stderr(&written));
    let plan = fs::read_to_string(directory.path().join("plan.sql")).unwrap();
    let losses = plan.lines().filter(|line| line.starts_with("-- LOSES ")).count();
    assert_eq!(losses, 2, "{plan}");
    assert!(!plan.contains("CASCADE"), "{plan}");

    server.psql("full_cli", &["-f", directory.path().join("plan.sql").to_str().unwrap()]);
    let rows = server.psql("full_cli", &["-Atc", "SELECT count(*), count(DISTINCT a), min(a) FROM v"]);
    assert_eq!(rows.trim(), "50|50|a1");
    let after = drift_in(directory.path(), &["diff", &url, "declared.sql"], &[]);
    assert_eq!(after.status.code(), Some(0), "{}", stdout(&after));
    let again = run(&[]);
    assert!(stderr(&again).contains("nothing to do"), "{}", stderr(&again));
}

#[test]
fn strict_coverage_names_what_was_not_compared() {
    let Some(server) = common::server::shared() else { return };
    let url = server.database("strict");
    server.load_case("strict", "CREATE TABLE t (a int);\nSELECT lo_create(4711);\n");
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("declared.sql"), "CREATE TABLE t (a int);\n").unwrap();
    let plain = drift_in(directory.path(), &["diff", &url, "declared.sql"], &[]);
    assert_eq!(plain.status.code(), Some(0), "{}", stderr(&plain));
    assert!(stdout(&plain).contains("large objects"), "{}", stdout(&plain));
    let strict = drift_in(directory.path(), &["diff", &url, "declared.sql", "--strict-coverage"], &[]);
    assert_eq!(strict.status.code(), Some(2));
    assert!(stderr(&strict).contains("actual: 1 large objects (4711)"), "{}", stderr(&strict));
    let fix = drift_in(directory.path(), &["fix", "--full", &url, "--to", "declared.sql", "--strict-coverage"], &[]);
    assert_eq!(fix.status.code(), Some(2));
    assert!(stderr(&fix).contains("large objects"), "{}", stderr(&fix));
}

#[test]
fn a_plan_can_be_reviewed() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("there.sql"), THERE).unwrap();
    fs::write(directory.path().join("declared.sql"), DECLARED).unwrap();
    let review = |format: &str, more: &[&str]| {
        let plain = ["fix", "--full", "there.sql", "--to", "declared.sql", "--allow-data-loss", "--format", format];
        let output = drift_in(directory.path(), &[&plain[..], more].concat(), &[]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        stdout(&output)
    };

    let json = review("json", &["--output", "plan.json"]);
    assert_eq!(json, "");
    let json = fs::read_to_string(directory.path().join("plan.json")).unwrap();
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    let validator = jsonschema::validator_for(&drift::report::plan::schema()).expect("the schema is one");
    let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    let report: drift::model::plan_report::PlanReport = serde_json::from_str(&json).unwrap();
    assert_eq!(report.losses.len(), 2);
    assert_eq!(report.proof.unwrap().rows, 52);

    let golden = common::root().join("tests/golden/plan.md");
    common::golden(&golden, &review("markdown", &[]));
    let written: Vec<_> = fs::read_dir(directory.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(written.len(), 3, "a migration was written: {written:?}");
}

#[test]
fn short_forms_for_a_database_that_nobody_uses() {
    let Some(server) = common::server::shared() else { return };
    let url = server.database("full_offline");
    let there = "CREATE TABLE a (id int, b int); CREATE TABLE k (id int PRIMARY KEY); CREATE INDEX changes ON a (b); \
                 CREATE TABLE whole (id int, b int) PARTITION BY LIST (b); CREATE TABLE one PARTITION OF whole FOR VALUES IN (1); \
                 INSERT INTO k VALUES (1); INSERT INTO a VALUES (1, 1); INSERT INTO whole VALUES (1, 1);";
    server.load_case("full_offline", there);
    let declared = "\
CREATE TABLE k (id int PRIMARY KEY);
CREATE TABLE a (id int PRIMARY KEY, b int NOT NULL UNIQUE REFERENCES k, CHECK (b > 0));
CREATE INDEX changes ON a (b DESC);
CREATE TABLE whole (id int, b int, PRIMARY KEY (id, b)) PARTITION BY LIST (b);
CREATE TABLE one PARTITION OF whole FOR VALUES IN (1);
CREATE INDEX of_whole ON whole (id);
";
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("declared.sql"), declared).unwrap();
    let plan = |more: &[&str]| {
        let plain = ["fix", "--full", url.as_str(), "--to", "declared.sql", "--output", "-"];
        let output = drift_in(directory.path(), &[&plain[..], more].concat(), &[]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        stdout(&output)
    };
    let careful = ["CONCURRENTLY", "NOT VALID", "VALIDATE CONSTRAINT"];
    let online = plan(&[]);
    let offline = plan(&["--offline"]);
    for form in careful {
        assert!(online.contains(form), "{form}: {online}");
        assert!(!offline.contains(form), "{form}: {offline}");
    }
    assert_eq!(offline.matches("BEGIN;").count(), 1, "{offline}");
    fs::write(directory.path().join("plan.sql"), &offline).unwrap();
    server.psql("full_offline", &["-f", directory.path().join("plan.sql").to_str().unwrap()]);
    let after = drift_in(directory.path(), &["diff", &url, "declared.sql"], &[]);
    assert_eq!(after.status.code(), Some(0), "{}", stdout(&after));
}
