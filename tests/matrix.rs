//! The same schema is no drift on PostgreSQL 13, 14, 15, 16, 17 and 18, in any
//! pair and either direction: case folders, the project's own SQL, and
//! real-world schemas, each loaded into a real server of each version.
//!
//! A file that only newer servers take says so on its first line, such as
//! `-- Needs PostgreSQL 15`. Nothing else is left out.

#![allow(clippy::disallowed_macros)]

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;

use crate::common;
use crate::common::matrix::MAJORS;
use crate::common::matrix::Matrix;
use crate::common::matrix::Version;
use crate::common::matrix::is_forgotten;
use crate::common::matrix::matrix;
use crate::common::matrix::needs;
use drift::jobs::compare;
use drift::jobs::compare::Comparison;
use drift::jobs::source;
use drift::jobs::source::ReadOptions;
use drift::jobs::source::Reader;
use drift::jobs::source::Source;
use drift::model::finding::Finding;
use drift::snapshot;

/// A schema under test: SQL scripts that are run one after the other.
#[derive(Clone)]
struct Subject {
    name: String,
    scripts: Vec<String>,
    /// The oldest major version that takes them.
    needs: u32,
}

impl Subject {
    fn new(name: impl Into<String>, scripts: Vec<String>) -> Subject {
        let needs = scripts.iter().map(|sql| needs(sql)).max().unwrap_or(MAJORS[0]);
        Subject { name: name.into(), needs, scripts }
    }

    fn database(&self) -> String {
        self.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
    }

    fn runs_on(&self, major: u32) -> bool {
        major >= self.needs
    }

    /// Loads it into a new database; false on a server that is too old for it.
    /// There it must really fail, or the line that says so leaves out too much.
    fn load(&self, matrix: &Matrix, version: Version) -> Result<bool, String> {
        let database = self.database();
        version.server.database(&database);
        let refused = self.scripts.iter().find_map(|sql| {
            let sql = sql.replace(":schemas/", &format!("{}/", matrix.schemas.display()));
            let output = version.server.try_load_case(&database, &sql);
            (!output.status.success()).then(|| common::stderr(&output))
        });
        let (name, major) = (&self.name, version.major);
        match (refused, self.runs_on(major)) {
            (None, true) => Ok(true),
            (Some(_), false) => Ok(false),
            (None, false) if self.scripts.iter().any(|sql| is_forgotten(sql)) => Ok(false),
            (Some(error), true) => Err(format!("{name} does not load on PostgreSQL {major}: {error}")),
            (None, false) => Err(format!("{name} says that it needs PostgreSQL {}, and loads on {major}", self.needs)),
        }
    }
}

