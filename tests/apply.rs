//! `drift apply` on a real server: what it runs, what it refuses, and that it
//! goes on where it was stopped.

use crate::common;
use crate::common::drift;
use crate::common::drift_in;
use crate::common::pooler;
use crate::common::repair::fix;
use crate::common::stage::GIVE_ONE_AWAY;
use crate::common::stage::Holding;
use crate::common::stage::Running;
use crate::common::stage::Stage;
use crate::common::stage::TENANT;
use crate::common::stage::refused;
use crate::common::stage::succeeds;
use crate::common::stderr;
use crate::common::stdout;

/// The whole way of an additive plan, and what is there to see of it afterwards.
fn repairs(name: &str, table: &str, rows: &str) {
    let database = format!("apply_{}", name.replace('-', "_"));
    let Some(stage) = Stage::fixture(name, table, &database) else { return };
    let said = succeeds(&stage.apply(&[]));
    assert!(said.ends_with("applied: the database is as declared\n"), "{said}");
    // The journal is there, and is no drift.
    let check = drift(&["check", &stage.url]);
    assert_eq!(check.status.code(), Some(0), "{}", stdout(&check));
    let belongs = stage.sql(&format!("SELECT count(*) FROM {table} WHERE tenant_id = '{TENANT}'"));
    assert_eq!(belongs, rows);
    let steps = stage.sql(
        "SELECT count(*) || ' ' || count(*) FILTER (WHERE result = 'done' AND ended >= started) FROM drift.journal",
    );
    let (all, done) = steps.split_once(' ').unwrap();
    assert!(all == done && all.parse::<u32>().unwrap() > 10, "{steps}");
    let again = succeeds(&stage.apply(&[]));
    // A port may end as the number of a step does.
    let is_step = |line: &str| line.trim_start().starts_with("1/");
    assert!(again.contains("was applied here to its end") && !again.lines().any(is_step), "{again}");
    assert!(said.lines().any(is_step), "{said}");
    // What was taken back since is said, not done again.
    stage.sql("ALTER TABLE workflows DISABLE ROW LEVEL SECURITY");
    let since = stage.apply(&[]);
    assert_eq!(since.status.code(), Some(1), "{}{}", stdout(&since), stderr(&since));
    assert!(stdout(&since).contains("table public.workflows (row security)"), "{}", stdout(&since));
}

#[test]
fn the_half_migrated_database_is_repaired() {
    repairs("half-migrated", "workflows", "4");
}

#[test]
fn the_remote_database_is_repaired() {
    repairs("remote", "agents", "3");
}

const THERE: &str = "\
CREATE TABLE kept (id int PRIMARY KEY, a text, gone text);
CREATE TABLE unused (id int PRIMARY KEY);
CREATE INDEX kept_a ON kept (a);
CREATE VIEW v AS SELECT id, a FROM kept;
INSERT INTO kept SELECT n, 'a' || n, 'g' FROM generate_series(1, 50) AS n;
INSERT INTO unused VALUES (1), (2);
";

const DECLARED: &str = "\
CREATE TABLE kept (id bigint PRIMARY KEY, a varchar(10));
CREATE INDEX kept_a ON kept (a DESC);
CREATE VIEW v AS SELECT id, a FROM kept;
";

#[test]
fn a_full_plan_loses_data_only_where_that_was_said_twice() {
    let Some(stage) = Stage::new("apply_full") else { return };
    stage.server.load_case("apply_full", THERE);
    stage.full(DECLARED, &["--allow-data-loss"]);
    let said = refused(&stage.apply_here("plan.sql", &[]));
    assert!(said.contains("table public.unused: its rows") && said.contains("--allow-data-loss"), "{said}");
    let said = refused(&stage.apply_here("plan.sql", &["--allow-data-loss"]));
    assert!(said.contains("in which database") && said.contains("--database apply_full"), "{said}");
    let said = refused(&stage.apply_here("plan.sql", &["--allow-data-loss", "--database", "other"]));
    assert!(said.contains("--database says other"), "{said}");
    assert_eq!(stage.sql("SELECT to_regclass('drift.journal')"), "", "a refusal wrote a journal");
    let shown = succeeds(&stage.apply_here("plan.sql", &["--dry-run"]));
    assert!(shown.contains("DROP TABLE") && shown.contains("Something is gone afterwards."), "{shown}");
    assert!(shown.contains("locks public.kept: ACCESS EXCLUSIVE (blocks reads and writes)"), "{shown}");

    let said = succeeds(&stage.apply_here("plan.sql", &["--allow-data-loss", "--database", "apply_full"]));
    assert!(said.ends_with("applied: the database is as declared\n"), "{said}");
    assert_eq!(stage.sql("SELECT count(*), count(DISTINCT a), min(a) FROM v"), "50|50|a1");
    let after = drift_in(stage.directory.path(), &["diff", &stage.url, "declared.sql"], &[]);
    assert_eq!(after.status.code(), Some(0), "{}", stdout(&after));
}

