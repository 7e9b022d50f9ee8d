//! What `drift dump` writes makes the same database: loaded by psql into an
//! empty one of the same server it is no drift, and `pg_dump -s` says the same.
#![allow(clippy::disallowed_macros)]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;

use crate::common;
use crate::common::matrix::needs;
use crate::common::server::Server;
use drift::jobs::compare;
use drift::jobs::dump;
use drift::jobs::dump::Dump;
use drift::jobs::dump::Options;
use drift::jobs::source;
use drift::jobs::source::ReadOptions;
use drift::jobs::source::Source;
use drift::kinds;
use drift::model::catalog::Catalog;
use drift::model::finding::AttributeDrift;
use drift::model::finding::Finding;
use drift::model::finding::ObjectRef;
use drift::model::kind::ObjectKind;
use drift::model::object::ObjectId;

const WHOLE: Options = Options { owners: true, privileges: true, tablespaces: true, roles: false, split: false };

const SUPABASE: &str = "src/scratch/platform/supabase.sql";

/// A schema: scripts that are run one after the other.
struct Subject {
    name: String,
    scripts: Vec<String>,
    /// It stands on what Supabase provides, which no dump holds.
    supabase: bool,
}

impl Subject {
    fn of(name: &str, files: &[&str]) -> Subject {
        Subject { name: name.to_owned(), supabase: false, scripts: files.iter().map(|file| read(file)).collect() }
    }

    fn needs(&self) -> u32 {
        // Its files are shown to people, line by line, and say nothing of versions.
        if self.name == "organizations" {
            return 15;
        }
        self.scripts.iter().map(|sql| needs(sql)).max().unwrap()
    }

    fn database(&self) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
        format!("dump_{}", self.name.chars().map(plain).collect::<String>())
    }
}