fn sql(path: &str) -> String {
    std::fs::read_to_string(common::root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The .sql files of a directory of the repository, in lexical order.
fn sql_in(directory: &str) -> Vec<String> {
    let mut names: Vec<String> = entries(directory).into_iter().filter(|name| name.ends_with(".sql")).collect();
    names.sort();
    assert!(!names.is_empty(), "no SQL in {directory}");
    names.iter().map(|name| sql(&format!("{directory}/{name}"))).collect()
}

fn entries(directory: &str) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(common::root().join(directory))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Both sides of every case folder.
fn cases() -> Vec<Subject> {
    let sides = |case: &String| {
        ["expected", "actual"]
            .map(|side| Subject::new(format!("{case} {side}"), vec![sql(&format!("tests/cases/{case}/{side}.sql"))]))
    };
    entries("tests/cases").iter().flat_map(sides).collect()
}

/// The project's own schemas.
fn own() -> Vec<Subject> {
    let mut declared = vec![sql("src/scratch/platform/supabase.sql")];
    declared.extend(sql_in("expected-schema"));
    vec![
        Subject::new("rich", vec![sql("tests/rich.sql")]),
        Subject::new("rich for all", vec![rich_for_all()]),
        Subject::new("printed", vec![sql("tests/matrix/printed.sql")]),
        Subject::new("printed by 14", vec![sql("tests/matrix/printed_14.sql")]),
        Subject::new("printed by 16", vec![sql("tests/matrix/printed_16.sql")]),
        Subject::new("printed by 17", vec![sql("tests/matrix/printed_17.sql")]),
        Subject::new("declared", declared),
        Subject::new("half-migrated", sql_in("fixtures/half-migrated")),
        Subject::new("remote", sql_in("fixtures/remote")),
    ]
}

/// tests/rich.sql less what only newer servers know.
fn rich_for_all() -> String {
    let mut text = sql("tests/rich.sql");
    for (newer, older) in [
        ("-- Needs PostgreSQL 15\n", ""),
        (" NULLS NOT DISTINCT", ""),
        (" COMPRESSION pglz", ""),
        ("BEGIN ATOMIC\n", "AS $$\n"),
        ("e.mood = b;\nEND;", "e.mood = b $$;"),
        ("LANGUAGE sql RETURN 1", "LANGUAGE sql AS 'SELECT 1'"),
        ("app.tenants (id, slug), app.nothing", "app.tenants, app.nothing"),
        (" WHERE (\"order\" > 3 AND \"Mixed \"\"Case\"\"\" <> 'x') WITH", " WITH"),
        (
            "CREATE CONVERSION app.\"To utf\" FOR 'LATIN1' TO 'UTF8' FROM app.convert_nothing;\nCOMMENT ON CONVERSION app.\"To utf\" IS 'k';\n",
            "",
        ),
        ("TABLES IN SCHEMA \"Odd \"\"schema\"\"\", TABLE app.guarded", "TABLE app.guarded"),
    ] {
        assert!(text.contains(newer), "tests/rich.sql has no {newer:?}");
        text = text.replace(newer, older);
    }
    text
}

/// Schemas of others, which their packages ship.
fn real_world() -> Vec<Subject> {
    ["graphile_worker", "musicbrainz", "procrastinate", "synapse"]
        .map(|name| Subject::new(name, vec![sql(&format!("tests/matrix/{name}.sql"))]))
        .to_vec()
}

/// The snapshots of every subject on every version that takes it.
struct Recorded {
    directory: tempfile::TempDir,
    subjects: Vec<Subject>,
    reader: Reader,
    /// Each subject's dump was restored and recorded too.
    restored: bool,
}

impl Recorded {
    fn file(&self, subject: &Subject, major: u32) -> PathBuf {
        self.directory.path().join(format!("{}-{major}.json", subject.database()))
    }

    /// The same after `pg_dump -s`, restored into a fresh database of the same server.
    fn restored_file(&self, subject: &Subject, major: u32) -> PathBuf {
        self.directory.path().join(format!("{}-{major}-restored.json", subject.database()))
    }

    fn majors(subject: &Subject) -> impl Iterator<Item = u32> + '_ {
        MAJORS.into_iter().filter(|major| subject.runs_on(*major))
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn record_database(url: &str, reader: Reader, file: &Path) {
    let source = Source::parse(url).unwrap();
    let options = ReadOptions { reader, ..ReadOptions::default() };
    let catalog = runtime().block_on(source::read_whole(&source, &options)).unwrap_or_else(|e| panic!("{url}: {e:#}"));
    let mut bytes = Vec::new();
    snapshot::write(&catalog, &mut bytes).unwrap();
    std::fs::write(file, bytes).unwrap();
}

/// Loads every subject into every version, the versions side by side, and
/// records what came of it; and, where asked, of its dump.
fn record(matrix: &Matrix, subjects: Vec<Subject>, reader: Reader, restored: bool) -> Recorded {
    let recorded = Recorded { directory: tempfile::tempdir().unwrap(), subjects, reader, restored };
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for version in &matrix.versions {
            scope.spawn(|| {
                for subject in &recorded.subjects {
                    let database = subject.database();
                    match subject.load(matrix, *version) {
                        Ok(true) => {
                            let url = version.server.url("postgres", &database);
                            record_database(&url, reader, &recorded.file(subject, version.major));
                            if restored {
                                record_restored(*version, &database, &recorded.restored_file(subject, version.major));
                            }
                        }
                        Ok(false) => {}
                        Err(failure) => failures.lock().unwrap().push(failure),
                    }
                    version.server.drop_database(&database);
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    recorded
}

fn record_restored(version: Version, database: &str, file: &Path) {
    let directory = tempfile::tempdir().unwrap();
    let dump = directory.path().join("dump.sql");
    version.server.dump(database, &dump);
    // pg_dump is that of 18, and sets what servers before 17, 16 or 14 do not know.
    let text = std::fs::read_to_string(&dump).unwrap().replace("SET transaction_timeout = 0;", "");
    let text = if version.major < 16 { text.replace(", run_as_owner = true", "") } else { text };
    let text = if version.major < 14 { text.replace(", streaming = off", "") } else { text };
    std::fs::write(&dump, text).unwrap();
    let restored = format!("{database}_restored");
    let url = version.server.database(&restored);
    version.server.psql(&restored, &["-f", dump.to_str().unwrap()]);
    if database.starts_with("rich") {
        version.server.psql(&restored, &["-c", &common::rich_settings()]);
    }
    record_database(&url, Reader::PgCatalog, file);
    version.server.drop_database(&restored);
}

async fn compared(expected: &Path, actual: &Path, reader: Reader) -> Comparison {
    let [expected, actual] = [expected, actual].map(|file| Source::Snapshot(file.to_owned()));
    compare::diff(&actual, &expected, &ReadOptions { reader, ..ReadOptions::default() })
        .await
        .unwrap_or_else(|e| panic!("{} and {}: {e:#}", expected.name(), actual.name()))
}

/// What one snapshot is said to differ in from another, with all a person needs to see why.
async fn findings(expected: &Path, actual: &Path, reader: Reader) -> Vec<String> {
    let comparison = compared(expected, actual, reader).await;
    let mut lines: Vec<String> = comparison
        .report
        .findings
        .iter()
        .map(|finding| {
            let changes: Vec<String> = finding
                .attributes
                .iter()
                .map(|c| format!("\n    {}: expected {:?}, actual {:?}", c.attribute, c.expected, c.actual))
                .collect();
            format!("{} {}{}", finding.code, finding.object.dotted(), changes.concat())
        })
        .collect();
    if !lines.is_empty() {
        lines.extend(comparison.notes.iter().map(|note| format!("note: {note}")));
    }
    lines
}

/// The same without the texts, which each server prints in its own way.
async fn facts(expected: &Path, actual: &Path) -> Vec<String> {
    let comparison = compared(expected, actual, Reader::PgCatalog).await;
    let changed = |f: &Finding| f.attributes.iter().map(|c| format!(" {}", c.attribute)).collect::<String>();
    comparison.report.findings.iter().map(|f| format!("{} {}{}", f.code, f.object.dotted(), changed(f))).collect()
}

/// One comparison: whose, of which versions, and the two snapshots.
struct Pair<'a> {
    subject: &'a Subject,
    what: String,
    files: [PathBuf; 2],
}

/// Every pair of versions of every subject, in both directions; and each
/// version against its own restored dump.
fn pairs(recorded: &Recorded) -> Vec<Pair<'_>> {
    let mut pairs = Vec::new();
    for subject in &recorded.subjects {
        for left in Recorded::majors(subject) {
            for right in Recorded::majors(subject).filter(|right| *right != left) {
                let files = [left, right].map(|major| recorded.file(subject, major));
                pairs.push(Pair { subject, what: format!("{left}/{right}"), files });
            }
            if recorded.restored {
                let files = [recorded.file(subject, left), recorded.restored_file(subject, left)];
                let back = [files[1].clone(), files[0].clone()];
                pairs.push(Pair { subject, what: format!("{left}/{left} restored"), files });
                pairs.push(Pair { subject, what: format!("{left} restored/{left}"), files: back });
            }
        }
    }
    pairs
}

/// Compares all pairs: there must be no finding in any.
fn compare_all(recorded: &Recorded) {
    let started = std::time::Instant::now();
    let pairs = pairs(recorded);
    let todo = Mutex::new(pairs.iter());
    let failures: Mutex<BTreeMap<String, Vec<&str>>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let runtime = runtime();
                loop {
                    let Some(pair) = todo.lock().unwrap().next() else { return };
                    for line in runtime.block_on(findings(&pair.files[0], &pair.files[1], recorded.reader)) {
                        let line = format!("{}: {line}", pair.subject.name);
                        failures.lock().unwrap().entry(line).or_default().push(&pair.what);
                    }
                }
            });
        }
    });
    println!("{} schemas, {} comparisons in {} s", recorded.subjects.len(), pairs.len(), started.elapsed().as_secs());
    for subject in recorded.subjects.iter().filter(|subject| subject.needs > MAJORS[0]) {
        println!("not compared below {}: {}", subject.needs, subject.name);
    }
    let failures = failures.into_inner().unwrap();
    let lines: Vec<String> =
        failures.iter().map(|(line, pairs)| format!("{line}\n    in {}", pairs.join(", "))).collect();
    assert!(lines.is_empty(), "{} false findings (expected/actual):\n{}", lines.len(), lines.join("\n"));
}

