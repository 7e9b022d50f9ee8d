//! Names and texts that want to be something else, in every kind there is: they end no statement, no comment, no
//! cell, no node and no line, and they command neither a terminal nor a forge.

mod tenants;

use std::path::Path;
use std::sync::OnceLock;

use crate::common;
use crate::common::server::Server;
use drift::jobs::source;
use drift::jobs::source::ReadOptions;
use drift::jobs::source::Source;
use drift::model::catalog::Catalog;
use drift::model::ident::quote;
use drift::model::kind::ObjectKind;
use drift::model::object::Object;
use drift::model::object::Value;

/// Kinds of which nobody chooses a name or a text, and why.
const NOT_HOSTILE: &[(ObjectKind, &str)] = &[
    (ObjectKind::Extension, "its name is that of files of the server"),
    (ObjectKind::Transform, "it is named by a type and a language, and needs functions in C"),
];

const SCRIPTS: [&str; 2] = ["tests/dump/names.sql", "tests/dump/names_of_the_rest.sql"];

/// Of a server with such a database, the URL.
fn database(server: &Server) -> String {
    static URL: OnceLock<String> = OnceLock::new();
    let make = || {
        server.rich_roles();
        let url = server.database("hostile");
        for script in SCRIPTS {
            server.load_case("hostile", &std::fs::read_to_string(common::root().join(script)).unwrap());
        }
        url
    };
    URL.get_or_init(make).clone()
}

fn catalog(url: &str) -> Catalog {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(source::read_whole(&Source::parse(url).unwrap(), &ReadOptions::default())).unwrap()
}