#[test]
fn a_database_that_has_moved_is_refused_with_what_moved() {
    let Some(stage) = Stage::fixture("half-migrated", "workflows", "apply_moved") else { return };
    let refusal = |sql: &str, back: &str, what: &str| {
        stage.sql(sql);
        let said = refused(&stage.apply(&[]));
        assert!(said.contains(&format!("the database has moved since the plan was made: {what}\n")), "{said}");
        assert!(said.contains("help: make a new plan with `drift fix`"), "{said}");
        // A dry run says the same.
        assert_eq!(refused(&stage.apply(&["--dry-run"])), said);
        stage.sql(back);
    };
    let tools = ("ALTER TABLE tools ADD COLUMN more int", "ALTER TABLE tools DROP COLUMN more");
    refusal(tools.0, tools.1, "public.tools has changed");
    refusal("CREATE TABLE more (a int)", "DROP TABLE more", "public.more is new");
    let renamed = ("ALTER TABLE prompts RENAME TO proompts", "ALTER TABLE proompts RENAME TO prompts");
    let was = stage.sql("SELECT count(*) FROM pg_class WHERE relname = 'prompts'");
    assert_eq!(was, "1");
    refusal(renamed.0, renamed.1, "public.prompts is gone, public.proompts is new");
    let comment = ("COMMENT ON TABLE tools IS 'x'", "COMMENT ON TABLE tools IS 'Tools that agents may call.'");
    let described = stage.sql("SELECT obj_description('tools'::regclass)");
    refusal(
        comment.0,
        &format!("COMMENT ON TABLE tools IS '{}'", described.replace('\'', "''")),
        "public.tools has changed",
    );
    assert_eq!(stage.sql("SELECT to_regclass('drift.journal')"), "", "a refusal wrote a journal");
    // Taken back, it is the database that the plan was made for; and another one like it is as good.
    stage.sql("INSERT INTO workflows (id, name) VALUES (gen_random_uuid(), 'rows are no schema')");
    succeeds(&stage.apply(&[]));
}

#[test]
fn a_plan_that_was_edited_or_is_none_is_refused() {
    let Some(stage) = Stage::fixture("remote", "agents", "apply_edited") else { return };
    let plan = std::fs::read_to_string(stage.plan()).unwrap();
    let said = |text: &str| {
        std::fs::write(stage.plan(), text).unwrap();
        refused(&stage.apply(&[]))
    };
    let line = 1 + plan.lines().position(|line| line.starts_with("ALTER TABLE public.agents ADD")).unwrap();
    let edited = said(&plan.replacen("ALTER TABLE public.agents ADD", "ALTER TABLE public.agents  ADD", 1));
    assert!(edited.contains(&format!("plan.sql:{line}: the plan was edited here")), "{edited}");
    assert!(edited.contains("help: make a new plan"), "{edited}");
    let added = said(&format!("{plan}DROP TABLE public.agents;\n"));
    assert!(added.contains("its last lines, which say what the plan is for, were changed"), "{added}");
    let none = said("CREATE TABLE x ();\n");
    assert!(none.contains("is no plan that `drift fix` wrote"), "{none}");
    assert_eq!(stage.sql("SELECT to_regclass('drift.journal')"), "");
    std::fs::write(stage.plan(), plan.replace('\n', "\r\n")).unwrap();
    succeeds(&stage.apply(&[]));
}

