//! `drift status` without an option, where a migration tool has its folders: as somebody runs it first.

use std::fs;
use std::path::Path;

use crate::common;
use crate::common::server;
use crate::common::server::Server;

const FIRST: &str = "\
CREATE TABLE public.tenants (id uuid PRIMARY KEY);
CREATE TABLE public.notes (id uuid PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES public.tenants, author uuid);
ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON public.notes USING (author = auth.uid());
";
const SECOND: &str = "ALTER TABLE public.notes ADD COLUMN title text;\n";
const BY_HAND: &str = "CREATE SCHEMA audit; CREATE TABLE audit.seen (id int); CREATE TABLE public.spare (id int);";

/// Writes files below a new directory.
fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    directory
}

fn supabase() -> tempfile::TempDir {
    project(&[
        ("supabase/config.toml", "project_id = \"notes\"\n"),
        ("supabase/migrations/20250101000000_notes.sql", FIRST),
        ("supabase/migrations/20250201000000_title.sql", SECOND),
    ])
}

fn sqlx() -> tempfile::TempDir {
    project(&[
        ("Cargo.toml", "[dependencies]\nsqlx = \"0.8\"\n"),
        ("migrations/20250101000000_notes.up.sql", &FIRST.replace("auth.uid()", "id")),
        ("migrations/20250101000000_notes.down.sql", "DROP TABLE notes; DROP TABLE tenants;\n"),
        ("migrations/20250201000000_title.up.sql", SECOND),
        ("migrations/20250201000000_title.down.sql", "ALTER TABLE notes DROP COLUMN title;\n"),
    ])
}

/// `drift status`: exit code, report, what was said beside it.
fn status(directory: &Path, more: &[&str], url: Option<&str>) -> (Option<i32>, String, String) {
    let environment: Vec<(&str, &str)> = url.map(|url| ("DATABASE_URL", url)).into_iter().collect();
    let output = common::drift_in(directory, &[&["status"], more].concat(), &environment);
    (output.status.code(), common::stdout(&output), common::stderr(&output))
}

fn has(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "`{word}` is missing:\n{text}");
    }
}

/// A database that has the first migration, and what somebody added.
fn half_way(server: &Server, name: &str, first: &str) -> String {
    let url = server.database(name);
    server.psql(name, &["-c", first, "-c", BY_HAND]);
    url
}

#[test]
fn a_supabase_project_is_told_from_its_folders_and_the_database_of_the_environment() {
    let Some(server) = server::shared() else { return };
    server.database("supabase_here");
    server.psql("supabase_here", &["-f", "src/scratch/platform/supabase.sql"]);
    server.psql("supabase_here", &["-c", FIRST, "-c", BY_HAND]);
    // The tool has both: somebody ran `supabase migration repair`.
    let ledger = "CREATE SCHEMA supabase_migrations; \
        CREATE TABLE supabase_migrations.schema_migrations (version text PRIMARY KEY, statements text[], name text); \
        INSERT INTO supabase_migrations.schema_migrations \
        VALUES ('20250101000000', NULL, 'notes'), ('20250201000000', NULL, 'title')";
    server.psql("supabase_here", &["-c", ledger]);
    let (url, project) = (server.url("postgres", "supabase_here"), supabase());
    let (code, report, said) = status(project.path(), &[], Some(&url));
    assert_eq!(code, Some(1), "{report}{said}");
    has(&said, &["note: the migrations are those of Supabase in supabase/migrations\n"]);
    assert!(!said.contains("next:"), "no plan is made without what is declared: {said}");
    let headline = "of 2 migrations, 1 complete and 1 not applied\n";
    has(&report, &[headline, "public.notes: column title (line 1)", "20250201000000"]);
    has(&report, &["supabase_migrations.schema_migrations", "made by hand", "schema audit", "table public.spare"]);
    assert!(!report.contains("table auth."), "the platform's own is nobody's work: {report}");

    // With what is declared beside it: its schemas count, and the next step is one that works.
    let declared = project.path().join("expected-schema");
    fs::create_dir(&declared).unwrap();
    fs::write(declared.join("drift.toml"), "platform = \"supabase\"\nschemas = [\"public\"]\n").unwrap();
    fs::write(declared.join("schema.sql"), format!("{FIRST}{SECOND}")).unwrap();
    let (code, report, said) = status(project.path(), &[], Some(&url));
    assert_eq!(code, Some(1), "{report}{said}");
    has(&report, &[headline, "table public.spare"]);
    assert!(!report.contains("schema audit"), "{report}");
    let next = said.lines().find_map(|line| line.strip_prefix("next: drift ")).expect("a next step");
    let next: Vec<&str> = next.split("   ").next().unwrap().split(' ').collect();
    assert_eq!(next, ["fix", "--remainder", "--migrations", "supabase/migrations"]);
    let arguments = [&next[..], &["--output", "rest.sql"]].concat();
    let output = common::drift_in(project.path(), &arguments, &[("DATABASE_URL", &url)]);
    assert_eq!(output.status.code(), Some(0), "{}", common::stderr(&output));
    has(&fs::read_to_string(project.path().join("rest.sql")).unwrap(), &[SECOND]);
}

#[test]
fn a_sqlx_project_is_told_from_its_cargo_toml() {
    let Some(server) = server::shared() else { return };
    let (url, project) = (half_way(server, "sqlx_here", &FIRST.replace("auth.uid()", "id")), sqlx());
    let (code, report, said) = status(project.path(), &[], Some(&url));
    assert_eq!(code, Some(1), "{report}{said}");
    has(&said, &["note: the migrations are those of sqlx in migrations\n"]);
    has(&report, &["of 2 migrations, 1 complete and 1 not applied\n", "public.notes: column title (line 1)"]);
    assert!(!report.contains(".down.sql"), "{report}");
    server.psql("sqlx_here", &["-c", SECOND, "-c", "DROP SCHEMA audit CASCADE; DROP TABLE public.spare"]);
    let (code, report, said) = status(project.path(), &[], Some(&url));
    assert_eq!(code, Some(0), "{report}{said}");
    has(&report, &["2 migrations complete\n"]);
    assert!(!said.contains("next:"), "{said}");
}

#[test]
fn a_project_is_asked_for_its_database_and_not_for_what_is_declared() {
    let (code, report, said) = status(supabase().path(), &[], None);
    assert_eq!((code, report.as_str()), (Some(2), ""), "{said}");
    has(&said, &["error: no database is named\n", "the migrations in supabase/migrations\n"]);
    has(&said, &["drift status postgres://user@host/db ", "drift status \"$SUPABASE_DB_URL\" ", "DATABASE_URL"]);
    let (code, _, said) = status(sqlx().path(), &[], None);
    assert_eq!(code, Some(2));
    has(&said, &["error: no database is named\n", "the migrations in migrations\n", "drift status postgres://"]);
    assert!(!said.contains("drift demo") && !said.contains("drift status \"$"), "{said}");
    let (code, _, said) = status(sqlx().path(), &["--migrations", "migrations"], None);
    assert_eq!(code, Some(2));
    has(&said, &["the migrations in migrations\n"]);
}
