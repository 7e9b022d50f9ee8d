//! The structural proof on expressions as a server prints them: each becomes a
//! policy, all are judged in one reading, and what is not implied names the arm
//! that escapes.

use std::collections::BTreeMap;

use crate::common::mutation::Bench;
use crate::common::server;
use drift::pg::connect::Target;
use drift::scratch::Engine;
use drift::tenancy::RuleFinding;

const BEFORE: &str = "
    CREATE FUNCTION app.mine() RETURNS uuid LANGUAGE sql STABLE AS 'SELECT app.account_id()';
    CREATE FUNCTION app.mine_plpgsql() RETURNS uuid LANGUAGE plpgsql STABLE AS 'BEGIN RETURN app.account_id(); END';
    CREATE FUNCTION app.mine_atomic() RETURNS uuid LANGUAGE sql STABLE RETURN app.account_id();
    CREATE FUNCTION app.is_mine(account uuid) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT account = app.account_id()';
    CREATE FUNCTION app.is_mine_numbered(uuid) RETURNS boolean LANGUAGE sql STABLE
      BEGIN ATOMIC SELECT $1 = app.account_id(); END;
    CREATE FUNCTION app.may_enter(p_account uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS
      'SELECT EXISTS (SELECT 1 FROM public.memberships m WHERE m.account_id = p_account AND m.user_id = app.user_id())';
    CREATE FUNCTION app.may_enter_or_staff(p_account uuid) RETURNS boolean LANGUAGE sql STABLE AS
      'SELECT p_account = app.account_id() OR current_setting(''app.staff'', true) = ''yes''';
    CREATE FUNCTION app.captured(account_id uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS
      'SELECT EXISTS (SELECT 1 FROM public.memberships m WHERE m.account_id = account_id AND m.user_id = app.user_id())';
    CREATE FUNCTION app.my_accounts() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER AS
      'SELECT m.account_id FROM public.memberships m WHERE m.user_id = app.user_id()';
    CREATE FUNCTION app.anybodys() RETURNS SETOF uuid LANGUAGE sql STABLE AS 'SELECT m.account_id FROM public.memberships m';
    CREATE FUNCTION app.definer_sees(p_project uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS
      'SELECT EXISTS (SELECT 1 FROM public.projects p WHERE p.account_id = p_project)';
    CREATE FUNCTION app.opaque(account uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS
      'BEGIN IF account = app.account_id() THEN RETURN true; END IF; RETURN true; END';
    CREATE TABLE public.notes (account_id uuid NOT NULL, task_id uuid NOT NULL, note text, loose_account uuid);
    CREATE TABLE public.plain_tasks (id uuid PRIMARY KEY, account_id uuid NOT NULL, UNIQUE (account_id, id));
    ALTER TABLE public.tasks ADD COLUMN plain_id uuid NOT NULL, ADD COLUMN loose_id uuid NOT NULL, ADD COLUMN maybe uuid,
      ADD FOREIGN KEY (account_id, plain_id) REFERENCES public.plain_tasks (account_id, id),
      ADD FOREIGN KEY (loose_id) REFERENCES public.plain_tasks (id);
";

/// Only true for rows of the account that asks, or of those the user is in.
const IMPLIED: &[&str] = &[
    "account_id = app.account_id()",
    "app.account_id() = account_id",
    "account_id = (select app.account_id())",
    "(select app.account_id()) = tasks.account_id",
    "account_id::text = (select app.account_id())::text",
    "account_id = app.account_id() AND title = 'x'",
    "title = 'x' AND (status = 'open' AND account_id = app.account_id())",
    "(account_id = app.account_id() AND title = 'x') OR (account_id = app.account_id() AND title = 'y')",
    "account_id IN (app.account_id())",
    "account_id = ANY (ARRAY[app.account_id()])",
    "account_id = ANY (ARRAY[app.account_id(), NULL])",
    "account_id IN (SELECT app.account_id())",
    "(account_id = app.account_id()) IS TRUE",
    "COALESCE(account_id = app.account_id(), false)",
    "(account_id = app.account_id()) = true",
    "NOT (account_id <> app.account_id())",
    "NOT (account_id IS DISTINCT FROM app.account_id())",
    "account_id IS NOT DISTINCT FROM app.account_id()",
    "NOT (account_id <> app.account_id() OR title = 'x')",
    "NOT (account_id NOT IN (app.account_id()))",
    "(account_id <> app.account_id()) IS FALSE",
    "CASE WHEN account_id = app.account_id() THEN true ELSE false END",
    "CASE WHEN account_id = app.account_id() THEN title = 'x' END",
    "CASE WHEN title = 'x' THEN account_id = app.account_id() ELSE account_id = app.account_id() AND due_on IS NULL END",
    "CASE app.account_id() WHEN account_id THEN true END",
    "account_id = NULLIF(current_setting('app.account_id', true), '')::uuid",
    "account_id = (SELECT NULLIF(current_setting('app.account_id', true), '')::uuid)",
    "account_id = app.mine()",
    "account_id = (select app.mine_plpgsql())",
    "account_id = app.mine_atomic()",
    "app.is_mine(account_id)",
    "app.is_mine_numbered(account_id)",
    "app.may_enter(account_id)",
    "account_id IN (SELECT app.my_accounts())",
    "account_id = ANY (ARRAY(SELECT app.my_accounts()))",
    "account_id IN (SELECT m.account_id FROM memberships m WHERE m.user_id = app.user_id())",
    "account_id IN (SELECT m.account_id FROM memberships m WHERE m.user_id = (select app.user_id()) AND m.role = 'admin')",
    "EXISTS (SELECT 1 FROM memberships m WHERE m.account_id = tasks.account_id AND m.user_id = app.user_id())",
    "EXISTS (SELECT FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.account_id = tasks.account_id AND u.id = app.user_id())",
    "EXISTS (SELECT 1 FROM organizations o WHERE o.id = tasks.account_id AND o.id = app.account_id())",
    // Row security of the parent shows the asking account's rows alone.
    "EXISTS (SELECT 1 FROM projects p WHERE p.account_id = tasks.account_id AND p.id = tasks.project_id)",
    "(account_id, project_id) IN (SELECT p.account_id, p.id FROM projects p)",
    // The parent's key finds one row, and the foreign key carries the account.
    "EXISTS (SELECT 1 FROM plain_tasks p WHERE p.id = tasks.plain_id AND p.account_id = app.account_id())",
    "plain_id IN (SELECT p.id FROM plain_tasks p WHERE p.account_id = app.account_id())",
    "EXISTS (SELECT 1 FROM labels l WHERE l.account_id = app.account_id() AND tasks.account_id = l.account_id)",
    "ROW(account_id, title) = ROW(app.account_id(), 'x'::text)",
    "account_id = app.account_id() OR false",
    "account_id = app.account_id() OR 1 = 2",
    "account_id = app.account_id() OR account_id IS NULL",
    "account_id = app.account_id() AND (title = 'x' OR due_on IS NULL)",
    "account_id = app.account_id() AND app.opaque(account_id)",
    "false",
    "NULL::boolean",
];

/// Also true elsewhere, and where: `code`, then what the message must end with.
const ESCAPING: &[(&str, &str, &str)] = &[
    ("true", "policy-always-true", "USING is true"),
    ("1 = 1", "policy-always-true", "USING is 1 = 1"),
    ("account_id IS NOT NULL", "policy-always-true", "USING is account_id IS NOT NULL"),
    ("account_id = account_id", "policy-always-true", "USING is account_id = account_id"),
    ("account_id = app.account_id() OR true", "policy-always-true", "USING is true"),
    ("title = 'x'", "policy-ignores-tenant", "only title = 'x'"),
    ("app.account_id() IS NOT NULL", "policy-ignores-tenant", "only app.account_id() IS NOT NULL"),
    ("app.user_id() = assignee_id", "policy-ignores-tenant", "only app.user_id() = assignee_id"),
    ("account_id = app.account_id() OR title = 'zz'", "policy-not-implying-tenant", "true where title = 'zz'"),
    (
        "due_on IS NULL AND (account_id = (select app.account_id()) OR title LIKE 'public%')",
        "policy-not-implying-tenant",
        "true where title ~~ 'public%'",
    ),
    (
        "account_id = app.account_id() OR title = 'a' OR title = 'b'",
        "policy-not-implying-tenant",
        "true where title = 'a' or title = 'b'",
    ),
    (
        "account_id = app.account_id() OR app.account_id() IS NULL",
        "policy-not-implying-tenant",
        "app.account_id() IS NULL",
    ),
    (
        "maybe = app.account_id() OR account_id = app.account_id()",
        "policy-not-implying-tenant",
        "maybe = app.account_id()",
    ),
    ("account_id <> app.account_id()", "policy-not-implying-tenant", "true where account_id <> app.account_id()"),
    (
        "NOT (account_id = app.account_id())",
        "policy-not-implying-tenant",
        "true where NOT account_id = app.account_id()",
    ),
    (
        "NOT (account_id <> app.account_id() AND title = 'x')",
        "policy-not-implying-tenant",
        "true where NOT title = 'x'",
    ),
    ("account_id >= app.account_id()", "policy-not-implying-tenant", "true where account_id >= app.account_id()"),
    (
        "COALESCE(account_id = app.account_id(), true)",
        "policy-not-implying-tenant",
        "true where COALESCE(account_id = app.account_id(), true)",
    ),
    (
        "(account_id = app.account_id()) IS NOT FALSE",
        "policy-not-implying-tenant",
        "true where (account_id = app.account_id()) IS NOT FALSE",
    ),
    ("account_id IN (app.account_id(), '00000000-0000-0000-0000-000000000000')", "policy-not-implying-tenant", ")"),
    ("account_id = app.user_id()", "policy-not-implying-tenant", "true where account_id = app.user_id()"),
    (
        "account_id = current_setting('app.other', true)::uuid",
        "policy-not-implying-tenant",
        "true where account_id = current_setting('app.other', true)::uuid",
    ),
    ("left(account_id::text, 8) = left(app.account_id()::text, 8)", "policy-not-implying-tenant", ", 8)"),
    ("account_id::varchar(3) = app.account_id()::varchar(3)", "policy-not-implying-tenant", ""),
    (
        "account_id IN (SELECT m.account_id FROM memberships m)",
        // What a session sees of memberships is its own account's: that table's policy says so.
        "",
        "",
    ),
    ("account_id IN (SELECT app.anybodys())", "", ""),
    (
        "EXISTS (SELECT 1 FROM memberships m WHERE m.user_id = app.user_id())",
        "policy-ignores-tenant",
        "(SELECT 1 FROM public.memberships m WHERE (m.user_id = app.user_id()))",
    ),
    (
        "EXISTS (SELECT 1 FROM notes n WHERE n.account_id = tasks.account_id)",
        "policy-not-implying-tenant",
        "(SELECT 1 FROM public.notes n WHERE (n.account_id = tasks.account_id))",
    ),
    // Another account's project may have the same id: its key has two columns.
    (
        "EXISTS (SELECT 1 FROM plain_tasks p WHERE p.id = tasks.loose_id AND p.account_id = app.account_id())",
        "policy-ignores-tenant",
        "))",
    ),
    (
        "EXISTS (SELECT count(*) FROM organizations o WHERE o.id = tasks.account_id AND o.id = app.account_id())",
        "policy-not-implying-tenant",
        "))",
    ),
    (
        "EXISTS (SELECT 1 FROM organizations o WHERE o.id = tasks.account_id AND o.id = app.account_id() UNION SELECT 1)",
        "policy-not-implying-tenant",
        ")",
    ),
    (
        "EXISTS (SELECT 1 FROM notes n LEFT JOIN organizations o ON o.id = tasks.account_id AND o.id = app.account_id())",
        "policy-not-implying-tenant",
        ")",
    ),
    ("app.definer_sees(account_id)", "policy-not-implying-tenant", "app.definer_sees(account_id)"),
    (
        "app.may_enter_or_staff(account_id)",
        "policy-not-implying-tenant",
        "true where current_setting('app.staff', true) = 'yes' (in app.may_enter_or_staff(account_id))",
    ),
    // In a function's body a column goes before a parameter of its name.
    ("app.captured(account_id)", "policy-not-implying-tenant", "true where app.captured(account_id)"),
    ("app.opaque(account_id)", "policy-not-implying-tenant", "true where app.opaque(account_id)"),
    (
        "CASE WHEN title = 'x' THEN true ELSE account_id = app.account_id() END",
        "policy-not-implying-tenant",
        "true where CASE WHEN title = 'x' THEN true ELSE account_id = app.account_id() END",
    ),
    (
        "account_id = ANY (string_to_array(current_setting('app.accounts', true), ',')::uuid[])",
        "policy-not-implying-tenant",
        "",
    ),
    (
        "account_id = COALESCE(app.account_id(), '00000000-0000-0000-0000-000000000000')",
        "context-fallback",
        "did not say",
    ),
    ("account_id = COALESCE(app.account_id(), account_id)", "context-fallback", "did not say"),
    ("tasks IS NOT NULL", "policy-not-implying-tenant", ""),
    (
        "(account_id = app.account_id()) OR (SELECT current_setting('app.debug', true) = '1')",
        "policy-not-implying-tenant",
        "'1'",
    ),
];

/// Rules that do not judge what a policy lets through.
const ASIDE: &[&str] = &["policy-initplan", "policy-many-permissive", "context-empty-string"];

async fn judged(bench: &Bench, expressions: &[&str]) -> BTreeMap<usize, RuleFinding> {
    let mut sql = BEFORE.to_owned();
    for (number, expression) in expressions.iter().enumerate() {
        sql += &format!("CREATE POLICY p{number} ON public.tasks FOR SELECT TO app_user USING ({expression});\n");
    }
    let mut judged = BTreeMap::new();
    for finding in bench.findings(&sql).await {
        let number = finding.object.name.strip_prefix('p').and_then(|number| number.parse().ok());
        if let (Some(number), false) = (number, ASIDE.contains(&finding.code)) {
            let other = judged.insert(number, finding.clone());
            assert!(other.is_none(), "{} is told twice: {finding:?} {other:?}", expressions[number]);
        }
    }
    judged
}

async fn proves_and_names(bench: &Bench) {
    let found = judged(bench, IMPLIED).await;
    let wrong: Vec<String> =
        found.iter().map(|(n, f)| format!("{}\n    {}: {}", IMPLIED[*n], f.code, f.message)).collect();
    assert!(wrong.is_empty(), "implied, and yet told:\n{}", wrong.join("\n"));

    let expressions: Vec<&str> = ESCAPING.iter().map(|(expression, ..)| *expression).collect();
    let found = judged(bench, &expressions).await;
    let mut wrong = Vec::new();
    for (number, (expression, code, end)) in ESCAPING.iter().enumerate() {
        let (said, message) = found.get(&number).map_or(("", ""), |f| (f.code, f.message.as_str()));
        if said != *code || !message.ends_with(end) {
            wrong.push(format!("{expression}\n    expected {code}: … {end}\n    got      {said}: {message}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), ESCAPING.len(), wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_implied_is_silent_and_what_escapes_is_named() {
    let bench = Bench::open("tests/schemas/organizations").await;
    proves_and_names(&bench).await;
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_server_prints_nothing_that_is_judged_otherwise() {
    let Some(server) = server::start() else { return };
    let engine = Engine::Server(Target::parse(&server.url("postgres", "postgres")).unwrap());
    let bench = Bench::open_on(Some(&engine), "tests/schemas/organizations", |_| {}).await;
    proves_and_names(&bench).await;
    bench.close().await;
}