/// What no report may hold as it is: what a terminal obeys, and what turns or hides letters.
fn acts(c: char) -> bool {
    c != '\n' && (c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'))
}

fn is_hostile(text: &str) -> bool {
    text.contains(acts) || text.contains(['\n', '"', '\\']) || text.contains("*/")
}

fn texts(object: &Object) -> Vec<&str> {
    let mut texts = vec![&*object.id.schema, &object.id.parent, &object.id.name];
    for (_, value) in object.attributes.iter() {
        match value {
            Value::Text(text) => texts.push(text),
            Value::List(items) => texts.extend(items.iter().map(|item| &**item)),
            Value::Bool(_) | Value::Int(_) => {}
        }
    }
    texts
}

#[test]
fn every_kind_has_a_hostile_example() {
    let Some(server) = common::server::shared() else { return };
    let catalog = catalog(&database(server));
    let without: Vec<ObjectKind> = ObjectKind::ALL
        .iter()
        .copied()
        .filter(|kind| !catalog.of_kind(*kind).iter().any(|object| texts(object).into_iter().any(is_hostile)))
        .collect();
    let known: Vec<ObjectKind> = NOT_HOSTILE.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(without, known, "a kind needs an example in {SCRIPTS:?}, or a reason here");
}

/// A directory with a `drift.toml` that manages every schema of a catalog, and a file of SQL.
fn spec(catalog: &Catalog, sql: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let schemas: Vec<&str> = catalog.of_kind(ObjectKind::Schema).iter().map(|schema| &*schema.id.name).collect();
    // A text of JSON is one of TOML too.
    let schemas = serde_json::to_string(&schemas).unwrap();
    std::fs::write(directory.path().join("drift.toml"), format!("schemas = {schemas}\n")).unwrap();
    std::fs::write(directory.path().join("1_all.sql"), sql).unwrap();
    directory
}

/// Nothing in it acts. `for_programs`: whoever reads it takes names as they are, and a forge may obey its lines.
fn harmless(what: &str, text: &str, for_programs: bool) {
    for line in text.lines() {
        let acts = |c: &char| if for_programs { c.is_control() } else { acts(*c) };
        let acting: String = line.chars().filter(acts).flat_map(char::escape_unicode).collect();
        assert!(acting.is_empty(), "{what}: {acting} in {line:?}");
        if !for_programs {
            assert!(!line.trim_start().starts_with("::"), "{what}: a command of a workflow: {line:?}");
            assert!(!line.contains("##[") && !line.contains("##vso["), "{what}: a command of a pipeline: {line:?}");
        }
    }
}

/// Runs the program; what it says has to be harmless. Its exit code and stdout.
fn run(arguments: &[&str], for_programs: bool) -> (i32, String) {
    let output = common::drift(arguments);
    let (out, err) = (common::stdout(&output), common::stderr(&output));
    harmless(&format!("{arguments:?} on stdout"), &out, for_programs);
    harmless(&format!("{arguments:?} on stderr"), &err, false);
    let code = output.status.code().unwrap();
    assert!(code != 2 && code < 3, "{arguments:?}: {err}");
    (code, out)
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Names for migrations, of which the last statement fails.
const ODD: [&str; 3] = ["\u{1b}[31m|`x`</script>]]>", "\r\n::error::x##[error]", "a\u{301}\u{202e}\u{2028}*/ $$"];

const FORMATS: [&str; 7] = ["table", "json", "markdown", "sarif", "junit", "github", "gitlab"];

#[test]
fn no_report_does_anything_but_be_read() {
    let Some(server) = common::server::shared() else { return };
    let url = database(server);
    let all = catalog(&url);
    let nothing = spec(&all, "SELECT 1;");
    let migration = ODD
        .map(|name| format!("CREATE SCHEMA {0};\nCREATE TABLE {0}.{0} ();\nDROP TABLE {0};\n", quote(name)))
        .concat();
    let migrated = spec(&all, &migration);
    let snapshot = nothing.path().join("hostile.json");
    run(&["snapshot", &url, "--output", path(&snapshot)], false);
    for format in FORMATS {
        let for_programs = !["table", "markdown"].contains(&format);
        assert_eq!(
            run(&["check", path(&snapshot), "--spec", path(nothing.path()), "--format", format], for_programs).0,
            1
        );
        run(&["diff", path(&nothing.path().join("1_all.sql")), path(&snapshot), "--format", format], for_programs);
    }
    let page = nothing.path().join("page.html");
    let migrations = ["--migrations", path(migrated.path())];
    run(
        &[&["report", path(&snapshot), "--spec", path(nothing.path()), "--output", path(&page)][..], &migrations]
            .concat(),
        false,
    );
    let html = std::fs::read_to_string(&page).unwrap();
    harmless("the page", &html, true);
    assert!(!html.contains("</script>]]>") && !html.contains("<!-- |"), "a name ends a node");
    for format in ["table", "markdown", "json"] {
        run(&[&["status", path(&snapshot), "--format", format][..], &migrations].concat(), format == "json");
    }
}

#[test]
fn plans_lead_there_and_back() {
    let Some(server) = common::server::shared() else { return };
    let url = database(server);
    let all = catalog(&url);
    let (empty, built) = (spec(&all, "SELECT 1;"), server.database("hostile_built"));
    let whole = spec(&all, &common::stdout(&common::drift(&["dump", "--roles", &url])));
    let beside = tempfile::tempdir().unwrap();
    let plan = beside.path().join("plan.sql");
    for (way, to) in [("--additive", &whole), ("--full", &whole), ("--full", &empty)] {
        let loses: &[&str] = if way == "--full" { &["--allow-data-loss"] } else { &[] };
        let arguments = ["fix", way, &built, "--spec", path(to.path()), "--output", path(&plan)];
        run(&[&arguments, loses].concat(), false);
        if !plan.exists() {
            continue;
        }
        comments_stay_comments(&std::fs::read_to_string(&plan).unwrap());
        let database: &[&str] =
            if way == "--full" { &["--allow-data-loss", "--database", "hostile_built"] } else { &[] };
        let arguments = ["apply", path(&plan), &built, "--spec", path(to.path())];
        run(&[&arguments, database].concat(), false);
        std::fs::remove_file(&plan).unwrap();
        let (code, out) = run(&["check", &built, "--spec", path(to.path())], false);
        assert!(code == 0 || !out.contains("-missing]") && !out.contains("-unexpected]"), "{way}: {out}");
    }
}

/// A line of a comment holds nothing that ends it, or acts where it is shown.
fn comments_stay_comments(plan: &str) {
    for line in plan.split('\n').filter(|line| line.starts_with("--")) {
        assert!(!line.contains(acts), "{line:?}");
    }
}
