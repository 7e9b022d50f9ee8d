//! What drift compares, from the registry, as `docs/COVERAGE.md`; and that the
//! catalogs of no PostgreSQL version hold anything that is neither read nor
//! listed in `coverage/not_read.txt` with a reason. A new version's new column
//! fails here by name.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;

use crate::common;
use drift::jobs::compare;
use drift::jobs::source::ReadOptions;
use drift::jobs::source::Source;
use drift::kinds;
use drift::model::kind::ObjectKind;
use drift::model::object::Attribute;
use drift::model::object::Compare;
use drift::report;
use drift::report::Format;
use drift::report::Frame;

/// Every `.sql` that asks a catalog.
fn queries() -> String {
    let mut text = String::new();
    for folder in ["src/kinds", "src/pg"] {
        for entry in fs::read_dir(common::root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "sql") {
                text.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }
    text
}

fn words(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).collect()
}

/// `catalog.column` to the reason why nobody reads it.
fn not_read() -> BTreeMap<String, String> {
    let text = fs::read_to_string(common::root().join("tests/coverage/not_read.txt")).unwrap();
    let line = |line: &str| {
        let (name, reason) = line.split_once(' ').unwrap_or_else(|| panic!("`{line}` gives no reason"));
        (name.to_owned(), reason.trim().to_owned())
    };
    text.lines().map(line).collect()
}

#[test]
fn no_version_holds_what_is_neither_read_nor_listed() {
    let Some(matrix) = common::matrix::matrix() else { return };
    let text = queries();
    let (words, listed) = (words(&text), not_read());
    let mut there: BTreeSet<String> = BTreeSet::new();
    let mut unread = BTreeSet::new();
    for version in &matrix.versions {
        let sql = "SELECT c.relname || '.' || a.attname FROM pg_catalog.pg_class AS c \
            JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid \
            WHERE c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace AND c.relkind = 'r' AND a.attnum > 0 \
            AND NOT a.attisdropped AND a.attname <> 'oid'";
        for name in version.server.psql("postgres", &["-Atc", sql]).lines() {
            let (catalog, column) = name.split_once('.').unwrap();
            if !(words.contains(catalog) && words.contains(column)) {
                unread.insert(name.to_owned());
                if !listed.contains_key(name) {
                    panic!("PostgreSQL {}: {name} is new: read it, or list it with a reason", version.major);
                }
            }
            there.insert(name.to_owned());
        }
    }
    let gone: Vec<&String> = listed.keys().filter(|name| !there.contains(*name)).collect();
    assert!(gone.is_empty(), "listed, but in no version: {gone:?}");
    let read: Vec<&String> = listed.keys().filter(|name| !unread.contains(*name)).collect();
    assert!(read.is_empty(), "listed as not read, but read: {read:?}");
}

fn compared(attribute: &Attribute) -> &'static str {
    match attribute.compare {
        Compare::Exact => "exactly",
        Compare::Printed => "as text that one server prints for both sides",
        Compare::Declared => "where both sides state it",
        Compare::Stated => "where the expected side states it",
        Compare::StatedAnywhere => "where the expected side states it of any object",
        Compare::Informational => "recorded, never drift",
    }
}

fn kinds_page() -> String {
    let mut text = String::new();
    for kind in ObjectKind::ALL {
        let pair = kinds::of(*kind);
        text.push_str(&format!("\n### {}\n\n", kind.prose()));
        if !pair.catalog.is_empty() {
            text.push_str(&format!("From `{}`.", pair.catalog));
        } else {
            text.push_str("Kept with what it is about, in no catalog of its own.");
        }
        if let Some(standard) = &pair.standard {
            let names: Vec<String> = standard.attributes.iter().map(|name| name.replace('_', " ")).collect();
            let what = if names.is_empty() { "that it exists".to_owned() } else { names.join(", ") };
            text.push_str(&format!(" Through `information_schema`: {what}."));
        }
        text.push_str("\n\n| attribute | compared |\n|---|---|\n");
        for attribute in pair.attributes {
            text.push_str(&format!("| {} | {} |\n", attribute.name.replace('_', " "), compared(attribute)));
        }
    }
    text
}

/// What a user can make and drift does not compare, by what it does instead.
fn gaps() -> String {
    let mut counted: BTreeSet<String> = BTreeSet::new();
    let mut open: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, reason) in not_read() {
        if let Some(what) = reason.strip_prefix("counted: ") {
            counted.insert(what.split(';').next().unwrap().to_owned());
        } else if let Some(what) = reason.strip_prefix("gap: ") {
            open.entry(what.to_owned()).or_default().push(format!("`{name}`"));
        }
    }
    let mut text = String::from("Counted and named under coverage, and an error with `--strict-coverage`:\n\n");
    for what in counted {
        text.push_str(&format!("- {what}\n"));
    }
    text.push_str(if open.is_empty() { "" } else { "\nNeither compared nor counted:\n\n" });
    for (what, columns) in open {
        text.push_str(&format!("- {what} ({})\n", columns.join(", ")));
    }
    text
}

