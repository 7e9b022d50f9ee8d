//! The rules of tenant isolation: each is a pair of files, `<rule>.rs` that
//! finds and `<rule>.md` that explains. A rule reads catalogs and the spec;
//! it never compares them attribute by attribute (the differ does) and never
//! writes SQL (kinds do).

use crate::model::catalog::Catalog;
use crate::model::finding::Fix;
use crate::model::finding::Severity;
use crate::model::ident::quote;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::spec::Spec;
use crate::spec::TableClass;
use crate::spec::Tenancy;
use crate::tenancy::access::Access;
use crate::tenancy::policies::Policies;
use crate::tenancy::policies::Verdict;

/// One rule.
pub struct Rule {
    /// The code of its findings.
    pub code: &'static str,
    /// What `drift explain` prints.
    pub page: &'static str,
    check: fn(&Scene) -> Vec<RuleFinding>,
}

/// What a rule has to say about one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFinding {
    pub code: &'static str,
    pub severity: Severity,
    /// The missing column, or the table.
    pub object: ObjectId,
    /// Names the object and the harm.
    pub message: String,
    /// An imperative.
    pub help: String,
    /// What the rule expects, where the declared SQL does not say it.
    pub expected: Option<String>,
    /// Differences that are the same fact: whole objects, or one attribute.
    /// They are not findings of their own; the objects beside [`Self::object`]
    /// belong to this one.
    pub supersedes: Vec<(ObjectId, Option<&'static str>)>,
    pub fix: Fix,
}

impl RuleFinding {
    /// A finding without a repair; the reason says why there is none.
    fn new(code: &'static str, severity: Severity, object: &ObjectId, message: String, reason: &str) -> Self {
        RuleFinding {
            code,
            severity,
            object: object.clone(),
            message,
            help: String::new(),
            expected: None,
            supersedes: Vec::new(),
            fix: Fix::None { reason: reason.to_owned() },
        }
    }

    /// What nothing additive repairs; `reason` says why.
    fn left(code: &'static str, severity: Severity, object: ObjectId, said: Said, reason: &str) -> RuleFinding {
        RuleFinding::new(code, severity, &object, said.message, reason).help(said.help)
    }

    /// The same, with whole objects that are the same fact.
    fn superseding(mut self, objects: impl IntoIterator<Item = ObjectId>) -> RuleFinding {
        self.supersedes.extend(objects.into_iter().map(|id| (id, None)));
        self
    }

    fn help(self, help: impl Into<String>) -> Self {
        RuleFinding { help: help.into(), ..self }
    }

    /// The difference in one attribute of the object is this fact.
    fn covers(mut self, attribute: &'static str) -> Self {
        self.supersedes.push((self.object.clone(), Some(attribute)));
        self
    }

    /// Where the declared side is as it should be, an additive repair leads there.
    fn repaired_if(self, declared: bool) -> Self {
        if declared {
            let help = "make it so with `drift fix --additive`".to_owned();
            return RuleFinding { help, fix: Fix::Additive, ..self };
        }
        self
    }

    /// A key that is there and should be another: where nobody declared it, that is this fact too.
    fn covers_key(mut self, scene: &Scene) -> Self {
        let id = self.object.clone();
        match scene.declared(&id) {
            None => self.supersedes.push((id, None)),
            Some(_) => {
                let attributes = ["definition", "keys", "unique"];
                self.supersedes.extend(attributes.map(|attribute| (id.clone(), Some(attribute))));
            }
        }
        self
    }
}

/// A finding in words: what goes wrong, and what to do.
struct Said {
    message: String,
    help: String,
}

pub mod access;
mod keys;
mod sharing;

mod context;
mod expression;
mod functions;
pub mod glance;
pub mod guard;
mod isolation;
mod policies;
mod proof;
mod reach;
mod roles;
mod session;
mod sites;

