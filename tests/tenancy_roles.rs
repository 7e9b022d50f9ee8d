//! Holes in roles, grants and the context, and side doors around policies,
//! seeded into two schemas; and near-misses that must stay silent.

use crate::common::mutation::Bench;
use crate::common::mutation::Case;

#[tokio::test(flavor = "multi_thread")]
async fn roles_and_grants_on_the_projects_own_schema() {
    let bench = Bench::open("expected-schema").await;
    bench.judge(&platform_roles()).await;
    bench.judge(&platform_side_doors()).await;
    bench.judge(&platform_defaults()).await;
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_and_grants_on_a_schema_of_organizations() {
    let bench = Bench::open("tests/schemas/organizations").await;
    bench.judge(&roles()).await;
    bench.judge(&grants()).await;
    bench.judge(&side_doors()).await;
    bench.judge(&routines()).await;
    bench.judge(&rules_and_publications()).await;
    bench.judge(&defaults()).await;
    bench.judge(&search_paths()).await;
    bench.judge(&indexes()).await;
    bench.judge(&foreign_tables()).await;
    bench.close().await;
}

fn platform_roles() -> Vec<Case> {
    vec![
        Case::hole(
            "the role of requests may become the backend's",
            "GRANT service_role TO authenticated",
            &["app-role-bypasses authenticated"],
        ),
        Case::hole("BYPASSRLS", "ALTER ROLE anon BYPASSRLS", &["app-role-bypasses anon"]),
        Case::silent("the backend has it anyway", "CREATE ROLE worker; GRANT service_role TO worker"),
        Case::hole("anon reads a table", "GRANT SELECT ON public.tools TO anon", &["grant-anon public.tools"]),
        Case::hole("anon reads a column", "GRANT SELECT (name) ON public.tools TO anon", &["grant-anon public.tools"]),
        Case::hole(
            "anon has everything, as a platform grants it: said once",
            "GRANT ALL ON ALL TABLES IN SCHEMA public TO anon; REVOKE ALL ON public.mv_platform_shared_resources FROM anon",
            &["grant-anon anon", "grant-unsafe anon"],
        ),
        Case::hole("everybody reads a table", "GRANT SELECT ON public.tools TO PUBLIC", &["grant-public public.tools"]),
        Case::silent("the backend reads more", "GRANT SELECT ON public.tools TO service_role"),
        Case::hole("TRUNCATE", "GRANT TRUNCATE ON public.tools TO authenticated", &["grant-unsafe public.tools"]),
        Case::silent("TRUNCATE for the backend", "GRANT TRUNCATE ON public.tools TO service_role"),
    ]
}

fn platform_side_doors() -> Vec<Case> {
    vec![
        Case::hole(
            "the materialized view is granted",
            "GRANT SELECT ON public.mv_platform_shared_resources TO authenticated",
            &["matview-exposed public.mv_platform_shared_resources"],
        ),
        Case::hole(
            "through a view",
            "CREATE VIEW public.shared AS SELECT * FROM public.mv_platform_shared_resources; \
             GRANT SELECT ON public.shared TO anon",
            &["matview-exposed public.mv_platform_shared_resources"],
        ),
        Case::silent(
            "through a view that asks with the rights of its reader, who has none",
            "CREATE VIEW public.shared WITH (security_invoker) AS SELECT * FROM public.mv_platform_shared_resources; \
             GRANT SELECT ON public.shared TO anon",
        ),
        Case::hole(
            "users may enter any tenant",
            "GRANT EXECUTE ON FUNCTION public.set_tenant_context(uuid) TO authenticated",
            &["context-setter-callable public.set_tenant_context(uuid)"],
        ),
        Case::hole(
            "a wrapper of set_config, and it is everybody's by default",
            "CREATE FUNCTION public.set_config(name text, value text) RETURNS text LANGUAGE sql SECURITY DEFINER \
             SET search_path = '' AS 'SELECT pg_catalog.set_config(name, value, true)'",
            &["context-setter-callable public.set_config(text, text)"],
        ),
        Case::silent(
            "another setting",
            "CREATE FUNCTION public.patient() RETURNS text LANGUAGE sql AS \
             $$SELECT set_config('statement_timeout', '5s', true) -- never request.jwt.claims\n$$",
        ),
        Case::hole(
            "a privileged function becomes callable",
            "GRANT EXECUTE ON FUNCTION public.is_platform_admin() TO authenticated",
            &["secdef-callable public.is_platform_admin()"],
        ),
        Case::hole(
            "and nothing fixes where it looks names up",
            "ALTER FUNCTION public.is_platform_admin() RESET search_path",
            &["secdef-search-path public.is_platform_admin()"],
        ),
    ]
}

fn roles() -> Vec<Case> {
    vec![
        Case::hole("superuser", "ALTER ROLE app_user SUPERUSER", &["app-role-bypasses app_user"]),
        Case::hole("BYPASSRLS", "ALTER ROLE app_user BYPASSRLS", &["app-role-bypasses app_user"]),
        Case::hole(
            "over two memberships",
            "CREATE ROLE admin_of_all BYPASSRLS; CREATE ROLE staff IN ROLE admin_of_all; GRANT staff TO app_user",
            &["app-role-bypasses app_user"],
        ),
        Case::silent("the other way round", "CREATE ROLE admin_of_all BYPASSRLS; GRANT app_user TO admin_of_all"),
        Case::hole("owner", "ALTER TABLE public.tasks OWNER TO app_user", &["app-role-owns public.tasks"]),
        Case::hole(
            "a member of the owner",
            "CREATE ROLE schema_owner; GRANT schema_owner TO app_user; ALTER TABLE public.tasks OWNER TO schema_owner",
            &["app-role-owns public.tasks"],
        ),
        Case::hole(
            "owner of several, said once",
            "CREATE ROLE schema_owner; GRANT schema_owner TO app_user; \
             ALTER TABLE public.tasks OWNER TO schema_owner; ALTER TABLE public.labels OWNER TO schema_owner",
            &["app-role-owns app_user"],
        ),
        Case::silent(
            "an owner of its own",
            "CREATE ROLE schema_owner; ALTER TABLE public.tasks OWNER TO schema_owner; GRANT app_user TO schema_owner",
        ),
        Case::silent("owner of what is no tenant's", "ALTER TABLE public.countries OWNER TO app_user"),
        Case::hole("the role logs in", "ALTER ROLE app_user LOGIN", &["context-spoofable app_user"]),
        Case::silent("another role logs in", "CREATE ROLE web LOGIN; GRANT app_user TO web"),
    ]
}

fn grants() -> Vec<Case> {
    vec![
        Case::hole("TRIGGER", "GRANT TRIGGER ON public.tasks TO app_user", &["grant-unsafe public.tasks"]),
        Case::hole(
            "REFERENCES, to everybody",
            "GRANT REFERENCES (id) ON public.tasks TO PUBLIC",
            &["grant-public public.tasks", "grant-unsafe public.tasks"],
        ),
        Case::hole(
            "through a role",
            "CREATE ROLE staff; GRANT TRUNCATE ON public.tasks TO staff; GRANT staff TO app_user",
            &["grant-unsafe public.tasks"],
        ),
        Case::hole("MAINTAIN", "GRANT SELECT, MAINTAIN ON public.tasks TO app_user", &["grant-unsafe public.tasks"]),
        Case::silent("on what is no tenant's", "GRANT ALL ON public.countries TO app_user, PUBLIC"),
        Case::silent("to a role of its own", "CREATE ROLE staff; GRANT ALL ON public.tasks TO staff"),
        Case::hole(
            "setval",
            "CREATE SEQUENCE public.task_numbers OWNED BY public.tasks.title; GRANT ALL ON SEQUENCE public.task_numbers TO app_user",
            &["sequence-writable public.task_numbers"],
        ),
        Case::silent(
            "nextval",
            "CREATE SEQUENCE public.task_numbers OWNED BY public.tasks.title; GRANT USAGE ON SEQUENCE public.task_numbers TO app_user",
        ),
        Case::silent(
            "setval on what is nobody's",
            "CREATE SEQUENCE public.loose; GRANT ALL ON SEQUENCE public.loose TO app_user",
        ),
        Case::hole(
            "a partition is granted",
            "GRANT SELECT ON public.events_2026 TO app_user",
            &["rls-partition-differs public.events_2026"],
        ),
        Case::hole(
            "all partitions are granted, said once",
            "GRANT SELECT (kind) ON public.events_2026, public.events_2027 TO app_user",
            &["rls-partition-differs public.events"],
        ),
        Case::silent(
            "a partition that is closed itself",
            "GRANT SELECT ON public.events_2026 TO app_user; ALTER TABLE public.events_2026 ENABLE ROW LEVEL SECURITY",
        ),
        Case::silent(
            "a partition for the backend",
            "CREATE ROLE backend; GRANT SELECT ON public.events_2026 TO backend",
        ),
    ]
}

fn side_doors() -> Vec<Case> {
    let bypassed = "view-bypasses-rls public.every_task";
    let view = "CREATE VIEW public.every_task AS SELECT * FROM public.tasks; ";
    let case = |name, more: &str, adds: &[&str]| Case::hole(name, &format!("{view}{more}"), adds);
    vec![
        case("a view of the owner", "GRANT SELECT ON public.every_task TO app_user", &[bypassed]),
        case("one column of it", "GRANT SELECT (id) ON public.every_task TO app_user", &[bypassed]),
        case("nobody may read it", "", &[]),
        case(
            "repaired",
            "GRANT SELECT ON public.every_task TO app_user; ALTER VIEW public.every_task SET (security_invoker = on)",
            &[],
        ),
        case(
            "switched off again",
            "GRANT SELECT ON public.every_task TO app_user; ALTER VIEW public.every_task SET (security_invoker = false)",
            &[bypassed],
        ),
        case(
            "under a view that the role may read",
            "CREATE VIEW public.outer_view AS SELECT id FROM public.every_task; GRANT SELECT ON public.outer_view TO app_user",
            &[bypassed],
        ),
        case(
            "under a view with the rights of its reader, who may not read it",
            "CREATE VIEW public.outer_view WITH (security_invoker) AS SELECT id FROM public.every_task; \
             GRANT SELECT ON public.outer_view TO app_user",
            &[],
        ),
        case(
            "the option on the outer view is no help",
            "CREATE VIEW public.outer_view WITH (security_invoker) AS SELECT id FROM public.every_task; \
             GRANT SELECT ON public.outer_view, public.every_task TO app_user",
            &[bypassed],
        ),
        case(
            "an owner whom policies bind",
            "CREATE ROLE reader; GRANT SELECT ON public.tasks TO reader; ALTER VIEW public.every_task OWNER TO reader; \
             GRANT SELECT ON public.every_task TO app_user",
            &[],
        ),
        case(
            "an owner with BYPASSRLS",
            "CREATE ROLE reader BYPASSRLS; ALTER VIEW public.every_task OWNER TO reader; \
             GRANT SELECT ON public.every_task TO app_user",
            &[bypassed],
        ),
        case(
            "the table's own owner, and policies are forced",
            "CREATE ROLE holder; ALTER VIEW public.every_task OWNER TO holder; ALTER TABLE public.tasks OWNER TO holder; \
             GRANT SELECT ON public.every_task TO app_user",
            &[],
        ),
        Case::silent(
            "a view of what is no tenant's",
            "CREATE VIEW public.places AS SELECT * FROM public.countries; GRANT SELECT ON public.places TO app_user",
        ),
        Case::hole(
            "a materialized view",
            "CREATE MATERIALIZED VIEW public.totals AS SELECT account_id, count(*) FROM public.open_tasks GROUP BY 1; \
             GRANT SELECT ON public.totals TO app_user",
            &["matview-exposed public.totals"],
        ),
        Case::silent(
            "a materialized view of what is no tenant's",
            "CREATE MATERIALIZED VIEW public.places AS SELECT * FROM public.countries; GRANT SELECT ON public.places TO app_user",
        ),
        Case::silent(
            "a materialized view for the backend",
            "CREATE MATERIALIZED VIEW public.totals AS SELECT account_id, count(*) FROM public.tasks GROUP BY 1",
        ),
    ]
}

fn routines() -> Vec<Case> {
    let secdef = "CREATE FUNCTION app.task_count() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' \
                  AS 'SELECT count(*) FROM public.tasks'; ";
    let case = |name, more: &str, adds: &[&str]| Case::hole(name, &format!("{secdef}{more}"), adds);
    vec![
        case("a privileged function for everybody", "", &["secdef-callable app.task_count()"]),
        case("for nobody", "REVOKE EXECUTE ON FUNCTION app.task_count() FROM PUBLIC", &[]),
        case("with the rights of its caller", "ALTER FUNCTION app.task_count() SECURITY INVOKER", &[]),
        case("in a schema that the role may not use", "REVOKE USAGE ON SCHEMA app FROM app_user", &[]),
        case(
            "of an owner whom policies bind",
            "CREATE ROLE plain; ALTER FUNCTION app.task_count() OWNER TO plain",
            &[],
        ),
        case(
            "that a policy needs",
            "CREATE POLICY few ON public.labels AS RESTRICTIVE TO app_user USING ((SELECT app.task_count()) < 10 AND account_id = (SELECT app.account_id()))",
            &[],
        ),
        Case::silent(
            "a trigger function",
            "CREATE FUNCTION app.stamp() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS 'BEGIN RETURN NEW; END'",
        ),
        Case::hole(
            "that looks names up along its caller's path",
            "CREATE FUNCTION app.stamp() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN NEW; END'",
            &["secdef-search-path app.stamp()"],
        ),
        Case::silent(
            "whose names were looked up when it was made",
            "CREATE FUNCTION app.two() RETURNS int LANGUAGE sql SECURITY DEFINER RETURN 2; REVOKE EXECUTE ON FUNCTION app.two() FROM PUBLIC",
        ),
        Case::hole(
            "sets the context",
            "CREATE FUNCTION app.become(id uuid) RETURNS void LANGUAGE plpgsql AS $$BEGIN EXECUTE format('SET LOCAL app.account_id = %L', id); END$$",
            &["context-setter-callable app.become(uuid)"],
        ),
        Case::hole(
            "runs as one tenant",
            "CREATE FUNCTION app.demo() RETURNS bigint LANGUAGE sql SET app.account_id = '00000000-0000-0000-0000-000000000001' AS 'SELECT count(*) FROM public.tasks'",
            &["context-setter-callable app.demo()"],
        ),
        Case::silent(
            "sets the context, for the backend",
            "CREATE FUNCTION app.become(id uuid) RETURNS void LANGUAGE sql AS $$SELECT set_config('app.account_id', id::text, true)$$; \
             REVOKE EXECUTE ON FUNCTION app.become(uuid) FROM PUBLIC",
        ),
        Case::silent(
            "sets something else",
            "CREATE FUNCTION app.quick() RETURNS void LANGUAGE sql AS $$SELECT set_config('app.debug', 'on', true)$$",
        ),
    ]
}

/// `ALTER DATABASE`, of whatever database the test runs in.
fn database(clause: &str) -> String {
    format!("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I {clause}', current_database()); END $$")
}

fn platform_defaults() -> Vec<Case> {
    vec![
        Case::hole(
            "what a platform grants by default, said once",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO anon, authenticated, service_role; \
             ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON SEQUENCES TO anon, authenticated, service_role; \
             ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON FUNCTIONS TO anon, authenticated, service_role",
            &["default-acl-exposes public.functions to anon"],
        ),
        Case::silent("to the backend", "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO service_role"),
        Case::hole(
            "claims from the database",
            &database("SET request.jwt.claims = ''{}''"),
            &["context-default-set request.jwt.claims"],
        ),
        Case::hole(
            "changes are sent to users",
            "ALTER PUBLICATION supabase_realtime ADD TABLE public.agents",
            &["publication-unfiltered supabase_realtime"],
        ),
        Case::hole(
            "a vector index",
            "CREATE INDEX chunks_near ON public.rag_knowledge_chunks USING hnsw (embedding vector_cosine_ops)",
            &["vector-postfilter public.rag_knowledge_chunks.chunks_near"],
        ),
        Case::silent("another index", "CREATE INDEX more ON public.rag_knowledge_chunks (tenant_id, id)"),
    ]
}

fn rules_and_publications() -> Vec<Case> {
    vec![
        Case::hole(
            "a rule writes elsewhere",
            "CREATE RULE logged AS ON UPDATE TO public.tasks DO ALSO INSERT INTO public.labels (account_id, name) VALUES (new.account_id, new.title)",
            &["rule-bypasses public.tasks.logged"],
        ),
        Case::silent("a rule forbids", "CREATE RULE kept AS ON DELETE TO public.tasks DO INSTEAD NOTHING"),
        Case::silent(
            "a rule on what is no tenant's",
            "CREATE RULE told AS ON INSERT TO public.countries DO ALSO NOTIFY countries",
        ),
        Case::silent(
            "a rule that is switched off",
            "CREATE RULE told AS ON INSERT TO public.tasks DO ALSO NOTIFY tasks; ALTER TABLE public.tasks DISABLE RULE told",
        ),
        Case::hole(
            "all tables are published",
            "CREATE PUBLICATION everything FOR ALL TABLES",
            &["publication-unfiltered everything"],
        ),
        Case::hole(
            "a table is published",
            "CREATE PUBLICATION a_few FOR TABLE public.countries, public.tasks (account_id, id)",
            &["publication-unfiltered a_few"],
        ),
        Case::hole(
            "a schema is published",
            "CREATE PUBLICATION a_few FOR TABLES IN SCHEMA public",
            &["publication-unfiltered a_few"],
        ),
        Case::silent(
            "one tenant's rows are published",
            "CREATE PUBLICATION a_few FOR TABLE public.tasks WHERE (account_id = '00000000-0000-0000-0000-000000000001')",
        ),
        Case::silent("what is no tenant's is published", "CREATE PUBLICATION a_few FOR TABLE public.countries"),
        Case::silent("nothing is published", "CREATE PUBLICATION a_few FOR ALL TABLES WITH (publish = '')"),
    ]
}

fn defaults() -> Vec<Case> {
    vec![
        Case::hole(
            "tables to come are granted",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO app_user",
            &["default-acl-exposes public.tables to app_user"],
        ),
        Case::hole(
            "to everybody, by another role",
            "CREATE ROLE maker; ALTER DEFAULT PRIVILEGES FOR ROLE maker GRANT SELECT ON TABLES TO PUBLIC",
            &["default-acl-exposes maker: tables to public"],
        ),
        Case::silent(
            "to somebody else",
            "CREATE ROLE auditor; ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO auditor",
        ),
        Case::silent("fewer rights", "ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC"),
        Case::silent("schemas", "ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO app_user"),
        Case::hole(
            "a default tenant",
            &database("SET app.account_id = ''00000000-0000-0000-0000-000000000001''"),
            &["context-default-set app.account_id"],
        ),
        Case::hole(
            "a default tenant of the role",
            "ALTER ROLE app_user SET app.account_id = '00000000-0000-0000-0000-000000000001'",
            &["context-default-set app_user"],
        ),
        Case::hole(
            "of a role that becomes it",
            "CREATE ROLE web LOGIN; GRANT app_user TO web; ALTER ROLE web SET session_replication_role = replica",
            &["context-default-set web"],
        ),
        Case::hole("no row security", &database("SET row_security = off"), &["context-default-set row_security"]),
        Case::silent("nobody by default", &database("SET app.account_id = ''''")),
        Case::silent("another setting", &database("SET statement_timeout = ''5s''")),
        Case::silent(
            "a role that is not concerned",
            "CREATE ROLE importer; ALTER ROLE importer SET session_replication_role = replica",
        ),
    ]
}

fn search_paths() -> Vec<Case> {
    let path = database("SET search_path = app, public");
    vec![
        Case::hole(
            "the role may create in an earlier schema",
            &format!("{path}; GRANT CREATE ON SCHEMA app TO app_user"),
            &["search-path-shadow app"],
        ),
        Case::hole(
            "so may everybody, and the path is the role's",
            "ALTER ROLE app_user SET search_path = app, public; GRANT CREATE ON SCHEMA app TO PUBLIC",
            &["search-path-shadow app"],
        ),
        Case::hole(
            "a table of the same name",
            &format!("{path}; CREATE VIEW app.tasks AS SELECT 1 AS id"),
            &["search-path-shadow app.tasks"],
        ),
        Case::hole(
            "the stock path: only the functions of policies are at stake",
            "ALTER FUNCTION app.account_id() RESET search_path; GRANT CREATE ON SCHEMA app TO app_user; \
             CREATE VIEW app.tasks AS SELECT 1 AS id",
            &["policy-function-untrusted app.account_id()"],
        ),
        Case::silent("a path without rights", &path),
        Case::hole(
            "a later schema: the same",
            &format!("{}; GRANT CREATE ON SCHEMA app TO app_user", database("SET search_path = public, app")),
            &[],
        ),
    ]
}

fn indexes() -> Vec<Case> {
    let idle = &["rls-nonleakproof-index public.events.events_payload"];
    let create = "CREATE INDEX events_payload ON public.events USING gin (payload)";
    vec![
        Case::hole("an index that policies keep from use", create, idle),
        Case::silent("a plain one", "CREATE INDEX events_kind ON public.events (kind)"),
        Case::silent(
            "on what is no tenant's",
            "CREATE INDEX words ON public.countries USING gin (to_tsvector('simple', name))",
        ),
        Case::silent(
            "a backend that no policy binds can use it",
            &format!("{create}; CREATE ROLE backend BYPASSRLS; GRANT SELECT ON public.events TO backend"),
        ),
        Case::silent(
            "a policy asks for it",
            &format!(
                "{create}; CREATE POLICY plain ON public.events AS RESTRICTIVE TO app_user \
                 USING (account_id = (SELECT app.account_id()) AND NOT payload @> '{{\"hidden\": true}}')"
            ),
        ),
    ]
}

fn foreign_tables() -> Vec<Case> {
    let table = "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; \
                 CREATE FOREIGN TABLE public.old_tasks (account_id uuid, title text) SERVER s; ";
    vec![
        Case::hole(
            "a foreign table is granted",
            &format!("{table} GRANT SELECT (title) ON public.old_tasks TO app_user"),
            &["rls-foreign-table public.old_tasks"],
        ),
        Case::silent("it is not", table),
        Case::silent(
            "to somebody else",
            &format!("{table} CREATE ROLE backend; GRANT SELECT ON public.old_tasks TO backend"),
        ),
    ]
}
