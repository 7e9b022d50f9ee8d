//! `drift apply --undo` on a real server: what it takes back, what it refuses,
//! and that it ends where the plan began, whoever is killed meanwhile.

use crate::common;
use crate::common::drift;
use crate::common::stage::GIVE_ONE_AWAY;
use crate::common::stage::Holding;
use crate::common::stage::Running;
use crate::common::stage::Stage;
use crate::common::stage::TENANT;
use crate::common::stage::refused;
use crate::common::stage::succeeds;
use crate::common::stderr;
use crate::common::stdout;

/// What the schema is, whatever rows there are.
fn schema(stage: &Stage) -> String {
    let output = drift(&["snapshot", &stage.url]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    // Roles come before that, and belong to the server: other tests make some.
    stdout(&output).split_once("\"objects\":[").unwrap().1.to_owned()
}

const THERE: &str = "\
CREATE TYPE mood AS ENUM ('sad');
CREATE TABLE kept (id int PRIMARY KEY, a text);
ALTER TABLE kept OWNER TO postgres;
CREATE VIEW v AS SELECT id, a FROM kept;
INSERT INTO kept SELECT n, 'a' || n FROM generate_series(1, 50) AS n;
";

const DECLARED: &str = "\
CREATE TYPE mood AS ENUM ('sad');
CREATE SEQUENCE counter;
CREATE TABLE kept (id int PRIMARY KEY, a text, b int DEFAULT 7, c text, CHECK (id > 0));
CREATE INDEX kept_a ON kept (a);
CREATE TABLE added (id serial PRIMARY KEY, kept int REFERENCES kept);
CREATE VIEW v AS SELECT id, a FROM kept;
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
ALTER TABLE kept ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON kept USING (a = current_user);
COMMENT ON TABLE kept IS 'described';
";

fn stage(database: &str) -> Option<Stage> {
    let stage = Stage::new(database)?;
    stage.server.load_case(database, THERE);
    stage.full(DECLARED, &[]);
    Some(stage)
}

#[test]
fn what_was_added_is_taken_back_and_can_be_applied_again() {
    let Some(stage) = stage("undo_all") else { return };
    let before = schema(&stage);
    let said = refused(&stage.apply_here("plan.sql", &["--undo"]));
    assert!(said.contains("this plan was not applied here") && said.contains("nothing to undo"), "{said}");
    for _ in 0..2 {
        succeeds(&stage.apply_here("plan.sql", &[]));
        assert_ne!(schema(&stage), before);
        let shown = succeeds(&stage.apply_here("plan.sql", &["--undo", "--dry-run"]));
        assert!(shown.contains("plan.sql: undo of full plan ") && shown.contains("DROP TABLE"), "{shown}");
        assert_eq!(stage.sql("SELECT count(*) FROM drift.journal WHERE plan ~ ' undo$'"), "0");
        let said = succeeds(&stage.apply_here("plan.sql", &["--undo"]));
        assert!(said.ends_with("undone: the schema is as it was before the plan\n"), "{said}");
        assert!(said.contains("What the plan had added\n"), "{said}");
        assert_eq!(schema(&stage), before);
        assert_eq!(stage.sql("SELECT count(*), min(a) FROM v"), "50|a1");
    }
    // The journal tells both times, and nothing stands open.
    let told = "SELECT count(DISTINCT plan), bool_and(result = 'done' AND plan ~ ' undone ') FROM drift.journal";
    assert_eq!(stage.sql(told), "8|t");
    refused(&stage.apply_here("plan.sql", &["--undo"]));
}

#[test]
fn what_holds_something_by_now_is_refused_by_name_and_lost_only_where_that_was_said() {
    let Some(stage) = stage("undo_held") else { return };
    let before = schema(&stage);
    succeeds(&stage.apply_here("plan.sql", &[]));
    let after = schema(&stage);
    stage.sql("INSERT INTO added (kept) VALUES (1); UPDATE kept SET c = 'x' WHERE id = 3; SELECT nextval('counter')");
    let said = refused(&stage.apply_here("plan.sql", &["--undo"]));
    for lost in [
        "to undo the plan loses data, and nothing was undone:\n",
        "\n  column public.kept.c: its values",
        "\n  sequence public.counter: how far it has counted",
        "\n  table public.added: its rows",
    ] {
        assert!(said.contains(lost), "{lost}: {said}");
    }
    // Every row of this one has the default.
    assert!(!said.contains("kept.b"), "{said}");
    assert_eq!(schema(&stage), after);
    let shown = succeeds(&stage.apply_here("plan.sql", &["--undo", "--dry-run"]));
    assert!(shown.contains("note: this would be lost: table public.added: its rows\n"), "{shown}");
    let said = refused(&stage.apply_here("plan.sql", &["--undo", "--allow-data-loss"]));
    assert!(said.contains("in which database"), "{said}");
    // Whoever took the rows out again loses nothing.
    stage.sql("DELETE FROM added; UPDATE kept SET c = NULL; SELECT setval('counter', 1, false)");
    succeeds(&stage.apply_here("plan.sql", &["--undo"]));
    assert_eq!(schema(&stage), before);

    succeeds(&stage.apply_here("plan.sql", &[]));
    stage.sql("INSERT INTO added (kept) VALUES (1)");
    succeeds(&stage.apply_here("plan.sql", &["--undo", "--allow-data-loss", "--database", "undo_held"]));
    assert_eq!(schema(&stage), before);
}

#[test]
fn what_moved_since_or_is_gone_is_not_undone() {
    let Some(stage) = stage("undo_moved") else { return };
    succeeds(&stage.apply_here("plan.sql", &[]));
    stage.sql("ALTER TABLE kept ADD COLUMN later int; CREATE TABLE later ()");
    let said = refused(&stage.apply_here("plan.sql", &["--undo"]));
    assert!(
        said.contains("has moved since the plan was applied: public.kept has changed, public.later is new\n"),
        "{said}"
    );
    stage.sql("ALTER TABLE kept DROP COLUMN later; DROP TABLE later");
    // A later plan that drops something is not undone, and so neither is the one before.
    let other = "CREATE TABLE kept (id int PRIMARY KEY, a text);\n";
    std::fs::rename(stage.plan(), stage.directory.path().join("first.sql")).unwrap();
    stage.full(other, &["--allow-data-loss"]);
    succeeds(&stage.apply_here("plan.sql", &["--allow-data-loss", "--database", "undo_moved"]));
    let said = refused(&stage.apply_here("plan.sql", &["--undo"]));
    assert!(said.contains("the plan cannot be undone: what it lost is gone\n"), "{said}");
    assert!(said.contains("\n  column public.kept.b: its values\n"), "{said}");
    let said = refused(&stage.apply_here("first.sql", &["--undo", "--to", "declared.sql"]));
    assert!(said.contains("has moved since the plan was applied"), "{said}");
}

#[test]
fn a_write_that_comes_between_the_answer_and_the_drop_is_not_lost() {
    let Some(stage) = stage("undo_race") else { return };
    succeeds(&stage.apply_here("plan.sql", &[]));
    // Somebody has written, and not committed: nobody sees that row yet.
    let holding = Holding::new(&stage, "INSERT INTO added (kept) VALUES (1);");
    let running = Running::new(&stage, &["--undo", "--lock-timeout", "60s"]);
    stage.until(
        "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name = 'drift apply' AND wait_event_type = 'Lock' \
         AND datname = current_database()",
    );
    holding.commit();
    let said = refused(&running.end());
    assert!(said.contains("table public.added holds something by now, which would be lost"), "{said}");
    assert_eq!(stage.sql("SELECT count(*) FROM added"), "1");
    // It was begun, and so the plan is neither applied nor done until it has ended.
    let said = refused(&stage.apply_here("plan.sql", &[]));
    assert!(said.contains("somebody began to undo this plan"), "{said}");
    stage.sql("DELETE FROM added");
    succeeds(&stage.apply_here("plan.sql", &["--undo"]));
}

#[test]
fn an_undo_that_stopped_at_what_would_be_lost_goes_on_where_that_may_be() {
    let Some(stage) = stage("undo_replaced") else { return };
    let before = schema(&stage);
    succeeds(&stage.apply_here("plan.sql", &[]));
    let holding = Holding::new(&stage, "INSERT INTO added (kept) VALUES (1);");
    let running = Running::new(&stage, &["--undo", "--lock-timeout", "60s"]);
    stage.until(
        "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name = 'drift apply' AND wait_event_type = 'Lock' \
         AND datname = current_database()",
    );
    holding.commit();
    refused(&running.end());
    succeeds(&stage.apply_here("plan.sql", &["--undo", "--allow-data-loss", "--database", "undo_replaced"]));
    assert_eq!(schema(&stage), before);
    assert_eq!(stage.sql("SELECT count(*) FROM drift.journal WHERE plan !~ ' undone '"), "0");
}

/// Kills an undo, or an apply, when a step begins; false where it had ended.
fn killed_at(stage: &Stage, step: u64, more: &[&str]) -> bool {
    let spec = common::root().join("expected-schema");
    let arguments = [&["--format", "json", "--spec", spec.to_str().unwrap()], more].concat();
    let mut running = Running::new(stage, &arguments);
    for line in running.lines().map_while(Result::ok) {
        let event: serde_json::Value = serde_json::from_str(&line).unwrap();
        if event["event"] == "started" && event["step"].as_u64().unwrap() >= step {
            running.signal("-KILL");
        }
    }
    !running.end().status.success()
}

#[test]
fn killed_anywhere_it_goes_on_and_ends_where_the_plan_began() {
    let Some(stage) = Stage::fixture("half-migrated", "workflows", "undo_killed") else { return };
    let before = schema(&stage);
    // What the rows hold the plan has given them, and so it is nobody's.
    let undo = ["--undo"];
    // A plan that was not applied to its end is undone just as well.
    for (applied, steps) in [(17, vec![1]), (u64::MAX, vec![1, 5, 14])] {
        assert_eq!(killed_at(&stage, applied, &[]), applied != u64::MAX);
        assert_ne!(schema(&stage), before);
        let all = steps.len();
        let killed = steps.into_iter().filter(|step| killed_at(&stage, *step, &undo)).count();
        assert!(killed > 0 && killed <= all, "{killed} of {all} were killed");
        succeeds(&stage.apply(&undo));
        assert_eq!(schema(&stage), before, "applied to step {applied}");
    }
    let rows = format!("SELECT count(*) FROM tenants WHERE id = '{TENANT}'");
    assert_eq!(stage.sql(&rows), "1", "rows in what was there before stay");
    let said = succeeds(&stage.apply(&[]));
    assert!(said.ends_with("applied: the database is as declared\n"), "{said}");
    // A tenant that somebody else gave a row is another matter.
    stage.sql(GIVE_ONE_AWAY);
    let said = refused(&stage.apply(&undo));
    assert!(said.contains("\n  column public.workflows.tenant_id: its values\n"), "{said}");
}