macro_rules! register {
    ($($module:ident $code:literal)*) => {
        $(mod $module;)*

        /// Every rule, in the order in which a report tells them.
        pub const RULES: &[Rule] = &[$(
            Rule { code: $code, page: include_str!(concat!(stringify!($module), ".md")), check: $module::check }
        ),*];
    };
}
register! {
    table_unclassified          "table-unclassified"
    tenant_column_missing       "tenant-column-missing"
    tenant_child_hidden         "tenant-child-hidden"
    junction_missing_tenant     "junction-missing-tenant"
    tenant_column_alias         "tenant-column-alias"
    tenant_column_type          "tenant-column-type"
    tenant_column_nullable      "tenant-column-nullable"
    tenant_fk_missing           "tenant-fk-missing"
    tenant_fk_action            "tenant-fk-action"
    tenant_default_constant     "tenant-default-constant"
    tenant_column_mutable       "tenant-column-mutable"
    tenant_in_jsonb             "tenant-in-jsonb"
    unlogged_tenant_table       "unlogged-tenant-table"
    share_column_missing        "share-column-missing"
    share_column_type           "share-column-type"
    share_inconsistent          "share-inconsistent"
    share_default_open          "share-default-open"
    share_child_visibility      "share-child-visibility"
    rls_disabled                "rls-disabled"
    policy_exists_rls_disabled  "policy-exists-rls-disabled"
    rls_not_forced              "rls-not-forced"
    rls_no_policy               "rls-no-policy"
    tenant_index_missing        "tenant-index-missing"
    role_grant_not_tenant_scoped "role-grant-not-tenant-scoped"
    unique_not_tenant_scoped    "unique-not-tenant-scoped"
    pk_not_tenant_scoped        "pk-not-tenant-scoped"
    exclusion_not_tenant_scoped "exclusion-not-tenant-scoped"
    parent_key_missing          "parent-key-missing"
    fk_crosses_tenants          "fk-crosses-tenants"
    fk_to_shareable             "fk-to-shareable"
    fk_set_null_hits_tenant     "fk-set-null-hits-tenant"
    constraint_not_enforced     "constraint-not-enforced"
    constraint_trigger_disabled "constraint-trigger-disabled"
    app_role_bypasses     "app-role-bypasses"
    app_role_owns         "app-role-owns"
    view_bypasses_rls     "view-bypasses-rls"
    matview_exposed       "matview-exposed"
    grant_unsafe          "grant-unsafe"
    grant_anon            "grant-anon"
    grant_public          "grant-public"
    sequence_writable     "sequence-writable"
    context_setter_callable "context-setter-callable"
    context_spoofable     "context-spoofable"
    secdef_callable       "secdef-callable"
    secdef_search_path    "secdef-search-path"
    rls_partition_differs "rls-partition-differs"
    vector_postfilter     "vector-postfilter"
    rls_nonleakproof_index "rls-nonleakproof-index"
    rls_foreign_table     "rls-foreign-table"
    rule_bypasses         "rule-bypasses"
    publication_unfiltered "publication-unfiltered"
    search_path_shadow    "search-path-shadow"
    default_acl_exposes   "default-acl-exposes"
    context_default_set   "context-default-set"
    server_advisory       "server-advisory"
    policy_always_true         "policy-always-true"
    policy_ignores_tenant      "policy-ignores-tenant"
    policy_not_implying_tenant "policy-not-implying-tenant"
    policy_null_tenant_visible "policy-null-tenant-visible"
    check_weaker_than_using    "check-weaker-than-using"
    shared_write_widening      "shared-write-widening"
    membership_self_service    "membership-self-service"
    policy_user_metadata       "policy-user-metadata"
    context_fallback           "context-fallback"
    policy_recursive           "policy-recursive"
    policy_function_untrusted  "policy-function-untrusted"
    policy_role_public         "policy-role-public"
    command_uncovered          "command-uncovered"
    context_not_missing_ok     "context-not-missing-ok"
    context_empty_string       "context-empty-string"
    policy_initplan            "policy-initplan"
    policy_many_permissive     "policy-many-permissive"
}

