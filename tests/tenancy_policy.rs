//! Holes in policies, seeded into two schemas that have nothing in common, and
//! near-misses: what looks like a hole and is none.

use crate::common;
use crate::common::mutation::Bench;
use crate::common::mutation::Case;

/// The same hole in either schema: its words, and what it is about.
struct Words {
    /// A table that is owned, with a text column and its four policies.
    table: &'static str,
    text: &'static str,
    column: &'static str,
    context: &'static str,
    role: &'static str,
    /// A shareable table and its `UPDATE` policy.
    shared: &'static str,
    shared_update: &'static str,
    read: &'static str,
    member: &'static str,
    user: &'static str,
    /// The policies of the owned table by command.
    policies: [&'static str; 4],
    /// Where helper functions are made.
    schema: &'static str,
    /// The function that is the context, and the body it has.
    function: &'static str,
}

const OWN: Words = Words {
    table: "rag_knowledge_chunks",
    text: "content",
    column: "tenant_id",
    context: "(select public.get_current_tenant_id())",
    role: "authenticated",
    shared: "tools",
    shared_update: "tools_update_own_tenant",
    read: "(is_shared AND (sharing_mode = 'global' OR (select public.get_current_tenant_id()) = ANY (shared_with)))",
    member: "user_tenants",
    user: "(select auth.uid())",
    policies: [
        "rag_knowledge_chunks_select_own_tenant",
        "rag_knowledge_chunks_insert_own_tenant",
        "rag_knowledge_chunks_update_own_tenant",
        "rag_knowledge_chunks_delete_own_tenant",
    ],
    schema: "public",
    function: "public.get_current_tenant_id()",
};

const ORGANIZATIONS: Words = Words {
    table: "tasks",
    text: "title",
    column: "account_id",
    context: "(select app.account_id())",
    role: "app_user",
    shared: "templates",
    shared_update: "templates_update",
    read: "is_public",
    member: "memberships",
    user: "(select app.user_id())",
    policies: ["tasks_select", "tasks_insert", "tasks_update", "tasks_delete"],
    schema: "app",
    function: "app.account_id()",
};

/// A template with the words of a schema.
fn fill(text: &str, words: &Words) -> String {
    let [select, insert, update, delete] = words.policies;
    let pairs = [
        ("{table}", words.table),
        ("{text}", words.text),
        ("{column}", words.column),
        ("{own}", &format!("{} = {}", words.column, words.context)),
        ("{context}", words.context),
        ("{role}", words.role),
        ("{shared}", words.shared),
        ("{shared_update}", words.shared_update),
        ("{read}", words.read),
        ("{member}", words.member),
        ("{user}", words.user),
        ("{select}", select),
        ("{insert}", insert),
        ("{update}", update),
        ("{delete}", delete),
        ("{schema}", words.schema),
        ("{function}", words.function),
    ];
    pairs.iter().fold(text.to_owned(), |text, (name, word)| text.replace(name, word))
}

/// What: the change, and what it must add. Nothing: a near-miss.
type Row = (&'static str, &'static str, &'static [&'static str]);

