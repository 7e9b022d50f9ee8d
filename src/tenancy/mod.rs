//! The rules of tenant isolation: each is a pair of files, `<rule>.rs` that
//! finds and `<rule>.md` that explains. A rule reads catalogs and the spec;
//! it never compares them attribute by attribute (the differ does) and never
//! writes SQL (kinds do).

use std::cell::OnceCell;

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

pub mod access;
mod context;
mod expression;
mod functions;
pub mod guard;
mod isolation;
mod policies;
mod proof;
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
    table_unclassified    "table-unclassified"
    tenant_column_missing "tenant-column-missing"
    share_column_missing  "share-column-missing"
    rls_disabled          "rls-disabled"
    rls_no_policy         "rls-no-policy"
    tenant_index_missing  "tenant-index-missing"
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
        let verdicts = OnceCell::new();
        Some(Scene { catalog, declared, spec, tenancy, confined, anonymous, policies, verdicts })
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
    /// What policies let through: see [`Scene::verdicts`].
    verdicts: OnceCell<Vec<Verdict<'a>>>,
}

impl<'a> Scene<'a> {
    /// The tables that rules are about: in managed schemas, not ignored, not
    /// the registry. A partition is its parent's business.
    fn tables(&self) -> impl Iterator<Item = &'a Object> {
        self.catalog.of_kind(ObjectKind::Table).iter().filter(|table| {
            self.spec.schemas.iter().any(|schema| **schema == *table.id.schema)
                && table.text("partition_of").is_none()
                && !self.spec.ignores(&table.id)
                && !self.tenancy.is_registry(&table.id.schema, &table.id.name)
        })
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

    /// Who must be confined, and who has not signed in.
    fn watched(&self) -> impl Iterator<Item = &Confined<'a>> {
        self.confined.iter().chain(&self.anonymous)
    }

    /// The permissive policies that let other tenants' rows through.
    fn verdicts(&self) -> &[Verdict<'a>] {
        self.verdicts.get_or_init(|| self.policies.verdicts(self))
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

/// True where a key of an index, as the server prints it, is the bare column.
fn is_key(key: &str, column: &str) -> bool {
    let column = quote(column);
    key.strip_prefix(column.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

#[cfg(test)]
mod tests;