/// Judges a catalog by all rules. `declared` is the catalog of the expected
/// SQL, where there is one; without `[tenancy]` in the spec there is nothing
/// to judge.
pub fn check(catalog: &Catalog, declared: Option<&Catalog>, spec: &Spec) -> Vec<RuleFinding> {
    let Some(scene) = Scene::of(catalog, declared, spec) else { return Vec::new() };
    RULES.iter().flat_map(|rule| (rule.check)(&scene)).collect()
}

/// The rule about the server: nothing in a database repairs what it finds, so it
/// is not drift but what a clean report cannot promise.
pub const SERVER_ADVISORY: &str = "server-advisory";

/// The guards that count as declared beside the expected SQL (see [`guard`]):
/// those that `catalog` has, and where they are `wanted`, those that would close
/// what its policies let through.
pub fn guards(catalog: &Catalog, declared: &Catalog, spec: &Spec, wanted: bool) -> Vec<Object> {
    let any =
        |catalog: &Catalog| catalog.of_kind(ObjectKind::Policy).iter().any(|p| p.id.name.starts_with(guard::PREFIX));
    if !wanted && !any(catalog) {
        return Vec::new();
    }
    let Some(scene) = Scene::of(catalog, Some(declared), spec) else { return Vec::new() };
    let mut guards = guard::of_scene(&scene, wanted);
    guards.retain(|guard| declared.get(&guard.id).is_none());
    guards
}

impl<'a> Scene<'a> {
    /// What rules look at; nothing without `[tenancy]`.
    fn of(catalog: &'a Catalog, declared: Option<&'a Catalog>, spec: &'a Spec) -> Option<Scene<'a>> {
        let tenancy = spec.tenancy.as_ref()?;
        let confined = |name: &str| Confined { name: name.to_owned(), access: Access::of(catalog, name) };
        let roles = tenancy.roles.iter().filter(|name| catalog.may_have_role(name));
        let anonymous = (!tenancy.roles.iter().any(|name| name == ANONYMOUS) && catalog.may_have_role(ANONYMOUS))
            .then(|| confined(ANONYMOUS));
        let confined = roles.map(|name| confined(name)).collect();
        let policies = Policies::of(catalog, tenancy);
        let mut scene = Scene { catalog, declared, spec, tenancy, confined, anonymous, policies, verdicts: Vec::new() };
        scene.verdicts = scene.policies.verdicts(&scene);
        Some(scene)
    }
}

/// The role of those who have not signed in, where a platform has one.
const ANONYMOUS: &str = "anon";

/// A role that must see one tenant only, and what it may do.
struct Confined<'a> {
    name: String,
    access: Access<'a>,
}

/// What a rule may look at.
struct Scene<'a> {
    catalog: &'a Catalog,
    declared: Option<&'a Catalog>,
    spec: &'a Spec,
    tenancy: &'a Tenancy,
    /// The roles of `[tenancy]` that the server has.
    confined: Vec<Confined<'a>>,
    /// Who has not signed in: must see nothing of any tenant.
    anonymous: Option<Confined<'a>>,
    policies: Policies<'a>,
    /// What policies let through.
    verdicts: Vec<Verdict<'a>>,
}

