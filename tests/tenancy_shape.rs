//! Holes in the shape, the keys, the row security and the sharing of tenant
//! tables, seeded into two schemas, with near-misses and repaired states.

use crate::common::mutation::Bench;
use crate::common::mutation::Case;
use crate::common::mutation::key;
use drift::model::catalog::Catalog;
use drift::model::finding::Fix;
use drift::model::finding::Severity;
use drift::spec::References;
use drift::spec::Spec;
use drift::spec::SystemRows;
use drift::spec::TableClass;
use drift::tenancy;

/// Judges the changed schema as a declaration: nobody else knows its tables, and
/// all that are not listed are owned.
async fn judge_declared(bench: &Bench, cases: &[Case]) {
    let said =
        |catalog: &Catalog| -> Vec<String> { tenancy::check(catalog, None, &bench.spec).iter().map(key).collect() };
    let before = said(&bench.declared);
    for case in cases {
        let catalog = bench.changed(&case.sql).await.unwrap_or_else(|error| panic!("{}: {error}", case.name));
        let mut added: Vec<String> = said(&catalog).into_iter().filter(|finding| !before.contains(finding)).collect();
        let mut expected = case.adds.clone();
        added.sort();
        expected.sort();
        assert_eq!(added, expected, "{}\n{}", case.name, case.sql);
    }
}

/// A table of the project's own schema, as its rules want one.
fn table(name: &str, columns: &str) -> String {
    format!(
        "CREATE TABLE public.{name} (tenant_id uuid NOT NULL DEFAULT public.get_current_tenant_id(), {columns},
           CONSTRAINT {name}_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants ON DELETE RESTRICT);
         CREATE INDEX {name}_tenant_id_idx ON public.{name} (tenant_id);
         CREATE POLICY {name}_own ON public.{name} TO authenticated
           USING (tenant_id = (select public.get_current_tenant_id()));
         ALTER TABLE public.{name} ENABLE ROW LEVEL SECURITY;
         ALTER TABLE public.{name} FORCE ROW LEVEL SECURITY;"
    )
}

/// The same in the schema of organizations.
fn account_table(name: &str, columns: &str) -> String {
    table(name, columns)
        .replace("tenant_id", "account_id")
        .replace("public.tenants ON DELETE RESTRICT", "public.organizations ON DELETE CASCADE")
        .replace("public.get_current_account_id()", "app.account_id()")
        .replace("authenticated", "app_user")
}

#[tokio::test(flavor = "multi_thread")]
async fn shape_and_row_security_of_the_projects_own_schema() {
    let bench = Bench::open("expected-schema").await;
    bench.judge(&shape()).await;
    bench.judge(&row_security()).await;
    judge_declared(&bench, &new_tables()).await;
    bench.close().await;
}

