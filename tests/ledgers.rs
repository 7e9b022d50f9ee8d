//! Ledgers of migration tools: each tool's table, in agreement and with every contradiction
//! that it can have; and what real tools write, which drift must read as they mean it.
// Says which part a machine without dbmate does not cover.
#![allow(clippy::disallowed_macros)]

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;

use crate::common;
use crate::common::server;
use crate::common::server::Server;
use drift::history::ledger::status::Conflict;
use drift::history::ledger::status::Reading;
use drift::history::status::Status;
use refinery_core::Runner;
use sqlx::Connection as _;

/// What the files of all stories lead to.
const SCHEMA: &str = "CREATE TABLE customers (id int PRIMARY KEY, name text, email text);
CREATE TABLE orders (id int PRIMARY KEY, customer int REFERENCES customers);
CREATE TABLE notes (id int PRIMARY KEY, body text);";

/// One tool's files, its ledger, and cases: SQL that happens to it, and what drift then says.
struct Story {
    files: Vec<(String, String)>,
    ledger: String,
    cases: Vec<Case>,
}

struct Case {
    name: String,
    sql: String,
    says: Vec<String>,
}

impl Story {
    fn read(tool: &str) -> Story {
        let path = common::root().join(format!("tests/ledgers/{tool}.txt"));
        let text = std::fs::read_to_string(&path).unwrap();
        let mut story = Story { files: Vec::new(), ledger: String::new(), cases: Vec::new() };
        for part in text.split("\n=== ").skip(1) {
            let (head, body) = part.split_once('\n').unwrap_or((part, ""));
            match head.split_once(' ').unwrap_or((head, "")) {
                // The empty line in front of the next part belongs to that.
                ("file", name) => story.files.push((name.to_owned(), body.to_owned())),
                ("ledger", _) => story.ledger = body.to_owned(),
                ("case", name) => {
                    let lines = body.lines();
                    let (says, sql): (Vec<&str>, Vec<&str>) = lines.partition(|line| line.starts_with("--- "));
                    story.cases.push(Case {
                        name: name.to_owned(),
                        sql: sql.join("\n"),
                        says: says.iter().map(|line| line.trim_start_matches("--- ").to_owned()).collect(),
                    });
                }
                other => panic!("{}: what is {other:?}?", path.display()),
            }
        }
        assert!(!story.files.is_empty() && !story.ledger.is_empty() && !story.cases.is_empty());
        story
    }

    fn write(&self, directory: &Path) {
        self.files.iter().for_each(|(name, text)| write(directory, name, text));
    }
}

