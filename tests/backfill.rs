//! Giving rows their tenants on a real PostgreSQL server: derived and measured,
//! refused where they cannot be told, in batches that can be killed, and with
//! an application that goes on meanwhile.

use std::path::Path;
use std::path::PathBuf;
use std::process::Output;
use std::process::Stdio;
use std::time::Duration;

use crate::common;
use crate::common::server;
use crate::common::server::Server;

const A: &str = "aaaaaaaa-0000-4000-8000-000000000000";
const B: &str = "bbbbbbbb-0000-4000-8000-000000000000";
const PLATFORM: &str = "00000000-0000-0000-0000-000000000001";

/// A database, a spec, and where patches go.
struct Scene<'a> {
    server: &'a Server,
    database: String,
    url: String,
    spec: PathBuf,
    directory: tempfile::TempDir,
}

impl<'a> Scene<'a> {
    fn of_fixture(server: &'a Server, fixture: &str, database: &str) -> Scene<'a> {
        let url = server.database(database);
        server.load(database, &common::root().join("fixtures").join(fixture));
        let spec = common::root().join("expected-schema");
        Scene { server, database: database.to_owned(), url, spec, directory: tempfile::tempdir().unwrap() }
    }

    fn of_sql(server: &'a Server, database: &str, toml: &str, expected: &str, actual: &str) -> Scene<'a> {
        let url = server.database(database);
        let directory = tempfile::tempdir().unwrap();
        let spec = directory.path().join("spec");
        std::fs::create_dir(&spec).unwrap();
        std::fs::write(spec.join("schema.sql"), format!("CREATE ROLE backfill_app;\n{expected}")).unwrap();
        // These schemas are small on purpose: what else could be said of them is another test's.
        let allowed: String = ["fk-crosses-tenants", "parent-key-missing", "pk-not-tenant-scoped", "rls-not-forced"]
            .iter()
            .map(|rule| format!("\n[[allow]]\nrule = \"{rule}\"\non = \"*\"\nwhy = \"small on purpose\"\n"))
            .collect();
        std::fs::write(spec.join("drift.toml"), format!("{toml}\n{allowed}")).unwrap();
        server.psql(
            database,
            &[
                "-c",
                "DO $$ BEGIN CREATE ROLE backfill_app; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$",
                "-c",
                actual,
            ],
        );
        Scene { server, database: database.to_owned(), url, spec, directory }
    }

    fn sql(&self, sql: &str) -> String {
        self.server.psql(&self.database, &["-c", sql]).trim().to_owned()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn fix(&self, more: &[&str]) -> Output {
        let patch = self.path("patch.sql");
        let mut arguments = vec!["fix", "--additive", &self.url, "--output", patch.to_str().unwrap()];
        arguments.extend(["--spec", self.spec.to_str().unwrap()]);
        arguments.extend(more);
        common::drift(&arguments)
    }

    /// Writes a patch; what was said about it.
    fn patched(&self, more: &[&str]) -> String {
        let output = self.fix(more);
        assert_eq!(output.status.code(), Some(0), "{}", common::stderr(&output));
        common::stderr(&output)
    }

    fn apply(&self, file: &str) -> String {
        let output = self.server.try_psql(&self.database, &["-f", self.path(file).to_str().unwrap()]);
        assert!(output.status.success(), "{}", common::stderr(&output));
        common::stderr(&output)
    }

    fn check(&self) -> Output {
        common::drift(&["check", "--probe", &self.url, "--spec", self.spec.to_str().unwrap()])
    }

    #[track_caller]
    fn is_clean(&self) {
        let check = self.check();
        assert_eq!(check.status.code(), Some(0), "{}{}", common::stdout(&check), common::stderr(&check));
    }
}

/// Tenants with one member each, and the platform's; a user who is in both.
fn people(scene: &Scene) {
    scene.sql(&format!(
        "INSERT INTO tenants (id, name, slug) VALUES ('{A}', 'A', 'a'), ('{B}', 'B', 'b'), ('{PLATFORM}', 'Platform', 'platform');
         INSERT INTO auth.users (id) VALUES ('{A}'), ('{B}'), ('{PLATFORM}');
         INSERT INTO user_tenants (user_id, tenant_id) VALUES ('{A}', '{A}'), ('{B}', '{B}'), ('{PLATFORM}', '{A}'), ('{PLATFORM}', '{B}');
         ALTER TABLE workflows ADD created_by_user_id uuid,
           ADD CONSTRAINT workflows_created_by_user_id_fkey FOREIGN KEY (created_by_user_id) REFERENCES auth.users ON DELETE SET NULL"
    ));
}

#[test]
fn tenants_are_derived_from_memberships_where_every_row_has_just_one() {
    let Some(server) = server::shared() else { return };
    let scene = Scene::of_fixture(server, "half-migrated", "backfill_members");
    people(&scene);
    scene.sql(&format!(
        "UPDATE workflows SET created_by_user_id = CASE WHEN name = 'Onboarding' THEN '{B}'::uuid ELSE '{A}' END"
    ));
    let said = scene.patched(&[]);
    assert!(said.contains("public.workflows gets its tenants by `user_tenants via created_by_user_id`"), "{said}");
    assert!(said.contains("all 4 rows get one"), "{said}");
    assert!(said.contains("nothing is left"), "{said}");
    scene.apply("patch.sql");
    scene.apply("patch.sql");
    scene.is_clean();
    assert_eq!(scene.sql(&format!("SELECT count(*) FROM workflows WHERE tenant_id = '{A}'")), "3");
    assert_eq!(scene.sql("SELECT count(*) FROM workflows WHERE tenant_id = created_by_user_id"), "4");
}

#[test]
fn what_cannot_be_told_is_measured_shown_and_not_guessed() {
    let Some(server) = server::shared() else { return };
    let scene = Scene::of_fixture(server, "half-migrated", "backfill_ambiguous");
    people(&scene);
    // One row has a project; two were made by members of one tenant, one by somebody in both.
    scene.sql(&format!(
        "CREATE TABLE projects (id int PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenants);
         INSERT INTO projects VALUES (1, '{A}');
         ALTER TABLE workflows ADD project_id int REFERENCES projects;
         UPDATE workflows SET project_id = 1, created_by_user_id = '{A}' WHERE name = 'Literature review';
         UPDATE workflows SET created_by_user_id = '{B}' WHERE name = 'Onboarding';
         UPDATE workflows SET created_by_user_id = '{PLATFORM}' WHERE name = 'Contract intake'"
    ));
    let said = scene.patched(&[]);
    let table = "\
public.workflows: 4 rows, and no way gives each of them one tenant; none is taken
  way                                  resolved  unresolved  ambiguous  conflicting
  projects via project_id                     1           3          0            0
  user_tenants via created_by_user_id         2           2          1            0
  all together                                2           2
  say whose the rows are by one line under [backfill] of drift.toml: workflows = \"…\"
";
    assert!(said.contains(table), "{said}");
    let patch = std::fs::read_to_string(scene.path("patch.sql")).unwrap();
    assert!(!patch.contains("UPDATE public.workflows"), "{patch}");
    scene.apply("patch.sql");
    assert_eq!(scene.sql("SELECT count(*) FROM workflows WHERE tenant_id IS NULL"), "4");
    // Two ways that contradict each other are no better than none.
    scene.sql(&format!("UPDATE workflows SET project_id = 1, created_by_user_id = '{B}'"));
    let said = scene.patched(&[]);
    assert!(
        said.contains("projects via project_id                     4           0          0            4"),
        "{said}"
    );
    // The line that is asked for decides.
    let said = scene.patched(&["--backfill", "workflows=projects via project_id"]);
    assert!(!said.contains("none is taken"), "{said}");
    scene.apply("patch.sql");
    assert_eq!(scene.sql(&format!("SELECT count(*) FROM workflows WHERE tenant_id = '{A}'")), "4");
}

#[test]
fn a_given_way_that_misses_rows_fills_the_others_and_leaves_not_null_with_the_count() {
    let Some(server) = server::shared() else { return };
    let scene = Scene::of_fixture(server, "half-migrated", "backfill_partial");
    people(&scene);
    scene.sql(&format!("UPDATE workflows SET created_by_user_id = '{A}' WHERE name <> 'Onboarding'"));
    let said = scene.patched(&["--backfill", "workflows=user_tenants via created_by_user_id"]);
    let count = "1 row of public.workflows gets no tenant_id from `user_tenants via created_by_user_id`";
    assert!(said.contains(count), "{said}");
    assert!(said.contains("table public.workflows (row security): it would hide the rows"), "{said}");
    assert!(std::fs::read_to_string(scene.path("patch.sql")).unwrap().contains("It leaves"));
    scene.apply("patch.sql");
    assert_eq!(scene.sql("SELECT count(*) FROM workflows WHERE tenant_id IS NULL"), "1");
    let check = scene.check();
    assert!(
        common::stdout(&check).contains("public.workflows has 1 row without a tenant"),
        "{}",
        common::stdout(&check)
    );
    // The rest is said by hand, and then nothing is left.
    scene.patched(&["--backfill", &format!("workflows={B}")]);
    scene.apply("patch.sql");
    scene.is_clean();
}

#[test]
fn an_application_goes_on_between_the_phases_of_a_constant_backfill() {
    let Some(server) = server::shared() else { return };
    let scene = Scene::of_fixture(server, "remote", "backfill_phases");
    let tenant = format!("id={PLATFORM},slug=platform,name=Platform,type=platform");
    let said = scene.patched(&["--phases", "--backfill", &format!("agents={PLATFORM}"), "--create-tenant", &tenant]);
    assert!(said.contains("patch_1_expand.sql\n"), "{said}");
    assert!(!scene.path("patch.sql").exists());
    let before = scene.sql("SELECT array_agg(xmin::text || ctid::text ORDER BY id) FROM agents");
    scene.apply("patch_1_expand.sql");
    // No row was written, and what the old application writes belongs to the one tenant that it knows.
    assert_eq!(scene.sql("SELECT array_agg(xmin::text || ctid::text ORDER BY id) FROM agents"), before);
    scene.sql("INSERT INTO agents (name, system_prompt) VALUES ('old', 'x')");
    scene.sql(&format!("INSERT INTO tenants (id, name, slug) VALUES ('{A}', 'A', 'a')"));
    // The new one says who asks.
    scene.sql(&format!(
        "SET request.jwt.claims = '{{\"app_metadata\": {{\"tenant_id\": \"{A}\"}}}}'; INSERT INTO agents (name, system_prompt) VALUES ('new', 'x')"
    ));
    assert!(!scene.path("patch_2_backfill.sql").exists());
    scene.apply("patch_3_contract.sql");
    scene.is_clean();
    let owners = "SELECT string_agg(name || ' ' || left(tenant_id::text, 1), ', ' ORDER BY name) FROM agents WHERE name IN ('old', 'new')";
    assert_eq!(scene.sql(owners), "new a, old 0");
    // Any part again, in any order: nothing changes.
    for file in ["patch_1_expand.sql", "patch_3_contract.sql", "patch_1_expand.sql"] {
        scene.apply(file);
        scene.is_clean();
    }
}

const TOML: &str = r#"
[tenancy]
registry = "tenants"
column   = "tenant_id"
roles    = ["backfill_app"]
context  = "(select nullif(current_setting('app.tenant_id', true), '')::uuid)"

[tables]
lists = "global"
"#;

/// A registry, a parent with tenants, and children along keys of every form.
fn schema(tenant: bool) -> String {
    let tenant_id = |unique: &str| match tenant {
        true => format!("tenant_id uuid NOT NULL REFERENCES tenants, {unique} "),
        false => String::new(),
    };
    let mut sql = format!(
        "CREATE TABLE tenants (id uuid PRIMARY KEY);
         ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
         CREATE POLICY tenants_own ON tenants TO backfill_app USING (id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
         CREATE TABLE projects (id int PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenants);
         CREATE INDEX projects_tenant_id ON projects (tenant_id);
         CREATE TABLE lists (id int PRIMARY KEY, project_id int NOT NULL REFERENCES projects);
         CREATE TABLE \"Tasks\" ({}id int PRIMARY KEY, project_id int NOT NULL REFERENCES projects, name text);
         CREATE TABLE notes ({}task_id int NOT NULL REFERENCES \"Tasks\", n int, PRIMARY KEY (task_id, n));
         CREATE TABLE logs ({}task_id int NOT NULL REFERENCES \"Tasks\", line text);
         CREATE TABLE entries ({}id int PRIMARY KEY, list_id int NOT NULL REFERENCES lists);",
        tenant_id(""),
        tenant_id(""),
        tenant_id(""),
        tenant_id(""),
    );
    let own = "USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))";
    let mut confined = vec!["projects"];
    if tenant {
        confined.extend(["\"Tasks\"", "notes", "logs", "entries"]);
        for table in &confined[1..] {
            sql.push_str(&format!("CREATE INDEX ON {table} (tenant_id);"));
        }
    }
    for table in confined {
        sql.push_str(&format!(
            "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON {table} TO backfill_app {own};"
        ));
    }
    sql
}

fn chain<'a>(server: &'a Server, database: &str, rows: u32) -> Scene<'a> {
    let data = format!(
        "INSERT INTO tenants VALUES ('{A}'), ('{B}');
         INSERT INTO projects VALUES (0, '{A}'), (1, '{B}');
         INSERT INTO lists SELECT n, n % 2 FROM generate_series(0, 9) AS n;
         INSERT INTO \"Tasks\" SELECT n, n % 2, 'task' FROM generate_series(1, {rows}) AS n;
         INSERT INTO notes SELECT n, m FROM generate_series(1, {rows}) AS n, generate_series(1, 2) AS m;
         INSERT INTO logs SELECT n, 'line' FROM generate_series(1, {rows}) AS n, generate_series(1, 2) AS m;
         INSERT INTO entries SELECT n, n % 10 FROM generate_series(1, {rows}) AS n;"
    );
    let actual = format!("{}{data}", schema(false));
    Scene::of_sql(server, database, TOML, &schema(true), &actual)
}

/// Every row of the chain has the tenant of its project.
fn is_right(scene: &Scene, rows: u32) {
    for (from, times) in [
        ("\"Tasks\" AS r JOIN projects AS p ON p.id = r.project_id", 1),
        ("notes AS r JOIN projects AS p ON p.id = r.task_id % 2", 2),
        ("logs AS r JOIN projects AS p ON p.id = r.task_id % 2", 2),
        ("entries AS r JOIN lists AS l ON l.id = r.list_id JOIN projects AS p ON p.id = l.project_id", 1),
    ] {
        let count = scene.sql(&format!("SELECT count(*) FROM {from} WHERE r.tenant_id = p.tenant_id"));
        assert_eq!(count, (rows * times).to_string(), "{from}");
    }
}

#[test]
fn parents_come_before_children_and_tables_without_tenants_are_passed_through() {
    let Some(server) = server::shared() else { return };
    let scene = chain(server, "backfill_chain", 20);
    let said = scene.patched(&[]);
    for way in [
        "public.Tasks gets its tenants by `projects via project_id`",
        "public.notes gets its tenants by `Tasks via task_id`",
        "public.logs gets its tenants by `Tasks via task_id`",
        "public.entries gets its tenants by `sql: (SELECT (SELECT projects.tenant_id FROM public.projects",
    ] {
        assert!(said.contains(way), "{way}\n{said}");
    }
    scene.apply("patch.sql");
    is_right(&scene, 20);
    scene.is_clean();
}

#[test]
fn batches_go_along_every_kind_of_key_and_by_place_where_there_is_none() {
    let Some(server) = server::shared() else { return };
    let scene = chain(server, "backfill_batches", 1200);
    let said = scene.patched(&["--batch-rows", "100"]);
    assert!(said.contains("patch_2_backfill.sql"), "{said}");
    scene.apply("patch_1_expand.sql");
    let progress = scene.apply("patch_2_backfill.sql");
    assert!(progress.contains("public.Tasks.tenant_id: 100 rows filled, 0 without a value, up to (100)"), "{progress}");
    assert!(
        progress.contains("public.notes.tenant_id: 2400 rows filled, 0 without a value, up to (1200,2)"),
        "{progress}"
    );
    // Before 14 nobody can search by where a row lies: logs are written in one go.
    let by_place = scene.sql("SHOW server_version_num").parse::<u32>().unwrap() >= 140000;
    assert_eq!(progress.contains("public.logs.tenant_id: 2400 rows filled"), by_place, "{progress}");
    is_right(&scene, 1200);
    // What the old application writes before the contract belongs to its parent's tenant.
    scene.sql("INSERT INTO \"Tasks\" VALUES (5001, 1, 'late')");
    // It may write notes, and look at nothing.
    scene.sql("GRANT INSERT ON notes TO backfill_app; SET ROLE backfill_app; INSERT INTO notes VALUES (5001, 1)");
    scene.sql("REVOKE INSERT ON notes FROM backfill_app");
    assert_eq!(scene.sql(&format!("SELECT count(*) FROM notes WHERE task_id = 5001 AND tenant_id = '{B}'")), "1");
    // Even what slips by the trigger gets one, before it is required.
    scene.sql("SET session_replication_role = replica; INSERT INTO notes VALUES (5001, 2)");
    assert_eq!(scene.sql("SELECT count(*) FROM notes WHERE tenant_id IS NULL"), "1");
    scene.apply("patch_3_contract.sql");
    assert_eq!(scene.sql(&format!("SELECT count(*) FROM notes WHERE task_id = 5001 AND tenant_id = '{B}'")), "2");
    scene.is_clean();
    for file in ["patch_1_expand.sql", "patch_2_backfill.sql", "patch_3_contract.sql"] {
        scene.apply(file);
    }
    scene.is_clean();
}

#[test]
fn a_patch_that_was_left_in_the_middle_is_taken_up_by_the_next_one() {
    let Some(server) = server::shared() else { return };
    let scene = chain(server, "backfill_middle", 600);
    scene.patched(&["--batch-rows", "50"]);
    scene.apply("patch_1_expand.sql");
    let check = scene.check();
    assert!(
        common::stdout(&check).contains("public.Tasks has 600 rows without a tenant"),
        "{}",
        common::stdout(&check)
    );
    assert!(common::stdout(&check).contains("part 3 of its patch takes it back"), "{}", common::stdout(&check));
    // A few got theirs, and somebody lost the files.
    scene.sql("UPDATE \"Tasks\" SET tenant_id = p.tenant_id FROM projects AS p WHERE p.id = project_id AND \"Tasks\".id <= 590");
    let said = scene.patched(&[]);
    assert!(
        said.contains("public.Tasks gets its tenants by `projects via project_id`: measured, all 10 rows"),
        "{said}"
    );
    assert!(said.contains("nothing is left"), "{said}");
    scene.apply("patch.sql");
    is_right(&scene, 600);
    scene.is_clean();
}

fn waits(mut done: impl FnMut() -> bool) {
    for _ in 0..600 {
        if done() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("it does not happen");
}

fn start(scene: &Scene, file: &Path) -> std::process::Child {
    let mut command = scene.server.psql_command(&scene.database);
    command.args(["-f", file.to_str().unwrap()]).stdout(Stdio::null()).stderr(Stdio::null());
    command.env("PGAPPNAME", format!("backfill {}", scene.database)).spawn().unwrap()
}

#[test]
fn a_backfill_that_is_killed_goes_on_where_it_was_and_touches_no_row_twice() {
    let Some(server) = server::shared() else { return };
    let scene = chain(server, "backfill_killed", 2000);
    // Counts every touch, and takes its time.
    scene.sql(
        "CREATE TABLE touched (id int);
         CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN INSERT INTO public.touched VALUES (NEW.id); PERFORM pg_sleep(0.001); RETURN NULL; END $$;
         CREATE TRIGGER touched AFTER UPDATE ON \"Tasks\" FOR EACH ROW EXECUTE FUNCTION touch()",
    );
    scene.patched(&["--batch-rows", "50"]);
    scene.apply("patch_1_expand.sql");
    let file = scene.path("patch_2_backfill.sql");
    let filled = || scene.sql("SELECT count(*) FROM \"Tasks\" WHERE tenant_id IS NOT NULL").parse::<u32>().unwrap();
    let mut psql = start(&scene, &file);
    waits(|| filled() >= 200);
    psql.kill().unwrap();
    psql.wait().unwrap();
    let gone = format!("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'backfill {}'", scene.database);
    waits(|| scene.sql(&gone) == "0");
    let half = filled();
    assert!((200..2000).contains(&half), "{half} rows were filled when it was killed");
    assert_eq!(half % 50, 0, "a batch is filled as a whole or not at all");
    scene.apply("patch_2_backfill.sql");
    assert_eq!(filled(), 2000);
    assert_eq!(scene.sql("SELECT count(*) || ' ' || count(DISTINCT id) FROM touched"), "2000 2000");
    scene.sql("DROP TRIGGER touched ON \"Tasks\"; DROP FUNCTION touch(); DROP TABLE touched");
    scene.apply("patch_3_contract.sql");
    is_right(&scene, 2000);
    scene.is_clean();
}

#[test]
fn a_child_follows_its_parent_even_where_only_the_spec_ties_them() {
    let Some(server) = server::shared() else { return };
    let toml =
        format!("{TOML}\n[backfill]\na_items = \"z_parents via parent\"\nz_parents = \"projects via project_id\"\n");
    let declared = "CREATE TABLE a_items (id int PRIMARY KEY, parent int, tenant_id uuid NOT NULL REFERENCES tenants);
         CREATE TABLE z_parents (id int PRIMARY KEY, project_id int NOT NULL REFERENCES projects, tenant_id uuid NOT NULL REFERENCES tenants);";
    let present = format!(
        "CREATE TABLE a_items (id int PRIMARY KEY, parent int);
         CREATE TABLE z_parents (id int PRIMARY KEY, project_id int NOT NULL REFERENCES projects);
         INSERT INTO tenants VALUES ('{A}'), ('{B}');
         INSERT INTO projects VALUES (0, '{A}'), (1, '{B}');
         INSERT INTO z_parents VALUES (1, 0), (2, 1);
         INSERT INTO a_items VALUES (1, 1), (2, 2), (3, 2)"
    );
    let (expected, actual) = (format!("{}{declared}", schema(true)), format!("{}{present}", schema(true)));
    let scene = Scene::of_sql(server, "backfill_order", &toml, &expected, &actual);
    let said = scene.patched(&[]);
    assert!(!said.contains("(not null)"), "{said}");
    scene.apply("patch.sql");
    assert_eq!(scene.sql(&format!("SELECT count(*) FROM a_items WHERE tenant_id = '{B}'")), "2");
}

#[test]
fn a_parent_that_is_shown_to_others_tells_nobodys_tenant() {
    let Some(server) = server::shared() else { return };
    let toml = format!(
        "{TOML}models = \"shareable\"\n[shareable]\ncolumns = {{ is_shared = \"boolean not null default false\" }}\nread = \"is_shared\"\n"
    );
    let declared = "CREATE TABLE models (id int PRIMARY KEY, is_shared boolean NOT NULL DEFAULT false, tenant_id uuid NOT NULL REFERENCES tenants);
         CREATE TABLE runs (id int PRIMARY KEY, model_id int NOT NULL REFERENCES models";
    let data = format!(
        "INSERT INTO tenants VALUES ('{A}'), ('{B}');
         INSERT INTO models VALUES (1, false, '{A}'), (2, true, '{B}');
         INSERT INTO runs VALUES (1, 1), (2, 2)"
    );
    let expected = format!("{}{declared}, tenant_id uuid NOT NULL REFERENCES tenants);", schema(true));
    let scene =
        Scene::of_sql(server, "backfill_shared", &toml, &expected, &format!("{}{declared});{data}", schema(true)));
    // Whoever runs the second, it is shown to everybody.
    let said = scene.patched(&[]);
    assert!(said.contains("models via model_id         1           1          0            0"), "{said}");
    scene.sql("UPDATE models SET is_shared = false");
    let said = scene.patched(&[]);
    assert!(said.contains("public.runs gets its tenants by `models via model_id`"), "{said}");
    scene.apply("patch.sql");
    assert_eq!(
        scene.sql("SELECT count(*) FROM runs JOIN models AS m ON m.id = model_id AND m.tenant_id = runs.tenant_id"),
        "2"
    );
}

#[test]
fn a_role_that_does_not_see_every_row_is_promised_nothing() {
    let Some(server) = server::shared() else { return };
    let scene = chain(server, "backfill_confined", 6);
    scene.sql(
        "CREATE ROLE backfill_owner LOGIN; GRANT CREATE ON SCHEMA public TO backfill_owner;
         DO $$ DECLARE t regclass; BEGIN FOR t IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
           EXECUTE format('ALTER TABLE %s OWNER TO backfill_owner; ALTER TABLE %s ENABLE ROW LEVEL SECURITY; ALTER TABLE %s FORCE ROW LEVEL SECURITY', t, t, t);
         END LOOP; END $$",
    );
    let url = server.url("backfill_owner", &scene.database);
    let scene = Scene { url, ..scene };
    let said = scene.patched(&[]);
    assert!(said.contains("could not be measured: query would be affected by row-level security policy"), "{said}");
    assert!(said.contains("column public.Tasks.tenant_id (not null)"), "{said}");
    assert!(!said.contains("gets its tenants by"), "{said}");
}

#[test]
fn a_key_that_the_rows_refuse_is_left_with_the_count() {
    let Some(server) = server::shared() else { return };
    let toml = format!("{TOML}\n[backfill]\nitems = \"projects via project_id\"\n");
    let declared = "CREATE TABLE items (tenant_id uuid NOT NULL REFERENCES tenants, id int PRIMARY KEY, project_id int REFERENCES projects, name text,
           UNIQUE (tenant_id, name), UNIQUE (tenant_id, id));
         CREATE TABLE uses (id int PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenants, item_id int, FOREIGN KEY (tenant_id, item_id) REFERENCES items (tenant_id, id));
         CREATE INDEX ON uses (tenant_id);
         ALTER TABLE items ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON items TO backfill_app USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
         ALTER TABLE uses ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON uses TO backfill_app USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));";
    let present = format!(
        "CREATE TABLE items (id int PRIMARY KEY, project_id int REFERENCES projects, name text);
         CREATE TABLE uses (id int PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenants, item_id int);
         CREATE INDEX ON uses (tenant_id);
         ALTER TABLE uses ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON uses TO backfill_app USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
         INSERT INTO tenants VALUES ('{A}'), ('{B}');
         INSERT INTO projects VALUES (0, '{A}'), (1, '{B}');
         INSERT INTO items VALUES (1, 0, 'same'), (2, 0, 'same'), (3, 1, 'same');
         INSERT INTO uses VALUES (1, '{A}', 1), (2, '{A}', 3), (3, '{B}', 3)"
    );
    let (expected, actual) = (format!("{}{declared}", schema(true)), format!("{}{present}", schema(true)));
    let scene = Scene::of_sql(server, "backfill_unready", &toml, &expected, &actual);
    let said = scene.patched(&[]);
    assert!(
        said.contains(
            "unique public.items.items_tenant_id_name_key: 1 value of (tenant_id, name) occurs in several rows"
        ),
        "{said}"
    );
    assert!(said.contains("1 row of public.uses names by (tenant_id, item_id) what is not in public.items"), "{said}");
    assert!(!said.contains("items_tenant_id_id_key"), "{said}");
    scene.apply("patch.sql");
    assert_eq!(scene.sql("SELECT count(*) FROM pg_constraint WHERE conname = 'items_tenant_id_id_key'"), "1");
    // Corrected, the next patch brings the rest.
    scene.sql(&format!("UPDATE items SET name = 'other' WHERE id = 2; UPDATE uses SET tenant_id = '{B}' WHERE id = 2"));
    let said = scene.patched(&[]);
    assert!(said.contains("nothing is left"), "{said}");
    scene.apply("patch.sql");
    scene.is_clean();
}

#[test]
fn a_way_that_leads_nowhere_is_refused_in_words() {
    let Some(server) = server::shared() else { return };
    let scene = chain(server, "backfill_words", 4);
    for (way, words) in [
        ("nothing via project_id", "there is no table nothing"),
        ("projects via other", "public.Tasks has no column other"),
        ("lists via project_id", "the rows of public.lists have no tenant themselves"),
        ("projects via name", "nothing says which column of public.projects the column name names"),
    ] {
        let output = scene.fix(&["--backfill", &format!("Tasks={way}")]);
        assert_eq!(output.status.code(), Some(2), "{way}");
        assert!(common::stderr(&output).contains(words), "{way}: {}", common::stderr(&output));
    }
    let said =
        scene.patched(&["--backfill", "Tasks=sql: (SELECT p.tenant_id FROM projects p WHERE p.id = project_id)"]);
    assert!(said.contains("nothing is left"), "{said}");
    scene.apply("patch.sql");
    is_right(&scene, 4);
}