#[test]
fn what_is_no_database_or_was_made_for_none_is_refused() {
    let Some(stage) = Stage::fixture("remote", "agents", "apply_sql") else { return };
    let plan = stage.plan();
    let plan = plan.to_str().unwrap();
    let said = refused(&drift(&["apply", plan, "fixtures/remote"]));
    assert!(said.contains("fixtures/remote is no database"), "{said}");
    let output = fix("fixtures/remote", plan, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let said = refused(&stage.apply(&[]));
    assert!(said.contains("was made for SQL, not for a database"), "{said}");
    let reset = stage.directory.path().join("reset");
    let reset = reset.to_str().unwrap();
    let output = drift(&["fix", "--reset", &stage.url, "--output", reset]);
    assert!(stderr(&output).contains("`drift apply` runs no reset"), "{}{}", stdout(&output), stderr(&output));
    for path in [reset.to_owned(), format!("{reset}/01_drop.sql"), format!("{reset}/03_reseed.sql")] {
        let said = refused(&drift(&["apply", &path, &stage.url]));
        assert!(said.contains(&format!("{path} is a reset: it drops whole schemas")), "{said}");
        assert!(said.contains("help: run it yourself as its README.md says"), "{said}");
    }
}

#[test]
fn on_another_machine_a_run_is_dry_unless_somebody_says_yes() {
    let Some(stage) = Stage::fixture("remote", "agents", "apply_far") else { return };
    let plan = stage.plan();
    // An address that leads here, and is not one of this machine's own names.
    let far = stage.url.replace("127.0.0.1", "0.0.0.0");
    let output = drift(&["apply", plan.to_str().unwrap(), &far]);
    // A pipeline that forgets the word must not be green.
    assert_eq!(output.status.code(), Some(2));
    let shown = stdout(&output);
    assert!(shown.contains("ALTER TABLE public.agents ENABLE ROW LEVEL SECURITY;"), "{shown}");
    assert!(shown.contains("locks public.agents: ACCESS EXCLUSIVE (blocks reads and writes)"), "{shown}");
    assert!(shown.contains("Rows become invisible to roles that saw them."), "{shown}");
    assert!(stderr(&output).contains("give --yes to run the plan"), "{}", stderr(&output));
    assert_eq!(stage.sql("SELECT to_regclass('drift.journal')"), "");
    succeeds(&drift(&["apply", plan.to_str().unwrap(), &far, "--yes"]));
}

#[test]
fn an_owner_who_is_no_superuser_applies() {
    let Some(stage) = Stage::new("apply_owner") else { return };
    stage.server.load_case(
        "apply_owner",
        "CREATE ROLE apply_owner LOGIN;\nALTER SCHEMA public OWNER TO apply_owner;\nSET ROLE apply_owner;\nCREATE TABLE t (id int PRIMARY KEY);\n",
    );
    let owner = Stage { url: stage.server.url("apply_owner", "apply_owner"), ..stage };
    owner.full("CREATE TABLE t (id int PRIMARY KEY, a text);\nCREATE INDEX t_a ON t (a);\n", &[]);
    let said = refused(&owner.apply_here("plan.sql", &[]));
    assert!(said.contains("the journal drift.journal cannot be made: permission denied"), "{said}");
    assert!(said.contains("CREATE SCHEMA drift AUTHORIZATION \"apply_owner\""), "{said}");
    assert_eq!(owner.sql("SELECT count(*) FROM information_schema.columns WHERE table_name = 't'"), "1");
    owner.sql("CREATE SCHEMA drift AUTHORIZATION apply_owner");
    let said = succeeds(&owner.apply_here("plan.sql", &[]));
    assert!(said.ends_with("applied: the database is as declared\n"), "{said}");
    assert_eq!(owner.journal(), "0 done, 1 done, 2 done");
}

fn catalog(stage: &Stage) -> String {
    let output = drift(&["snapshot", &stage.url]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    stdout(&output)
}

#[test]
fn who_holds_a_lock_is_named_waited_for_and_left_alone() {
    let Some(stage) = Stage::fixture("half-migrated", "workflows", "apply_locked") else { return };
    let holding = Holding::new(&stage, "SELECT count(*) FROM workflows;");
    let began = std::time::Instant::now();
    let output = stage.apply(&["--lock-timeout", "200ms", "--attempts", "3"]);
    let said = refused(&output);
    assert!(began.elapsed().as_secs() < 20);
    assert!(
        said.contains("gave up on step 5 of ") && said.contains("(Columns of public.workflows) after 3 attempts"),
        "{said}"
    );
    assert!(said.contains("canceling statement due to lock timeout (55P03)"), "{said}");
    assert!(said.contains("(postgres, holder, idle in transaction, for "), "{said}");
    assert!(said.contains("holds AccessShareLock on public.workflows"), "{said}");
    let lines = stdout(&output);
    assert!(lines.contains("    in the way of ACCESS EXCLUSIVE on public.workflows: pid "), "{lines}");
    assert!(lines.contains("attempt 2 of 3: canceling statement"), "{lines}");
    // Of the step that was given up nothing is there, and the table is free for others.
    assert_eq!(stage.sql("SELECT count(*) FROM information_schema.columns WHERE table_name = 'workflows' AND column_name = 'tenant_id'"), "0");
    assert!(stage.journal().ends_with("4 done"), "{}", stage.journal());
    stage.sql("SET lock_timeout = '1s'; UPDATE workflows SET name = name");
    drop(holding);
    let said = succeeds(&stage.apply(&["--format", "json"]));
    let events: Vec<serde_json::Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events[0]["event"], "plan");
    assert_eq!(events[0]["done"], 4);
    assert_eq!((&events[1]["event"], &events[1]["step"]), (&"started".into(), &5.into()));
    assert_eq!(events.last().unwrap()["event"], "kept");
    let check = drift(&["check", &stage.url]);
    assert_eq!(check.status.code(), Some(0), "{}", stdout(&check));
}

#[test]
fn a_step_that_fails_is_taken_back_and_done_once_its_cause_is_gone() {
    let Some(stage) = Stage::new("apply_failing") else { return };
    stage.server.load_case(
        "apply_failing",
        "CREATE TABLE t (id int PRIMARY KEY, a text);\nINSERT INTO t VALUES (1, 'x'), (2, 'x');\n",
    );
    stage.full("CREATE TABLE t (id int PRIMARY KEY, a text);\nCREATE UNIQUE INDEX t_a ON t (a);\n", &[]);
    let said = refused(&stage.apply_here("plan.sql", &[]));
    assert!(
        said.contains("could not create unique index \"t_a\"") && said.contains(" of the plan, and was taken back"),
        "{said}"
    );
    // A build that fails leaves an invalid index behind, unless somebody cleans up.
    assert_eq!(stage.sql("SELECT to_regclass('t_a')"), "");
    let failed = stage.sql("SELECT detail FROM drift.journal WHERE result = 'failed'");
    assert!(failed.starts_with("could not create unique index"), "{failed}");
    stage.sql("UPDATE t SET a = 'y' WHERE id = 2");
    let said = succeeds(&stage.apply_here("plan.sql", &[]));
    assert!(said.ends_with("applied: the database is as declared\n"), "{said}");
    assert_eq!(stage.sql("SELECT indisvalid FROM pg_index WHERE indexrelid = 't_a'::regclass"), "t");
}

#[test]
fn what_moves_beside_a_plan_that_was_begun_is_refused_and_what_it_did_itself_is_not() {
    let Some(stage) = Stage::fixture("remote", "agents", "apply_beside") else { return };
    let holding = Holding::new(&stage, "SELECT count(*) FROM agents;");
    refused(&stage.apply(&["--lock-timeout", "100ms", "--attempts", "1"]));
    drop(holding);
    stage.sql("CREATE TABLE beside (a int)");
    let said = refused(&stage.apply(&[]));
    assert!(said.contains("has moved since the plan was made: public.beside is new\n"), "{said}");
    stage.sql("DROP TABLE beside");
    succeeds(&stage.apply(&[]));
}

#[test]
fn parts_are_applied_in_their_order_each_on_what_the_one_before_left() {
    let Some(stage) = Stage::new("apply_parts") else { return };
    let case = common::root().join("tests/cases/tenancy-backfill-phases");
    stage.server.load_case("apply_parts", &std::fs::read_to_string(case.join("actual.sql")).unwrap());
    let spec = stage.directory.path().join("spec");
    std::fs::create_dir(&spec).unwrap();
    std::fs::copy(case.join("expected.sql"), spec.join("schema.sql")).unwrap();
    std::fs::copy(case.join("drift.toml"), spec.join("drift.toml")).unwrap();
    let arguments = ["fix", "--additive", "--phases", &stage.url, "--spec", "spec", "--output", "plan.sql"];
    let output = drift_in(stage.directory.path(), &arguments, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));

    let said = refused(&stage.apply_here("plan_2_backfill.sql", &[]));
    assert!(said.contains("this is part 2 of 3, and part 1 was not applied here to its end"), "{said}");
    let said = succeeds(&stage.apply_here("plan_1_expand.sql", &[]));
    assert!(said.ends_with("applied: part 1 of 3; part 2 is next\n"), "{said}");
    let before = catalog(&stage);
    stage.sql("ALTER TABLE members ADD COLUMN more int");
    let said = refused(&stage.apply_here("plan_2_backfill.sql", &[]));
    assert!(said.contains("moved since the plan was made: public.members has changed\n"), "{said}");
    stage.sql("ALTER TABLE members DROP COLUMN more");
    assert_eq!(catalog(&stage), before);
    let said = succeeds(&stage.apply_here("plan_2_backfill.sql", &[]));
    assert!(said.contains("public.docs.tenant_id: ") && said.contains(" rows a second: "), "{said}");
    let said = succeeds(&stage.apply_here("plan_3_contract.sql", &[]));
    assert!(said.contains("applied: "), "{said}");
    assert_eq!(stage.sql("SELECT count(*) FROM docs WHERE tenant_id IS NULL"), "0");
}

