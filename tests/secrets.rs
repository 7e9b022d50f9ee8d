//! Passwords in user mappings and subscriptions: never shown, never invented,
//! and no hindrance. A copy never follows a publisher, and a role that may not
//! see something is told so.

mod common;

use common::matrix::matrix;
use common::server;
use common::server::Server;

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
    let output = common::drift(arguments);
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