#[test]
fn no_case_drifts_between_versions_and_what_drifts_on_one_does_between_two() {
    let Some(matrix) = matrix() else { return };
    let recorded = record(matrix, cases(), Reader::PgCatalog, false);
    compare_all(&recorded);
    same_facts(&recorded);
}

/// What a case is about is found between the newest server and any older one
/// as it is between two databases of the newest: nothing is taken for a mere
/// difference of versions.
fn same_facts(recorded: &Recorded) {
    let newest = MAJORS[MAJORS.len() - 1];
    let runtime = runtime();
    let mut drifting = 0;
    for sides in recorded.subjects.chunks(2) {
        let (expected, actual) = (&sides[0], &sides[1]);
        let files = |left, right| (recorded.file(expected, left), recorded.file(actual, right));
        let facts = |(left, right): (PathBuf, PathBuf)| runtime.block_on(facts(&left, &right));
        let on_one = facts(files(newest, newest));
        drifting += usize::from(!on_one.is_empty());
        let oldest = expected.needs.max(actual.needs);
        for older in MAJORS.into_iter().filter(|major| *major >= oldest && *major < newest) {
            for (what, pair) in [("expected", files(older, newest)), ("actual", files(newest, older))] {
                // There, EXTRACT is the call and prints as one: the one thing that 13 cannot tell.
                let unseen = |fact: &String| older == 13 && fact == "view-changed public.calls definition";
                let wanted: Vec<String> = on_one.iter().filter(|fact| !unseen(fact)).cloned().collect();
                assert_eq!(facts(pair), wanted, "{} and its other side, {what} on {older}", expected.name);
            }
        }
    }
    assert!(drifting > 20, "only {drifting} cases drift at all");
}