#[test]
fn the_page_says_what_is_compared() {
    let head = "# What is compared\n\nThis page is made from the code: `DRIFT_BLESS=1 cargo test --release --test suite coverage::` renews it.\n\
        What extensions own is never drift. Roles, tablespaces and settings of the whole server belong to no database: roles are\n\
        read and judged, never compared. Where something is kept is compared as soon as the expected side names a tablespace\n\
        anywhere; while it names none, that is the server's business, and what is in one is counted as undeclared tablespaces.\n\
        So are indexes of partitions that are in another tablespace than their parent's. A server of drift's own has whatever\n\
        tablespaces the SQL names, and takes security labels (`SECURITY LABEL FOR …`) without their provider, unchecked; a given\n\
        one (`--scratch URL`) must have them. Labels of roles and tablespaces\n\
        are the server's; those of the database and of subscriptions are counted and named.\n";
    let page = format!("{head}\n## What is not\n\n{}\n## Kind by kind\n{}", gaps(), kinds_page());
    common::golden(&common::root().join("docs/COVERAGE.md"), &page);
}

async fn compared_with(actual: &str, expected: &str) -> compare::Comparison {
    let options = ReadOptions { strict_coverage: true, use_cache: false, ..ReadOptions::default() };
    let source = |path: &str| Source::parse(common::root().join(path).to_str().unwrap()).unwrap();
    compare::diff(&source(actual), &source(expected), &options).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tablespace_that_nobody_declares_is_no_drift_and_is_named() {
    let case = "tests/cases/tablespace-unsaid";
    let comparison = compared_with(&format!("{case}/actual.sql"), &format!("{case}/expected.sql")).await;
    let undeclared = &comparison.actual.coverage.not_compared["undeclared tablespaces"];
    assert_eq!(undeclared.count, 4);
    assert_eq!(undeclared.examples[0], "public.orders in fast");
    assert!(comparison.not_covered().unwrap().contains("4 undeclared tablespaces"));
    let declared = "tests/cases/tablespace";
    let comparison = compared_with(&format!("{declared}/actual.sql"), &format!("{declared}/expected.sql")).await;
    assert_eq!(comparison.not_covered(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_base_type_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let one = |n: u32| {
        let type_name = format!("kind_{n:02}");
        format!(
            "CREATE TYPE {type_name};\n\
             CREATE FUNCTION {type_name}_in(cstring) RETURNS {type_name} LANGUAGE internal IMMUTABLE STRICT AS 'int4in';\n\
             CREATE FUNCTION {type_name}_out({type_name}) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';\n\
             CREATE TYPE {type_name} (INPUT = {type_name}_in, OUTPUT = {type_name}_out, LIKE = int4);\n"
        )
    };
    let path = directory.path().join("types.sql");
    fs::write(&path, (1..=12).map(one).collect::<String>()).unwrap();
    let path = path.to_str().unwrap();
    let comparison = compared_with(path, path).await;
    let mut shown = Vec::new();
    report::write(&comparison.report, Format::Table, &Frame::default(), &mut shown).unwrap();
    let shown = String::from_utf8(shown).unwrap();
    for n in 1..=12 {
        assert!(shown.contains(&format!("public.kind_{n:02}")), "{shown}");
    }
}

/// What is labelled in a catalog that all databases share is no drift either way, and is named.
#[test]
fn labels_that_databases_share_are_counted_and_a_scratch_does_without() {
    let Some(server) = common::server::shared() else { return };
    let url = server.database("labelled");
    let sql = "CREATE TABLE people (email text);
        SECURITY LABEL FOR mask ON COLUMN people.email IS 'hidden';
        CREATE SUBSCRIPTION afar CONNECTION 'host=127.0.0.1 port=1 dbname=x' PUBLICATION p WITH (connect = false, slot_name = NONE);
        SECURITY LABEL FOR mask ON SUBSCRIPTION afar IS 'there';
        SECURITY LABEL FOR mask ON DATABASE labelled IS 'all of it';";
    server.psql("labelled", &["-c", sql]);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("labelled.sql");
    std::fs::write(&file, sql).unwrap();
    let output = common::drift(&["diff", &url, file.to_str().unwrap(), "--scratch", "local", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}{}", common::stdout(&output), common::stderr(&output));
    let report: serde_json::Value = serde_json::from_str(&common::stdout(&output)).unwrap();
    let sides = [&report["actual"], &report["expected"]];
    let live = sides.into_iter().find(|side| side["name"].as_str().unwrap().ends_with("/labelled"));
    let counted = &live.unwrap()["coverage"]["not_compared"];
    for (what, example) in
        [("security labels of subscriptions", "mask: there"), ("security labels of the database", "mask: all of it")]
    {
        assert_eq!(counted[what]["examples"], serde_json::json!([example]), "{counted}");
    }
}