const HOLES: &[Row] = &[
    // Open to everybody.
    ("true for SELECT", "ALTER POLICY {select} ON {table} USING (true)", &["policy-always-true public.{table}.{select}"]),
    ("1 = 1", "ALTER POLICY {delete} ON {table} USING (1 = 1)", &["policy-always-true public.{table}.{delete}"]),
    (
        "another policy, for all, is true",
        "CREATE POLICY open ON {table} TO {role} USING (true)",
        &["policy-always-true public.{table}.open"],
    ),
    (
        "true through an inherited role",
        "CREATE ROLE staff; ALTER ROLE {role} INHERIT; GRANT staff TO {role}; CREATE POLICY open ON {table} TO staff USING (true)",
        &["policy-always-true public.{table}.open"],
    ),
    ("INSERT of anything", "ALTER POLICY {insert} ON {table} WITH CHECK (true)", &["policy-always-true public.{table}.{insert}"]),
    // Asks something else.
    ("no tenant", "ALTER POLICY {select} ON {table} USING ({text} <> '')", &["policy-ignores-tenant public.{table}.{select}"]),
    (
        "anybody who has signed in",
        "ALTER POLICY {select} ON {table} USING ({user} IS NOT NULL)",
        &["policy-ignores-tenant public.{table}.{select}"],
    ),
    (
        "an arm that escapes",
        "ALTER POLICY {select} ON {table} USING ({own} OR {text} = 'zz')",
        &["policy-not-implying-tenant public.{table}.{select}"],
    ),
    (
        "no session is every session",
        "ALTER POLICY {delete} ON {table} USING ({own} OR {context} IS NULL)",
        &["policy-not-implying-tenant public.{table}.{delete}"],
    ),
    // Written rows.
    (
        "a weaker check",
        "ALTER POLICY {update} ON {table} WITH CHECK (true)",
        &["check-weaker-than-using public.{table}.{update}"],
    ),
    (
        "a check of something else",
        "ALTER POLICY {update} ON {table} WITH CHECK ({text} <> '')",
        &["check-weaker-than-using public.{table}.{update}"],
    ),
    (
        "what is shared can be changed",
        "ALTER POLICY {shared_update} ON {shared} USING ({own} OR {read})",
        &["shared-write-widening public.{shared}.{shared_update}"],
    ),
    (
        "what is shared can be written as another's",
        "ALTER POLICY {shared_update} ON {shared} WITH CHECK ({own} OR {read})",
        &["shared-write-widening public.{shared}.{shared_update}"],
    ),
    (
        "one policy for all shares writes too",
        "CREATE POLICY everything ON {shared} TO {role} USING ({own} OR {read}) WITH CHECK ({own})",
        &["shared-write-widening public.{shared}.everything"],
    ),
    // Privileges and policies do not fit.
    ("no policy for DELETE", "DROP POLICY {delete} ON {table}", &["command-uncovered public.{table}"]),
    (
        "an INSERT policy that says nothing admits nothing",
        "DROP POLICY {insert} ON {table}; CREATE POLICY {insert} ON {table} FOR INSERT TO {role}",
        &["command-uncovered public.{table}"],
    ),
    (
        "one more policy for the same command",
        "CREATE POLICY again ON {table} FOR SELECT TO {role} USING ({own} AND {text} <> '')",
        &["policy-many-permissive public.{table}"],
    ),
    // Membership.
    (
        "users let themselves in",
        "GRANT INSERT ON {member} TO {role}; CREATE POLICY join_in ON {member} FOR INSERT TO {role} WITH CHECK (user_id = {user})",
        &["membership-self-service public.{member}.join_in"],
    ),
    (
        "members promote themselves",
        "GRANT UPDATE ON {member} TO {role};
         CREATE TRIGGER keep BEFORE UPDATE ON {member} FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
         CREATE POLICY promote ON {member} FOR UPDATE TO {role} USING (user_id = {user} AND {own})",
        &["membership-self-service public.{member}.promote", "tenant-column-mutable public.{member}.{column}"],
    ),
    // Recursion, as the server sees it.
    (
        "a table asks itself",
        "ALTER POLICY {select} ON {table} USING ({own} AND EXISTS (SELECT 1 FROM {table} x WHERE x.{column} = {table}.{column}))",
        &["policy-recursive public.{table}"],
    ),
    (
        "two tables ask each other",
        "ALTER POLICY {select} ON {table} USING ({own} AND EXISTS (SELECT 1 FROM {shared} x WHERE x.{column} = {table}.{column}));
         CREATE POLICY back ON {shared} AS RESTRICTIVE FOR SELECT TO {role}
           USING ({own} AND EXISTS (SELECT 1 FROM {table} x WHERE x.{column} = {shared}.{column}))",
        &["policy-recursive public.{table}"],
    ),
    (
        "a check asks its own table, whose policy holds a sub-select",
        "ALTER POLICY {insert} ON {table} WITH CHECK ({own} AND EXISTS (SELECT 1 FROM {table} x WHERE x.{column} = {table}.{column}))",
        &["policy-recursive public.{table}"],
    ),
    (
        "through a function with the caller's rights",
        "CREATE FUNCTION {schema}.asks(tenant uuid) RETURNS boolean LANGUAGE sql STABLE AS
           'SELECT EXISTS (SELECT 1 FROM public.{table} x WHERE x.{column} = tenant)';
         ALTER POLICY {select} ON {table} USING ({own} AND {schema}.asks({column}))",
        &["policy-recursive public.{table}"],
    ),
    // How the session is asked.
    ("once for every row", "ALTER POLICY {select} ON {table} USING ({column} = {function})", &["policy-initplan public.{table}.{select}"]),
    (
        "a setting that must be there",
        "ALTER POLICY {select} ON {table} USING ({own} AND {text} <> (select current_setting('app.word')))",
        &["context-not-missing-ok public.{table}.{select}"],
    ),
    (
        "a setting that may be empty",
        "ALTER POLICY {select} ON {table} USING ({own} AND 1 < (select current_setting('app.level', true)::int))",
        &["context-empty-string public.{table}.{select}"],
    ),
    (
        "a fallback in a policy",
        "ALTER POLICY {select} ON {table} USING ({column} = COALESCE({context}, '00000000-0000-0000-0000-000000000000'))",
        &["context-fallback public.{table}.{select}"],
    ),
    (
        "a fallback to the row's own tenant",
        "ALTER POLICY {select} ON {table} USING ({column} = COALESCE({context}, {column}))",
        &["context-fallback public.{table}.{select}"],
    ),
    (
        "a fallback in the context itself",
        "CREATE OR REPLACE FUNCTION {function} RETURNS uuid LANGUAGE sql STABLE AS
           $$ SELECT coalesce(nullif(current_setting('app.account_id', true), ''), '00000000-0000-0000-0000-000000000000')::uuid $$",
        &["context-fallback {function}"],
    ),
    (
        "a context that fails",
        "CREATE OR REPLACE FUNCTION {function} RETURNS uuid LANGUAGE plpgsql STABLE AS
           $$ BEGIN RETURN nullif(current_setting('app.account_id'), '')::uuid; END $$",
        &["context-not-missing-ok {function}"],
    ),
    (
        "a context that is empty after a transaction",
        "CREATE OR REPLACE FUNCTION {function} RETURNS uuid LANGUAGE sql STABLE AS
           $$ SELECT current_setting('app.account_id', true)::uuid $$",
        &["context-empty-string {function}"],
    ),
    (
        "a claim that users write",
        "ALTER POLICY {select} ON {table} USING ({column} = (select
           current_setting('request.jwt.claims', true)::jsonb -> 'user_metadata' ->> 'tenant')::uuid)",
        &["policy-user-metadata public.{table}.{select}", "context-empty-string public.{table}.{select}"],
    ),
    (
        "a context that users write",
        "CREATE OR REPLACE FUNCTION {function} RETURNS uuid LANGUAGE sql STABLE AS
           $$ SELECT (nullif(current_setting('request.jwt.claims', true), '')::jsonb #>> '{user_metadata,tenant_id}')::uuid $$",
        &["policy-user-metadata {function}"],
    ),
    // Functions that policies trust.
    (
        "the context can be replaced",
        "GRANT CREATE ON SCHEMA {schema} TO {role}; ALTER FUNCTION {function} OWNER TO {role}; REVOKE CREATE ON SCHEMA {schema} FROM {role}",
        &["policy-function-untrusted {function}"],
    ),
    (
        "what the context names can be shadowed",
        "ALTER FUNCTION {function} RESET search_path; GRANT CREATE ON SCHEMA {schema} TO {role}",
        &["policy-function-untrusted {function}"],
    ),
    (
        "the context is volatile",
        "ALTER FUNCTION {function} VOLATILE",
        &["policy-function-untrusted {function}"],
    ),
];