fn write(directory: &Path, name: &str, text: &str) {
    let path = directory.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// `drift status` of any source, with the server as its scratch.
fn told(server: &Server, source: &str, migrations: &Path, format: &str) -> Output {
    let scratch = server.url("postgres", "postgres");
    let migrations = ["status", source, "--migrations", migrations.to_str().unwrap(), "--spec", "none"];
    common::drift(&[&migrations[..], &["--scratch", &scratch, "--format", format]].concat())
}

fn run(server: &Server, database: &str, directory: &Path, format: &str) -> Output {
    let output = told(server, &server.url("postgres", database), directory, format);
    assert!(output.status.code() < Some(2), "{}", common::stderr(&output));
    output
}

fn status(server: &Server, database: &str, directory: &Path) -> Status {
    let output = run(server, database, directory, "json");
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let validator = jsonschema::validator_for(&drift::report::status::schema()).unwrap();
    let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    let status: Status = serde_json::from_value(value).unwrap();
    let mut contradictions = status.ledgers.iter().flat_map(|ledger| &ledger.contradictions);
    // How things came about is told, and is no drift.
    let told = [Conflict::OutOfOrder, Conflict::FileGone, Conflict::RolledBack, Conflict::Skipped];
    let drift = contradictions.any(|one| !told.contains(&one.kind))
        || !status.by_hand.is_empty()
        || status.migrations.iter().any(|m| m.is_drift() || status.is_pending(m));
    assert_eq!(output.status.code(), Some(i32::from(drift)));
    status
}

/// All that a report says of ledgers, one line for each thing.
fn says(status: &Status) -> Vec<String> {
    let by_hand = status.by_hand.iter().map(|found| format!("by hand {}", found.object.dotted()));
    let mut said: Vec<String> = by_hand.collect();
    for ledger in &status.ledgers {
        said.extend(ledger.because.iter().map(|because| format!("because {because}")));
        match &ledger.reading {
            Reading::Unreadable { message } => said.push(format!("unreadable {message}")),
            Reading::OfOthers => said.push(format!("of others {}", ledger.table)),
            Reading::Judged => {}
        }
        for one in &ledger.contradictions {
            let kind = serde_json::to_value(one.kind).unwrap();
            said.push(format!("{} {}", kind.as_str().unwrap(), one.title()));
        }
    }
    said
}

/// Tells the story of a tool to drift.
fn tell(tool: &str) {
    let Some(server) = server::shared() else { return };
    let story = Story::read(tool);
    let directory = tempfile::tempdir().unwrap();
    story.write(directory.path());
    let base = format!("story_{tool}");
    server.database(&base);
    server.psql(&base, &["-c", SCHEMA, "-c", &story.ledger]);
    for (n, case) in story.cases.iter().enumerate() {
        let database = format!("{base}_{n}");
        server.psql("postgres", &["-c", &format!("CREATE DATABASE {database} TEMPLATE {base}")]);
        if !case.sql.is_empty() {
            server.psql(&database, &["-c", &case.sql]);
        }
        let status = status(server, &database, directory.path());
        assert_eq!(says(&status), case.says, "{tool}, {}: {:#?}", case.name, status.ledgers);
        let [ledger] = status.ledgers.as_slice() else { panic!("{tool}: {:#?}", status.ledgers) };
        assert_eq!(ledger.tool.to_lowercase().replace('-', "_"), tool);
    }
}

macro_rules! stories {
    ($($tool:ident),* $(,)?) => { mod story { $(#[test] fn $tool() { super::tell(stringify!($tool)); })* } };
}

stories!(
    supabase,
    diesel,
    golang_migrate,
    goose,
    flyway,
    liquibase,
    alembic,
    django,
    rails,
    prisma,
    drizzle,
    node_pg_migrate,
    sqitch,
    plain,
);

#[test]
fn every_tool_is_told_of_or_run() {
    for tool in drift::history::ledger::TOOLS {
        let name = tool.name.to_lowercase().replace('-', "_");
        let told = common::root().join(format!("tests/ledgers/{name}.txt")).exists();
        assert!(told || ["dbmate", "sqlx", "refinery"].contains(&name.as_str()), "{name}");
    }
}

/// A report as people read it: the evidence, and what to do.
#[test]
fn contradictions_are_shown_in_every_format() {
    let Some(server) = server::shared() else { return };
    let story = Story::read("flyway");
    let directory = tempfile::tempdir().unwrap();
    story.write(directory.path());
    server.database("shown");
    server.psql("shown", &["-c", SCHEMA, "-c", &story.ledger, "-c", &story.cases[1].sql]);
    for (format, golden) in [("table", "flyway.golden.txt"), ("markdown", "flyway.golden.md")] {
        let output = common::stdout(&run(server, "shown", directory.path(), format));
        let output = output.replace(&server.port.to_string(), "PORT");
        common::golden(&common::root().join("tests/ledgers").join(golden), &output);
    }
    let wanted = ["recorded-not-there", "there-not-recorded", "file-changed", "out-of-order", "file-gone"];
    for format in ["sarif", "junit", "github", "gitlab"] {
        let output = common::stdout(&run(server, "shown", directory.path(), format));
        // What has no file has no place in a merge request of GitLab.
        for code in &wanted[..if format == "gitlab" { 4 } else { 5 }] {
            let code = format!("ledger-{code}");
            assert!(output.contains(&code), "{format} lacks {code}: {output}");
        }
    }
}

/// A ledger that the role may not read is said, and the rest is told all the same.
#[test]
fn a_ledger_that_may_not_be_read_is_said() {
    let Some(server) = server::shared() else { return };
    let story = Story::read("diesel");
    let directory = tempfile::tempdir().unwrap();
    story.write(directory.path());
    server.database("closed");
    server.psql("closed", &["-c", SCHEMA, "-c", &story.ledger, "-c", "CREATE ROLE ledger_reader LOGIN"]);
    let output = told(server, &server.url("ledger_reader", "closed"), directory.path(), "table");
    let shown = common::stdout(&output);
    assert!(
        shown.contains("ledger of Diesel, public.__diesel_schema_migrations: cannot be read: permission denied"),
        "{shown}{}",
        common::stderr(&output)
    );
    assert!(shown.contains("help: let the role read it"), "{shown}");
    assert!(shown.contains("complete  2025-01-01-000001_customers/up.sql"), "{shown}");
}

/// SQL that inserts into a ledger, as a dump does, is as good as a database; a snapshot is not, and says so.
#[test]
fn a_dump_has_its_ledger_and_a_snapshot_has_none() {
    let Some(server) = server::shared() else { return };
    let story = Story::read("diesel");
    let directory = tempfile::tempdir().unwrap();
    let migrations = directory.path().join("migrations");
    story.write(&migrations);
    write(directory.path(), "dump.sql", &format!("{SCHEMA}\n{}", story.ledger));
    let [dump, snapshot] = ["dump.sql", "snapshot.json"].map(|name| directory.path().join(name).display().to_string());
    let scratch = server.url("postgres", "postgres");
    let taken = common::drift(&["snapshot", &dump, "--output", &snapshot, "--scratch", &scratch]);
    assert!(taken.status.success(), "{}", common::stderr(&taken));
    // What was compiled and cached has no rows: the ledger is read all the same.
    let output = told(server, &dump, &migrations, "table");
    let shown = common::stdout(&output);
    assert!(shown.contains("4 records, in agreement"), "{shown}{}", common::stderr(&output));
    let output = told(server, &snapshot, &migrations, "table");
    assert!(common::stderr(&output).contains("a snapshot holds no rows"), "{}", common::stderr(&output));
}

/// Of programs nothing but a ledger can tell.
#[test]
fn programs_without_a_ledger_are_no_clean_result() {
    let Some(server) = server::shared() else { return };
    let story = Story::read("alembic");
    let directory = tempfile::tempdir().unwrap();
    story.write(directory.path());
    server.database("without_ledger");
    let output = told(server, &server.url("postgres", "without_ledger"), directory.path(), "table");
    assert_eq!(output.status.code(), Some(2), "{}", common::stdout(&output));
    let said = common::stderr(&output);
    assert!(said.contains("nothing can be told of migrations in Python"), "{said}");
}

/// The ledger of other migrations is named and not judged.
#[test]
fn the_ledger_of_another_project_is_left_alone() {
    let Some(server) = server::shared() else { return };
    let (ours, others) = (Story::read("diesel"), Story::read("prisma"));
    let directory = tempfile::tempdir().unwrap();
    ours.write(directory.path());
    server.database("two");
    server.psql("two", &["-c", SCHEMA, "-c", &ours.ledger, "-c", &others.ledger]);
    let status = status(server, "two", directory.path());
    assert_eq!(says(&status), ["of others public._prisma_migrations"]);
}

/// Files for a tool that runs SQL, in an order in which the second comes late.
struct Project {
    directory: tempfile::TempDir,
    names: [&'static str; 4],
}

const STEPS: [&str; 4] = [
    "CREATE TABLE customers (id int PRIMARY KEY, name text);\n",
    "CREATE TABLE tags (id int PRIMARY KEY);\n",
    "ALTER TABLE customers ADD COLUMN email text;\n",
    "CREATE TABLE orders (id int PRIMARY KEY, customer int REFERENCES customers);\n",
];

impl Project {
    fn new(names: [&'static str; 4]) -> Project {
        Project { directory: tempfile::tempdir().unwrap(), names }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    /// All but the second file, which comes late.
    fn begin(&self, wrap: impl Fn(&str) -> String) {
        for at in [0, 2, 3] {
            write(self.path(), self.names[at], &wrap(STEPS[at]));
        }
    }

    fn late(&self, wrap: impl Fn(&str) -> String) {
        write(self.path(), self.names[1], &wrap(STEPS[1]));
    }
}

#[test]
fn what_dbmate_writes_is_read() {
    let (Some(server), Some(dbmate)) = (server::shared(), dbmate()) else { return };
    let project = Project::new([
        "20250101000001_customers.sql",
        "20250101000002_tags.sql",
        "20250101000003_email.sql",
        "20250101000004_orders.sql",
    ]);
    let wrap = |sql: &str| format!("-- migrate:up\n{sql}\n-- migrate:down\nSELECT 1;\n");
    project.begin(wrap);
    server.database("by_dbmate");
    let up = || {
        let url = format!("{}?sslmode=disable", server.url("postgres", "by_dbmate"));
        let arguments = ["--url", &url, "--migrations-dir", project.path().to_str().unwrap(), "--no-dump-schema", "up"];
        let output = Command::new(&dbmate).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}{}", common::stdout(&output), common::stderr(&output));
    };
    up();
    let told = || {
        let status = status(server, "by_dbmate", project.path());
        assert_eq!(status.ledgers[0].tool, "dbmate");
        let rails = "because a table of Rails looks the same; taken for that of dbmate: the files are those of dbmate";
        let mut said = says(&status);
        assert_eq!(said.remove(0), rails);
        said
    };
    assert_eq!(told(), [""; 0]);
    project.late(wrap);
    assert_eq!(told(), ["skipped 20250101000002_tags.sql"]);
    up();
    assert_eq!(told(), [""; 0]);
    let planted = "ALTER TABLE customers DROP COLUMN email; INSERT INTO schema_migrations VALUES ('20240101000000');
        DELETE FROM schema_migrations WHERE version = '20250101000004'";
    server.psql("by_dbmate", &["-c", planted]);
    assert_eq!(
        told(),
        ["not-there 20250101000003_email.sql", "not-recorded 20250101000004_orders.sql", "file-gone 20240101000000"]
    );
}

/// The dbmate that `scripts/ci-ledgers` has fetched; `None` where nobody ran it, which DRIFT_REQUIRE_LEDGERS=1 forbids.
fn dbmate() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let directory = match (variable("DRIFT_LEDGERS"), variable("HOME")) {
        (Some(directory), _) => directory,
        (None, Some(home)) if home == Path::new("/root") => PathBuf::from("/var/cache/drift/ledgers"),
        (None, home) => home.unwrap_or_default().join(".cache/drift/ledgers"),
    };
    let program = directory.join("dbmate");
    if program.exists() {
        return Some(program);
    }
    let required = std::env::var_os("DRIFT_REQUIRE_LEDGERS").is_some();
    assert!(!required, "{} is not there; scripts/ci-ledgers fetches it", program.display());
    eprintln!("not covered here: there is no dbmate; scripts/ci-ledgers fetches it");
    None
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

#[test]
fn what_sqlx_writes_is_read() {
    let Some(server) = server::shared() else { return };
    let project = Project::new(["0001_customers.sql", "0002_tags.sql", "0003_email.sql", "0004_two_words.sql"]);
    project.begin(str::to_owned);
    let url = server.database("by_sqlx");
    let migrate = || {
        wait(async {
            let migrator = sqlx::migrate::Migrator::new(project.path()).await.unwrap();
            let mut connection = sqlx::PgConnection::connect(&url).await.unwrap();
            migrator.run(&mut connection).await
        })
    };
    migrate().unwrap();
    let told = || {
        let status = status(server, "by_sqlx", project.path());
        assert_eq!(status.ledgers[0].tool, "sqlx");
        says(&status)
    };
    assert_eq!(told(), [""; 0]);
    project.late(str::to_owned);
    assert_eq!(told(), ["skipped 0002_tags.sql"]);
    migrate().unwrap();
    assert_eq!(told(), ["out-of-order 0002_tags.sql"]);
    // sqlx says the same of the file.
    write(project.path(), project.names[0], &format!("{}-- more\n", STEPS[0]));
    assert!(matches!(migrate(), Err(sqlx::migrate::MigrateError::VersionMismatch(1))));
    assert_eq!(told(), ["file-changed 0001_customers.sql", "out-of-order 0002_tags.sql"]);
    write(project.path(), project.names[0], &STEPS[0].replace('\n', "\r\n"));
    let changed = status(server, "by_sqlx", project.path()).ledgers[0].contradictions[0].message.clone();
    assert!(changed.starts_with("only its line ends changed"), "{changed}");
    write(project.path(), project.names[0], STEPS[0]);
    server.psql("by_sqlx", &["-c", "UPDATE _sqlx_migrations SET success = false WHERE version = 4"]);
    assert!(matches!(migrate(), Err(sqlx::migrate::MigrateError::Dirty(4))));
    assert_eq!(told(), ["out-of-order 0002_tags.sql", "failed 0004_two_words.sql"]);
    let planted = "ALTER TABLE customers DROP COLUMN email; DELETE FROM _sqlx_migrations WHERE version IN (2, 4);
        INSERT INTO _sqlx_migrations VALUES (9, 'old', now(), true, '\\x00', 0)";
    server.psql("by_sqlx", &["-c", planted]);
    assert_eq!(
        told(),
        [
            "not-recorded 0002_tags.sql",
            "not-there 0003_email.sql",
            "not-recorded 0004_two_words.sql",
            "file-gone 9 old"
        ]
    );
}

#[test]
fn what_refinery_writes_is_read() {
    let Some(server) = server::shared() else { return };
    // U: its order does not matter to Refinery.
    let project = Project::new(["V1__customers.sql", "U2__tags.sql", "V3__email.sql", "V4__two_words.sql"]);
    project.begin(str::to_owned);
    let url = server.database("by_refinery");
    let migrate = || {
        wait(async {
            let migrations = refinery_core::load_sql_migrations(project.path()).unwrap();
            let (mut client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
            let connection = tokio::spawn(connection);
            let outcome = Runner::new(&migrations).run_async(&mut client).await.map(|_| ());
            drop(client);
            connection.await.unwrap().unwrap();
            outcome
        })
    };
    migrate().unwrap();
    let told = || {
        let status = status(server, "by_refinery", project.path());
        assert_eq!(status.ledgers[0].tool, "Refinery");
        says(&status)
    };
    assert_eq!(told(), [""; 0]);
    project.late(str::to_owned);
    assert_eq!(told(), ["skipped U2__tags.sql"]);
    migrate().unwrap();
    assert_eq!(told(), ["out-of-order U2__tags.sql"]);
    // Refinery says the same of the file.
    write(project.path(), project.names[0], &format!("{}-- more\n", STEPS[0]));
    assert!(migrate().unwrap_err().to_string().contains("different than filesystem"));
    assert_eq!(told(), ["file-changed V1__customers.sql", "out-of-order U2__tags.sql"]);
    let planted =
        "ALTER TABLE customers DROP COLUMN email; DELETE FROM refinery_schema_history WHERE version IN (2, 4);
        INSERT INTO refinery_schema_history VALUES (9, 'old', '2025-01-01T00:00:00Z', '7')";
    server.psql("by_refinery", &["-c", planted]);
    assert_eq!(
        told(),
        [
            "file-changed V1__customers.sql",
            "not-recorded U2__tags.sql",
            "not-there V3__email.sql",
            "not-recorded V4__two_words.sql",
            "file-gone 9 old"
        ]
    );
}
