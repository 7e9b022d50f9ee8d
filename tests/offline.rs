//! `drift check --offline`: migrations as tools lay them out, the spec by itself, and what is refused.

use std::fs;
use std::path::Path;

use crate::common::drift_in;
use crate::common::root;
use crate::common::stderr;
use crate::common::stdout;

const DECLARED: &str = "CREATE TABLE notes (id bigint PRIMARY KEY, body text, tag text);\n";
const ONE: &str = "CREATE TABLE notes (id bigint PRIMARY KEY, body text);\n";
const TWO: &str = "ALTER TABLE notes ADD COLUMN tag text;\n";
const DOWN: &str = "DROP TABLE notes;\n";

/// Writes files, and the declared schema beside them.
fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    put(directory.path(), "expected-schema/schema.sql", DECLARED);
    files.iter().for_each(|(name, text)| put(directory.path(), name, text));
    directory
}

fn put(directory: &Path, name: &str, text: &str) {
    let path = directory.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn offline(directory: &Path, more: &[&str]) -> (i32, String, String) {
    let output = drift_in(directory, &[&["check", "--offline"], more].concat(), &[]);
    (output.status.code().unwrap(), stdout(&output), stderr(&output))
}

#[test]
fn migrations_lead_to_the_declared_schema_however_a_tool_lays_them_out() {
    let both = |up: &str, mark: &str, down: &str| format!("{up}\n{ONE}{mark}\n{down}");
    let dbmate = both("-- migrate:up", "-- migrate:down", DOWN);
    let up = both("-- Up Migration", "-- Down Migration", DOWN);
    let goose = both("-- +goose Up", "-- +goose Down", DOWN);
    type Layout<'a> = (&'a str, &'a str, Vec<(&'a str, &'a str)>, (&'a str, &'a str));
    let layouts: Vec<Layout> = vec![
        (
            "Supabase",
            "supabase/migrations",
            vec![("supabase/config.toml", "x"), ("supabase/migrations/1_a.sql", ONE)],
            ("supabase/migrations/2_b.sql", TWO),
        ),
        (
            "Prisma",
            "prisma/migrations",
            vec![("prisma/schema.prisma", "url = env(\"DB\")"), ("prisma/migrations/1_a/migration.sql", ONE)],
            ("prisma/migrations/2_b/migration.sql", TWO),
        ),
        (
            "Drizzle",
            "db/out",
            vec![("drizzle.config.ts", "export default { out: './db/out' }"), ("db/out/0000_a.sql", ONE)],
            ("db/out/0001_b.sql", TWO),
        ),
        (
            "Diesel",
            "migrations",
            vec![("diesel.toml", ""), ("migrations/1_a/up.sql", ONE), ("migrations/1_a/down.sql", DOWN)],
            ("migrations/2_b/up.sql", TWO),
        ),
        (
            "sqlx",
            "migrations",
            vec![("Cargo.toml", "sqlx = \"0.8\""), ("migrations/1_a.up.sql", ONE), ("migrations/1_a.down.sql", DOWN)],
            ("migrations/2_b.up.sql", TWO),
        ),
        (
            "Flyway",
            "sql",
            vec![("flyway.toml", ""), ("sql/V9__a.sql", ONE), ("sql/U9__a.sql", DOWN)],
            ("sql/V10__b.sql", TWO),
        ),
        (
            "Refinery",
            "migrations",
            vec![("Cargo.toml", "refinery = \"0.9\""), ("migrations/V9__a.sql", ONE)],
            ("migrations/V10__b.sql", TWO),
        ),
        (
            "Sqitch",
            "deploy",
            // The plan says the order, not the alphabet.
            vec![
                (
                    "sqitch.plan",
                    "%project=shop\n\nz_first 2025-01-01T00:00:00Z A <a@b> #\na_second 2025-01-02T00:00:00Z A <a@b> #\n",
                ),
                ("deploy/z_first.sql", ONE),
            ],
            ("deploy/a_second.sql", TWO),
        ),
        (
            "node-pg-migrate",
            "migrations",
            vec![("package.json", "{\"devDependencies\": {\"node-pg-migrate\": \"8\"}}"), ("migrations/1_a.sql", &up)],
            ("migrations/2_b.sql", TWO),
        ),
        ("dbmate", "db/migrations", vec![("db/migrations/1_a.sql", &dbmate)], ("db/migrations/2_b.sql", TWO)),
        ("goose", "migrations", vec![("migrations/00001_a.sql", &goose)], ("migrations/00002_b.sql", TWO)),
        ("plain SQL", "migrations", vec![("migrations/01.sql", ONE)], ("migrations/02.sql", TWO)),
    ];
    for (tool, folder, files, last) in layouts {
        let project = project(&files);
        let (code, said, notes) = offline(project.path(), &[]);
        assert_eq!(code, 1, "{tool}: {said}{notes}");
        assert!(said.contains("column public.notes.tag is missing"), "{tool}: {said}");
        assert!(notes.contains(&format!("the migrations are those of {tool} in {folder}")), "{tool}: {notes}");
        put(project.path(), last.0, last.1);
        let (code, said, notes) = offline(project.path(), &[]);
        assert_eq!(code, 0, "{tool}: {said}{notes}");
    }
}

#[test]
fn the_migrations_of_the_fixture_do_not_lead_to_the_declared_schema() {
    let (code, said, notes) = offline(&root(), &["fixtures/half-migrated"]);
    assert_eq!(code, 1, "{notes}");
    assert!(said.starts_with("fixtures/half-migrated does not match expected-schema: 37 findings"), "{said}");
}

#[test]
fn without_migrations_the_spec_is_held_against_its_own_rules() {
    let project = project(&[]);
    let (code, said, notes) = offline(project.path(), &[]);
    assert_eq!(code, 0, "{said}");
    assert!(notes.contains("held against its own rules alone"), "{notes}");
    put(project.path(), "expected-schema/drift.toml", "[tenancy]\nregistry = \"tenants\"\n");
    put(project.path(), "expected-schema/a.sql", "CREATE TABLE tenants (id uuid PRIMARY KEY);\n");
    let (code, said, _) = offline(project.path(), &["--format", "json"]);
    assert_eq!(code, 1);
    let report: serde_json::Value = serde_json::from_str(&said).unwrap();
    let findings = report["findings"].as_array().unwrap();
    assert!(findings.iter().any(|finding| finding["code"] == "tenant-column-missing"), "{said}");
    assert!(findings.iter().all(|finding| finding["side"] == "declared"), "{said}");
}

#[test]
fn programs_are_told_apart_from_sql_and_a_database_is_refused() {
    let project = project(&[("manage.py", "import django")]);
    let (_, _, notes) = offline(project.path(), &[]);
    assert!(notes.contains("the migrations of Django are not SQL: write the SQL of each"), "{notes}");
    assert!(notes.contains("held against its own rules alone"), "{notes}");
    put(project.path(), "alembic.ini", "");
    put(project.path(), "alembic/versions/1.py", "");
    let (_, _, notes) = offline(project.path(), &[]);
    assert!(notes.contains("the migrations of Alembic are not SQL: write the SQL with"), "{notes}");
    let (code, _, said) = offline(project.path(), &["postgres://nobody@localhost/x"]);
    assert!(code == 2 && said.contains("--offline asks no database, and the source is one"), "{said}");
}

#[test]
fn init_says_what_the_project_is() {
    let project = project(&[
        ("prisma/schema.prisma", "datasource db {\n  url = env(\"SHOP_URL\")\n}"),
        ("prisma/migrations/1_a/migration.sql", ONE),
        ("Cargo.toml", "sqlx = \"0.8\""),
    ]);
    let output = drift_in(project.path(), &["init", "prisma/migrations", "--output", "spec"], &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let toml = fs::read_to_string(project.path().join("spec/drift.toml")).unwrap();
    let head = "\
# Prisma: `drift check --offline prisma/migrations` holds its migrations against this directory.
# The database: drift check \"$SHOP_URL\"
# Also here, or a leftover: sqlx: no migrations were found: name their directory to `drift check --offline`.

";
    assert!(toml.starts_with(head), "{toml}");
    let (code, said, notes) = offline(project.path(), &["--spec", "spec"]);
    assert_eq!(code, 0, "{said}{notes}");
}

#[test]
fn numbers_are_numbers_and_not_letters() {
    let directory = project(&[("migrations/9_a.sql", ONE), ("migrations/10_b.sql", TWO)]);
    let (code, said, notes) = offline(directory.path(), &[]);
    assert_eq!(code, 0, "{said}{notes}");
    let arguments = ["status", "migrations", "--migrations", "migrations"];
    let output = drift_in(directory.path(), &arguments, &[]);
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
}