const NEAR_MISSES: &[Row] = &[
    ("what it names is found by a path of its own", "GRANT CREATE ON SCHEMA {schema} TO {role}", &[]),
    ("the same expression, written anew", "ALTER POLICY {select} ON {table} USING (NOT ({column} <> {context}))", &[]),
    ("an arm that is narrower", "ALTER POLICY {select} ON {table} USING (({own} AND {text} = 'a') OR ({own} AND {text} = 'b'))", &[]),
    ("USING is the check where there is none", "DROP POLICY {update} ON {table}; CREATE POLICY {update} ON {table} FOR UPDATE TO {role} USING ({own})", &[]),
    ("a policy for somebody else", "CREATE ROLE staff; CREATE POLICY open ON {table} TO staff USING (true)", &[]),
    (
        "a member that does not inherit",
        "CREATE ROLE staff; ALTER ROLE {role} NOINHERIT; GRANT staff TO {role}; CREATE POLICY open ON {table} TO staff USING (true)",
        &[],
    ),
    (
        "a restrictive policy that asks something else",
        "CREATE POLICY narrow ON {table} AS RESTRICTIVE TO {role} USING ({text} <> '')",
        &[],
    ),
    (
        "open, but narrowed for every command",
        "ALTER POLICY {select} ON {table} USING (true); CREATE POLICY narrow ON {table} AS RESTRICTIVE TO {role} USING ({own})",
        &[],
    ),
    (
        "a weak check, narrowed by the USING of a restrictive policy",
        "ALTER POLICY {update} ON {table} WITH CHECK (true);
         CREATE POLICY narrow ON {table} AS RESTRICTIVE FOR UPDATE TO {role} USING ({own})",
        &[],
    ),
    (
        "a shared row that is read under one more condition",
        "CREATE POLICY narrow ON {shared} AS RESTRICTIVE FOR SELECT TO {role} USING ({own} OR {read})",
        &[],
    ),
    (
        "a membership that only its reader may leave",
        "GRANT DELETE ON {member} TO {role}; CREATE POLICY leave ON {member} FOR DELETE TO {role} USING (user_id = {user} AND {own})",
        &[],
    ),
    (
        "an invitation that an admin accepts",
        "GRANT INSERT ON {member} TO {role};
         CREATE FUNCTION {schema}.is_admin(tenant uuid) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS
           'BEGIN RETURN true; END';
         REVOKE EXECUTE ON FUNCTION {schema}.is_admin(uuid) FROM PUBLIC;
         CREATE POLICY invite ON {member} FOR INSERT TO {role} WITH CHECK ({own} AND {schema}.is_admin({column}))",
        &[],
    ),
    (
        "users write memberships only by a policy for nobody with the privilege",
        "CREATE POLICY promote ON {member} FOR UPDATE TO {role} USING ({own} AND user_id = {user})",
        &[],
    ),
    (
        "a function with its owner's rights ends the circle",
        "CREATE FUNCTION {schema}.asks(tenant uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS
           'SELECT EXISTS (SELECT 1 FROM public.{table} x WHERE x.{column} = tenant)';
         REVOKE EXECUTE ON FUNCTION {schema}.asks(uuid) FROM PUBLIC;
         ALTER POLICY {select} ON {table} USING ({own} AND {schema}.asks({column}))",
        &[],
    ),
    (
        "a check asks its own table, whose policy holds no sub-select",
        "ALTER POLICY {delete} ON {table} USING ({own} AND {text} <> '')",
        &[],
    ),
    ("a claim instead of another", "ALTER POLICY {select} ON {table} USING ({own} AND {text} <> (select coalesce(nullif(current_setting('app.a', true), ''), nullif(current_setting('app.b', true), ''))))", &[]),
    ("a default for something else", "ALTER POLICY {select} ON {table} USING ({own} AND COALESCE({text}, 'x') <> 'y')", &[]),
    ("the word user_metadata in a value", "ALTER POLICY {select} ON {table} USING ({own} AND {text} <> 'user_metadata')", &[]),
    ("the privilege is gone with the policy", "DROP POLICY {delete} ON {table}; REVOKE DELETE ON {table} FROM {role}", &[]),
    ("a wrapped setting", "ALTER POLICY {select} ON {table} USING ({own} AND {text} <> (select current_setting('app.word', true)))", &[]),
    ("an immutable function of the row", "ALTER POLICY {select} ON {table} USING ({own} AND lower({text}) <> '')", &[]),
];