#[test]
fn a_build_that_was_killed_is_cleaned_up_and_done_again() {
    let Some(stage) = Stage::new("apply_build") else { return };
    stage
        .server
        .load_case("apply_build", "CREATE TABLE t (id int PRIMARY KEY, a text);\nINSERT INTO t VALUES (1, 'x');\n");
    stage.full("CREATE TABLE t (id int PRIMARY KEY, a text);\nCREATE INDEX \"t a\" ON t (a);\n", &[]);
    // A build waits for whoever writes into the table.
    let holding = Holding::new(&stage, "UPDATE t SET a = 'y';");
    let running = Running::new(&stage, &[]);
    stage.until("SELECT count(*) = 1 FROM pg_stat_progress_create_index WHERE datname = current_database()");
    std::thread::sleep(std::time::Duration::from_millis(1500));
    running.signal("-KILL");
    let said = stdout(&running.end());
    assert!(said.contains("waiting for writers before build, which pid "), "{said}");
    // The server notices by itself that nobody waits for the build any more.
    let applying = "SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name = 'drift apply' AND datname = current_database()";
    stage.until(applying);
    drop(holding);
    let invalid = "SELECT indisvalid FROM pg_index WHERE indexrelid = '\"t a\"'::regclass";
    assert_eq!(stage.sql(invalid), "f");
    assert!(stage.journal().ends_with(" running"), "{}", stage.journal());
    let said = succeeds(&stage.apply_here("plan.sql", &[]));
    assert!(said.contains("took away what an interrupted build had left of public.\"t a\""), "{said}");
    assert!(said.ends_with("applied: the database is as declared\n"), "{said}");
    assert_eq!(stage.sql(invalid), "t");
}

