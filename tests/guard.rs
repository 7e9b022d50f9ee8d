//! Guards: what policies let through is closed by restrictive policies of
//! drift's own, proved like every repair, and no drift afterwards.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use crate::common;
use crate::common::server;

const SPEC: &str = "tests/schemas/organizations";

/// The declared schema with a change on top.
fn changed(directory: &Path, sql: &str) -> PathBuf {
    let actual = directory.join("actual");
    fs::create_dir(&actual).unwrap();
    for entry in fs::read_dir(common::root().join(SPEC)).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "sql") {
            fs::copy(&path, actual.join(path.file_name().unwrap())).unwrap();
        }
    }
    fs::write(actual.join("90_change.sql"), sql).unwrap();
    actual
}

/// The report of a check, without the source's name.
fn check(actual: &Path) -> String {
    let output = common::drift(&["check", actual.to_str().unwrap(), "--spec", SPEC]);
    common::stdout(&output).replace(actual.to_str().unwrap(), "ACTUAL")
}

fn fix(actual: &Path, more: &[&str], patch: &Path) -> String {
    let mut arguments = vec!["fix", "--additive", actual.to_str().unwrap(), "--spec", SPEC, "--output"];
    arguments.push(patch.to_str().unwrap());
    arguments.extend(more);
    let output = common::drift(&arguments);
    assert!(output.status.success(), "{}", common::stderr(&output));
    common::stderr(&output).replace(patch.to_str().unwrap(), "PATCH")
}

const HOLES: &str = "\
ALTER POLICY tasks_select ON public.tasks USING (account_id = (SELECT app.account_id()) OR title = 'zz');
CREATE POLICY open ON public.labels TO app_user USING (true);
ALTER POLICY templates_update ON public.templates
  USING (account_id = (SELECT app.account_id()) OR is_public) WITH CHECK (account_id = (SELECT app.account_id()) OR is_public);
ALTER POLICY projects_update ON public.projects WITH CHECK (true);
ALTER POLICY project_members_delete ON public.project_members USING (user_id = (SELECT app.user_id()));
CREATE POLICY join_in ON public.memberships FOR INSERT TO app_user WITH CHECK (user_id = (SELECT app.user_id()));
GRANT INSERT ON public.memberships TO app_user;
";

const ISOLATION: [&str; 6] = [
    "policy-always-true",
    "policy-not-implying-tenant",
    "policy-ignores-tenant",
    "check-weaker-than-using",
    "shared-write-widening",
    "policy-null-tenant-visible",
];

#[test]
fn a_guard_closes_what_policies_let_through() {
    let directory = tempfile::tempdir().unwrap();
    let actual = changed(directory.path(), HOLES);
    let golden = |name: &str| common::root().join("tests/golden").join(name);
    common::golden(&golden("guard-before.txt"), &check(&actual));

    // Nobody asked: nothing is added.
    let patch = directory.path().join("without.sql");
    fix(&actual, &[], &patch);
    assert!(!patch.exists(), "a patch that nobody asked for");

    let patch = directory.path().join("patch.sql");
    let said = fix(&actual, &["--guard"], &patch);
    common::golden(&golden("guard-fix.txt"), &said);
    let sql = fs::read_to_string(&patch).unwrap();
    common::golden(&golden("guard-patch.sql"), drift::plan::seal::unsealed(&sql));
    assert!(!sql.contains("ON public.memberships"), "memberships of other tenants must stay visible to their users");

    fs::copy(&patch, actual.join("91_patch.sql")).unwrap();
    let after = check(&actual);
    common::golden(&golden("guard-after.txt"), &after);
    for code in ISOLATION {
        assert!(!after.contains(code), "{code} is still there:\n{after}");
    }
    assert!(!after.contains("drift_guard"), "a guard is drift:\n{after}");
}

#[test]
fn a_guard_in_its_stock_form_is_no_drift_and_in_another_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let stock = "CREATE POLICY drift_guard ON public.labels AS RESTRICTIVE TO app_user \
                 USING (account_id = (SELECT app.account_id())) WITH CHECK (account_id = (SELECT app.account_id()));\n\
                 COMMENT ON POLICY drift_guard ON public.labels IS \
                 'Made by drift: keeps the rows of each tenant to it, whatever other policies say.';\n";
    let actual = changed(directory.path(), stock);
    let said = check(&actual);
    assert!(said.starts_with("no drift"), "{said}");
    fs::write(actual.join("91_edit.sql"), "ALTER POLICY drift_guard ON public.labels USING (true);").unwrap();
    let said = check(&actual);
    assert!(said.contains("error[policy-changed]: policy public.labels.drift_guard differs in using"), "{said}");
    // A policy that only looks like one is somebody's.
    let other = tempfile::tempdir().unwrap();
    let actual = changed(other.path(), "CREATE POLICY drift_guarded ON public.labels AS RESTRICTIVE USING (true);");
    let said = check(&actual);
    assert!(said.contains("policy-unexpected") && said.contains("drift_guarded"), "{said}");
}

