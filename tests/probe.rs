//! `drift check --probe` on a real PostgreSQL server: what the rows say, and
//! that no answer is never a good answer.

use std::path::PathBuf;
use std::process::Output;
use std::process::Stdio;

use crate::common;
use crate::common::server;
use crate::common::server::Server;

const TOML: &str = r#"
[tenancy]
registry = "tenants"
column   = "tenant_id"
roles    = ["probe_app"]
context  = "(select current_setting('app.tenant_id', true)::uuid)"

[tables]
members = "member"
sources = "shareable"
users   = "global"

[shareable]
columns = { is_shared = "boolean not null default false", shared_with = "uuid[]" }
check   = "is_shared or shared_with is null"
read    = "is_shared and (shared_with is null or ( SELECT current_setting('app.tenant_id', true)::uuid ) = any (shared_with))"
"#;

const SCHEMA: &str = "
CREATE TABLE tenants (id uuid PRIMARY KEY);
CREATE TABLE users (id int PRIMARY KEY);
CREATE TABLE members (tenant_id uuid NOT NULL REFERENCES tenants, user_id int NOT NULL REFERENCES users, PRIMARY KEY (tenant_id, user_id));
CREATE TABLE sources (id int PRIMARY KEY, tenant_id uuid REFERENCES tenants, name text, secret text, is_shared boolean NOT NULL DEFAULT false, shared_with uuid[]);
CREATE INDEX sources_tenant ON sources (tenant_id);
CREATE TABLE chunks (id int PRIMARY KEY, tenant_id uuid REFERENCES tenants, source_id int REFERENCES sources, created_by int REFERENCES users, reviewed_by int REFERENCES users);
CREATE INDEX chunks_tenant ON chunks (tenant_id);
";

const DECLARED: &str = "ALTER TABLE sources ADD CONSTRAINT sources_name UNIQUE (tenant_id, name);";

/// Tenants a, b and c; c is not registered.
const ROWS: &str = "
INSERT INTO tenants VALUES ('aaaaaaaa-0000-0000-0000-000000000000'), ('bbbbbbbb-0000-0000-0000-000000000000');
INSERT INTO users VALUES (1), (2);
INSERT INTO members VALUES ('aaaaaaaa-0000-0000-0000-000000000000', 1), ('bbbbbbbb-0000-0000-0000-000000000000', 2);
INSERT INTO sources VALUES
  (1, 'aaaaaaaa-0000-0000-0000-000000000000', 'one', 'do not print', false, NULL),
  (2, 'bbbbbbbb-0000-0000-0000-000000000000', 'one', 'do not print', true, NULL),
  (3, 'bbbbbbbb-0000-0000-0000-000000000000', 'two', 'do not print', true, '{aaaaaaaa-0000-0000-0000-000000000000}');
-- Of tenant a: its own source, one that b shows to everybody, one that b shows to a.
INSERT INTO chunks VALUES
  (1, 'aaaaaaaa-0000-0000-0000-000000000000', 1, 1, 2),
  (2, 'aaaaaaaa-0000-0000-0000-000000000000', 2, 1, NULL),
  (3, 'aaaaaaaa-0000-0000-0000-000000000000', 3, NULL, 2);
";

struct Scene {
    url: String,
    database: String,
    spec: tempfile::TempDir,
}

impl Scene {
    fn new(server: &Server, database: &str) -> Scene {
        let url = server.database(database);
        let spec = tempfile::tempdir().unwrap();
        std::fs::write(spec.path().join("drift.toml"), TOML).unwrap();
        std::fs::write(spec.path().join("schema.sql"), format!("{SCHEMA}{DECLARED}")).unwrap();
        for sql in [SCHEMA, ROWS] {
            server.psql(database, &["-c", sql]);
        }
        Scene { url, database: database.to_owned(), spec }
    }

    fn spec(&self) -> PathBuf {
        self.spec.path().to_owned()
    }

    fn probe(&self, url: &str, more: &[&str]) -> Output {
        let spec = self.spec();
        let mut arguments = vec!["check", "--probe", url, "--spec", spec.to_str().unwrap()];
        arguments.extend(more);
        common::drift(&arguments)
    }