impl<'a> Scene<'a> {
    /// The tables that rules are about: in managed schemas, not ignored, not
    /// the registry. A partition is its parent's business.
    fn tables(&self) -> impl Iterator<Item = &'a Object> {
        self.catalog.of_kind(ObjectKind::Table).iter().filter(|table| self.is_ruled(table))
    }

    /// True for a table that rules are about.
    fn is_ruled(&self, table: &Object) -> bool {
        self.spec.schemas.iter().any(|schema| **schema == *table.id.schema)
            && table.text("partition_of").is_none()
            && !self.spec.ignores(&table.id)
            && !self.tenancy.is_registry(&table.id.schema, &table.id.name)
    }

    /// The tables whose rows belong to tenants, with their class. A table that
    /// nobody has classified is another rule's, and only that one's.
    fn tenant_tables(&self) -> impl Iterator<Item = (&'a Object, TableClass)> {
        self.tables()
            .filter(|table| !self.is_unclassified(table))
            .map(|table| (table, self.class(table).unwrap_or(TableClass::Owned)))
            .filter(|(_, class)| class.has_tenant())
    }

    /// The tables whose policies must confine: those of tenants, and the registry.
    fn tables_with_policies(&self) -> impl Iterator<Item = (&'a Object, TableClass)> {
        let registry = self.catalog.of_kind(ObjectKind::Table).iter().filter(|table| {
            self.spec.schemas.iter().any(|schema| **schema == *table.id.schema)
                && self.tenancy.is_registry(&table.id.schema, &table.id.name)
        });
        let registry = registry.map(|table| (table, TableClass::Owned));
        registry.chain(self.tenant_tables()).filter(|(table, _)| !self.children(ObjectKind::Policy, table).is_empty())
    }

    /// The permissive policies that let other tenants' rows through.
    fn verdicts(&self) -> &[Verdict<'a>] {
        &self.verdicts
    }

    fn class(&self, table: &Object) -> Option<TableClass> {
        self.tenancy.class_of(&table.id.schema, &table.id.name)
    }

    /// True where neither the expected SQL nor `drift.toml` knows the table.
    fn is_unclassified(&self, table: &Object) -> bool {
        self.class(table).is_none() && self.declared.is_some_and(|declared| declared.get(&table.id).is_none())
    }

    /// The object of the same identity in the expected SQL.
    fn declared(&self, id: &ObjectId) -> Option<&'a Object> {
        self.declared.and_then(|declared| declared.get(id))
    }

    /// The tenant tables that have the tenant column, with their class: where it
    /// is missing, that is the finding. Only as far as keys and security were read.
    fn tables_with_tenant(&self) -> impl Iterator<Item = (&'a Object, TableClass)> {
        self.tenant_tables().filter(|(table, _)| shows_security(table) && self.has_tenant_column(table))
    }

    /// What hangs on a table.
    fn children(&self, kind: ObjectKind, table: &Object) -> &'a [Object] {
        self.catalog.children(kind, &table.id.schema, &table.id.name)
    }

    /// What hangs on a table in the expected SQL.
    fn declared_children(&self, kind: ObjectKind, table: &Object) -> &'a [Object] {
        self.declared.map_or(&[], |declared| declared.children(kind, &table.id.schema, &table.id.name))
    }

    /// The identity of a column, whether it exists or not.
    fn column(&self, table: &Object, name: &str) -> ObjectId {
        ObjectId::new(ObjectKind::Column, &table.id.schema, &table.id.name, name)
    }

    /// The relations that an object depends on, columns of theirs included.
    fn depends_on_tables(&self, object: &Object) -> impl Iterator<Item = (&'a str, &'a str)> {
        let position = self.catalog.position(&object.id);
        let edges = position.map_or(&[][..], |at| self.catalog.dependencies_of(at as u32));
        edges.iter().map(|edge| self.catalog.at(edge.to).id.group())
    }

    fn rows(&self, table: &Object) -> Option<u64> {
        self.catalog.rows_of(&table.id.schema, &table.id.name)
    }

    /// The table as `[tables]`, `[backfill]` and `--backfill` name it.
    fn short_name(&self, table: &Object) -> String {
        match self.spec.schemas.as_slice() {
            [only] if **only == *table.id.schema => table.id.name.to_string(),
            _ => table.id.dotted(),
        }
    }
}

/// True where policies and indexes were read: `information_schema` shows
/// neither, and no rule may take that for their absence.
fn shows_security(table: &Object) -> bool {
    table.attributes.get("row_security").is_some()
}

/// True where the body of a function has a word in it: what it does with it is
/// not read from a text.
fn names(catalog: &Catalog, signature: &str, word: &str) -> bool {
    let functions = catalog.of_kind(ObjectKind::Function).iter();
    let mut bodies = functions.filter(|f| f.text("signature") == Some(signature)).filter_map(|f| f.text("body"));
    bodies.any(|body| body.split(|c: char| !c.is_alphanumeric() && c != '_').any(|other| other == word))
}

/// True where a key of an index, as the server prints it, is the bare column.
fn is_key(key: &str, column: &str) -> bool {
    let column = quote(column);
    key.strip_prefix(column.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

#[cfg(test)]
mod tests;
