//! `drift status`: which migration did what, and what a database has of each.

use std::path::Path;

use crate::common;
use crate::common::server;
use drift::history;
use drift::history::History;
use drift::history::status::Status;
use drift::history::status::Verdict;
use drift::jobs::status;
use drift::model::object::Object;
use drift::model::object::ObjectId;
use drift::scratch::Engine;
use drift::scratch::Needs;
use drift::scratch::Scratch;
use drift::scratch::compile;
use drift::scratch::replay;

fn read(source: &str, migrations: &str, spec: &str) -> Status {
    let output = common::drift(&["status", source, "--migrations", migrations, "--spec", spec, "--format", "json"]);
    assert_eq!(output.status.code(), Some(1), "{}", common::stderr(&output));
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let validator = jsonschema::validator_for(&drift::report::status::schema()).unwrap();
    let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    serde_json::from_value(value).unwrap()
}

fn verdicts(status: &Status) -> Vec<Verdict> {
    status.migrations.iter().map(|migration| migration.verdict).collect()
}

/// Failing statements of the file with this version: their lines, and why.
fn causes(status: &Status, version: &str) -> Vec<(u32, String)> {
    let migration = status.migrations.iter().find(|m| m.version == version).unwrap();
    migration
        .failures
        .iter()
        .map(|failure| (failure.at.line, failure.cause.says(&migration.file).unwrap_or_default()))
        .collect()
}

#[test]
fn the_half_migrated_database_is_explained() {
    let status = read("fixtures/half-migrated", "fixtures/migrations", "expected-schema");
    assert_eq!(
        verdicts(&status),
        [
            Verdict::NotApplied,
            Verdict::Complete,
            Verdict::NotApplied,
            Verdict::Complete,
            Verdict::Partial,
            Verdict::NotApplied,
            Verdict::NotApplied
        ]
    );
    assert!(status.by_hand.is_empty(), "{:?}", status.by_hand);
    let second = &status.migrations[4];
    let waits: Vec<String> =
        second.effects.iter().filter_map(|e| Some(e.because.as_ref()?.made_at.file.clone())).collect();
    assert!(waits.iter().any(|file| file == "20250915000001_create_agents.sql"));
    assert!(waits.iter().any(|file| file == "20250801000001_create_rag_knowledge.sql"));
    let [silent] = second.silent.as_slice() else { panic!("{:?}", second.silent) };
    assert_eq!(silent.object.dotted(), "public.workflows");
    assert_eq!(silent.since.as_ref().unwrap().to_string(), "20250901000001_create_workflows.sql:2");
    let columns: Vec<&str> =
        silent.lacks.iter().filter(|l| l.object.kind == "column").map(|l| l.object.name.as_str()).collect();
    assert_eq!(columns.len(), 17, "{columns:?}");
    assert!(columns.contains(&"tenant_id"));
}

#[test]
fn every_failing_statement_of_the_four_migrations_has_its_cause() {
    let status = read("fixtures/half-migrated", "fixtures/migrations", "expected-schema");
    let all = |version: &str, word: &str| {
        causes(&status, version).into_iter().filter(|(_, cause)| cause.contains(word)).count()
    };
    let cycle = causes(&status, "20251026000001");
    assert_eq!(cycle.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [156, 219]);
    assert!(cycle.iter().all(|(_, cause)| cause.starts_with("ordering: it needs public.user_roles")), "{cycle:?}");
    assert_eq!(all("20251026000002", "create_agents.sql:2"), 8);
    assert_eq!(all("20251026000002", "create_rag_knowledge.sql:3"), 8);
    assert_eq!(all("20251026000002", "of public.workflows, which line 256 would have made"), 6);
    assert_eq!(all("20251026000003", "create_agents.sql:2"), 10);
    assert_eq!(all("20251026000004", "RAISE is a statement of PL/pgSQL"), 3);
    // None is without a cause.
    for version in ["20251026000001", "20251026000002", "20251026000003", "20251026000004"] {
        let unexplained: Vec<_> = causes(&status, version).into_iter().filter(|(_, cause)| cause.is_empty()).collect();
        assert!(unexplained.is_empty(), "{version}: {unexplained:?}");
    }
}

#[test]
fn the_remote_database_has_its_agents_and_nothing_else() {
    let status = read("fixtures/remote", "fixtures/migrations", "expected-schema");
    let mut expected = [Verdict::NotApplied; 7];
    expected[2] = Verdict::Complete;
    assert_eq!(verdicts(&status), expected);
    assert!(status.by_hand.is_empty(), "{:?}", status.by_hand);
    // Where the old workflows never were, nothing is in the way of the new ones.
    assert!(status.migrations[4].silent.is_empty(), "{:?}", status.migrations[4].silent);
    let third = causes(&status, "20251026000003");
    assert!(
        third.iter().any(|(_, cause)| cause == "it needs column deleted_at of public.agents, which no migration makes")
    );
}

