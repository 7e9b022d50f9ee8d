//! The rules on catalogs made by hand.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::catalog::Catalog;
use crate::model::catalog::Dependency;
use crate::model::finding::Fix;
use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::object::Value;
use crate::model::role::Role;
use crate::spec::Spec;
use crate::spec::drift_toml;
use crate::tenancy::RULES;
use crate::tenancy::RuleFinding;
use crate::tenancy::check;

static ROW_SECURITY: Attribute = Attribute::exact("row_security");
static FORCED: Attribute = Attribute::exact("force_row_security");
static REFERENCES: Attribute = Attribute::informational("references");
static VALIDATED: Attribute = Attribute::exact("validated");
static PARTITION_OF: Attribute = Attribute::exact("partition_of");
static NOT_NULL: Attribute = Attribute::exact("not_null");
static KEYS: Attribute = Attribute::exact("keys");
static COLUMNS: Attribute = Attribute::exact("columns");
static METHOD: Attribute = Attribute::exact("method");
static PREDICATE: Attribute = Attribute::printed("predicate");
static VALID: Attribute = Attribute::exact("valid");
static PERMISSIVE: Attribute = Attribute::exact("permissive");

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

fn list(items: &[&str]) -> Value {
    Value::List(items.iter().map(|item| Arc::from(*item)).collect())
}