    /// What the probes found: code, object, and the message.
    fn found(&self) -> Vec<(String, String, String)> {
        let output = self.probe(&self.url, &["--format", "json"]);
        assert_eq!(output.status.code(), Some(1), "{}", common::stderr(&output));
        let text = common::stdout(&output);
        assert!(!text.contains("do not print"), "{text}");
        let report: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert!(report["probes"]["asked"].as_u64().unwrap() > 5);
        let word = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let rows = report["findings"].as_array().unwrap().iter().filter(|f| word(&f["code"]).contains("rows-"));
        rows.map(|f| {
            (word(&f["code"]), word(&f["object"]["name"]), format!("{}; {}", word(&f["message"]), word(&f["actual"])))
        })
        .collect()
    }
}

#[test]
fn rows_that_are_right_are_no_finding() {
    let Some(server) = server::shared() else { return };
    assert_eq!(Scene::new(server, "probe_right").found(), []);
}

#[test]
fn every_probe_finds_its_rows_and_shows_only_keys() {
    let Some(server) = server::shared() else { return };
    let scene = Scene::new(server, "probe_wrong");
    server.psql(
        &scene.database,
        &[
            "-c",
            "UPDATE chunks SET tenant_id = NULL WHERE id = 3",
            "-c",
            "UPDATE sources SET shared_with = '{}', is_shared = false WHERE id = 2",
            "-c",
            "INSERT INTO sources (id, tenant_id, name) VALUES (4, 'aaaaaaaa-0000-0000-0000-000000000000', 'one')",
            "-c",
            "SET session_replication_role = replica; \
             INSERT INTO chunks (id, tenant_id, created_by) SELECT n, 'cccccccc-0000-0000-0000-000000000000', 2 FROM generate_series(11, 14) AS n",
        ],
    );
    let found = scene.found();
    let codes: Vec<(&str, &str)> = found.iter().map(|(code, name, _)| (code.as_str(), name.as_str())).collect();
    let mut expected = vec![
        ("tenant-rows-without", "tenant_id"),
        ("tenant-rows-orphaned", "tenant_id"),
        ("tenant-rows-cross", "chunks_source_id_fkey"),
        ("share-rows-contradict", "sources"),
        ("tenant-rows-duplicate", "sources_name"),
        ("member-rows-missing", "chunks_created_by_fkey"),
    ];
    let mut sorted = codes.clone();
    sorted.sort_unstable();
    expected.sort_unstable();
    assert_eq!(sorted, expected, "{found:#?}");
    let said = |code: &str| &found.iter().find(|(c, _, _)| c == code).unwrap().2;
    assert!(said("tenant-rows-without").starts_with("public.chunks has 1 row without a tenant"), "{found:#?}");
    assert!(said("tenant-rows-orphaned").ends_with("rows with id 11, 12, 13, …"), "{found:#?}");
    assert!(said("tenant-rows-cross").ends_with("rows with id 2"), "{found:#?}");
    assert!(said("tenant-rows-duplicate").contains("1 value more than once under (tenant_id, name)"), "{found:#?}");
}

#[test]
fn many_rows_are_counted_up_to_a_limit() {
    let Some(server) = server::shared() else { return };
    let scene = Scene::new(server, "probe_many");
    server.psql(&scene.database, &["-c", "INSERT INTO chunks (id) SELECT generate_series(100, 2000)"]);
    let found = scene.found();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].2.contains("more than 1000 rows without a tenant"), "{found:#?}");
}