#[test]
fn what_the_declared_sql_repairs_needs_no_guard() {
    let directory = tempfile::tempdir().unwrap();
    let spec = changed(directory.path(), "");
    fs::copy(common::root().join(SPEC).join("drift.toml"), spec.join("drift.toml")).unwrap();
    let open = "CREATE POLICY open ON public.labels TO app_user USING (true);\n";
    let narrow = "CREATE POLICY narrow ON public.labels AS RESTRICTIVE TO app_user USING (account_id = (SELECT app.account_id()));\n";
    fs::write(spec.join("90_change.sql"), format!("{open}{narrow}")).unwrap();
    let below = tempfile::tempdir().unwrap();
    let actual = changed(below.path(), open);
    let (spec, actual) = (spec.to_str().unwrap(), actual.to_str().unwrap());
    let said = common::stdout(&common::drift(&["check", actual, "--spec", spec]));
    assert!(said.contains("error[policy-always-true]"), "{said}");
    assert!(said.contains("additive repair: yes") && said.contains("with it: policy narrow"), "{said}");
    assert!(!said.contains("policy-missing"), "one fact is told twice:\n{said}");
    let patch = below.path().join("patch.sql");
    let arguments = ["fix", "--additive", actual, "--spec", spec, "--output", patch.to_str().unwrap()];
    assert!(common::drift(&arguments).status.success());
    let sql = fs::read_to_string(&patch).unwrap();
    assert!(sql.contains("CREATE POLICY narrow") && !sql.contains("drift_guard"), "{sql}");
}

/// Two organizations with a task each, of which one has the title that escapes.
const ROWS: &str = "\
INSERT INTO countries VALUES ('NL', 'Netherlands');
INSERT INTO organizations (id, slug, name, country) VALUES
  ('00000000-0000-0000-0000-00000000000a', 'a', 'A', 'NL'), ('00000000-0000-0000-0000-00000000000b', 'b', 'B', 'NL');
INSERT INTO projects (account_id, id, name) SELECT id, id, slug FROM organizations;
INSERT INTO tasks (account_id, id, project_id, title) SELECT id, id, id, 'zz' FROM organizations;
INSERT INTO templates (account_id, name, body, is_public) SELECT id, slug, 'x', true FROM organizations;
";

/// What organization A sees and changes: tasks, templates, templates changed.
const AS_A: [&str; 5] = [
    "BEGIN",
    "SET LOCAL app.account_id = '00000000-0000-0000-0000-00000000000a'",
    "SET LOCAL ROLE app_user",
    "WITH changed AS (UPDATE templates SET body = 'y' RETURNING 1)
     SELECT (SELECT count(*) FROM tasks), (SELECT count(*) FROM templates), (SELECT count(*) FROM changed)",
    "ROLLBACK",
];

#[test]
fn a_guard_holds_on_a_real_server() {
    let Some(server) = server::shared() else { return };
    let directory = tempfile::tempdir().unwrap();
    let actual = changed(directory.path(), HOLES);
    let patch = directory.path().join("patch.sql");
    fix(&actual, &["--guard"], &patch);
    let url = server.database("guarded");
    server.load("guarded", &actual);
    server.psql("guarded", &["-c", ROWS]);
    let seen = || {
        let arguments: Vec<&str> = AS_A.iter().flat_map(|statement| ["-c", statement]).collect();
        server.psql("guarded", &arguments).trim().to_owned()
    };
    // The other's task, both templates, and both of them changed.
    assert_eq!(seen(), "2|2|2");
    server.psql("guarded", &["-f", patch.to_str().unwrap()]);
    assert_eq!(seen(), "1|2|1", "one's own task, what is shared to be read, and one's own template");
    let after = common::stdout(&common::drift(&["check", &url, "--spec", SPEC]));
    assert!(ISOLATION.iter().all(|code| !after.contains(code)) && !after.contains("drift_guard"), "{after}");
}