fn object(kind: ObjectKind, parent: &str, name: &str, values: Vec<(&'static Attribute, Value)>) -> Object {
    Object::new(ObjectId::new(kind, "public", parent, name), values)
}

fn table(name: &str, row_security: bool) -> Object {
    object(
        ObjectKind::Table,
        "",
        name,
        vec![(&ROW_SECURITY, Value::Bool(row_security)), (&FORCED, Value::Bool(row_security))],
    )
}

fn column(table: &str, name: &str) -> Object {
    object(ObjectKind::Column, table, name, vec![(&NOT_NULL, Value::Bool(true))])
}

fn policy(table: &str, name: &str, permissive: bool) -> Object {
    object(ObjectKind::Policy, table, name, vec![(&PERMISSIVE, Value::Bool(permissive))])
}

fn index(table: &str, name: &str, keys: &[&str]) -> Object {
    object(ObjectKind::Index, table, name, vec![(&KEYS, list(keys)), (&VALID, Value::Bool(true))])
}

/// The foreign key to the registry.
fn to_registry(table: &str) -> Object {
    let values =
        vec![(&COLUMNS, list(&["tenant_id"])), (&REFERENCES, text("public.tenants")), (&VALIDATED, Value::Bool(true))];
    object(ObjectKind::ForeignKey, table, &format!("{table}_tenant_id_fkey"), values)
}

/// A table as it should be.
fn tenant_table(name: &str) -> Vec<Object> {
    vec![
        table(name, true),
        column(name, "tenant_id"),
        policy(name, "own", true),
        index(name, &format!("{name}_tenant_idx"), &["tenant_id"]),
        to_registry(name),
    ]
}

fn catalog(objects: Vec<Object>) -> Catalog {
    Catalog::new(150018, objects, Vec::new()).unwrap()
}

fn spec(more: &str) -> Spec {
    let text = format!("[tenancy]\nregistry = \"tenants\"\n{more}");
    drift_toml::parse("drift.toml", &text).unwrap()
}

/// `code object` of each finding.
fn said(findings: &[RuleFinding]) -> Vec<String> {
    findings.iter().map(|finding| format!("{} {}", finding.code, finding.object.dotted())).collect()
}

fn without(objects: Vec<Object>, kind: ObjectKind) -> Vec<Object> {
    objects.into_iter().filter(|object| object.id.kind != kind).collect()
}

#[test]
fn a_table_as_it_should_be_gives_nothing() {
    let catalog = catalog(tenant_table("agents"));
    assert_eq!(check(&catalog, Some(&catalog), &spec("")), []);
}

#[test]
fn without_tenancy_there_is_nothing_to_judge() {
    let catalog = catalog(vec![table("agents", false)]);
    assert_eq!(check(&catalog, None, &Spec::default()), []);
}

#[test]
fn exceptions_are_left_alone() {
    let mut objects = vec![
        table("tenants", false),
        table("countries", false),
        table("_sqlx_migrations", false),
        table("old_x", false),
    ];
    let partition = vec![(&ROW_SECURITY, Value::Bool(false)), (&PARTITION_OF, text("public.agents"))];
    objects.push(object(ObjectKind::Table, "", "agents_2027", partition));
    objects.push(Object::new(ObjectId::new(ObjectKind::Table, "auth", "", "users"), vec![]));
    let more = "[tables]\ncountries = \"global\"\n[[ignore]]\nobject = \"old_*\"\nwhy = \"legacy\"";
    assert_eq!(said(&check(&catalog(objects), Some(&catalog(vec![])), &spec(more))), [""; 0]);
}

#[test]
fn a_missing_tenant_column_is_one_finding_and_not_an_index_too() {
    let declared = catalog(tenant_table("workflows"));
    let mut actual = catalog(vec![table("workflows", true), policy("workflows", "own", true)]);
    let rows = |n| Some(BTreeMap::from([((Arc::from("public"), Arc::from("workflows")), n)]));
    actual.rows = rows(4);
    let findings = check(&actual, Some(&declared), &spec(""));
    assert_eq!(said(&findings), ["tenant-column-missing public.workflows.tenant_id"]);
    assert!(findings[0].message.contains("its 4 rows belong to no tenant"), "{}", findings[0].message);
    assert!(findings[0].help.contains("--backfill 'workflows="), "{}", findings[0].help);
    assert!(matches!(findings[0].fix, Fix::Partial { .. }));
    assert_eq!(findings[0].supersedes, [(findings[0].object.clone(), None)]);
    // With an answer for the rows, or without rows, the repair is whole.
    let answered = check(&actual, Some(&declared), &spec("[backfill]\nworkflows = \"= 'x'\""));
    assert_eq!(answered[0].fix, Fix::Additive);
    actual.rows = rows(0);
    assert_eq!(check(&actual, Some(&declared), &spec(""))[0].fix, Fix::Additive);
    // Declared nowhere: nothing to add.
    let findings = check(&actual, Some(&actual), &spec(""));
    assert!(matches!(findings[0].fix, Fix::None { .. }));
}

#[test]
fn share_columns_are_asked_of_shareable_tables_only() {
    let more = "[tables]\ntools = \"shareable\"\n[shareable]\n\
                columns = { sharing_mode = \"text\", is_shared = \"boolean not null default false\" }";
    let mut objects = tenant_table("agents");
    objects.extend(tenant_table("tools"));
    objects.push(column("tools", "sharing_mode"));
    let actual = catalog(objects.clone());
    objects.push(column("tools", "is_shared"));
    let findings = check(&actual, Some(&catalog(objects)), &spec(more));
    assert_eq!(said(&findings), ["share-column-missing public.tools.is_shared"]);
    assert_eq!((&findings[0].fix, &findings[0].expected), (&Fix::Additive, &None));
    let findings = check(&actual, Some(&actual), &spec(more));
    assert_eq!(findings[0].expected.as_deref(), Some("boolean not null default false"));
}

#[test]
fn an_unclassified_table_is_judged_by_one_rule() {
    let actual = catalog(vec![table("notes", false)]);
    let findings = check(&actual, Some(&catalog(vec![])), &spec(""));
    assert_eq!(said(&findings), ["table-unclassified public.notes"]);
    assert!(findings[0].help.contains("`notes = \"global\"`"), "{}", findings[0].help);
    // On the declared SQL itself there is nobody to ask, and all tables are owned.
    let codes = said(&check(&actual, None, &spec("")));
    assert_eq!(codes, ["tenant-column-missing public.notes.tenant_id", "rls-disabled public.notes"]);
}

#[test]
fn policies_that_are_not_in_force_are_said() {
    let mut objects = tenant_table("agents");
    objects[0] = table("agents", false);
    let declared = catalog(tenant_table("agents"));
    let findings = check(&catalog(objects.clone()), Some(&declared), &spec(""));
    assert_eq!(said(&findings), ["policy-exists-rls-disabled public.agents"]);
    assert!(findings[0].message.contains("a policy that is not in force"), "{}", findings[0].message);
    let id = &findings[0].object;
    let attributes = ["row_security", "force_row_security"];
    assert_eq!(findings[0].supersedes, attributes.map(|attribute| (id.clone(), Some(attribute))));
    assert_eq!(findings[0].fix, Fix::Additive);
    let findings = check(&catalog(without(objects, ObjectKind::Policy)), Some(&declared), &spec(""));
    assert_eq!(said(&findings), ["rls-disabled public.agents"]);
    assert!(findings[0].message.contains("every role with SELECT reads every tenant's rows"));
}

#[test]
fn row_security_without_a_permissive_policy_takes_the_missing_ones_along() {
    let declared = catalog(tenant_table("agents"));
    let mut objects = without(tenant_table("agents"), ObjectKind::Policy);
    let findings = check(&catalog(objects.clone()), Some(&declared), &spec(""));
    assert_eq!(said(&findings), ["rls-no-policy public.agents"]);
    assert_eq!(findings[0].severity, Severity::Warning);
    assert_eq!(findings[0].supersedes, [(policy("agents", "own", true).id, None)]);
    objects.push(policy("agents", "guard", false));
    let findings = check(&catalog(objects), Some(&declared), &spec(""));
    assert!(findings[0].message.contains("only restrictive policies"), "{}", findings[0].message);
}

#[test]
fn an_index_serves_only_if_a_policy_can_use_it() {
    let bare = without(tenant_table("agents"), ObjectKind::Index);
    let declared = catalog(tenant_table("agents"));
    let with = |more: Object| {
        let mut objects = bare.clone();
        objects.push(more);
        said(&check(&catalog(objects), Some(&declared), &spec(""))).len()
    };
    let indexed = |keys: &[&str], more: Vec<(&'static Attribute, Value)>| {
        let mut values = vec![(&KEYS, list(keys))];
        values.extend(more);
        with(object(ObjectKind::Index, "agents", "i", values))
    };
    assert_eq!(indexed(&["tenant_id", "name"], vec![]), 0);
    assert_eq!(indexed(&["tenant_id DESC"], vec![(&METHOD, text("btree"))]), 0);
    assert_eq!(with(object(ObjectKind::Unique, "agents", "u", vec![(&COLUMNS, list(&["tenant_id", "name"]))])), 0);
    assert_eq!(with(object(ObjectKind::PrimaryKey, "agents", "p", vec![(&COLUMNS, list(&["tenant_id", "id"]))])), 0);
    assert_eq!(indexed(&["name", "tenant_id"], vec![]), 1);
    assert_eq!(indexed(&["tenant_id_2"], vec![]), 1);
    assert_eq!(indexed(&["lower(tenant_id)"], vec![]), 1);
    assert_eq!(indexed(&["tenant_id"], vec![(&PREDICATE, text("deleted_at IS NULL"))]), 1);
    assert_eq!(indexed(&["tenant_id"], vec![(&METHOD, text("gin"))]), 1);
    assert_eq!(indexed(&["tenant_id"], vec![(&VALID, Value::Bool(false))]), 1);
    let findings = check(&catalog(bare), Some(&declared), &spec(""));
    assert_eq!(findings[0].supersedes, [(index("agents", "agents_tenant_idx", &[]).id, None)]);
}

#[test]
fn a_missing_key_that_would_serve_is_the_differs_to_tell() {
    let mut objects = without(tenant_table("agents"), ObjectKind::Index);
    let actual = catalog(objects.clone());
    objects.push(object(ObjectKind::Unique, "agents", "u", vec![(&COLUMNS, list(&["tenant_id", "name"]))]));
    assert_eq!(check(&actual, Some(&catalog(objects)), &spec("")), []);
}

#[test]
fn what_a_reader_cannot_see_is_not_taken_for_absent() {
    // information_schema: neither row security, nor policies, nor indexes.
    let objects = vec![object(ObjectKind::Table, "", "agents", vec![]), column("agents", "tenant_id")];
    let catalog = catalog(objects);
    assert_eq!(check(&catalog, Some(&catalog), &spec("")), []);
}

#[test]
fn not_null_that_waits_for_its_validation_is_none() {
    static NOT_VALID: Attribute = Attribute::exact("not_null_not_valid");
    let declared = catalog(tenant_table("agents"));
    let with = |values| {
        let mut objects = tenant_table("agents");
        objects[1] = object(ObjectKind::Column, "agents", "tenant_id", values);
        check(&catalog(objects), Some(&declared), &spec(""))
    };
    let findings = with(vec![(&NOT_NULL, Value::Bool(true)), (&NOT_VALID, text("agents_tenant_id_not_null"))]);
    assert_eq!(said(&findings), ["tenant-column-nullable public.agents.tenant_id"]);
    assert!(findings[0].message.contains("agents_tenant_id_not_null is not validated"), "{}", findings[0].message);
    assert_eq!(findings[0].fix, Fix::Additive);
    assert!(with(vec![])[0].message.contains("may be NULL"));
    assert_eq!(with(vec![(&NOT_NULL, Value::Bool(true))]), []);
}

#[test]
fn a_constraint_that_is_not_enforced_has_to_be_replaced() {
    static DEFINITION: Attribute = Attribute::exact("definition");
    let declared = catalog(tenant_table("agents"));
    let with = |definition: &str, validated| {
        let mut objects = tenant_table("agents");
        let key = objects.pop().unwrap();
        let mut values: Vec<_> =
            key.attributes.iter().filter(|(a, _)| a.name != "validated").map(|(a, v)| (a, v.clone())).collect();
        values.extend([(&VALIDATED, Value::Bool(validated)), (&DEFINITION, text(definition))]);
        objects.push(Object::new(key.id, values));
        check(&catalog(objects), Some(&declared), &spec(""))
    };
    assert_eq!(with("FOREIGN KEY (tenant_id) REFERENCES public.tenants(id)", true), []);
    let findings = with("FOREIGN KEY (tenant_id) REFERENCES public.tenants(id)", false);
    assert_eq!(said(&findings), ["constraint-not-enforced public.agents.agents_tenant_id_fkey"]);
    assert_eq!(findings[0].fix, Fix::Additive);
    let findings = with("FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) NOT ENFORCED", false);
    assert!(findings[0].message.contains("is not enforced"), "{}", findings[0].message);
    assert!(matches!(findings[0].fix, Fix::None { .. }));
}

#[test]
fn every_page_has_the_same_four_headings() {
    for rule in RULES {
        let headings: Vec<&str> = rule.page.lines().filter(|line| line.starts_with('#')).collect();
        let title = format!("# {}", rule.code);
        let expected = [&title, "## What it checks", "## Why it matters", "## How to fix", "## Fix safety"];
        assert_eq!(headings, expected, "{}", rule.code);
    }
}

#[test]
fn the_faults_of_a_server_are_those_of_one_that_people_use() {
    let mut server = catalog(tenant_table("agents"));
    server.server_version = 150_018;
    assert_eq!(said(&check(&server, None, &spec(""))), [""; 0], "SQL that was brought to life");
    server.live = true;
    assert_eq!(said(&check(&server, None, &spec(""))), ["server-advisory server_version"]);
    server.server_version = 189_999;
    assert_eq!(said(&check(&server, None, &spec(""))), [""; 0], "a server with all repairs");
}

/// A view over a tenant table that a confined role reads, on a server of some version.
fn catalog_with_view(server_version: u32, options: &[&str]) -> Catalog {
    static OPTIONS: Attribute = Attribute::exact("options");
    static GRANTEE: Attribute = Attribute::informational("grantee");
    static PRIVILEGES: Attribute = Attribute::exact("privileges");
    let mut objects = tenant_table("agents");
    let view = objects.len() as u32;
    objects.push(object(ObjectKind::View, "", "every_agent", vec![(&OPTIONS, list(options))]));
    let grant = vec![(&PRIVILEGES, list(&["SELECT"])), (&GRANTEE, text("app"))];
    objects.push(object(ObjectKind::Grant, "every_agent", "app", grant));
    let edge = Dependency { from: view, to: 0, owned: false };
    let mut catalog = Catalog::new(server_version, objects, vec![edge]).unwrap();
    catalog.roles = vec![Role::plain("app")];
    catalog
}

#[test]
fn what_repairs_a_view_depends_on_the_version() {
    let check =
        |version, options: &[&str]| check(&catalog_with_view(version, options), None, &spec("roles = [\"app\"]"));
    for (version, help) in
        [(180_004, "security_invoker = true"), (150_018, "security_invoker = true"), (140_023, "REVOKE SELECT")]
    {
        let findings = check(version, &[]);
        assert_eq!(said(&findings), ["view-bypasses-rls public.every_agent"], "{version}");
        assert!(findings[0].help.contains(help), "{version}: {}", findings[0].help);
    }
    for yes in ["true", "on", "1", "YES", "t"] {
        assert_eq!(said(&check(150_018, &[&format!("security_invoker={yes}")])), [""; 0], "{yes}");
    }
    for no in ["false", "off", "0", "no", "o"] {
        assert_eq!(said(&check(150_018, &[&format!("security_invoker={no}")])).len(), 1, "{no}");
    }
}