fn read(path: &str) -> String {
    std::fs::read_to_string(common::root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn names(directory: &str) -> Vec<String> {
    let entries = std::fs::read_dir(common::root().join(directory)).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn directory(name: &str, path: &str, before: &[&str]) -> Subject {
    let mut subject = Subject::of(name, before);
    let files = names(path).into_iter().filter(|file| file.ends_with(".sql"));
    subject.scripts.extend(files.map(|file| read(&format!("{path}/{file}"))));
    subject
}

/// Both sides of every case folder.
fn cases() -> Vec<Subject> {
    let side =
        |case: &str, side: &str| Subject::of(&format!("{case} {side}"), &[&format!("tests/cases/{case}/{side}.sql")]);
    names("tests/cases").iter().flat_map(|case| [side(case, "expected"), side(case, "actual")]).collect()
}

/// The project's own schemas, and what is hard about an order.
fn own() -> Vec<Subject> {
    let on_supabase = |subject: Subject| Subject { supabase: true, ..subject };
    let mut subjects = vec![
        Subject::of("rich", &["tests/rich.sql"]),
        on_supabase(directory("declared", "expected-schema", &[SUPABASE])),
        on_supabase(directory("half-migrated", "fixtures/half-migrated", &[])),
        on_supabase(directory("remote", "fixtures/remote", &[])),
    ];
    for file in names("tests/matrix").iter().filter(|file| file.starts_with("printed")) {
        subjects.push(Subject::of(file, &[&format!("tests/matrix/{file}")]));
    }
    for file in names("tests/dump") {
        subjects.push(Subject::of(&file, &[&format!("tests/dump/{file}")]));
    }
    for schema in names("tests/schemas") {
        subjects.push(directory(&schema, &format!("tests/schemas/{schema}"), &[]));
    }
    subjects
}

/// What people run: each of them as its package ships it.
fn real_world() -> Vec<Subject> {
    ["graphile_worker", "musicbrainz", "procrastinate", "synapse"]
        .map(|name| Subject::of(name, &[&format!("tests/matrix/{name}.sql")]))
        .into()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// One server that subjects are tried on.
struct Bench<'a> {
    server: &'a Server,
    major: u32,
    /// Where the real-world schemas are.
    schemas: &'a Path,
    runtime: tokio::runtime::Runtime,
}

impl Bench<'_> {
    fn dump(&self, url: &str, options: Options) -> Dump {
        let source = Source::parse(url).unwrap();
        let dumped = self.runtime.block_on(dump::dump(&source, options, &ReadOptions::default()));
        dumped.unwrap_or_else(|e| panic!("{url}: {e:#}"))
    }

    /// A new database, made by running these texts by psql; its URL.
    fn loaded<'t>(&self, database: &str, texts: impl Iterator<Item = &'t str>) -> Result<String, String> {
        self.drop(database);
        let url = self.server.database(database);
        for text in texts {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), text).unwrap();
            let output = self.server.try_psql(database, &["-f", file.path().to_str().unwrap()]);
            if !output.status.success() {
                let kept = std::env::temp_dir().join(format!("{database}.sql"));
                std::fs::write(&kept, text).unwrap();
                return Err(format!("{}({})", common::stderr(&output), kept.display()));
            }
        }
        Ok(url)
    }

    fn drop(&self, database: &str) {
        self.server.drop_database(database);
    }

    /// `pg_dump -s`, statement by statement, less what is about another moment.
    fn pg_dump(&self, database: &str, leave: &BTreeSet<String>) -> BTreeSet<String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        self.server.dump(database, file.path());
        let text = std::fs::read_to_string(file.path()).unwrap();
        let mut blocks = text.split("\n-- Name: ");
        blocks.next();
        let kind =
            |block: &str| block.split("; Type: ").nth(1).and_then(|rest| rest.split(';').next()).map(str::to_owned);
        let code = |block: &str| {
            let lines = block.lines().skip(1).filter(|line| !line.starts_with("--") && !line.starts_with('\\'));
            lines.collect::<Vec<_>>().join("\n").trim().to_owned()
        };
        let kept = blocks.filter(|block| !kind(block).is_some_and(|kind| leave.contains(&kind)));
        // Which path or access method is set is said where it changes.
        let set = |line: &&str| !line.starts_with("SET default_t");
        let lines = |block: &str| code(block).lines().filter(set).filter_map(comparable).collect::<Vec<_>>();
        kept.map(|block| lines(block).join("\n").trim().to_owned()).collect()
    }

    /// The dump of pg_dump, restored.
    fn restored(&self, database: &str, into: &str) -> Result<String, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        self.server.dump(database, file.path());
        // pg_dump is that of 18, and sets what servers before 17 or 16 do not know.
        let text = std::fs::read_to_string(file.path()).unwrap().replace("SET transaction_timeout = 0;", "");
        let text = if self.major < 16 { text.replace(", run_as_owner = true", "") } else { text };
        self.loaded(into, [text.as_str()].into_iter())
    }

    /// What differs, less what the dump says is not in it.
    fn differences(&self, expected: &str, actual: &str, left: &[ObjectId]) -> Vec<String> {
        let [expected, actual] = [expected, actual].map(|url| Source::parse(url).unwrap());
        let compared = self.runtime.block_on(compare::diff(&actual, &expected, &ReadOptions::default()));
        let findings = compared.unwrap_or_else(|e| panic!("{e:#}")).report.findings;
        let changes = |f: &Finding| {
            let one = |c: &AttributeDrift| format!("\n    {}: {:?} became {:?}", c.attribute, c.expected, c.actual);
            f.attributes.iter().map(one).collect::<String>()
        };
        let said = |f: &&Finding| left.iter().any(|id| ObjectRef::from(id) == f.object);
        findings
            .iter()
            .filter(|f| !said(f))
            .map(|f| format!("{} {}{}", f.code, f.object.dotted(), changes(f)))
            .collect()
    }

    /// What is wrong with the dump of a subject.
    fn wrong(&self, subject: &Subject) -> Vec<String> {
        let database = subject.database();
        self.drop(&database);
        let url = self.server.database(&database);
        for sql in &subject.scripts {
            let sql = sql.replace(":schemas/", &format!("{}/", self.schemas.display()));
            let output = self.server.try_load_case(&database, &sql);
            if !output.status.success() {
                return vec![format!("{} does not load: {}", subject.name, common::stderr(&output))];
            }
        }
        let wrong = self.wrong_with(subject, &url).unwrap_or_else(|error| vec![error]);
        for database in [database.clone(), format!("{database}_1"), format!("{database}_2"), format!("{database}_3")] {
            self.drop(&database);
        }
        wrong.into_iter().map(|line| format!("{}: {line}", subject.name)).collect()
    }

    fn wrong_with(&self, subject: &Subject, url: &str) -> Result<Vec<String>, String> {
        let database = subject.database();
        let platform = read(SUPABASE);
        let whole = self.dump(url, WHOLE);
        assert_eq!(whole.files, self.dump(url, WHOLE).files, "the same database gives the same bytes");
        let split = self.dump(url, Options { split: true, ..WHOLE });
        let mut wrong = Vec::new();
        for (number, dump) in [(1, &whole), (2, &split)] {
            let before = subject.supabase.then_some(platform.as_str());
            let texts = before.into_iter().chain(dump.files.iter().map(|file| file.text.as_str()));
            let loaded = self.loaded(&format!("{database}_{number}"), texts);
            let loaded = match loaded {
                Ok(loaded) => loaded,
                // Its head says that it lacks something, and something else needs that.
                Err(error) if lacks_types(&whole) && error.contains("does not exist") => {
                    eprintln!("not covered here: {} has types or collations, which drift does not read", subject.name);
                    return Ok(Vec::new());
                }
                Err(error) => return Err(format!("dump {number} does not load: {error}")),
            };
            wrong.extend(self.differences(url, &loaded, &dump.left));
        }
        if subject.scripts[0].starts_with("-- Not for pg_dump") {
            return Ok(wrong);
        }
        self.restored(&database, &format!("{database}_3"))
            .map_err(|error| format!("pg_dump does not load: {error}"))?;
        let catalog = self.catalog(url);
        let mut leave = not_dumped(&catalog, &whole.left);
        leave.extend(subject.supabase.then(|| "PUBLICATION".to_owned()));
        let theirs = self.pg_dump(&format!("{database}_3"), &leave);
        let ours = self.pg_dump(&format!("{database}_1"), &leave);
        // Settings and default privileges of others are no business of pg_dump's without --create.
        assert!(!theirs.is_empty() || catalog.of_kind(ObjectKind::Table).is_empty());
        wrong.extend(theirs.difference(&ours).map(|block| format!("pg_dump had\n{block}")));
        wrong.extend(ours.difference(&theirs).map(|block| format!("pg_dump has\n{block}")));
        Ok(wrong)
    }

    fn catalog(&self, url: &str) -> Catalog {
        self.runtime.block_on(source::read_whole(&Source::parse(url).unwrap(), &ReadOptions::default())).unwrap()
    }
}

