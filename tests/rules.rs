//! What a check does with rules: on which side a fact is, what `[[allow]]` excuses,
//! a `drift.toml` without SQL, and the list of all rules.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::common;
use crate::common::drift_in;
use crate::common::stderr;
use crate::common::stdout;

const TABLES: &str = "
CREATE ROLE app;
CREATE TABLE tenants (id uuid PRIMARY KEY);
CREATE TABLE notes (id uuid PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenants, slug text NOT NULL);
CREATE INDEX notes_tenant_id_idx ON notes (tenant_id);
CREATE POLICY notes_own ON notes TO app USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE notes FORCE ROW LEVEL SECURITY;
";
const KEY: &str = "ALTER TABLE notes ADD CONSTRAINT notes_slug_key UNIQUE (slug);\n";
const TOML: &str = "schemas = [\"public\"]\n[tenancy]\nregistry = \"tenants\"\nroles = [\"app\"]\n";

/// `spec/` and `live.sql`; `spec` without SQL where there is none given.
fn check(spec: Option<&str>, toml: &str, live: &str, arguments: &[&str]) -> Output {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), spec, toml, live);
    let all = [&["check", "live.sql", "--spec", "spec"], arguments].concat();
    drift_in(directory.path(), &all, &[])
}

fn write(directory: &Path, spec: Option<&str>, toml: &str, live: &str) {
    fs::create_dir(directory.join("spec")).unwrap();
    if let Some(sql) = spec {
        fs::write(directory.join("spec/schema.sql"), sql).unwrap();
    }
    fs::write(directory.join("spec/drift.toml"), toml).unwrap();
    fs::write(directory.join("live.sql"), live).unwrap();
}

/// `code side` of each finding.
fn found(output: &Output) -> Vec<String> {
    let report: serde_json::Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(output)));
    let line =
        |f: &serde_json::Value| format!("{} {}", f["code"].as_str().unwrap(), f["side"].as_str().unwrap_or("database"));
    report["findings"].as_array().unwrap().iter().map(line).collect()
}

#[test]
fn a_report_says_which_side_is_at_fault() {
    let faulty = format!("{TABLES}{KEY}");
    let json: &[&str] = &["--format", "json"];
    assert_eq!(found(&check(Some(TABLES), TOML, TABLES, json)), [""; 0]);
    assert_eq!(found(&check(Some(TABLES), TOML, &faulty, json)), ["unique-not-tenant-scoped database"]);
    assert_eq!(found(&check(Some(&faulty), TOML, &faulty, json)), ["unique-not-tenant-scoped both"]);
    let declared = found(&check(Some(&faulty), TOML, TABLES, json));
    assert_eq!(declared, ["unique-not-tenant-scoped declared", "unique-missing database"]);
}

#[test]
fn what_the_spec_is_wrong_about_stands_before_any_drift() {
    let faulty = format!("{TABLES}{KEY}");
    let live = format!("{faulty}ALTER TABLE notes ADD COLUMN more text;");
    let output = check(Some(&faulty), TOML, &live, &[]);
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    let at = |needle: &str| text.find(needle).unwrap_or_else(|| panic!("no {needle:?} in\n{text}"));
    assert!(at("spec breaks its own rules: 1 error") < at("error[unique-not-tenant-scoped]"), "{text}");
    assert!(at("error[unique-not-tenant-scoped]") < at("warning[column-unexpected]"), "{text}");
    assert!(text.contains("declared at spec/schema.sql:9 · the database has the same fault"), "{text}");
    // Nothing but that: the two sides agree.
    let text = stdout(&check(Some(&faulty), TOML, &faulty, &["--format", "markdown"]));
    assert!(text.starts_with("## live.sql matches spec, which breaks its own rules: 1 error"), "{text}");
    assert!(text.contains("  - the database has the same fault"), "{text}");
}