fn shape() -> Vec<Case> {
    let alter = |what: &str| format!("ALTER TABLE public.tools ALTER COLUMN tenant_id {what}");
    let action = |what: &str| {
        format!(
            "ALTER TABLE public.tools DROP CONSTRAINT tools_tenant_id_fkey, ADD CONSTRAINT tools_tenant_id_fkey \
             FOREIGN KEY (tenant_id) REFERENCES public.tenants {what}"
        )
    };
    let guard = |when: &str| {
        format!(
            "DROP TRIGGER tools_keep_tenant_id ON public.tools; CREATE TRIGGER other {when} ON public.tools \
             FOR EACH ROW EXECUTE FUNCTION public.keep_tenant_id()"
        )
    };
    let mutable: &[&str] = &["tenant-column-mutable public.tools.tenant_id"];
    vec![
        Case::hole(
            "a table that nobody has thought about",
            "CREATE TABLE public.leftovers (id uuid PRIMARY KEY)",
            &["table-unclassified public.leftovers"],
        ),
        Case::silent("a ledger", "CREATE TABLE public._sqlx_migrations (version bigint PRIMARY KEY)"),
        Case::hole(
            "a second name for the tenant",
            "ALTER TABLE public.tools ADD COLUMN org_id uuid REFERENCES public.tenants",
            &["tenant-column-alias public.tools.org_id"],
        ),
        Case::silent("another reference", "ALTER TABLE public.tools ADD COLUMN owner_id uuid REFERENCES auth.users"),
        Case::hole("no tenant for a row", &alter("DROP NOT NULL"), &["tenant-column-nullable public.tools.tenant_id"]),
        Case::silent("no default", &alter("DROP DEFAULT")),
        Case::silent("NULL is nobody's", &alter("SET DEFAULT NULL")),
        Case::hole(
            "tenant 0",
            &alter("SET DEFAULT '00000000-0000-0000-0000-000000000000'"),
            &["tenant-default-constant public.tools.tenant_id"],
        ),
        Case::hole(
            "no foreign key to the registry",
            "ALTER TABLE public.tools DROP CONSTRAINT tools_tenant_id_fkey",
            &["tenant-fk-missing public.tools"],
        ),
        Case::silent(
            "the same foreign key under another name",
            "ALTER TABLE public.tools RENAME CONSTRAINT tools_tenant_id_fkey TO x",
        ),
        Case::hole("cascades", &action("ON DELETE CASCADE"), &["tenant-fk-action public.tools.tools_tenant_id_fkey"]),
        Case::hole("sets null", &action("ON DELETE SET NULL"), &["tenant-fk-action public.tools.tools_tenant_id_fkey"]),
        Case::silent("restricts, as declared", &action("ON DELETE RESTRICT")),
        Case::hole("no guard", "DROP TRIGGER tools_keep_tenant_id ON public.tools", mutable),
        Case::hole(
            "a guard that guards something else",
            "DROP TRIGGER tools_keep_tenant_id ON public.tools; CREATE TRIGGER other BEFORE UPDATE ON public.tools \
             FOR EACH ROW EXECUTE FUNCTION public.set_updated_at()",
            mutable,
        ),
        Case::hole("a guard asleep", "ALTER TABLE public.tools DISABLE TRIGGER tools_keep_tenant_id", mutable),
        Case::hole("a guard of another column", &guard("BEFORE UPDATE OF name"), mutable),
        Case::hole("a guard that comes too late", &guard("AFTER UPDATE"), mutable),
        Case::silent("a guard of every column", &guard("BEFORE INSERT OR UPDATE")),
        Case::silent(
            "column grants instead",
            "DROP TRIGGER tools_keep_tenant_id ON public.tools; REVOKE UPDATE ON public.tools FROM authenticated; \
             GRANT UPDATE (name, description) ON public.tools TO authenticated",
        ),
        Case::hole(
            "the privilege of everybody",
            "DROP TRIGGER tools_keep_tenant_id ON public.tools; REVOKE UPDATE ON public.tools FROM authenticated; \
             GRANT UPDATE (tenant_id) ON public.tools TO public",
            &["grant-public public.tools", "tenant-column-mutable public.tools.tenant_id"],
        ),
        Case::hole(
            "a tenant in a document",
            "CREATE INDEX ON public.tools ((metadata ->> 'tenantId'))",
            &["tenant-in-jsonb public.tools.metadata"],
        ),
        Case::silent("another key of a document", "CREATE INDEX ON public.tools ((metadata ->> 'tenant_name'))"),
        Case::hole(
            "unlogged",
            "ALTER TABLE public.resource_sharing_audit SET UNLOGGED",
            &["unlogged-tenant-table public.resource_sharing_audit"],
        ),
        Case::hole(
            "a share column is gone",
            "ALTER TABLE public.tools DROP COLUMN shared_with CASCADE",
            &["command-uncovered public.tools", "share-column-missing public.tools.shared_with"],
        ),
        Case::hole(
            "open by default",
            "ALTER TABLE public.tools ALTER COLUMN is_shared SET DEFAULT true",
            &["share-default-open public.tools.is_shared"],
        ),
        Case::hole(
            "open by default, as a word",
            "ALTER TABLE public.tools ALTER COLUMN sharing_mode SET DEFAULT 'global'",
            &["share-default-open public.tools.sharing_mode"],
        ),
        Case::silent("no default at all", "ALTER TABLE public.tools ALTER COLUMN is_shared DROP DEFAULT"),
        Case::hole(
            "contradictions",
            "ALTER TABLE public.tools DROP CONSTRAINT tools_is_shared_check",
            &["share-inconsistent public.tools"],
        ),
        Case::hole(
            "old contradictions",
            "ALTER TABLE public.tools DROP CONSTRAINT tools_is_shared_check, \
             ADD CONSTRAINT x CHECK (is_shared = (sharing_mode <> 'private')) NOT VALID",
            &["constraint-not-enforced public.tools.x", "share-inconsistent public.tools"],
        ),
        Case::silent(
            "the check by another name",
            "ALTER TABLE public.tools RENAME CONSTRAINT tools_is_shared_check TO x",
        ),
        Case::hole(
            "shared or not, nobody knows",
            "ALTER TABLE public.tools ALTER COLUMN is_shared DROP NOT NULL",
            &["share-column-type public.tools.is_shared"],
        ),
        Case::hole(
            "a flag that is a text",
            "ALTER TABLE public.tools DROP COLUMN shared_with CASCADE; \
             ALTER TABLE public.tools ADD COLUMN shared_with text[] NOT NULL DEFAULT '{}'",
            &["command-uncovered public.tools", "share-column-type public.tools.shared_with"],
        ),
    ]
}