#[test]
fn an_answer_that_row_level_security_would_filter_is_no_answer() {
    let Some(server) = server::shared() else { return };
    let scene = Scene::new(server, "probe_filtered");
    // The owner itself is confined, as a migrating role on a hosted database is.
    server.psql(
        &scene.database,
        &[
            "-c",
            "CREATE ROLE probe_owner LOGIN",
            "-c",
            "ALTER TABLE chunks OWNER TO probe_owner; GRANT SELECT ON ALL TABLES IN SCHEMA public TO probe_owner; \
             ALTER TABLE chunks ENABLE ROW LEVEL SECURITY; ALTER TABLE chunks FORCE ROW LEVEL SECURITY; \
             UPDATE chunks SET tenant_id = NULL",
        ],
    );
    let output = scene.probe(&server.url("probe_owner", &scene.database), &[]);
    assert_eq!(output.status.code(), Some(2), "{}", common::stdout(&output));
    let said = common::stderr(&output);
    assert!(said.contains("row-level security policy for table \"chunks\" (42501)"), "{said}");
    assert!(said.contains("help: "), "{said}");
    let report = common::stdout(&output);
    assert!(report.contains("no answer: tenant-rows-without of public.chunks.tenant_id"), "{report}");
    // Whoever sees all rows is answered.
    let output = scene.probe(&scene.url, &[]);
    assert_eq!(output.status.code(), Some(1), "{}", common::stderr(&output));
    assert!(common::stdout(&output).contains("public.chunks has 3 rows without a tenant"));
}

/// A session that does something and holds it until dropped.
struct Holder(std::process::Child);