#[test]
fn an_allowed_finding_is_listed_and_not_counted() {
    let faulty = format!("{TABLES}{KEY}");
    let allow = |until: &str| {
        format!(
            "{TOML}[[allow]]\nrule = \"unique-not-tenant-scoped\"\non = \"notes_slug_key\"\nwhy = \"a directory\"\n{until}"
        )
    };
    let output = check(Some(&faulty), &allow(""), &faulty, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    let text = stdout(&output);
    assert!(text.starts_with("no drift: live.sql matches spec, but for 1 finding that is allowed"), "{text}");
    let line = "allowed:  unique-not-tenant-scoped on public.notes.notes_slug_key: a directory (spec/drift.toml:5)";
    assert!(text.contains(line), "{text}");

    let json = ["--format", "json"];
    let output = check(Some(&faulty), &allow("until = 2999-12-31\n"), &faulty, &json);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let allowed = &report["allowed"][0];
    assert_eq!((allowed["why"].as_str(), allowed["until"].as_str()), (Some("a directory"), Some("2999-12-31")));
    assert_eq!(report["counts"]["error"], 0);
    drift::report::json::schema();
    let validator = jsonschema::validator_for(&drift::report::json::schema()).unwrap();
    assert!(validator.is_valid(&report), "{report}");
    let markdown = stdout(&check(Some(&faulty), &allow(""), &faulty, &["--format", "markdown"]));
    assert!(
        markdown.contains("### Allowed\n\n- unique-not-tenant-scoped on public.notes.notes_slug_key"),
        "{markdown}"
    );
}

#[test]
fn an_exception_that_is_over_or_excuses_nothing_is_a_finding() {
    let faulty = format!("{TABLES}{KEY}");
    let entry = |on: &str, until: &str| {
        format!("{TOML}[[allow]]\nrule = \"unique-not-tenant-scoped\"\non = \"{on}\"\nwhy = \"x\"\n{until}")
    };
    let json: &[&str] = &["--format", "json"];
    let over = entry("notes", "until = 2020-01-01\n");
    let output = check(Some(&faulty), &over, &faulty, json);
    assert_eq!(found(&output), ["allow-expired declared", "unique-not-tenant-scoped both"]);
    // Repaired in time: the entry can go, and is no error.
    assert_eq!(found(&check(Some(TABLES), &over, TABLES, json)), ["allow-unused declared"]);
    let elsewhere = entry("nots", "");
    let output = check(Some(&faulty), &elsewhere, &faulty, json);
    assert_eq!(found(&output), ["unique-not-tenant-scoped both", "allow-unused declared"]);
    // Where only a part was looked at, nobody can know.
    let output = check(Some(TABLES), &elsewhere, TABLES, &["--format", "json", "--schema", "public"]);
    assert_eq!(found(&output), [""; 0]);
}

#[test]
fn an_exception_from_a_rule_that_does_not_exist_is_refused() {
    let toml = format!("{TOML}[[allow]]\nrule = \"rls-disbled\"\non = \"notes\"\nwhy = \"x\"\n");
    let output = check(Some(TABLES), &toml, TABLES, &[]);
    assert_eq!(output.status.code(), Some(2));
    let text = stderr(&output);
    assert!(text.contains("spec/drift.toml:5: `rls-disbled` of [[allow]] is not a finding code"), "{text}");
    assert!(text.contains("did you mean rls-disabled"), "{text}");
}

#[test]
fn without_sql_the_rules_alone_are_asked() {
    let output = check(None, TOML, TABLES, &[]);
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
    let text = stdout(&output);
    assert!(text.starts_with("no finding: live.sql keeps the tenancy rules of spec\n"), "{text}");
    assert!(text.contains("nothing is declared, so nothing was compared"), "{text}");

    let child = format!("{TABLES}CREATE TABLE parts (id uuid PRIMARY KEY, note_id uuid REFERENCES notes);");
    let output = check(None, TOML, &child, &[]);
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    assert!(text.starts_with("live.sql breaks the tenancy rules of spec: 2 errors"), "{text}");
    assert!(text.contains("error[tenant-child-hidden]: public.parts has no tenant_id"), "{text}");
    assert!(!text.contains("unexpected"), "{text}");
    // Without tenants there is nothing to ask either.
    let output = check(None, "schemas = [\"public\"]\n", TABLES, &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("there is no .sql file in spec"), "{}", stderr(&output));
}

#[test]
fn a_repair_needs_a_declaration() {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), None, TOML, TABLES);
    let output = drift_in(directory.path(), &["fix", "--additive", "live.sql", "--spec", "spec"], &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("nothing says what a repair should lead to"), "{}", stderr(&output));
}