/// What pg_dump calls that of which the head of a dump says it is not in it.
fn not_dumped(catalog: &Catalog, left: &[ObjectId]) -> BTreeSet<String> {
    let of_kind = catalog.coverage.not_compared.keys().map(|what| match what.as_str() {
        "base types" => "TYPE".to_owned(),
        other => other.trim_end_matches('s').to_uppercase(),
    });
    let of_object = left.iter().map(|id| match id.kind {
        ObjectKind::ForeignServer => "SERVER".to_owned(),
        kind => kind.prose().to_uppercase(),
    });
    of_kind.chain(of_object).collect()
}

/// True where the head of a dump names types or collations that are not in it.
fn lacks_types(dump: &Dump) -> bool {
    let head = dump.files[0].text.lines().take_while(|line| line.starts_with("--"));
    head.into_iter().any(|line| line.contains(" types: ") || line.contains(" collations: "))
}

/// A line of pg_dump, less what is a set and less what drift does not read of a column.
fn comparable(line: &str) -> Option<String> {
    let unread = |attribute| kinds::attribute(ObjectKind::Column, attribute).is_none();
    if let Some(tags) = line.trim().strip_prefix("WHEN TAG IN (").and_then(|rest| rest.strip_suffix(')')) {
        let mut tags: Vec<&str> = tags.split(", ").collect();
        tags.sort_unstable();
        return Some(format!("WHEN TAG IN ({})", tags.join(", ")));
    }
    // Storage options are a set, and written sorted.
    if let Some((options, end)) = line.strip_prefix("WITH (").and_then(|rest| rest.rsplit_once(')')) {
        let mut options: Vec<&str> = options.split(", ").collect();
        options.sort_unstable();
        return Some(format!("WITH ({}){end}", options.join(", ")));
    }
    // Before version 16 a server keeps a locale as it was written; we write language tags.
    if line.starts_with("CREATE COLLATION ") && (line.contains("locale = '@") || line.contains("locale = 'und-u-")) {
        return line.split_once(", locale = ").map(|(head, _)| head.to_owned());
    }
    if line.contains(" ALTER COLUMN ") && line.contains(" SET (") && unread("options") {
        return None;
    }
    match (line.find(" CONSTRAINT "), line.find(" NOT NULL")) {
        (Some(named), Some(end)) if named < end && !line.contains(" CHECK ") && unread("not_null_name") => {
            Some(format!("{}{}", &line[..named], &line[end..]))
        }
        (Some(_) | None, Some(_) | None) => Some(line.to_owned()),
    }
}