#[test]
fn it_stops_after_a_step_or_cancels_it_when_asked_again() {
    let Some(stage) = Stage::fixture("remote", "agents", "apply_stop") else { return };
    let holding = Holding::new(&stage, "SELECT count(*) FROM agents;");
    let waits = "SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = 'drift apply' AND wait_event_type = 'Lock' AND datname = current_database()";
    let spec = common::root().join("expected-schema");
    let arguments = ["--lock-timeout", "60s", "--spec", spec.to_str().unwrap()];
    // Once: the step that waits is done first, and no other.
    let running = Running::new(&stage, &arguments);
    stage.until(waits);
    running.signal("-INT");
    std::thread::sleep(std::time::Duration::from_millis(300));
    drop(holding);
    let output = running.end();
    assert_eq!(output.status.code(), Some(2), "{}{}", stdout(&output), stderr(&output));
    let said = stdout(&output);
    assert!(said.contains("stops after this step; press Ctrl-C again to cancel it\n"), "{said}");
    let done: usize = said.rsplit_once("stopped: ").unwrap().1.split_once(" of ").unwrap().0.parse().unwrap();
    assert!(said.ends_with("steps are done; run the same command again to go on from there\n"), "{said}");
    assert_eq!(stage.sql("SELECT count(*) FROM drift.journal WHERE step > 0 AND result = 'done'"), done.to_string());

    // Twice: the step is taken back at once. A supervisor's SIGTERM is as good.
    let holding = Holding::new(&stage, "LOCK TABLE agents IN ROW EXCLUSIVE MODE;");
    let running = Running::new(&stage, &arguments);
    stage.until(waits);
    running.signal("-TERM");
    std::thread::sleep(std::time::Duration::from_millis(300));
    running.signal("-INT");
    let output = running.end();
    assert_eq!(output.status.code(), Some(2), "{}{}", stdout(&output), stderr(&output));
    assert!(stdout(&output).contains("stopped: "), "{}{}", stdout(&output), stderr(&output));
    drop(holding);
    succeeds(&stage.apply(&[]));
}

