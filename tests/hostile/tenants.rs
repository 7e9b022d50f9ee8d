//! The same names where tenants are told apart, rows are started anew, and findings, changes and steps are recorded.

use super::FORMATS;
use super::ODD;
use super::comments_stay_comments;
use super::harmless;
use super::path;
use super::run;
use crate::common;
use drift::model::ident::literal;
use drift::model::ident::quote;

const SCHEMA: &str = "s\"\n::error::s";
const REGISTRY: &str = "org*/ $$ \u{1b}[31m";
const OWNED: &str = "it's\r\n-- ; DROP";
const KEY: &str = "ten\\ant\" */";
const POLICY: &str = "pol\u{202e}]]></script>";
const INDEX: &str = "ix%s ##[error]";
const ROLE: &str = "Role \"%s\" :'x";
const CONTEXT: &str = "ctx\u{2028}`x`";

const A: &str = "aaaaaaaa-0000-4000-8000-00000000000a";
const B: &str = "bbbbbbbb-0000-4000-8000-00000000000b";

fn named(name: &str) -> String {
    format!("{}.{}", quote(SCHEMA), quote(name))
}

/// Two tables of tenants: without the index and the row-level security of one where it is left open.
fn sql(open: bool) -> String {
    let (registry, owned, key, role) = (named(REGISTRY), named(OWNED), quote(KEY), quote(ROLE));
    let mine = format!("{key} = (SELECT {}())", named(CONTEXT));
    let mut sql = format!(
        "CREATE ROLE {role};
CREATE SCHEMA {schema};
GRANT USAGE ON SCHEMA {schema} TO {role};
CREATE FUNCTION {context}() RETURNS uuid LANGUAGE sql STABLE AS $f$ SELECT nullif(current_setting('app.t', true), '')::uuid $f$;
CREATE TABLE {registry} ({key} uuid PRIMARY KEY, name text);
ALTER TABLE {registry} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {registry} FORCE ROW LEVEL SECURITY;
CREATE POLICY {policy} ON {registry} FOR SELECT TO {role} USING ({mine});
GRANT SELECT ON {registry} TO {role};
CREATE TABLE {owned} (\"id%\" bigint GENERATED ALWAYS AS IDENTITY, {key} uuid NOT NULL REFERENCES {registry} ON DELETE CASCADE,
  \"no\nte\" text, PRIMARY KEY (\"id%\"), UNIQUE ({key}, \"id%\"));
CREATE POLICY {policy} ON {owned} TO {role} USING ({mine}) WITH CHECK ({mine});
GRANT SELECT, INSERT (\"id%\", {key}, \"no\nte\"), UPDATE (\"no\nte\"), DELETE ON {owned} TO {role};
",
        schema = quote(SCHEMA),
        context = named(CONTEXT),
        policy = quote(POLICY),
    );
    if !open {
        sql += &format!(
            "CREATE INDEX {} ON {owned} ({key});
ALTER TABLE {owned} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {owned} FORCE ROW LEVEL SECURITY;
",
            quote(INDEX)
        );
    }
    sql
}

/// A declared schema that says who is whose tenant.
fn spec() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    // A text of JSON is one of TOML too.
    let text = |text: &str| serde_json::to_string(text).unwrap();
    let toml = format!(
        "schemas = [{}]\n[tenancy]\nregistry = {}\ncolumn = {}\nroles = [{}]\ncontext = {}\nenter = \"guc:app.t\"\non_delete = \"cascade\"\n",
        text(SCHEMA),
        text(REGISTRY),
        text(KEY),
        text(ROLE),
        text(&format!("(select {}())", named(CONTEXT)))
    );
    std::fs::write(directory.path().join("drift.toml"), toml).unwrap();
    std::fs::write(directory.path().join("1_all.sql"), sql(false)).unwrap();
    directory
}

#[test]
fn isolation_is_proved_and_where_it_fails_told_in_every_format() {
    let spec = spec();
    let directory = ["--spec", path(spec.path())];
    for format in FORMATS {
        // Its commands for GitHub and the control characters in JSON are meant for programs.
        let for_programs = !["table", "markdown"].contains(&format);
        let clean = [&["prove", "--expected", "--format", format][..], &directory].concat();
        assert_eq!(run(&clean, for_programs).0, 0, "{format}");
    }
    let beside = tempfile::tempdir().unwrap();
    let open = beside.path().join("open.sql");
    std::fs::write(&open, sql(true)).unwrap();
    for format in FORMATS {
        let for_programs = !["table", "markdown"].contains(&format);
        let broken = [&["prove", path(&open), "--format", format][..], &directory].concat();
        let (code, out) = run(&broken, for_programs);
        assert_eq!(code, 1, "{format}: {out}");
        assert!(out.contains("reads 1 row of another tenant"), "{format}: {out}");
    }
}

#[test]
fn a_database_of_such_tenants_is_repaired_and_proved() {
    let Some(server) = common::server::shared() else { return };
    let (spec, url) = (spec(), server.database("hostile_tenants"));
    server.load_case("hostile_tenants", &sql(true));
    let rows = format!(
        "INSERT INTO {0} VALUES ('{A}', 'a'), ('{B}', 'b'); INSERT INTO {1} ({2}) VALUES ('{A}'), ('{B}'), ('{B}');",
        named(REGISTRY),
        named(OWNED),
        quote(KEY)
    );
    server.psql("hostile_tenants", &["-c", &rows]);
    let directory = ["--spec", path(spec.path())];
    let ask = |arguments: &[&str]| run(&[arguments, &directory].concat(), false);
    assert_eq!(ask(&["check", "--probe", &url]).0, 1);
    let plan = spec.path().join("../hostile_tenants_patch.sql");
    ask(&["fix", "--additive", &url, "--output", path(&plan)]);
    comments_stay_comments(&std::fs::read_to_string(&plan).unwrap());
    let applied = ask(&["apply", path(&plan), &url]);
    assert_eq!(applied.0, 0, "{}", applied.1);
    std::fs::remove_file(&plan).unwrap();
    let (code, out) = ask(&["check", "--probe", &url]);
    assert_eq!(code, 0, "{out}");
    let (code, out) = ask(&["prove", &url]);
    assert_eq!(code, 0, "{out}");
    let count = format!("SELECT count(*) FROM {}", named(OWNED));
    assert_eq!(server.psql("hostile_tenants", &["-Atc", &count]).trim(), "3");
    // What was done is in the journal, under the names that there are.
    let journal = "SELECT count(*) FROM drift.journal AS j WHERE j::text LIKE '%' || $q$::error::s$q$ || '%'";
    let found: u32 = server.psql("hostile_tenants", &["-Atc", journal]).trim().parse().unwrap();
    assert!(found > 0, "the journal names what it is about");
}

#[test]
fn such_a_database_starts_anew() {
    let Some(server) = common::server::shared() else { return };
    let (spec, url) = (spec(), server.database("hostile_reset"));
    server.load_case("hostile_reset", &sql(true));
    let beside = tempfile::tempdir().unwrap();
    let reset = beside.path().join("it's a \"reset\" $HOME");
    let directory = ["--spec", path(spec.path())];
    run(&[&["fix", "--reset", &url, "--output", path(&reset)][..], &directory].concat(), false);
    let mut files: Vec<_> = std::fs::read_dir(&reset).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    for file in &files {
        let text = std::fs::read_to_string(file).unwrap();
        match file.extension().and_then(|ending| ending.to_str()) {
            Some("sql") => {
                comments_stay_comments(&text);
                // The role is there already, and belongs to the server.
                server.load_case("hostile_reset", &text);
            }
            Some("md") => harmless("the page of the reset", &text, false),
            _ => {}
        }
    }
    let (code, out) = run(&[&["check", &url][..], &directory].concat(), false);
    assert_eq!(code, 0, "{out}");
}

#[test]
fn findings_that_are_recorded_are_known_again() {
    let spec = spec();
    let beside = tempfile::tempdir().unwrap();
    let [open, baseline] = ["open.sql", "baseline.toml"].map(|name| beside.path().join(name));
    std::fs::write(&open, sql(true)).unwrap();
    let directory = ["--spec", path(spec.path())];
    let ask = |arguments: &[&str], for_programs| run(&[arguments, &directory].concat(), for_programs);
    let recorded =
        ["baseline", path(&open), "--output", path(&baseline), "--owner", "o\"\n[[finding]]\n", "--why", "w'''\u{1b}"];
    ask(&recorded, false);
    harmless("the baseline", &std::fs::read_to_string(&baseline).unwrap(), true);
    for format in FORMATS {
        let arguments = ["check", path(&open), "--baseline", path(&baseline), "--format", format];
        assert_eq!(ask(&arguments, !["table", "markdown"].contains(&format)).0, 0, "{format}");
    }
    // All of it has gone, and so have the entries.
    let whole = spec.path().join("1_all.sql");
    assert_eq!(ask(&["check", path(&whole), "--baseline", path(&baseline), "--update"], false).0, 0);
    assert!(!std::fs::read_to_string(&baseline).unwrap().contains("[[finding]]"), "the file has shrunk");
}

#[test]
fn what_was_made_by_hand_is_told_under_its_name() {
    let Some(server) = common::server::shared() else { return };
    let url = server.database("hostile_audit");
    let directory = tempfile::tempdir().unwrap();
    let [install, migrations] = ["install.sql", "migrations"].map(|name| directory.path().join(name));
    std::fs::create_dir(&migrations).unwrap();
    std::fs::write(migrations.join("001_items.sql"), "CREATE TABLE items (id int);\n").unwrap();
    server.psql("hostile_audit", &["-f", path(&migrations.join("001_items.sql"))]);
    run(&["audit", "install", "--output", path(&install)], false);
    server.psql("hostile_audit", &["--single-transaction", "-f", path(&install)]);
    for name in ODD {
        let made = format!("SET application_name = {0}; CREATE TABLE {1} ({1} int);", literal(name), quote(name));
        server.psql("hostile_audit", &["-c", &made]);
    }
    for format in ["table", "markdown", "json"] {
        let arguments = ["status", &url, "--migrations", path(&migrations), "--format", format];
        let (code, out) = run(&arguments, format == "json");
        assert_eq!(code, 1, "{out}");
        assert!(out.contains("CREATE TABLE"), "{format} says by which statement: {out}");
    }
}