fn complain(failures: Vec<String>) {
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

/// Two at a time. `DRIFT_DUMP=words` tries only what has them in its name.
fn try_all(server: &Server, schemas: &Path, subjects: &[Subject], major: u32) -> Vec<String> {
    let only = std::env::var("DRIFT_DUMP").unwrap_or_default();
    let wanted = |subject: &&Subject| subject.needs() <= major && subject.name.contains(&only);
    let todo = Mutex::new(subjects.iter().filter(wanted));
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let bench = Bench { server, major, schemas, runtime: runtime() };
                loop {
                    let Some(subject) = todo.lock().unwrap().next() else { return };
                    let wrong = bench.wrong(subject);
                    failures.lock().unwrap().extend(wrong.into_iter().map(|line| format!("{major} {line}")));
                }
            });
        }
    });
    failures.into_inner().unwrap()
}

#[test]
fn a_dump_of_every_case_makes_the_same_database() {
    let Some(server) = common::server::shared() else { return };
    server.rich_roles();
    let subjects: Vec<Subject> = cases().into_iter().chain(own()).collect();
    let mut failures = try_all(server, Path::new(""), &subjects, 15);
    // What only the newest servers take.
    if let Some(newest) = common::matrix::newest() {
        let newer: Vec<Subject> = subjects.into_iter().filter(|subject| subject.needs() > 15).collect();
        failures.extend(try_all(newest.server, Path::new(""), &newer, newest.major));
    }
    complain(failures);
}

/// On every version of the matrix: all of the project's own, and what people run.
#[test]
fn a_dump_makes_the_same_database_on_every_version() {
    let Some(matrix) = common::matrix::matrix() else { return };
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for version in &matrix.versions {
            scope.spawn(|| {
                let subjects: Vec<Subject> = own().into_iter().chain(real_world()).collect();
                failures.lock().unwrap().extend(try_all(version.server, &matrix.schemas, &subjects, version.major));
            });
        }
    });
    complain(failures.into_inner().unwrap());
}