#[test]
fn two_applies_are_never_at_work_at_once() {
    let Some(stage) = Stage::fixture("remote", "agents", "apply_two") else { return };
    let holding = Holding::new(&stage, "SELECT count(*) FROM agents;");
    let spec = common::root().join("expected-schema");
    let running = Running::new(&stage, &["--lock-timeout", "60s", "--spec", spec.to_str().unwrap()]);
    stage.until("SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = 'drift apply' AND wait_event_type = 'Lock' AND datname = current_database()");
    let second = stage.apply(&[]);
    let said = refused(&second);
    assert!(said.contains("another apply is at work in this database: pid "), "{said}");
    assert!(stdout(&second).contains("waiting for another apply to end: pid "), "{}", stdout(&second));
    drop(holding);
    succeeds(&running.end());
}

#[test]
fn behind_a_pooler_in_transaction_mode_nothing_is_changed() {
    let Some(stage) = Stage::fixture("remote", "agents", "apply_pooler") else { return };
    let port = pooler::start(stage.server.port);
    let pooled = stage.url.replace(&format!(":{}/", stage.server.port), &format!(":{port}/"));
    // The pooler works: reading goes through it.
    let check = drift(&["check", &pooled, "--statement-timeout", "0"]);
    assert_eq!(check.status.code(), Some(1), "{}{}", stdout(&check), stderr(&check));
    let said = refused(&drift(&["apply", stage.plan().to_str().unwrap(), &pooled, "--statement-timeout", "0"]));
    assert!(said.contains("a connection pooler in transaction mode stands before this database"), "{said}");
    assert!(said.contains("help: give the address of the database itself"), "{said}");
    assert_eq!(stage.sql("SELECT to_regclass('drift.journal')"), "");
}

#[test]
fn on_a_standby_reading_works_and_applying_is_refused() {
    let Some(stage) = Stage::fixture("remote", "agents", "apply_standby") else { return };
    let standby = stage.server.standby();
    let url = standby.url("postgres", "apply_standby");
    let check = drift(&["check", &url]);
    assert_eq!(check.status.code(), Some(1), "{}{}", stdout(&check), stderr(&check));
    let said = refused(&drift(&["apply", stage.plan().to_str().unwrap(), &url]));
    assert!(said.contains("is a standby: it follows another server"), "{said}");
    assert!(said.contains("help: apply the plan on the primary server"), "{said}");
}

/// Rows in small batches, each of which takes its time.
const SLOW: &str = "\
CREATE TABLE tenants (id int PRIMARY KEY);
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_catalog.pg_sleep(0.002); RETURN NEW; END';
";