fn row_security() -> Vec<Case> {
    let no_policies = "DROP POLICY rag_knowledge_chunks_select_own_tenant ON public.rag_knowledge_chunks; \
        DROP POLICY rag_knowledge_chunks_insert_own_tenant ON public.rag_knowledge_chunks; \
        DROP POLICY rag_knowledge_chunks_update_own_tenant ON public.rag_knowledge_chunks; \
        DROP POLICY rag_knowledge_chunks_delete_own_tenant ON public.rag_knowledge_chunks;";
    vec![
        Case::hole(
            "policies asleep",
            "ALTER TABLE public.tools DISABLE ROW LEVEL SECURITY",
            &["policy-exists-rls-disabled public.tools"],
        ),
        Case::hole(
            "open to all",
            &format!("{no_policies} ALTER TABLE public.rag_knowledge_chunks DISABLE ROW LEVEL SECURITY"),
            &["rls-disabled public.rag_knowledge_chunks"],
        ),
        Case::hole("closed to all", no_policies, &["rls-no-policy public.rag_knowledge_chunks"]),
        Case::hole(
            "the owner is free",
            "ALTER TABLE public.tools NO FORCE ROW LEVEL SECURITY",
            &["rls-not-forced public.tools"],
        ),
        Case::silent("forced again", "ALTER TABLE public.tools NO FORCE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"),
    ]
}