/// The page shows what the program writes.
#[test]
fn the_page_shows_a_real_dump() {
    let path = common::root().join("docs/dump.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (head, rest) = page.split_once("<!-- output of: ").unwrap();
    let (arguments, rest) = rest.split_once(" -->\n```text\n").unwrap();
    let (_, tail) = rest.split_once("```\n").unwrap();
    let output = common::drift(&arguments.split(' ').collect::<Vec<_>>());
    assert!(output.status.success(), "{}", common::stderr(&output));
    let shown = common::stdout(&output);
    common::golden(&path, &format!("{head}<!-- output of: {arguments} -->\n```text\n{shown}```\n{tail}"));
}

/// A dump is a source: with `--split` it is a directory that can be declared.
#[test]
fn a_split_dump_can_be_declared() {
    let directory = tempfile::tempdir().unwrap();
    let declared = directory.path().join("declared");
    let declared = declared.to_str().unwrap();
    let ok = |arguments: &[&str], code| {
        let output = common::drift(arguments);
        assert_eq!(output.status.code(), Some(code), "{}{}", common::stderr(&output), common::stdout(&output));
        output
    };
    ok(&["dump", "expected-schema", "--split", "--roles", "--output", declared], 0);
    ok(&["diff", declared, "expected-schema"], 0);
    ok(&["diff", "expected-schema", declared], 0);
    let files = names(declared);
    assert!(files.iter().any(|file| file.ends_with("_public.tools.sql")), "{files:?}");
    // Another dump beside the first would be run too.
    let refused = ok(&["dump", "expected-schema", "--split", "--output", declared], 2);
    assert!(common::stderr(&refused).contains("not empty"), "{}", common::stderr(&refused));
    ok(&["dump", "expected-schema", "--split"], 2);
    ok(&["dump", "expected-schema", "--split", "--output", "-"], 2);
    ok(&["dump", "expected-schema", "--reader", "information-schema"], 2);
}

#[test]
fn a_dump_leaves_out_what_is_asked_and_says_so() {
    let Some(server) = common::server::shared() else { return };
    let url = server.database("dump_parts");
    server.load_case(
        "dump_parts",
        "CREATE ROLE dump_owner;\nCREATE ROLE dump_reader;\nCREATE SCHEMA s; CREATE TABLE s.t (id integer);\nCREATE TABLE u (id integer) TABLESPACE fast;\n\
         ALTER TABLE s.t OWNER TO dump_owner; GRANT SELECT ON s.t TO dump_reader;\n\
         CREATE FUNCTION s.f() RETURNS integer LANGUAGE sql AS 'SELECT 1'; REVOKE ALL ON FUNCTION s.f() FROM PUBLIC;\n\
         ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO dump_reader;\nREVOKE USAGE ON SCHEMA public FROM PUBLIC;",
    );
    let dump = |more: &[&str]| {
        let output = common::drift(&[&["dump", &url], more].concat());
        assert!(output.status.success(), "{}", common::stderr(&output));
        common::stdout(&output)
    };
    let whole = dump(&[]);
    let has = |text: &str, lines: &[&str]| lines.iter().map(|line| text.contains(line)).collect::<Vec<_>>();
    let owner = "ALTER TABLE s.t OWNER TO dump_owner;";
    let access = [
        "GRANT SELECT ON TABLE s.t TO dump_reader;",
        "REVOKE ALL ON FUNCTION s.f() FROM PUBLIC;",
        "REVOKE USAGE ON SCHEMA public FROM PUBLIC;",
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO dump_reader;",
    ];
    assert!(whole.contains(owner) && has(&whole, &access) == [true; 4], "{whole}");
    let bare = dump(&["--no-owner", "--no-privileges"]);
    assert!(!bare.contains(owner) && has(&bare, &access) == [false; 4] && !bare.contains("dump_"), "{bare}");
    assert!(has(&bare, &["--   who owns what\n", "--   grants and default privileges\n"]) == [true; 2], "{bare}");
    let placed = dump(&["--no-tablespaces"]);
    assert!(whole.contains(") TABLESPACE fast;") && !placed.contains("TABLESPACE fast"), "{placed}");
    assert!(placed.contains("--   in which tablespace anything is kept\n"), "{placed}");
    let schema = dump(&["--schema", "s"]);
    assert!(
        schema.contains("CREATE TABLE s.t") && !schema.contains("public.u") && schema.contains("Only these schemas")
    );
    // On another server the roles are made, and no host or time is said.
    assert!(dump(&["--roles"]).contains("CREATE ROLE dump_reader;") && !whole.contains("127.0.0.1"));
}