/// The second of three parts, which is slow, after the first has been applied.
fn slow_backfill(stage: &Stage, rows: usize) {
    let docs = |column: &str| {
        format!(
            "{SLOW}CREATE TABLE docs (id int PRIMARY KEY{column});\nCREATE TRIGGER slow BEFORE UPDATE ON docs FOR EACH ROW EXECUTE FUNCTION slow();\n"
        )
    };
    stage.server.load_case(&stage.database, &docs(""));
    stage.sql(&format!("INSERT INTO tenants VALUES (1), (2); INSERT INTO docs SELECT generate_series(1, {rows})"));
    stage.sql("ANALYZE docs");
    let spec = stage.directory.path().join("spec");
    std::fs::create_dir(&spec).unwrap();
    std::fs::write(spec.join("schema.sql"), docs(", tenant_id int NOT NULL REFERENCES tenants")).unwrap();
    let toml = "[tenancy]\nregistry = \"tenants\"\ncolumn = \"tenant_id\"\n";
    std::fs::write(spec.join("drift.toml"), toml).unwrap();
    let arguments = ["fix", "--additive", &stage.url, "--spec", "spec", "--output", "plan.sql", "--phases"];
    let more = ["--batch-rows", "10", "--backfill", "docs=(1 + id % 2)"];
    let output = drift_in(stage.directory.path(), &[&arguments[..], &more].concat(), &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    succeeds(&stage.apply_here("plan_1_expand.sql", &[]));
}

#[test]
fn a_backfill_waits_for_replicas_that_are_behind() {
    let Some(stage) = Stage::new("apply_lag") else { return };
    slow_backfill(&stage, 1500);
    let standby = stage.server.standby();
    stage.until("SELECT count(*) = 1 FROM pg_stat_replication WHERE state = 'streaming'");
    standby.psql("postgres", &["-c", "SELECT pg_wal_replay_pause()"]);
    let plan = ["--format", "json", "--max-replica-lag", "1s"];
    let mut running = Running::of(&stage, "plan_2_backfill.sql", &plan);
    let filled = || stage.sql("SELECT count(tenant_id) FROM docs").parse::<u32>().unwrap();
    let mut told = Vec::new();
    for line in running.lines().map_while(Result::ok) {
        let event: serde_json::Value = serde_json::from_str(&line).unwrap();
        if event["event"] == "lagging" && !told.contains(&"lagging".to_owned()) {
            let who = event["replicas"][0].as_str().unwrap();
            assert!(who.starts_with("walreceiver (") && who.ends_with(" s behind)"), "{who}");
            // The batch that was begun is ended, and no other one begins.
            std::thread::sleep(std::time::Duration::from_millis(300));
            let before = filled();
            assert!(before < 1500, "the backfill was over before anybody waited");
            std::thread::sleep(std::time::Duration::from_millis(700));
            assert_eq!(filled(), before);
            standby.psql("postgres", &["-c", "SELECT pg_wal_replay_resume()"]);
        }
        told.push(event["event"].as_str().unwrap().to_owned());
    }
    assert_eq!(running.end().status.code(), Some(0), "{told:?}");
    let of = |word: &str| told.iter().position(|event| event == word);
    assert!(of("lagging").is_some() && of("lagging") < of("caught-up") && of("caught-up") < of("done"), "{told:?}");
    assert_eq!(filled(), 1500);
}

#[test]
fn on_a_terminal_a_bar_shows_how_far_a_backfill_is() {
    let Some(stage) = Stage::new("apply_bar") else { return };
    slow_backfill(&stage, 300);
    let plan = stage.directory.path().join("plan_2_backfill.sql");
    let command = format!("{} apply {} '{}' --spec spec", env!("CARGO_BIN_EXE_drift"), plan.display(), stage.url);
    let mut script = std::process::Command::new("script");
    script.args(["-qefc", &command, "/dev/null"]).current_dir(stage.directory.path()).env("TERM", "xterm");
    let output = script.output().unwrap();
    let said = succeeds(&output);
    assert!(said.contains("    [==") && said.contains("/300 public.docs.tenant_id: "), "{said:?}");
    assert!(!said.contains(" rows a second: "), "lines and a bar: {said:?}");
    assert!(said.trim_end().ends_with("applied: part 2 of 3; part 3 is next"), "{said:?}");
}

#[test]
fn a_password_is_in_nothing_that_it_says_or_writes() {
    let Some(stage) = Stage::fixture("remote", "agents", "apply_secret") else { return };
    let secret = "hunter2";
    let url = stage.url.replace("postgres@", &format!("postgres:{secret}@"));
    let plan = stage.plan();
    let plan = plan.to_str().unwrap();
    for more in [&["--dry-run"][..], &["--format", "json"], &[]] {
        let output = drift(&[&["apply", plan, &url], more].concat());
        let said = succeeds(&output) + &stderr(&output);
        assert!(said.contains("apply_secret") && !said.contains(secret), "{said}");
    }
    assert_eq!(stage.sql(&format!("SELECT count(*) FROM drift.journal AS j WHERE j::text ~ '{secret}'")), "0");
    assert!(!std::fs::read_to_string(plan).unwrap().contains(secret));
}

/// What differs from run to run, as a page shows it.
fn told(stage: &Stage, output: &str) -> String {
    let plan = stage.plan();
    let mut text = output.replace(plan.to_str().unwrap(), "plan.sql");
    text = text.replace(&format!("127.0.0.1:{}/{}", stage.server.port, stage.database), "localhost:5432/shop");
    for (before, stands_for) in
        [("additive plan ", "3f9a61c0d27b"), ("pid ", "4711"), (", for ", "12 s"), ("again in ", "0.2 s")]
    {
        let mut parts = text.split(before);
        let mut told = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let end = part.find([',', ' ', ')']).unwrap_or(part.len());
            let end = if stands_for.ends_with(" s") { part.find(" s").map_or(end, |at| at + 2) } else { end };
            told += &format!("{before}{stands_for}{}", &part[end..]);
        }
        text = told;
    }
    text
}