#[test]
fn no_schema_of_this_project_drifts_between_versions_or_over_a_dump() {
    let Some(matrix) = matrix() else { return };
    compare_all(&record(matrix, own(), Reader::PgCatalog, true));
}

#[test]
fn no_real_world_schema_drifts_between_versions_or_over_a_dump() {
    let Some(matrix) = matrix() else { return };
    let recorded = record(matrix, real_world(), Reader::PgCatalog, true);
    compare_all(&recorded);
    for (subject, tables) in recorded.subjects.iter().zip([4, 500, 4, 130]) {
        let snapshot = std::fs::read_to_string(recorded.file(subject, MAJORS[0])).unwrap();
        let found = snapshot.matches("{\"id\":[\"table\",").count();
        assert!(found >= tables, "{} has {found} tables, of {tables}", subject.name);
    }
}

/// Through information_schema too, where nothing has to be settled: what that
/// reader shows does not suffice to rebuild a view's tables in a scratch Postgres.
#[test]
fn information_schema_shows_no_drift_between_versions_either() {
    let Some(matrix) = matrix() else { return };
    let plain = own().into_iter().filter(|s| ["declared", "half-migrated", "remote"].contains(&s.name.as_str()));
    compare_all(&record(matrix, plain.collect(), Reader::InformationSchema, false));
}