/// As the team did it: statement by statement, going on after errors.
#[test]
fn the_migrations_lead_to_the_half_migrated_database() {
    let Some(server) = server::shared() else { return };
    let url = server.database("as_the_team_did");
    let on = ["-v", "ON_ERROR_STOP=0", "-f"];
    server.psql("as_the_team_did", &["-f", "fixtures/half-migrated/00_platform.sql"]);
    for file in [
        "20250901000001_create_workflows.sql",
        "20251026000001_create_tenants_table.sql",
        // Once more, for the two policies that were in the wrong order.
        "20251026000001_create_tenants_table.sql",
        "20251026000002_add_tenant_columns_to_resources.sql",
    ] {
        let path = format!("fixtures/migrations/{file}");
        server.psql("as_the_team_did", &[on[0], on[1], on[2], &path]);
    }
    let output = common::drift(&["diff", &url, "fixtures/half-migrated"]);
    assert_eq!(output.status.code(), Some(0), "{}{}", common::stdout(&output), common::stderr(&output));
    // A live database gets the same verdicts as SQL.
    let live = read(&url, "fixtures/migrations", "expected-schema");
    let sql = read("fixtures/half-migrated", "fixtures/migrations", "expected-schema");
    assert_eq!(live.migrations, sql.migrations);
}

#[test]
fn stories_are_told() {
    for story in ["undone", "silent", "folders", "ledger", "seeds"] {
        let folder = format!("tests/status/{story}");
        let (actual, migrations) = (format!("{folder}/actual.sql"), format!("{folder}/migrations"));
        for (format, golden) in [("table", "status.txt"), ("markdown", "status.md")] {
            let arguments = ["status", &actual, "--migrations", &migrations, "--spec", "none", "--format", format];
            let output = common::drift_in(&common::root(), &arguments, &[("COLUMNS", "100")]);
            let clean = matches!(story, "folders" | "seeds");
            assert_eq!(output.status.code(), Some(i32::from(!clean)), "{}", common::stderr(&output));
            common::golden(&common::root().join(&folder).join(golden), &common::stdout(&output));
        }
    }
}

#[test]
fn a_directory_without_migrations_is_no_clean_result() {
    let output = common::drift(&["status", "fixtures/remote", "--migrations", "scripts"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(common::stderr(&output).contains("help: "), "{}", common::stderr(&output));
}

#[test]
fn the_published_schema_is_what_the_types_say() {
    let schema = drift::report::status::schema();
    common::golden(
        &common::root().join("docs/status.schema.json"),
        &(serde_json::to_string_pretty(&schema).unwrap() + "\n"),
    );
}

/// Whatever is read only in part after each statement must add up to all that is there in the end.
#[test]
fn what_statements_did_adds_up_to_what_is_there() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        for directory in ["fixtures/migrations", "tests/status/undone/migrations"] {
            adds_up(&replayed(directory, None).await, directory);
        }
        // A block that catches an error needs a server.
        if server::shared().is_some() {
            adds_up(&replayed("tests/replay", Some(Engine::Local)).await, "tests/replay");
        }
    });
}

async fn replayed(directory: &str, engine: Option<Engine>) -> (History, Vec<Object>) {
    let (_, migrations) = status::read(&common::root().join(directory)).unwrap();
    let sql = status::as_files(&migrations);
    let platform = compile::detect_platform(&sql);
    let (engine, _) = Engine::choose(engine.as_ref(), &sql).unwrap();
    let scratch = Scratch::start(&engine, &Needs::of(&sql)).await.unwrap();
    let nothing = replay::replay(&scratch, &[], &Default::default(), platform, &mut |_| {}).await.unwrap();
    let history = replay::replay(&scratch, &migrations, &Default::default(), platform, &mut |_| {}).await.unwrap();
    scratch.stop().await;
    (history, nothing.end.objects().to_vec())
}

fn adds_up((history, start): &(History, Vec<Object>), directory: &str) {
    let mut sum: std::collections::BTreeMap<ObjectId, Object> =
        start.iter().map(|object| (object.id.clone(), object.clone())).collect();
    for effect in history.statements.iter().flat_map(|statement| &statement.effects) {
        match &effect.after {
            Some(after) => sum.insert(effect.id.clone(), after.clone()),
            None => sum.remove(&effect.id),
        };
    }
    let sum: Vec<Object> = sum.into_values().collect();
    let left: Vec<String> =
        history::effects(&sum, history.end.objects()).iter().map(|effect| effect.id.to_string()).collect();
    assert!(left.is_empty(), "{directory}: nobody did {left:?}");
    assert!(history.statements.iter().any(|s| !s.effects.is_empty()), "{}", Path::new(directory).display());
}