fn cases(rows: &[Row], words: &Words) -> Vec<Case> {
    let case = |(name, sql, adds): &Row| {
        let adds: Vec<String> = adds.iter().map(|finding| fill(finding, words)).collect();
        let adds: Vec<&str> = adds.iter().map(String::as_str).collect();
        Case::hole(name, &format!("SET LOCAL search_path = public;\n{}", fill(sql, words)), &adds)
    };
    rows.iter().map(case).collect()
}

/// Holes that only a schema with single keys, or only one with a token, can have.
const OWN_HOLES: &[Row] = &[
    (
        "rows without a tenant",
        "ALTER TABLE {table} ALTER {column} DROP NOT NULL; ALTER POLICY {select} ON {table} USING ({own} OR {column} IS NULL)",
        &["policy-null-tenant-visible public.{table}.{select}", "tenant-column-nullable public.{table}.{column}"],
    ),
    (
        "equal where both are nothing",
        "ALTER TABLE {table} ALTER {column} DROP NOT NULL; ALTER POLICY {select} ON {table} USING ({column} IS NOT DISTINCT FROM {context})",
        &["policy-not-implying-tenant public.{table}.{select}", "tenant-column-nullable public.{table}.{column}"],
    ),
    (
        "everybody may read more than what is shared",
        "CREATE POLICY more ON {shared} FOR SELECT TO {role} USING ({own} OR is_shared)",
        &["policy-not-implying-tenant public.{shared}.more"],
    ),
    (
        "for everybody, and strangers have a privilege",
        "GRANT SELECT ON {table} TO anon; ALTER POLICY {select} ON {table} TO PUBLIC",
        &["grant-anon public.{table}", "policy-role-public public.{table}.{select}"],
    ),
    (
        "true for strangers",
        "GRANT SELECT ON {table} TO anon; CREATE POLICY open ON {table} FOR SELECT TO anon USING (true)",
        &["grant-anon public.{table}", "policy-always-true public.{table}.open"],
    ),
    (
        "whoever the token says",
        "ALTER POLICY {select} ON {table} USING ({column} = ((select auth.jwt()) -> 'user_metadata' ->> 'tenant_id')::uuid)",
        &["policy-user-metadata public.{table}.{select}"],
    ),
    (
        "the registry shows all tenants",
        "CREATE POLICY lookup ON tenants FOR SELECT TO {role} USING (deleted_at IS NULL)",
        &["policy-ignores-tenant public.tenants.lookup"],
    ),
    (
        "a policy as bad for a role that has no key of its own",
        "ALTER POLICY {select} ON {table} USING ({own} OR (select auth.role()) = 'authenticated')",
        &["policy-not-implying-tenant public.{table}.{select}"],
    ),
];