impl Holder {
    fn start(scene: &Scene, server: &Server, sql: &str) -> Holder {
        let child = server
            .psql_command(&scene.database)
            .args([
                "-c",
                &format!("SET application_name = 'holder_{}'; BEGIN; {sql}; SELECT pg_sleep(60)", scene.database),
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let holder = Holder(child);
        let asleep = format!(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'holder_{}' AND wait_event = 'PgSleep'",
            scene.database
        );
        for _ in 0..100 {
            if server.psql("postgres", &["-c", &asleep]).trim() == "1" {
                return holder;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("the holder does not hold");
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn a_writer_does_not_hold_up_a_probe_and_a_locked_table_is_said_to_be_locked() {
    let Some(server) = server::shared() else { return };
    let scene = Scene::new(server, "probe_locked");
    let writer = Holder::start(&scene, server, "UPDATE chunks SET tenant_id = tenant_id");
    assert_eq!(scene.found(), []);
    drop(writer);
    let _locker = Holder::start(&scene, server, "LOCK TABLE chunks IN ACCESS EXCLUSIVE MODE");
    let output = scene.probe(&scene.url, &[]);
    assert_eq!(output.status.code(), Some(2), "{}", common::stdout(&output));
    assert!(common::stderr(&output).contains("lock timeout"), "{}", common::stderr(&output));
    // What else was asked has its answer.
    assert!(!common::stdout(&output).contains("no answer: share-rows-contradict"), "{}", common::stdout(&output));
}

#[test]
fn a_big_table_is_sampled_and_the_report_says_so() {
    let Some(server) = server::shared() else { return };
    let scene = Scene::new(server, "probe_big");
    server.psql(
        &scene.database,
        &[
            "-c",
            "ALTER TABLE sources ALTER COLUMN secret SET STORAGE plain",
            "-c",
            "INSERT INTO sources (id, tenant_id, name, secret, shared_with) \
             SELECT n, 'aaaaaaaa-0000-0000-0000-000000000000', n, repeat('x', 1500), CASE WHEN n % 10 = 0 THEN '{}'::uuid[] END \
             FROM generate_series(1000, 110000) AS n",
            "-c",
            "SET session_replication_role = replica; \
             UPDATE sources SET tenant_id = 'cccccccc-0000-0000-0000-000000000000' WHERE id = 77777; \
             UPDATE sources SET tenant_id = NULL WHERE id = 88888",
        ],
    );
    let found = scene.found();
    let said = |code: &str| &found.iter().find(|(c, _, _)| c == code).unwrap_or_else(|| panic!("{found:#?}")).2;
    // An index led by the tenant finds the one row among all; a contradiction shows in a sample.
    assert!(said("tenant-rows-without").ends_with("rows with id 88888"), "{found:#?}");
    assert!(said("tenant-rows-orphaned").ends_with("rows with id 77777"), "{found:#?}");
    assert!(said("share-rows-contradict").contains("public.sources has at least "), "{found:#?}");
    assert!(said("share-rows-contradict").contains(" % of the table)"), "{found:#?}");
    let report = common::stdout(&scene.probe(&scene.url, &[]));
    assert!(report.contains("sampled: share-rows-contradict of public.sources: "), "{report}");
}

#[test]
fn what_has_no_rows_or_no_tenants_is_not_probed() {
    let directory = tempfile::tempdir().unwrap();
    let snapshot = directory.path().join("snapshot.json");
    let snapshot = snapshot.to_str().unwrap();
    assert!(common::drift(&["snapshot", "expected-schema", "--output", snapshot]).status.success());
    let output = common::drift(&["check", "--probe", snapshot]);
    assert_eq!(output.status.code(), Some(2));
    assert!(common::stderr(&output).contains("it records a schema and no rows"), "{}", common::stderr(&output));
    std::fs::write(directory.path().join("schema.sql"), SCHEMA).unwrap();
    let plain = directory.path().join("schema.sql");
    let spec = directory.path().join("spec");
    std::fs::create_dir(&spec).unwrap();
    std::fs::copy(&plain, spec.join("schema.sql")).unwrap();
    let output = common::drift(&["check", "--probe", plain.to_str().unwrap(), "--spec", spec.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(common::stderr(&output).contains("says nothing about tenants"), "{}", common::stderr(&output));
}

#[test]
fn a_sequence_behind_its_rows_is_a_note_and_the_note_says_how_to_move_it() {
    let Some(server) = server::shared() else { return };
    let url = server.database("probe_sequences");
    let spec = tempfile::tempdir().unwrap();
    let schema = "
CREATE TABLE orders (id serial PRIMARY KEY);
CREATE TABLE \"Odd lots\" (\"No\" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY);
CREATE TABLE untouched (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
CREATE TABLE begun (id serial PRIMARY KEY);
CREATE TABLE further (id serial PRIMARY KEY);
CREATE SEQUENCE down INCREMENT BY -1;
CREATE TABLE downwards (id int DEFAULT nextval('down'));
";
    std::fs::write(spec.path().join("schema.sql"), schema).unwrap();
    server.psql(
        "probe_sequences",
        &[
            "-c",
            schema,
            "-c",
            "INSERT INTO orders (id) VALUES (1), (2); SELECT nextval('orders_id_seq')",
            "-c",
            "INSERT INTO \"Odd lots\" VALUES (1), (7)",
            "-c",
            "INSERT INTO begun DEFAULT VALUES",
            "-c",
            "INSERT INTO further (id) VALUES (99); SELECT setval('further_id_seq', 100, false)",
            "-c",
            "INSERT INTO downwards VALUES (5)",
        ],
    );
    let check = |exit| {
        let output =
            common::drift(&["check", "--probe", &url, "--spec", spec.path().to_str().unwrap(), "--format", "json"]);
        assert_eq!(output.status.code(), Some(exit), "{}", common::stdout(&output));
        let report: serde_json::Value = serde_json::from_str(&common::stdout(&output)).unwrap();
        assert_eq!(report["probes"]["asked"], 5);
        assert_eq!(report["probes"]["unanswered"].as_array().map_or(0, Vec::len), 0, "{report}");
        report["findings"].as_array().unwrap().clone()
    };
    let found = check(1);
    let said = |n: usize, field: &str| found[n][field].as_str().unwrap();
    let all: Vec<(&str, &str, &str)> =
        (0..found.len()).map(|n| (said(n, "code"), said(n, "severity"), said(n, "actual"))).collect();
    let note = |rows| ("sequence-behind", "note", rows);
    assert_eq!(all, [note("rows with No 1, 7"), note("rows with id 2")]);
    assert!(said(1, "message").starts_with("public.orders has 1 row whose id its sequence"), "{found:#?}");
    for finding in &found {
        let help = finding["help"].as_str().unwrap();
        let sql = help.strip_prefix("run ").and_then(|help| help.strip_suffix(" while nobody inserts")).unwrap();
        server.psql("probe_sequences", &["-c", sql]);
    }
    assert_eq!(check(0), Vec::<serde_json::Value>::new());
    server
        .psql("probe_sequences", &["-c", "INSERT INTO orders DEFAULT VALUES; INSERT INTO \"Odd lots\" DEFAULT VALUES"]);
}