#[test]
fn findings_of_a_check_name_the_statement_that_should_have_done_it() {
    let output =
        common::drift(&["check", "fixtures/half-migrated", "--migrations", "fixtures/migrations", "--format", "json"]);
    assert_eq!(output.status.code(), Some(1), "{}", common::stderr(&output));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let of = |code: &str, name: &str| {
        let findings = report["findings"].as_array().unwrap();
        let finding = findings.iter().find(|f| f["code"] == code && f["object"]["name"] == name);
        finding.unwrap_or_else(|| panic!("no {code} of {name}"))["migration"].clone()
    };
    assert_eq!(
        of("table-missing", "agents"),
        serde_json::json!({"file": "20250915000001_create_agents.sql", "line": 2})
    );
    assert_eq!(
        of("table-missing", "resource_sharing_audit"),
        serde_json::json!({"file": "20251026000003_update_rls_policies.sql", "line": 223})
    );
    // This one found the table in place, and did nothing.
    assert_eq!(
        of("tenant-column-missing", "tenant_id"),
        serde_json::json!({"file": "20251026000002_add_tenant_columns_to_resources.sql", "line": 256})
    );
    assert!(
        common::stderr(&output).contains("no migration of fixtures/migrations does what"),
        "{}",
        common::stderr(&output)
    );
}

/// What never took effect of the migrations, on a real server: it runs, and nothing of it is left to run.
#[test]
fn the_remainder_of_migrations_runs_and_leaves_nothing_but_what_it_names() {
    let Some(server) = server::shared() else { return };
    let url = common::repair::fixture(server, "half-migrated", "remainder");
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("remainder.sql");
    let file = file.to_str().unwrap();
    let arguments = ["fix", "--remainder", &url, "--migrations", "fixtures/migrations", "--output", file];
    let output = common::drift(&arguments);
    assert_eq!(output.status.code(), Some(0), "{}", common::stderr(&output));
    let said = common::stderr(&output);
    assert!(said.contains("none lost, nothing dropped"), "{said}");
    assert!(
        said.contains("20251026000002_add_tenant_columns_to_resources.sql:256: it found table public.workflows"),
        "{said}"
    );
    assert!(said.contains("RAISE is a statement of PL/pgSQL"), "{said}");
    server.psql("remainder", &["--single-transaction", "-f", file]);
    let status = read(&url, "fixtures/migrations", "expected-schema");
    let verdict = |version: &str| status.migrations.iter().find(|m| m.version == version).unwrap().verdict;
    assert_eq!(verdict("20250801000001"), Verdict::Complete);
    assert_eq!(verdict("20250915000001"), Verdict::Complete);
    let again = common::drift(&arguments);
    assert_eq!(again.status.code(), Some(0), "{}", common::stderr(&again));
    let said = common::stderr(&again);
    assert!(said.contains("nothing of fixtures/migrations can be run here yet"), "{said}");
}

/// What would take something away is not written unasked.
#[test]
fn a_remainder_that_removes_something_is_refused_without_its_flag() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    for folder in ["migrations", "spec", "actual"] {
        std::fs::create_dir(at(folder)).unwrap();
    }
    let first = "CREATE TABLE kept (id int PRIMARY KEY, old text);\n";
    std::fs::write(at("migrations/001_first.sql"), first).unwrap();
    std::fs::write(at("migrations/002_second.sql"), "ALTER TABLE kept DROP COLUMN old;\n").unwrap();
    std::fs::write(at("spec/schema.sql"), "CREATE TABLE kept (id int PRIMARY KEY);\n").unwrap();
    std::fs::write(at("actual/schema.sql"), first).unwrap();
    let run = |flags: &[&str]| {
        let arguments =
            ["fix", "--remainder", "actual", "--spec", "spec", "--migrations", "migrations", "--output", "-"];
        common::drift_in(directory.path(), &[&arguments, flags].concat(), &[])
    };
    let refused = run(&[]);
    assert_eq!(refused.status.code(), Some(2), "{}", common::stdout(&refused));
    assert!(common::stderr(&refused).contains("would remove column public.kept.old"), "{}", common::stderr(&refused));
    let written = run(&["--allow-data-loss"]);
    assert_eq!(written.status.code(), Some(0), "{}", common::stderr(&written));
    assert!(common::stdout(&written).contains("-- 002_second.sql:1\nALTER TABLE kept DROP COLUMN old;"));
}