/// Tables that came without anybody's thought.
fn new_tables() -> Vec<Case> {
    let text_tenant = "CREATE TABLE public.runs (id uuid PRIMARY KEY, tenant_id text NOT NULL); \
        CREATE INDEX ON public.runs (tenant_id); \
        CREATE POLICY own ON public.runs TO authenticated USING (tenant_id::uuid = (select public.get_current_tenant_id())); \
        ALTER TABLE public.runs ENABLE ROW LEVEL SECURITY; ALTER TABLE public.runs FORCE ROW LEVEL SECURITY;";
    let in_domain = table("runs", "id uuid PRIMARY KEY").replace("tenant_id uuid", "tenant_id public.tenant_key");
    vec![
        // Two texts can be one uuid, so the cast proves nothing about the rows.
        Case::hole(
            "a tenant of another type",
            text_tenant,
            &["policy-not-implying-tenant public.runs.own", "tenant-column-type public.runs.tenant_id"],
        ),
        Case::silent(
            "a domain over the same type",
            &format!("CREATE DOMAIN public.key AS uuid; CREATE DOMAIN public.tenant_key AS public.key; {in_domain}"),
        ),
        Case::hole(
            "no tenant",
            "CREATE TABLE public.runs (id uuid PRIMARY KEY)",
            &["rls-disabled public.runs", "tenant-column-missing public.runs.tenant_id"],
        ),
        Case::hole(
            "no index that starts with the tenant",
            &table("runs", "id uuid PRIMARY KEY").replace("(tenant_id);", "(id, tenant_id);"),
            &["tenant-index-missing public.runs"],
        ),
        Case::silent(
            "a key that starts with it serves as well",
            &table("runs", "id uuid PRIMARY KEY, UNIQUE (tenant_id, id)").replace("(tenant_id);", "(id);"),
        ),
        Case::hole(
            "a child, and a child of it",
            "CREATE TABLE public.runs (id uuid PRIMARY KEY, agent_id uuid REFERENCES public.agents); \
             CREATE TABLE public.steps (id uuid PRIMARY KEY, run_id uuid REFERENCES public.runs)",
            &[
                "rls-disabled public.runs",
                "rls-disabled public.steps",
                "tenant-child-hidden public.runs.tenant_id",
                "tenant-child-hidden public.steps.tenant_id",
            ],
        ),
        Case::hole(
            "a parent is no child",
            "CREATE TABLE public.models (id uuid PRIMARY KEY); ALTER TABLE public.tools ADD COLUMN model_id uuid REFERENCES public.models",
            &["rls-disabled public.models", "tenant-column-missing public.models.tenant_id"],
        ),
        Case::hole(
            "a link between two tenants",
            "CREATE TABLE public.agent_tools (agent_id uuid REFERENCES public.agents, tool_id uuid REFERENCES public.tools, \
               PRIMARY KEY (agent_id, tool_id))",
            &["junction-missing-tenant public.agent_tools.tenant_id", "rls-disabled public.agent_tools"],
        ),
        Case::silent(
            "a link within one",
            &table(
                "agent_tools",
                "agent_id uuid NOT NULL, tool_id uuid NOT NULL, PRIMARY KEY (tenant_id, agent_id, tool_id), \
                 FOREIGN KEY (tenant_id, agent_id) REFERENCES public.agents (tenant_id, id), \
                 FOREIGN KEY (tenant_id, tool_id) REFERENCES public.tools (tenant_id, id)",
            ),
        ),
        Case::hole(
            "a part of a shared whole",
            &table(
                "parts",
                "tool_id uuid NOT NULL, FOREIGN KEY (tenant_id, tool_id) REFERENCES public.tools (tenant_id, id) ON DELETE CASCADE",
            ),
            &["share-child-visibility public.parts"],
        ),
        Case::silent(
            "a mere reference to it",
            &table(
                "parts",
                "tool_id uuid NOT NULL, FOREIGN KEY (tenant_id, tool_id) REFERENCES public.tools (tenant_id, id)",
            ),
        ),
        // No longer half a row; but an owned row that others read, which somebody has to allow.
        Case::hole(
            "a part that is shown with the whole",
            &format!(
                "{} CREATE POLICY shown ON public.parts FOR SELECT TO authenticated \
                 USING (tenant_id = (select public.get_current_tenant_id()) \
                   OR EXISTS (SELECT FROM public.tools t WHERE t.id = tool_id AND t.is_shared))",
                table(
                    "parts",
                    "tool_id uuid NOT NULL, FOREIGN KEY (tenant_id, tool_id) REFERENCES public.tools (tenant_id, id) ON DELETE CASCADE",
                )
            ),
            &["policy-not-implying-tenant public.parts.shown"],
        ),
        Case::hole(
            "numbers across tenants",
            &table("runs", "id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT runs_pkey PRIMARY KEY"),
            &["pk-not-tenant-scoped public.runs.runs_pkey"],
        ),
        Case::silent(
            "numbers, and a key with the tenant",
            &table("runs", "id bigserial PRIMARY KEY, UNIQUE (tenant_id, id)"),
        ),
        Case::silent(
            "a number that the application gives",
            &table("runs", "id bigint PRIMARY KEY, UNIQUE (tenant_id, id)"),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_the_projects_own_schema() {
    let bench = Bench::open("expected-schema").await;
    bench.judge(&keys()).await;
    bench.judge(&references()).await;
    bench.close().await;
}

fn keys() -> Vec<Case> {
    let slug: &[&str] = &["unique-not-tenant-scoped public.tools.x"];
    vec![
        Case::hole("a name for one tenant", "ALTER TABLE public.tools ADD CONSTRAINT x UNIQUE (name)", slug),
        Case::hole("a name, however written", "CREATE UNIQUE INDEX x ON public.tools (lower(name))", slug),
        Case::hole("some names", "CREATE UNIQUE INDEX x ON public.tools (name) WHERE deleted_at IS NULL", slug),
        Case::hole(
            "the tenant is only carried along",
            "CREATE UNIQUE INDEX x ON public.tools (name) INCLUDE (tenant_id)",
            slug,
        ),
        Case::silent("a name for each", "CREATE UNIQUE INDEX x ON public.tools (tenant_id, lower(name))"),
        Case::silent("the tenant comes second", "CREATE UNIQUE INDEX x ON public.tools (name, tenant_id)"),
        Case::silent("no key at all", "CREATE INDEX x ON public.tools (name)"),
        Case::silent("made up by the server", "CREATE UNIQUE INDEX x ON public.tools (id)"),
        Case::silent(
            "within a row of one tenant",
            "CREATE UNIQUE INDEX x ON public.rag_knowledge_chunks (source_id, chunk_index)",
        ),
        Case::hole(
            "a role everywhere",
            "ALTER TABLE public.user_roles ADD CONSTRAINT x UNIQUE (user_id, role)",
            &["role-grant-not-tenant-scoped public.user_roles.x"],
        ),
        Case::silent("one tenant for each user", "ALTER TABLE public.user_tenants ADD CONSTRAINT x UNIQUE (user_id)"),
        Case::hole(
            "blocks the others",
            "ALTER TABLE public.tools ADD CONSTRAINT x EXCLUDE USING btree (name WITH =)",
            &["exclusion-not-tenant-scoped public.tools.x"],
        ),
        Case::silent(
            "blocks the own tenant",
            "ALTER TABLE public.tools ADD CONSTRAINT x EXCLUDE USING btree (tenant_id WITH =, name WITH =)",
        ),
    ]
}

fn references() -> Vec<Case> {
    const CHUNKS: &str = "public.rag_knowledge_chunks";
    let add = "ALTER TABLE public.rag_knowledge_chunks ADD COLUMN previous_id uuid";
    let narrow = format!("{add} CONSTRAINT x REFERENCES {CHUNKS} (id);");
    let key = format!("ALTER TABLE {CHUNKS} ADD UNIQUE (tenant_id, id);");
    let wide = |more: &str| {
        format!(
            "ALTER TABLE {CHUNKS} ADD CONSTRAINT y FOREIGN KEY (tenant_id, previous_id) REFERENCES {CHUNKS} (tenant_id, id) {more};"
        )
    };
    let agent =
        "ALTER TABLE public.rag_knowledge_chunks ADD COLUMN agent_id uuid CONSTRAINT x REFERENCES public.agents;";
    let watched = |body: &str| {
        format!(
            "{agent} CREATE FUNCTION public.watch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN new; END $$; \
             CREATE CONSTRAINT TRIGGER watch AFTER INSERT OR UPDATE ON {CHUNKS} FOR EACH ROW EXECUTE FUNCTION public.watch();"
        )
    };
    let asks = "IF NOT EXISTS (SELECT FROM public.agents a WHERE a.id = new.agent_id AND (a.tenant_id = new.tenant_id OR a.is_shared)) \
        THEN RAISE foreign_key_violation; END IF;";
    vec![
        Case::hole(
            "a row of another tenant",
            &narrow,
            &["fk-crosses-tenants public.rag_knowledge_chunks.x", "parent-key-missing public.rag_knowledge_chunks"],
        ),
        Case::hole(
            "the key is there, the reference is not",
            &format!("{narrow} {key}"),
            &["fk-crosses-tenants public.rag_knowledge_chunks.x"],
        ),
        Case::silent("the wide reference beside the narrow one", &format!("{narrow} {key} {}", wide(""))),
        Case::hole(
            "another column beside it",
            &format!(
                "{narrow} {key} {} ALTER TABLE {CHUNKS} ADD COLUMN next_id uuid CONSTRAINT z REFERENCES {CHUNKS} (id)",
                wide("")
            ),
            &["fk-crosses-tenants public.rag_knowledge_chunks.z"],
        ),
        Case::hole(
            "nulls the tenant",
            &format!("{add}; {key} {}", wide("ON DELETE SET NULL")),
            &["fk-set-null-hits-tenant public.rag_knowledge_chunks.y"],
        ),
        Case::hole(
            "nulls the tenant on update",
            &format!("{add}; {key} {}", wide("ON UPDATE SET NULL")),
            &["fk-set-null-hits-tenant public.rag_knowledge_chunks.y"],
        ),
        Case::silent("nulls the reference", &format!("{add}; {key} {}", wide("ON DELETE SET NULL (previous_id)"))),
        Case::hole("private rows of others", agent, &["fk-to-shareable public.rag_knowledge_chunks.x"]),
        Case::hole(
            "a trigger that does something else",
            &watched(""),
            &["fk-to-shareable public.rag_knowledge_chunks.x"],
        ),
        Case::silent("a trigger that asks", &watched(asks)),
        Case::hole(
            "a trigger asleep",
            &format!("{} ALTER TABLE {CHUNKS} DISABLE TRIGGER watch", watched(asks)),
            &["fk-to-shareable public.rag_knowledge_chunks.x"],
        ),
        Case::hole(
            "rows from before",
            &format!("{add}; {key} {}", wide("NOT VALID")),
            &["constraint-not-enforced public.rag_knowledge_chunks.y"],
        ),
        Case::silent(
            "validated",
            &format!("{add}; {key} {} ALTER TABLE {CHUNKS} VALIDATE CONSTRAINT y", wide("NOT VALID")),
        ),
        Case::hole(
            "keys of decoration",
            "ALTER TABLE public.rag_knowledge_chunks DISABLE TRIGGER ALL; \
             ALTER TABLE public.rag_knowledge_chunks ENABLE TRIGGER USER",
            &[
                "constraint-trigger-disabled public.rag_knowledge_chunks.rag_knowledge_chunks_tenant_id_fkey",
                "constraint-trigger-disabled public.rag_knowledge_chunks.rag_knowledge_chunks_tenant_id_source_id_fkey",
            ],
        ),
        Case::silent(
            "awake again",
            "ALTER TABLE public.rag_knowledge_chunks DISABLE TRIGGER ALL; \
             ALTER TABLE public.rag_knowledge_chunks ENABLE TRIGGER ALL",
        ),
        Case::silent("a user's trigger asleep", "ALTER TABLE public.tools DISABLE TRIGGER tools_set_updated_at"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_drift_toml_excuses() {
    let bench = Bench::open_with("expected-schema", |spec| {
        let tenancy = spec.tenancy.as_mut().unwrap();
        tenancy.aliases = vec!["billing_tenant_id".into()];
        tenancy.shareable.system = Some(SystemRows::Null);
        tenancy.shareable.refs = References::Same;
        tenancy.tables.insert("models".into(), TableClass::Global);
    })
    .await;
    bench
        .judge(&[
            Case::silent("an alias", "ALTER TABLE public.tools ADD COLUMN billing_tenant_id uuid REFERENCES public.tenants"),
            Case::silent("rows of the platform", "ALTER TABLE public.tools ALTER COLUMN tenant_id DROP NOT NULL"),
            Case::hole(
                "an owned table has none",
                "ALTER TABLE public.rag_knowledge_chunks ALTER COLUMN tenant_id DROP NOT NULL",
                &["tenant-column-nullable public.rag_knowledge_chunks.tenant_id"],
            ),
            Case::hole(
                "references stay in the tenant",
                "ALTER TABLE public.rag_knowledge_chunks ADD COLUMN agent_id uuid CONSTRAINT x REFERENCES public.agents",
                &["fk-crosses-tenants public.rag_knowledge_chunks.x"],
            ),
            Case::silent("global by its class", "CREATE TABLE public.models (id uuid PRIMARY KEY, name text UNIQUE)"),
        ])
        .await;
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn severities_and_repairs() {
    let bench = Bench::open("expected-schema").await;
    let only = |mut found: Vec<tenancy::RuleFinding>, code: &str| {
        found.retain(|finding| finding.code == code);
        assert_eq!(found.len(), 1, "{code}");
        found.remove(0)
    };
    let unforced = "ALTER TABLE public.tools NO FORCE ROW LEVEL SECURITY;";
    let found = only(bench.added(unforced).await, "rls-not-forced");
    assert_eq!((found.severity, &found.fix), (Severity::Warning, &Fix::Additive));
    let owned = format!("{unforced} CREATE ROLE drift_test_owner; ALTER TABLE public.tools OWNER TO drift_test_owner;");
    assert_eq!(only(bench.added(&owned).await, "rls-not-forced").severity, Severity::Warning);
    let inherited = format!("{owned} ALTER ROLE authenticated INHERIT; GRANT drift_test_owner TO authenticated;");
    let found = only(bench.added(&inherited).await, "rls-not-forced");
    assert_eq!(found.severity, Severity::Error);
    assert!(found.message.contains("authenticated has the rights of drift_test_owner"), "{}", found.message);

    let unguarded = "DROP TRIGGER tools_keep_tenant_id ON public.tools;";
    let found = only(bench.added(unguarded).await, "tenant-column-mutable");
    assert_eq!((found.severity, &found.fix), (Severity::Warning, &Fix::Additive));
    let member = format!(
        "{unguarded} CREATE POLICY mine ON public.tools TO authenticated \
         USING (tenant_id IN (SELECT m.tenant_id FROM public.user_tenants m WHERE m.user_id = (select auth.uid())))"
    );
    assert_eq!(only(bench.added(&member).await, "tenant-column-mutable").severity, Severity::Error);

    let found =
        only(bench.added("ALTER TABLE public.tools DROP CONSTRAINT tools_tenant_id_fkey").await, "tenant-fk-missing");
    assert_eq!(found.fix, Fix::Additive);
    assert_eq!(found.supersedes.len(), 1);
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_of_organizations() {
    let bench = Bench::open("tests/schemas/organizations").await;
    bench.judge(&organizations()).await;
    judge_declared(&bench, &new_account_tables()).await;
    bench.close().await;
}

fn organizations() -> Vec<Case> {
    let alter = |what: &str| format!("ALTER TABLE public.tasks ALTER COLUMN account_id {what}");
    let fkey = |what: &str| {
        format!(
            "ALTER TABLE public.tasks DROP CONSTRAINT tasks_account_id_fkey, ADD CONSTRAINT tasks_account_id_fkey \
             FOREIGN KEY (account_id) REFERENCES public.organizations {what}"
        )
    };
    vec![
        Case::hole(
            "nobody's table",
            "CREATE TABLE public.leftovers (id uuid PRIMARY KEY)",
            &["table-unclassified public.leftovers"],
        ),
        Case::hole(
            "a second name",
            "ALTER TABLE public.tasks ADD COLUMN organization_id uuid REFERENCES public.organizations",
            &["tenant-column-alias public.tasks.organization_id"],
        ),
        Case::silent("a country", "ALTER TABLE public.tasks ADD COLUMN country text REFERENCES public.countries"),
        Case::hole(
            "no tenant for a row",
            "ALTER TABLE public.events DROP CONSTRAINT events_pkey; ALTER TABLE public.events ALTER COLUMN account_id DROP NOT NULL",
            &["tenant-column-nullable public.events.account_id"],
        ),
        Case::hole(
            "a constant",
            &alter("SET DEFAULT '00000000-0000-0000-0000-000000000000'"),
            &["tenant-default-constant public.tasks.account_id"],
        ),
        Case::silent(
            "read from a setting",
            &alter("SET DEFAULT nullif(current_setting('app.account_id', true), '')::uuid"),
        ),
        Case::hole(
            "no foreign key",
            "ALTER TABLE public.tasks DROP CONSTRAINT tasks_account_id_fkey",
            &["tenant-fk-missing public.tasks"],
        ),
        Case::hole("restricts", &fkey("ON DELETE RESTRICT"), &["tenant-fk-action public.tasks.tasks_account_id_fkey"]),
        Case::hole(
            "may move",
            "GRANT UPDATE ON public.tasks TO app_user",
            &["tenant-column-mutable public.tasks.account_id"],
        ),
        Case::silent(
            "nobody may update events",
            "GRANT UPDATE ON public.events TO app_user; REVOKE UPDATE ON public.events FROM app_user",
        ),
        Case::hole(
            "a document",
            "CREATE INDEX ON public.events ((payload ->> 'account_id'))",
            &["tenant-in-jsonb public.events.payload"],
        ),
        Case::hole(
            "unlogged",
            "ALTER TABLE public.task_labels SET UNLOGGED",
            &["unlogged-tenant-table public.task_labels"],
        ),
        Case::hole(
            "policies asleep",
            "ALTER TABLE public.events DISABLE ROW LEVEL SECURITY",
            &["policy-exists-rls-disabled public.events"],
        ),
        Case::hole(
            "open",
            "DROP POLICY memberships_select ON public.memberships; ALTER TABLE public.memberships DISABLE ROW LEVEL SECURITY",
            &["rls-disabled public.memberships"],
        ),
        Case::hole(
            "closed",
            "DROP POLICY memberships_select ON public.memberships",
            &["rls-no-policy public.memberships"],
        ),
        Case::hole(
            "the owner",
            "ALTER TABLE public.tasks NO FORCE ROW LEVEL SECURITY",
            &["rls-not-forced public.tasks"],
        ),
        Case::hole(
            "a title for one",
            "ALTER TABLE public.tasks ADD CONSTRAINT x UNIQUE (project_id, title)",
            &["unique-not-tenant-scoped public.tasks.x"],
        ),
        Case::silent(
            "a title for each",
            "ALTER TABLE public.tasks ADD CONSTRAINT x UNIQUE (account_id, project_id, title)",
        ),
        Case::hole(
            "a role everywhere",
            "ALTER TABLE public.memberships ADD CONSTRAINT x UNIQUE (user_id, role)",
            &["role-grant-not-tenant-scoped public.memberships.x"],
        ),
        Case::hole(
            "blocks",
            "ALTER TABLE public.labels ADD CONSTRAINT x EXCLUDE USING btree (name WITH =)",
            &["exclusion-not-tenant-scoped public.labels.x"],
        ),
        Case::hole(
            "numbers",
            "ALTER TABLE public.tasks ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT x UNIQUE",
            &["pk-not-tenant-scoped public.tasks.x"],
        ),
        Case::silent(
            "numbers of each",
            "ALTER TABLE public.tasks ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY, ADD UNIQUE (account_id, number)",
        ),
        Case::hole(
            "crosses",
            "ALTER TABLE public.labels ADD CONSTRAINT by_id UNIQUE (id); \
             ALTER TABLE public.tasks ADD COLUMN label_id uuid CONSTRAINT x REFERENCES public.labels (id)",
            &["fk-crosses-tenants public.tasks.x"],
        ),
        Case::hole(
            "crosses, and by a key that is none",
            "ALTER TABLE public.labels ADD COLUMN code uuid CONSTRAINT by_code UNIQUE; \
             ALTER TABLE public.tasks ADD COLUMN label_code uuid CONSTRAINT x REFERENCES public.labels (code)",
            &["fk-crosses-tenants public.tasks.x", "parent-key-missing public.labels"],
        ),
        Case::hole(
            "to a template",
            "ALTER TABLE public.templates ADD CONSTRAINT by_id UNIQUE (id); \
             ALTER TABLE public.tasks ADD COLUMN template_id uuid CONSTRAINT x REFERENCES public.templates (id)",
            &["fk-to-shareable public.tasks.x"],
        ),
        Case::hole(
            "nulls the account",
            "ALTER TABLE public.tasks DROP CONSTRAINT tasks_account_id_parent_id_fkey, ADD CONSTRAINT x \
             FOREIGN KEY (account_id, parent_id) REFERENCES public.tasks (account_id, id) ON DELETE SET NULL",
            &["fk-set-null-hits-tenant public.tasks.x"],
        ),
        Case::hole(
            "not valid",
            "ALTER TABLE public.tasks ADD CONSTRAINT x CHECK (title <> '') NOT VALID",
            &["constraint-not-enforced public.tasks.x"],
        ),
        Case::hole(
            "a partition asleep",
            "ALTER TABLE public.events_2027 DISABLE TRIGGER ALL",
            &[
                "constraint-trigger-disabled public.events.events_account_id_fkey",
                "constraint-trigger-disabled public.events.events_account_id_task_id_fkey",
            ],
        ),
        Case::hole(
            "open templates",
            "ALTER TABLE public.templates ALTER COLUMN is_public SET DEFAULT true",
            &["share-default-open public.templates.is_public"],
        ),
        Case::hole(
            "a share column is gone",
            "ALTER TABLE public.templates DROP COLUMN is_public CASCADE",
            &["command-uncovered public.templates", "share-column-missing public.templates.is_public"],
        ),
        Case::hole(
            "public or not",
            "ALTER TABLE public.templates ALTER COLUMN is_public DROP NOT NULL",
            &["share-column-type public.templates.is_public"],
        ),
    ]
}

fn new_account_tables() -> Vec<Case> {
    vec![
        Case::silent("a table as it should be", &account_table("notes", "id uuid NOT NULL, PRIMARY KEY (account_id, id)")),
        Case::hole(
            "no index",
            &account_table("notes", "id uuid NOT NULL, PRIMARY KEY (id, account_id)").replace("(account_id);", "(id);"),
            &["tenant-index-missing public.notes"],
        ),
        Case::hole(
            "another type",
            &account_table("notes", "id uuid NOT NULL, PRIMARY KEY (account_id, id)")
                .replace("account_id uuid NOT NULL DEFAULT app.account_id()", "account_id text NOT NULL")
                .replace("CONSTRAINT notes_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.organizations ON DELETE CASCADE", "CHECK (true)")
                .replace("(account_id = (select", "(account_id::uuid = (select"),
            &["policy-not-implying-tenant public.notes.notes_own", "tenant-column-type public.notes.account_id"],
        ),
        Case::hole(
            "a child",
            "ALTER TABLE public.tasks ADD CONSTRAINT by_id UNIQUE (id); \
             CREATE TABLE public.comments (id uuid PRIMARY KEY, task_id uuid REFERENCES public.tasks (id))",
            &["rls-disabled public.comments", "tenant-child-hidden public.comments.account_id"],
        ),
        Case::hole(
            "a table of nobody",
            "CREATE TABLE public.comments (id uuid PRIMARY KEY)",
            &["rls-disabled public.comments", "tenant-column-missing public.comments.account_id"],
        ),
        Case::hole(
            "a link",
            "ALTER TABLE public.tasks ADD CONSTRAINT by_id UNIQUE (id); ALTER TABLE public.labels ADD CONSTRAINT by_id2 UNIQUE (id); \
             CREATE TABLE public.links (task_id uuid REFERENCES public.tasks (id), label_id uuid REFERENCES public.labels (id), \
               UNIQUE (label_id, task_id))",
            &["junction-missing-tenant public.links.account_id", "rls-disabled public.links"],
        ),
        Case::hole(
            "parts of templates",
            &account_table(
                "template_steps",
                "template_id uuid NOT NULL, FOREIGN KEY (account_id, template_id) REFERENCES public.templates (account_id, id) ON DELETE CASCADE",
            ),
            &["share-child-visibility public.template_steps"],
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn two_share_columns_of_organizations() {
    let bench = Bench::open_with("tests/schemas/organizations", |spec| {
        let shareable = &mut spec.tenancy.as_mut().unwrap().shareable;
        shareable.columns.push(drift::spec::ShareColumn { name: "name".into(), declaration: "text not null".into() });
        shareable.check = None;
    })
    .await;
    let mut tied = bench.spec.clone();
    tied.tenancy.as_mut().unwrap().shareable.check = Some("is_public or name <> ''".into());
    let codes = |catalog: &Catalog, spec: &Spec| -> Vec<String> {
        tenancy::check(catalog, None, spec).iter().map(key).collect()
    };
    assert_eq!(codes(&bench.declared, &bench.spec), [""; 0]);
    assert_eq!(codes(&bench.declared, &tied), ["share-inconsistent public.templates"]);
    let checked = bench.changed("ALTER TABLE public.templates ADD CHECK (is_public OR name <> '')").await.unwrap();
    assert_eq!(codes(&checked, &tied), [""; 0]);
    bench.close().await;
}