/// What docs/apply.md shows is what the program prints; `DRIFT_BLESS=1` renews it.
#[test]
fn the_page_shows_real_output() {
    let Some(stage) = Stage::fixture("half-migrated", "workflows", "apply_page") else { return };
    let mut blocks = Vec::new();
    stage.sql("ALTER TABLE tools ADD COLUMN more int; CREATE TABLE notes (id int)");
    blocks.push(("moved", refused(&stage.apply(&[]))));
    stage.sql("ALTER TABLE tools DROP COLUMN more; DROP TABLE notes");
    let shown = succeeds(&stage.apply(&["--dry-run"]));
    let from = shown.find("30/33 ").unwrap();
    blocks.push(("dry", format!("…\n{}\n…", shown[from..].lines().take(13).collect::<Vec<_>>().join("\n"))));
    let holding = Holding::new(&stage, "SELECT count(*) FROM workflows;");
    let output = stage.apply(&["--lock-timeout", "200ms", "--attempts", "2"]);
    let said = format!("{}{}", stdout(&output), refused(&output));
    blocks.push(("locked", format!("…\n{}", &said[said.find("Columns of public.workflows").unwrap()..])));
    drop(holding);
    blocks.push(("apply", succeeds(&stage.apply(&[]))));
    stage.sql(GIVE_ONE_AWAY);
    let said = refused(&stage.apply(&["--undo"])).replace(&stage.database, "shop");
    blocks.push(("undo", said));
    let journal =
        "SELECT step || '  ' || result || '  ' || what FROM drift.journal WHERE step IN (5, 16, 31) ORDER BY step";
    blocks.push(("journal", stage.sql(journal)));

    let path = common::root().join("docs/apply.md");
    let mut page = std::fs::read_to_string(&path).unwrap();
    for (name, text) in &blocks {
        let mark = format!("<!-- shown: {name} -->\n```text\n");
        let start = page.find(&mark).unwrap_or_else(|| panic!("the page has no place for {name}")) + mark.len();
        let end = start + page[start..].find("```\n").unwrap();
        page.replace_range(start..end, &format!("{}\n", told(&stage, text).trim_end()));
    }
    assert_eq!(page.matches("<!-- shown: ").count(), blocks.len());
    common::golden(&path, &page);
}

#[test]
fn every_version_of_the_server_is_applied_to() {
    let Some(matrix) = common::matrix::matrix() else { return };
    for version in &matrix.versions {
        let url = version.server.database("applied");
        let directory = tempfile::tempdir().unwrap();
        let stage = Stage { server: version.server, database: "applied".to_owned(), url, directory };
        stage.server.load_case("applied", THERE);
        stage.full(DECLARED, &["--allow-data-loss"]);
        let shown = succeeds(&stage.apply_here("plan.sql", &["--dry-run"]));
        assert!(shown.contains("locks public.kept: "), "{}: {shown}", version.major);
        let holding = Holding::new(&stage, "SELECT count(*) FROM kept;");
        let more = ["--allow-data-loss", "--database", "applied", "--lock-timeout", "100ms", "--attempts", "1"];
        let said = refused(&stage.apply_here("plan.sql", &more));
        assert!(said.contains("holds AccessShareLock on public.kept"), "{}: {said}", version.major);
        drop(holding);
        let said = succeeds(&stage.apply_here("plan.sql", &more));
        assert!(said.ends_with("applied: the database is as declared\n"), "{}: {said}", version.major);
        assert_eq!(stage.sql("SELECT count(*), count(DISTINCT a), min(a) FROM v"), "50|50|a1");
    }
}
