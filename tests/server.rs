//! Against a real PostgreSQL server over TCP: the same schema reads the same
//! there and in the embedded Postgres, whatever their versions.

#![allow(clippy::disallowed_macros)]

use std::path::Path;
use std::path::PathBuf;
use std::process::Output;

use crate::common;
use crate::common::server;
use crate::common::server::Server;

fn ok(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "{}\n{}", common::stdout(output), common::stderr(output));
}

fn load_case(server: &Server, database: &str, file: &Path) {
    server.load_case(database, &std::fs::read_to_string(file).unwrap());
}

#[test]
fn every_case_reads_the_same_on_a_real_server() {
    let Some(server) = server::shared() else { return };
    let mut cases: Vec<PathBuf> =
        std::fs::read_dir(common::root().join("tests/cases")).unwrap().map(|e| e.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() > 20);
    let mut failures = Vec::new();
    let major: u32 =
        server.psql("postgres", &["-c", "SHOW server_version_num"]).trim().parse::<u32>().unwrap() / 10_000;
    for (number, case) in cases.iter().enumerate() {
        for side in ["expected.sql", "actual.sql"] {
            if major < common::matrix::needs(&std::fs::read_to_string(case.join(side)).unwrap()) {
                println!("not covered here: {} needs a newer PostgreSQL than {major}", case.join(side).display());
                continue;
            }
            let database = format!("case_{number}_{}", &side[..3]);
            let url = server.database(&database);
            let file = case.join(side);
            load_case(server, &database, &file);
            for (actual, expected) in [(url.as_str(), file.to_str().unwrap()), (file.to_str().unwrap(), url.as_str())] {
                let output = common::drift(&["diff", actual, expected]);
                if output.status.code() != Some(0) {
                    failures.push(format!(
                        "{}: {}{}",
                        file.display(),
                        common::stdout(&output),
                        common::stderr(&output)
                    ));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_declared_schema_is_clean_on_a_real_server() {
    let Some(server) = server::shared() else { return };
    let url = server.database("declared");
    server.psql("declared", &["-f", "src/scratch/platform/supabase.sql"]);
    server.load("declared", &common::root().join("expected-schema"));
    ok(&common::drift(&["check", &url]), 0);
}

#[test]
fn the_schema_of_organizations_is_clean_on_a_real_server() {
    let Some(server) = server::shared() else { return };
    let spec = common::root().join("tests/schemas/organizations");
    let url = server.database("organizations");
    server.load("organizations", &spec);
    ok(&common::drift(&["check", &url, "--spec", spec.to_str().unwrap()]), 0);
}

#[test]
fn a_dump_that_was_restored_is_no_drift() {
    let Some(server) = server::shared() else { return };
    let url = server.database("dumped");
    server.rich_roles();
    load_case(server, "dumped", &common::root().join("tests/rich.sql"));
    let directory = tempfile::tempdir().unwrap();
    let dump = directory.path().join("dump.sql");
    server.dump("dumped", &dump);
    let restored = server.database("restored");
    server.psql("restored", &["-f", dump.to_str().unwrap()]);
    server.psql("restored", &["-c", &common::rich_settings()]);
    ok(&common::drift(&["diff", &restored, &url]), 0);
    ok(&common::drift(&["diff", &url, &restored]), 0);
}

#[test]
fn a_snapshot_is_stable_and_equals_its_database() {
    // A server of its own: other tests make roles, and a snapshot names the server's roles.
    let Some(server) = server::start() else { return };
    let server = &server;
    let url = server.database("recorded");
    server.load("recorded", &common::root().join("fixtures/half-migrated"));
    let directory = tempfile::tempdir().unwrap();
    let [first, second] = ["a.json", "b.json"].map(|name| directory.path().join(name).to_str().unwrap().to_owned());
    for file in [&first, &second] {
        ok(&common::drift(&["snapshot", &url, "--output", file]), 0);
    }
    assert!(std::fs::read(&first).unwrap() == std::fs::read(&second).unwrap(), "two snapshots of one database differ");
    for (actual, expected) in [(&first, &url), (&url, &first), (&url, &url), (&first, &second)] {
        ok(&common::drift(&["diff", actual, expected]), 0);
    }
    // A snapshot is a source like any other: it can be checked and repaired.
    ok(&common::drift(&["check", &first]), 1);
    let patch = directory.path().join("patch.sql");
    ok(&common::drift(&["fix", "--additive", &first, "--output", patch.to_str().unwrap()]), 0);
    server.psql("recorded", &["-f", patch.to_str().unwrap()]);
}

#[test]
fn init_writes_a_spec_that_its_database_matches() {
    let Some(server) = server::shared() else { return };
    let url = server.database("started");
    server.psql("started", &["-f", "src/scratch/platform/supabase.sql"]);
    server.load("started", &common::root().join("expected-schema"));
    let directory = tempfile::tempdir().unwrap();
    let spec = directory.path().join("spec");
    let spec = spec.to_str().unwrap();
    ok(&common::drift(&["init", &url, "--output", spec]), 0);
    let toml = std::fs::read_to_string(format!("{spec}/drift.toml")).unwrap();
    for line in
        ["platform = \"supabase\"", "schemas = [\"public\"]", "registry = \"tenants\"", "column   = \"tenant_id\""]
    {
        assert!(toml.contains(line), "{line} is not in:\n{toml}");
    }
    let output = common::drift(&["check", &url, "--spec", spec]);
    assert!(output.status.code() != Some(2), "{}", common::stderr(&output));
    let report = common::stdout(&output);
    assert!(!report.contains("-missing]") && !report.contains("-unexpected]"), "{report}");
    // A second time there is something, and nothing is overwritten.
    ok(&common::drift(&["init", &url, "--output", spec]), 2);
}

#[test]
fn a_role_is_told_what_it_cannot_see_and_not_that_it_is_missing() {
    let Some(server) = server::shared() else { return };
    let _url = server.database("partly_visible");
    server.load("partly_visible", &common::root().join("fixtures/half-migrated"));
    server.psql(
        "partly_visible",
        &["-c", "CREATE ROLE onlooker LOGIN", "-c", "GRANT USAGE ON SCHEMA public TO onlooker"],
    );
    let url = server.url("onlooker", "partly_visible");
    for reader in ["pg-catalog", "information-schema"] {
        let output = common::drift(&["check", &url, "--reader", reader]);
        ok(&output, 2);
        assert!(common::stderr(&output).contains("no privilege on"), "{}", common::stderr(&output));
        let report = common::stdout(&output);
        assert!(report.contains("invisible"), "{report}");
        assert!(!report.contains("table public.tools is missing"), "{reader}: {report}");
    }
    // Definitions are readable by everybody; who knows that may say so.
    ok(&common::drift(&["check", &url, "--max-invisible", "100"]), 1);
}

#[test]
fn every_scratch_gives_the_same_answer_and_leaves_nothing() {
    let Some(server) = server::shared() else { return };
    let databases = || {
        server.psql(
            "postgres",
            &[
                "-c",
                "SELECT string_agg(datname, ',' ORDER BY datname) FROM pg_database WHERE datname LIKE 'drift_scratch%'",
            ],
        )
    };
    let given = server.url("postgres", "postgres");
    let mut reports = Vec::new();
    for scratch in ["embedded", "local", &given] {
        let output =
            common::drift(&["check", "fixtures/half-migrated", "--scratch", scratch, "--no-cache", "--format", "json"]);
        ok(&output, 1);
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        reports.push(report["findings"].clone());
    }
    assert_eq!(reports[0], reports[1]);
    assert_eq!(reports[0], reports[2]);
    assert_eq!(databases().trim(), "");
}

#[test]
fn a_live_check_with_the_information_schema_sees_missing_columns() {
    let Some(server) = server::shared() else { return };
    let url = server.database("standard");
    server.load("standard", &common::root().join("fixtures/half-migrated"));
    let output = common::drift(&["check", &url, "--reader", "information-schema", "--format", "json"]);
    ok(&output, 1);
    let report = common::stdout(&output);
    assert!(report.contains("tenant-column-missing"), "{report}");
    assert!(report.contains("information_schema"), "the reader's limits are stated");
}

#[tokio::test(flavor = "multi_thread")]
async fn both_readers_agree_on_what_both_cover() {
    let Some(server) = server::shared() else { return };
    server.database("two_readers");
    server.rich_roles();
    load_case(server, "two_readers", &common::root().join("tests/rich.sql"));
    server.psql("two_readers", &["-f", "src/scratch/platform/supabase.sql"]);
    server.load("two_readers", &common::root().join("expected-schema"));
    common::readers::agree(server, "two_readers").await;
}

/// What is concluded from grants and memberships is what the server answers.
#[tokio::test(flavor = "multi_thread")]
async fn access_is_what_the_server_says() {
    use drift::model::kind::ObjectKind;
    use drift::pg::connect;
    use drift::pg::introspect::Reader;
    use drift::pg::introspect::Scope;
    use drift::pg::introspect::introspect;
    use drift::tenancy::access::Access;

    let Some(server) = server::start() else { return };
    let url = server.database("access");
    server.psql("access", &["-f", "src/scratch/platform/supabase.sql"]);
    server.load("access", &common::root().join("expected-schema"));
    server.psql("access", &["-f", common::root().join("tests/access.sql").to_str().unwrap()]);
    let session = connect::connect(&connect::Target::parse(&url).unwrap()).await.unwrap();
    let catalog = introspect(session.client(), &Scope::default(), Reader::PgCatalog).await.unwrap();
    let mut asked = 0;
    let mut given = 0;
    for role in ["authenticated", "anon", "service_role", "inheritor", "outsider", "reader", "columns", "boss"] {
        let access = Access::of(&catalog, role);
        let mut questions: Vec<(String, bool)> = Vec::new();
        let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
        for table in catalog.of_kind(ObjectKind::Table).iter().chain(catalog.of_kind(ObjectKind::View)) {
            let name = quoted(&table.id.qualified());
            for privilege in ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"] {
                questions.push((
                    format!("has_table_privilege('{role}', {name}, '{privilege}')"),
                    access.may(table, privilege),
                ));
                if !["DELETE", "TRUNCATE", "TRIGGER"].contains(&privilege) {
                    questions.push((
                        format!("has_any_column_privilege('{role}', {name}, '{privilege}')"),
                        access.may_some_column(table, privilege),
                    ));
                }
            }
            for column in catalog.children(ObjectKind::Column, &table.id.schema, &table.id.name) {
                questions.push((
                    format!("has_column_privilege('{role}', {name}, {}, 'UPDATE')", quoted(&column.id.name)),
                    access.may_column(table, &column.id.name, "UPDATE"),
                ));
            }
        }
        for function in catalog.of_kind(ObjectKind::Function) {
            let name = quoted(function.text("signature").unwrap());
            questions.push((
                format!("has_function_privilege('{role}', {name}, 'EXECUTE')"),
                access.may(function, "EXECUTE"),
            ));
        }
        for sequence in catalog.of_kind(ObjectKind::Sequence) {
            let name = quoted(&sequence.id.qualified());
            questions
                .push((format!("has_sequence_privilege('{role}', {name}, 'UPDATE')"), access.may(sequence, "UPDATE")));
        }
        for schema in catalog.of_kind(ObjectKind::Schema) {
            for privilege in ["USAGE", "CREATE"] {
                questions.push((
                    format!("has_schema_privilege('{role}', '{}', '{privilege}')", schema.id.name),
                    access.may_in_schema(&schema.id.name, privilege),
                ));
            }
        }
        for other in &catalog.roles {
            questions.push((format!("pg_has_role('{role}', '{}', 'USAGE')", other.name), access.acts_as(&other.name)));
            questions
                .push((format!("pg_has_role('{role}', '{}', 'MEMBER')", other.name), access.may_become(&other.name)));
        }
        let sql = questions.iter().map(|(q, _)| format!("pg_catalog.{q}")).collect::<Vec<_>>();
        for (chunk, answers) in questions.chunks(1000).zip(sql.chunks(1000)) {
            let row = session.client().query_one(&format!("SELECT ARRAY[{}]", answers.join(", ")), &[]).await.unwrap();
            for ((question, ours), theirs) in chunk.iter().zip(row.get::<_, Vec<bool>>(0)) {
                assert_eq!(*ours, theirs, "{question}");
                given += usize::from(theirs);
            }
        }
        asked += questions.len();
    }
    session.close().await;
    assert!(asked > 2000 && given > 200 && given < asked, "{given} of {asked}");
}