#[test]
fn the_index_of_rules_is_made_of_their_pages() {
    common::golden(&common::root().join("docs/rules.md"), &drift::explain::index());
    let listed = stdout(&common::drift(&["explain"]));
    for rule in drift::tenancy::RULES {
        let line = listed.lines().find(|line| line.split(' ').next() == Some(rule.code));
        assert!(line.is_some_and(|line| line.ends_with('.')), "{} is not listed", rule.code);
        assert_eq!(stdout(&common::drift(&["explain", rule.code])), rule.page);
    }
}

/// A rule that no hole was ever cut for is a rule that nobody has seen working.
#[test]
fn every_rule_has_its_holes() {
    let mut cases = String::new();
    for entry in std::fs::read_dir(common::root().join("tests")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.starts_with("tenancy_") {
            cases.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
    // What it says depends on the server, not on a schema: its unit tests give it versions.
    let elsewhere = ["server-advisory"];
    for rule in drift::tenancy::RULES {
        let cut = cases.contains(&format!("\"{} ", rule.code)) || elsewhere.contains(&rule.code);
        assert!(cut, "no case of tests/tenancy_*.rs expects {}", rule.code);
    }
}

#[test]
fn an_ignored_object_is_left_out_for_its_name_kind_schema_or_owner() {
    let live = format!(
        "{TABLES}CREATE ROLE etl; CREATE TABLE stage (a int); CREATE INDEX stage_a ON stage (a); ALTER TABLE stage OWNER TO etl;
         CREATE SCHEMA audit; CREATE TABLE audit.log (a int); CREATE INDEX tmp_slug ON notes (slug);"
    );
    let toml = TOML.replace("[\"public\"]", "[\"public\", \"audit\"]");
    let json: &[&str] = &["--format", "json"];
    let unexpected = ["schema-unexpected database", "table-unclassified database", "index-unexpected database"];
    let all = found(&check(Some(TABLES), &toml, &live, json));
    assert!(unexpected.iter().all(|code| all.contains(&code.to_string())), "{all:?}");
    let ignore = "[[ignore]]\nowner = \"etl\"\nwhy = \"theirs\"\n[[ignore]]\nschema = \"aud*\"\nwhy = \"old\"\n\
                  [[ignore]]\nkind = \"index\"\nobject = \"tmp_*\"\nwhy = \"tuning\"\n";
    let output = check(Some(TABLES), &format!("{toml}{ignore}"), &live, json);
    assert_eq!(found(&output), [""; 0], "{}", stdout(&output));
    let said = stdout(&check(Some(TABLES), &format!("{toml}{ignore}"), &live, &["--explain-ignores"]));
    let shown = "\
spec/drift.toml:5: [[ignore]] owner etl: theirs
    table public.stage
    column public.stage.a
    index public.stage.stage_a
spec/drift.toml:8: [[ignore]] schema aud*: old
    schema audit
    table audit.log
    column audit.log.a
spec/drift.toml:11: [[ignore]] tmp_*, kind index: tuning
    index public.notes.tmp_slug
";
    assert_eq!(said, shown);
    // What is gone is left out no more, and the line is told.
    let output = check(Some(TABLES), &format!("{toml}{ignore}"), &format!("{TABLES}CREATE SCHEMA audit;"), json);
    assert_eq!(found(&output), ["ignore-unused declared", "ignore-unused declared"]);
}

#[test]
fn an_ignore_with_a_code_is_an_exception() {
    let faulty = format!("{TABLES}{KEY}");
    let entry =
        |more: &str| format!("{TOML}[[ignore]]\ncode = \"unique-not-tenant-scoped\"\n{more}why = \"a directory\"\n");
    let of_schema = entry("schema = \"public\"\nkind = \"unique\"\n");
    let output = check(Some(&faulty), &of_schema, &faulty, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    assert!(stdout(&output).contains("notes_slug_key: a directory (spec/drift.toml:5)"), "{}", stdout(&output));
    let said = stdout(&check(Some(&faulty), &of_schema, &faulty, &["--explain-ignores"]));
    let shown =
        "spec/drift.toml:5: [[allow]] unique-not-tenant-scoped: a directory\n    unique public.notes.notes_slug_key\n";
    assert_eq!(said, shown);
    let elsewhere = check(Some(&faulty), &entry("schema = \"other\"\n"), &faulty, &["--format", "json"]);
    assert_eq!(found(&elsewhere), ["unique-not-tenant-scoped both", "allow-unused declared"]);
}