const OWN_NEAR_MISSES: &[Row] = &[
    (
        "the claim itself, as the context reads it",
        "ALTER POLICY {select} ON {table} USING ({column} = ((select auth.jwt()) -> 'app_metadata' ->> 'tenant_id')::uuid)",
        &[],
    ),
    (
        "the same claim by its path",
        "ALTER POLICY {select} ON {table} USING ({column} = (select (auth.jwt() #>> '{app_metadata,tenant_id}')::uuid))",
        &[],
    ),
    ("for everybody, but strangers have no privilege", "ALTER POLICY {select} ON {table} TO PUBLIC", &[]),
    (
        "the tenants of the user",
        "ALTER POLICY {select} ON {table} USING ({column} IN (SELECT m.tenant_id FROM user_tenants m WHERE m.user_id = {user}))",
        &[],
    ),
    (
        "one's own memberships, in whatever tenant",
        "DROP POLICY user_tenants_select_own_tenant ON user_tenants; CREATE POLICY mine ON user_tenants FOR SELECT TO {role} USING (user_id = {user})",
        &[],
    ),
    (
        "the shared rows, with the arms drawn apart",
        "ALTER POLICY tools_select_with_sharing ON {shared} USING ({own}
           OR (is_shared AND sharing_mode = 'global' AND deleted_at IS NULL)
           OR ({context} = ANY (shared_with) AND is_shared AND sharing_mode = 'selective'))",
        &[],
    ),
    (
        "the registry of those whom the user belongs to",
        "ALTER POLICY tenants_select_own_tenant ON tenants USING (id IN (SELECT m.tenant_id FROM user_tenants m WHERE m.user_id = {user}))",
        &[],
    ),
    (
        "a chunk with the tenant of its source",
        "ALTER POLICY {select} ON {table} USING (EXISTS (SELECT 1 FROM rag_knowledge_sources s WHERE s.id = source_id AND s.tenant_id = {context}))",
        &[],
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn on_the_projects_own_schema() {
    let bench = Bench::open("expected-schema").await;
    let mut said = bench.judge(&cases(HOLES, &OWN)).await;
    bench.judge(&cases(NEAR_MISSES, &OWN)).await;
    said += &bench.judge(&cases(OWN_HOLES, &OWN)).await;
    common::golden(&common::root().join("tests/golden/policy-holes.txt"), &said);
    bench.judge(&cases(OWN_NEAR_MISSES, &OWN)).await;
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_schema_of_organizations() {
    let bench = Bench::open("tests/schemas/organizations").await;
    bench.judge(&cases(HOLES, &ORGANIZATIONS)).await;
    bench.judge(&cases(NEAR_MISSES, &ORGANIZATIONS)).await;
    bench.close().await;
}