/// Both readers agree on every version, and the declared schema checks clean.
#[test]
fn every_version_is_read_alike_by_both_readers_and_checks_clean() {
    let Some(matrix) = matrix() else { return };
    std::thread::scope(|scope| {
        for version in &matrix.versions {
            scope.spawn(|| {
                let server = version.server;
                let url = server.database("declared_here");
                server.psql("declared_here", &["-f", "src/scratch/platform/supabase.sql"]);
                server.load("declared_here", &common::root().join("expected-schema"));
                let check = common::drift(&["check", &url]);
                let said = format!("{}{}", common::stdout(&check), common::stderr(&check));
                assert_eq!(check.status.code(), Some(0), "PostgreSQL {}: {said}", version.major);
                let rich = if version.major < 15 { rich_for_all() } else { sql("tests/rich.sql") };
                server.load_case("declared_here", &rich);
                runtime().block_on(common::readers::agree(server, "declared_here"));
                server.load_case(
                    "declared_here",
                    "CREATE ROLE onlooker LOGIN;\nGRANT ALL ON ALL TABLES IN SCHEMA public TO onlooker;",
                );
                runtime().block_on(common::readers::shows_no_more(server, "declared_here", "onlooker"));
            });
        }
    });
}

#[test]
fn the_half_migrated_database_is_repaired_on_the_oldest_and_the_newest() {
    let Some(matrix) = matrix() else { return };
    for version in [matrix.versions.first(), matrix.versions.last()].into_iter().flatten() {
        common::repair::completely(version.server, "half-migrated", "workflows", "4");
    }
}

/// The embedded Postgres knows no XML: the view that needs it stays in doubt,
/// and says so; the other one does not.
#[test]
fn what_the_scratch_refuses_keeps_nothing_else_in_doubt() {
    let Some(matrix) = matrix() else { return };
    let script = "CREATE TABLE t (a int, b text);\n\
        CREATE VIEW plain AS SELECT a FROM t WHERE a > 1;\n\
        CREATE VIEW refused AS SELECT xmlelement(name x, b) AS x FROM t;\n";
    let recorded = record(matrix, vec![Subject::new("refused", vec![script.to_owned()])], Reader::PgCatalog, false);
    let subject = &recorded.subjects[0];
    let found =
        runtime().block_on(findings(&recorded.file(subject, 15), &recorded.file(subject, 16), Reader::PgCatalog));
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].starts_with("view-changed public.refused"), "{found:#?}");
    assert!(found[1].contains("1 of the changed definitions could not be settled"), "{found:#?}");
}

/// What is left out on old versions, and nothing else is: the list is a golden.
#[test]
fn only_what_says_so_is_left_out_on_old_versions() {
    let skipped: String = [cases(), own(), real_world()]
        .concat()
        .iter()
        .filter(|subject| subject.needs > MAJORS[0])
        .map(|subject| format!("{} needs PostgreSQL {}\n", subject.name, subject.needs))
        .collect();
    common::golden(&common::root().join("tests/matrix/skipped.txt"), &skipped);
}
