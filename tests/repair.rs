//! The main job on a real PostgreSQL server: check, repair with plain psql,
//! check again.

use crate::common;
use crate::common::repair::fix;
use crate::common::repair::fixture;
use crate::common::server;

/// Loads a fixture, repairs it with a backfill, and checks.
fn repairs_completely(fixture: &str, table: &str, rows: &str) {
    if let Some(server) = server::shared() {
        common::repair::completely(server, fixture, table, rows);
    }
}

fn codes(url: &str) -> Vec<(String, String)> {
    let output = common::drift(&["check", url, "--format", "json"]);
    assert!(output.status.code() != Some(2), "{}", common::stderr(&output));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |v: &serde_json::Value| v.as_str().unwrap_or_default().to_owned();
    report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| {
            let parent =
                if text(&f["object"]["parent"]).is_empty() { &f["object"]["name"] } else { &f["object"]["parent"] };
            (text(&f["code"]), text(parent))
        })
        .collect()
}

#[test]
fn the_half_migrated_database_is_repaired_and_keeps_its_rows() {
    repairs_completely("half-migrated", "workflows", "4");
}

#[test]
fn the_remote_database_is_repaired_and_keeps_its_rows() {
    repairs_completely("remote", "agents", "3");
}

/// Without a backfill only the tenant column's nullability, and what hangs on it, is left.
fn repairs_in_part(fixture_name: &str, table: &str) {
    let Some(server) = server::shared() else { return };
    let database = format!("part_{}", fixture_name.replace('-', "_"));
    let url = fixture(server, fixture_name, &database);
    let directory = tempfile::tempdir().unwrap();
    let patch = directory.path().join("patch.sql");
    let patch = patch.to_str().unwrap();
    let output = fix(&url, patch, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", common::stderr(&output));
    assert!(common::stderr(&output).contains("--backfill"), "{}", common::stderr(&output));
    assert!(std::fs::read_to_string(patch).unwrap().contains("--backfill"));
    server.psql(&database, &["-f", patch]);
    let left = codes(&url);
    assert!(!left.is_empty());
    for (code, relation) in &left {
        assert_eq!(relation, table, "{left:?}");
        // Row-level security would hide rows without a tenant; grants wait for it.
        let hangs_on_it = ["tenant-column-nullable", "policy-exists-rls-disabled", "grant-missing"];
        assert!(hangs_on_it.contains(&code.as_str()), "{left:?}");
    }
}

#[test]
fn without_a_backfill_the_half_migrated_database_lacks_only_the_tenants_of_its_workflows() {
    repairs_in_part("half-migrated", "workflows");
}

#[test]
fn without_a_backfill_the_remote_database_lacks_only_the_tenants_of_its_agents() {
    repairs_in_part("remote", "agents");
}

/// The reset plan's files, run by psql in their order, end with a clean check.
fn resets(fixture_name: &str) {
    let Some(server) = server::shared() else { return };
    let database = format!("reset_{}", fixture_name.replace('-', "_"));
    let url = fixture(server, fixture_name, &database);
    let directory = tempfile::tempdir().unwrap();
    let plan = directory.path().join("reset");
    let output = common::drift(&["fix", "--reset", &url, "--output", plan.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", common::stderr(&output));
    server.load(&database, &plan);
    let check = common::drift(&["check", &url]);
    assert_eq!(check.status.code(), Some(0), "{}{}", common::stdout(&check), common::stderr(&check));
}

#[test]
fn a_reset_of_the_half_migrated_database_ends_clean() {
    resets("half-migrated");
}

#[test]
fn a_reset_of_the_remote_database_ends_clean() {
    resets("remote");
}

#[test]
fn a_reset_with_the_faulty_migrations_names_the_statements_that_fail() {
    let directory = tempfile::tempdir().unwrap();
    let plan = directory.path().join("reset");
    let output = common::drift(&[
        "fix",
        "--reset",
        "fixtures/half-migrated",
        "--migrations",
        "fixtures/migrations",
        "--output",
        plan.to_str().unwrap(),
    ]);
    assert_eq!(output.status.code(), Some(1), "{}", common::stderr(&output));
    let text = std::fs::read_to_string(plan.join("README.md")).unwrap();
    for file in [
        "20251026000001_create_tenants_table.sql",
        "20251026000002_add_tenant_columns_to_resources.sql",
        "20251026000003_update_rls_policies.sql",
        "20251026000004_seed_mvp_tenants.sql",
    ] {
        assert!(text.contains(&format!("{file}:")), "no failing statement of {file} is named in:\n{text}");
    }
    for message in [
        "20251026000001_create_tenants_table.sql:156 to the end of its file: relation \"public.user_roles\"",
        "Why: it needs column tenant_id of public.workflows, which line 256 would have made: that did nothing, silently",
        "Why: it needs public.get_accessible_agents, which line 205 should make: that fails itself",
        "Why: not valid SQL: RAISE is a statement of PL/pgSQL and stands outside of a DO block or function",
    ] {
        assert!(text.contains(message), "{message} is not named in:\n{text}");
    }
}

/// The rows outlive the reset where they fit, on a real server too; what is in their way is said, not passed over.
#[test]
fn a_reset_that_keeps_rows_puts_them_back() {
    let Some(server) = server::shared() else { return };
    let url = fixture(server, "half-migrated", "reset_keeping");
    let directory = tempfile::tempdir().unwrap();
    let plan = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let reset = |source: &str, name: &str, more: &[&str]| {
        common::drift(&[&["fix", "--reset", "--keep-rows", source, "--output", &plan(name)], more].concat())
    };
    // No value can end the statement that it stands in, and no tenant can be one that its table cannot hold.
    let output = reset("fixtures/half-migrated", "ended", &["--backfill", "workflows=1); DROP TABLE tools; --"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(common::stderr(&output).contains("is not one SQL expression"), "{}", common::stderr(&output));
    let output = reset("fixtures/half-migrated", "tenantless", &["--create-tenant", "id=1,nothing=2"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(common::stderr(&output).contains("has no column nothing"), "{}", common::stderr(&output));
    // The real rows are in the SQL: two tables refer to a tenant that is not there.
    let output = reset("fixtures/half-migrated", "refused", &[]);
    assert_eq!(output.status.code(), Some(1));
    let said = common::stderr(&output);
    assert!(said.contains("violates foreign key constraint \"prompts_tenant_id_fkey\""), "{said}");
    assert!(said.contains("public.workflows: stays in drift_kept: nothing says what tenant_id is"), "{said}");
    let tenant = "00000000-0000-0000-0000-000000000001";
    let backfill = format!("workflows={tenant}");
    let create = format!("id={tenant},slug=platform,name=Platform");
    let more = ["--backfill", &backfill, "--create-tenant", &create];
    let output = reset("fixtures/half-migrated", "tried", &more);
    assert_eq!(output.status.code(), Some(0), "{}", common::stderr(&output));
    assert!(common::stderr(&output).contains("on a clone, 9 of 9 were"), "{}", common::stderr(&output));
    let output = reset(&url, "live", &more);
    assert_eq!(output.status.code(), Some(0), "{}", common::stderr(&output));
    server.load("reset_keeping", &directory.path().join("live"));
    let rows = "SELECT (SELECT count(*) FROM workflows WHERE tenant_id IS NOT NULL), (SELECT count(*) FROM tools), \
                (SELECT count(*) FROM prompts), (SELECT count(*) FROM tenants)";
    assert_eq!(server.psql("reset_keeping", &["-c", rows]).trim(), "4|3|2|1");
    let check = common::drift(&["check", &url]);
    assert_eq!(check.status.code(), Some(0), "{}{}", common::stdout(&check), common::stderr(&check));
}

/// Types that go with the schema, numbers that go on, a column that is gone, and rows that no longer fit.
#[test]
fn kept_rows_change_their_shape_or_stay_aside() {
    let Some(server) = server::shared() else { return };
    let url = server.database("reset_shapes");
    let sql = "CREATE TYPE state AS ENUM ('old', 'new'); \
        CREATE TABLE lists (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, state state, up int REFERENCES lists, gone text, double int GENERATED ALWAYS AS (2) STORED); \
        INSERT INTO lists (state, gone) VALUES ('old', 'x'), ('new', 'y'); \
        CREATE TABLE items (id serial PRIMARY KEY, list int REFERENCES lists, note text); INSERT INTO items (list, note) VALUES (1, 'a'), (2, NULL); \
        CREATE TABLE nobody (id int); INSERT INTO nobody VALUES (1); CREATE TABLE empty (id int);";
    server.psql("reset_shapes", &["-c", sql]);
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("spec")).unwrap();
    let spec = "CREATE TYPE state AS ENUM ('old', 'new', 'newest'); CREATE TABLE lists (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, state state NOT NULL, up bigint REFERENCES lists, added text NOT NULL DEFAULT 'd'); \
        CREATE TABLE items (id serial PRIMARY KEY, list bigint NOT NULL REFERENCES lists, note text NOT NULL);";
    std::fs::write(directory.path().join("spec/schema.sql"), spec).unwrap();
    let arguments = [
        "fix",
        "--reset",
        "--keep-rows",
        &url,
        "--spec",
        "spec",
        "--output",
        "plan",
        "--backfill",
        "items.note='none'",
    ];
    let output = common::drift_in(directory.path(), &arguments, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", common::stderr(&output));
    let said = common::stderr(&output);
    assert!(said.contains("public.lists: put back without gone"), "{said}");
    assert!(said.contains("public.nobody: stays in drift_kept: no such table is there after the reset"), "{said}");
    assert!(!said.contains("public.empty"), "{said}");
    server.load("reset_shapes", &directory.path().join("plan"));
    let ask = |sql: &str| server.psql("reset_shapes", &["-c", sql]).trim().to_owned();
    assert_eq!(ask("SELECT string_agg(id || state::text || added, ' ' ORDER BY id) FROM lists"), "1oldd 2newd");
    assert_eq!(ask("SELECT string_agg(note, ' ' ORDER BY id) FROM items"), "a none");
    assert_eq!(ask("SELECT id FROM drift_kept.\"public.nobody\""), "1");
    assert_eq!(ask("INSERT INTO lists (state) VALUES ('newest') RETURNING id"), "3");
    assert_eq!(ask("INSERT INTO items (list, note) VALUES (3, 'b') RETURNING id"), "3");
    ask("DROP SCHEMA drift_kept CASCADE");
    let check = common::drift_in(directory.path(), &["check", &url, "--spec", "spec"], &[]);
    assert_eq!(check.status.code(), Some(0), "{}{}", common::stdout(&check), common::stderr(&check));
}

/// Where an order exists in which all statements run, the plan has it, and it works.
#[test]
fn a_reset_puts_statements_where_they_run() {
    let Some(server) = server::shared() else { return };
    let url = server.database("reset_order");
    server.psql("reset_order", &["-c", "CREATE TABLE public.old (id int)"]);
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write(
        "migrations/001_items.sql",
        "CREATE TABLE items (\n  id int PRIMARY KEY,\n  list int REFERENCES lists\n);\nCREATE INDEX ON items (list);\nCREATE TABLE alone (id int);\n",
    );
    write(
        "migrations/002_lists.sql",
        "CREATE VIEW names AS SELECT name FROM lists;\nCREATE TABLE lists (id int PRIMARY KEY, name text);",
    );
    write(
        "spec/schema.sql",
        "CREATE TABLE lists (id int PRIMARY KEY, name text); CREATE TABLE items (id int PRIMARY KEY, list int REFERENCES lists); CREATE INDEX ON items (list); CREATE TABLE alone (id int); CREATE VIEW names AS SELECT name FROM lists;",
    );
    let arguments = ["fix", "--reset", &url, "--spec", "spec", "--migrations", "migrations", "--output", "reset"];
    let output = common::drift_in(directory.path(), &arguments, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", common::stderr(&output));
    assert!(common::stderr(&output).contains("3 statements were moved"), "{}", common::stderr(&output));
    let plan = directory.path().join("reset");
    let items = std::fs::read_to_string(plan.join("02_001_001_items.sql")).unwrap();
    assert!(items.contains("-- moved to the end of 002_lists.sql\n\n\n\n-- moved to"), "{items}");
    server.load("reset_order", &plan);
    let check = common::drift_in(directory.path(), &["check", &url, "--spec", "spec"], &[]);
    assert_eq!(check.status.code(), Some(0), "{}{}", common::stdout(&check), common::stderr(&check));
}
