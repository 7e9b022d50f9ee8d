//! Passwords in user mappings and subscriptions: never shown, never invented,
//! and no hindrance. A copy never follows a publisher, and a role that may not
//! see something is told so.

use crate::common;
use crate::common::matrix::matrix;
use crate::common::server;
use crate::common::server::Server;

const SECRET: &str = "hunter2";

/// A database that reaches out, with its secrets, to a host that is not there.
const OUTWARD: &str = "
CREATE FOREIGN DATA WRAPPER w;
CREATE SERVER far FOREIGN DATA WRAPPER w OPTIONS (host 'far', password 'hunter2');
CREATE USER MAPPING FOR PUBLIC SERVER far OPTIONS (\"user\" 'me', password 'hunter2');
CREATE SUBSCRIPTION words CONNECTION 'host=far user=me password=hunter2' PUBLICATION p WITH (connect = false, slot_name = NONE);
CREATE SUBSCRIPTION uri CONNECTION 'postgresql://me:hunter2@far/db?sslpassword=hunter2' PUBLICATION p WITH (connect = false, slot_name = NONE);
SET allow_system_table_mods = on;
UPDATE pg_catalog.pg_subscription SET subenabled = true, subslotname = subname WHERE subname = 'words';
CREATE TABLE t (a int);
";

fn load(server: &Server, database: &str) -> String {
    let url = server.database(database);
    for statement in OUTWARD.split_inclusive(";\n") {
        // One session a statement, so that nothing runs inside one transaction.
        let settings = "SET client_min_messages = error; SET allow_system_table_mods = on;";
        server.psql(database, &["-c", settings, "-c", statement]);
    }
    url
}

fn run(arguments: &[&str], code: i32) -> String {
    run_in(&common::root(), arguments, &[], code)
}

fn run_in(directory: &std::path::Path, arguments: &[&str], environment: &[(&str, &str)], code: i32) -> String {
    let output = common::drift_in(directory, arguments, environment);
    let said = format!("{}{}", common::stdout(&output), common::stderr(&output));
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    assert!(!said.contains(SECRET), "{arguments:?}: {said}");
    said
}

#[test]
fn a_database_with_secrets_is_repaired_and_none_is_shown() {
    let Some(server) = server::shared() else { return };
    let url = load(server, "secrets");
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let snapshot = file("now.json", "");
    run(&["snapshot", &url, "--output", &snapshot], 0);
    let recorded = std::fs::read_to_string(&snapshot).unwrap();
    assert!(!recorded.contains(SECRET));
    assert!(recorded.contains("uri=postgresql://me@far/db") && recorded.contains("user=me"), "{recorded}");
    assert_eq!(run(&["diff", &url, &snapshot], 0).matches("finding").count(), 0);

    // What stays as it is, is no part of the clone, or there without its secret.
    let wanted = recorded.replace("\"a\"", "\"b\"");
    assert_ne!(wanted, recorded);
    let wanted = file("wanted.json", &wanted);
    let plan = run(&["fix", "--full", &url, "--to", &wanted, "--allow-data-loss", "--output", "-"], 0);
    assert!(plan.contains("nothing is left") && plan.contains("ADD COLUMN"), "{plan}");
    assert!(!plan.contains("SUBSCRIPTION") && !plan.contains("MAPPING"), "{plan}");

    // What is made anew from it says what a person has to do.
    let dump = run(&["dump", &url], 0);
    assert!(dump.contains("CREATE USER MAPPING"), "{dump}");
    assert!(dump.contains("ALTER SERVER far OWNER") && !dump.contains("ALTER SUBSCRIPTION"), "{dump}");
    assert!(dump.contains("subscription uri: its connection holds a secret, which was not read"), "{dump}");
}

/// Every file below a directory.
fn files(directory: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// As chatty as it gets, with secrets wherever one can be: none is in what is said, logged,
/// reported, planned, cached or written into the database.
#[test]
fn no_log_no_report_and_no_plan_holds_a_secret() {
    let Some(server) = server::shared() else { return };
    let plain = load(server, "secrets_all");
    server.psql("secrets_all", &["-c", "CREATE ROLE secretive LOGIN SUPERUSER PASSWORD 'hunter2'"]);
    server.require_password("secretive");
    let url = plain.replace("postgres@", "secretive:hunter2@");
    let words = format!("host=127.0.0.1 port={} user=secretive password=hunter2 dbname=secrets_all", server.port);
    let directory = tempfile::tempdir().unwrap();
    let spec = directory.path().join("expected-schema");
    std::fs::create_dir(&spec).unwrap();
    std::fs::write(spec.join("schema.sql"), "CREATE TABLE t (a int, b text);\nCREATE INDEX t_a ON t (a);\n").unwrap();
    let cache = directory.path().join("cache");
    let passwords = directory.path().join("passwords");
    std::fs::write(&passwords, "127.0.0.1:*:*:secretive:hunter2\n").unwrap();
    let wrong = url.replace("127.0.0.1", "127.0.0.1,localhost").replace("secrets_all", "nowhere");
    let environment = [
        ("DRIFT_CACHE_DIR", cache.to_str().unwrap()),
        ("PGPASSFILE", passwords.to_str().unwrap()),
        ("PGPASSWORD", "hunter2"),
        ("DATABASE_URL", &url),
        ("RUST_LOG", "trace"),
    ];
    let run = |arguments: &[&str], code| run_in(directory.path(), arguments, &environment, code);
    let mut said = Vec::new();
    for format in ["table", "json", "markdown", "sarif", "junit", "github", "gitlab"] {
        said.push(run(&["check", "-vv", "--format", format], 1));
        said.push(run(&["diff", "-vv", &words, "expected-schema", "--format", format], 1));
    }
    said.push(run(&["check", "-vv", "--scratch", &url, "--no-cache", "--report", "json=report.json"], 1));
    said.push(run(&["check", "-vv", &wrong], 2));
    said.push(run(&["check", "-vv", &url.replace("127.0.0.1:", "127.0.0.1:1"), "--quiet"], 2));
    said.push(run(&["baseline", "-vv", "--why", "old", "--output", "baseline.toml"], 0));
    said.push(run(&["snapshot", "-vv", &words, "--output", "now.json"], 0));
    said.push(run(&["dump", "-vv", "--output", "dump"], 0));
    said.push(run(&["fix", "-vv", "--additive", "--output", "plan.sql"], 0));
    said.push(run(&["apply", "-vv", "plan.sql", "--dry-run"], 0));
    said.push(run(&["apply", "-vv", "plan.sql", "--format", "json"], 0));
    said.push(run(&["apply", "-vv", "plan.sql", "--undo"], 0));
    let said = said.concat();
    // It was chatty, and about all of it.
    for word in [
        "INFO connected at=",
        "role=\"secretive\"",
        "DEBUG read a catalog queries=",
        "round_trips=1",
        "INFO compiled SQL in a scratch Postgres",
        "comes from the cache",
        "INFO proof: the clone is built",
    ] {
        assert!(said.contains(word), "nobody says {word}: {said}");
    }
    std::fs::remove_file(&passwords).unwrap();
    let written = files(directory.path());
    assert!(written.len() >= 8 && cache.exists(), "{written:?}");
    for path in &written {
        let bytes = std::fs::read(path).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains(SECRET), "{} holds the secret", path.display());
    }
    let journal = format!("SELECT count(*), count(*) FILTER (WHERE j::text ~ '{SECRET}') FROM drift.journal AS j");
    let counted = server.psql("secrets_all", &["-c", &journal]);
    assert!(counted.trim().ends_with("|0") && !counted.starts_with('0'), "{counted}");
}

#[test]
fn who_is_no_superuser_is_told_what_is_hidden() {
    let Some(matrix) = matrix() else { return };
    for version in matrix.versions.iter().filter(|version| [13, 15, 18].contains(&version.major)) {
        let server = version.server;
        let database = "hidden";
        let url = load(server, database);
        server.psql(database, &["-c", "CREATE ROLE onlooker LOGIN", "-c", "GRANT SELECT ON t TO onlooker"]);
        let theirs = url.replace("postgres@", "onlooker@");
        // Hidden is not different: what can be seen is the same, and the rest is named.
        let said = run(&["diff", &url, &theirs], 0);
        assert!(said.contains("what only superusers see of subscriptions"), "{}: {said}", version.major);
        assert!(said.contains("options of user mappings that are hidden from this role"), "{}: {said}", version.major);
        server.psql(database, &["-c", "DROP OWNED BY onlooker", "-c", "DROP ROLE onlooker"]);
        server.drop_database(database);
    }
}
