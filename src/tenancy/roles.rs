//! What rules about roles and grants share: who must be held back, which
//! tables are at stake, and how a fact that is true of all of them is said once.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::tenancy::Confined;
use crate::tenancy::Scene;
use crate::tenancy::access::Access;

/// How many names a sentence lists before it counts the rest.
const NAMED: usize = 3;

/// What is said of a role as a whole is said of what it was granted: roles are
/// no objects of a database.
pub fn role_id(name: &str) -> ObjectId {
    ObjectId::new(ObjectKind::Grant, "", "", name)
}

/// `a`, `a and b`, `a, b and c`, `a, b, c and 4 more`.
pub fn listed<S: AsRef<str>>(names: &[S]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] if names.len() <= NAMED => format!("{} and {last}", first.join(", ")),
        more => format!("{} and {} more", more[..NAMED].join(", "), more.len() - NAMED),
    }
}

/// The dotted names of objects, for [`listed`].
pub fn names(objects: &[&Object]) -> Vec<String> {
    objects.iter().map(|object| object.id.dotted()).collect()
}

impl<'a> Scene<'a> {
    /// Everybody who must not see the rows of other tenants: the confined
    /// roles, and those who have not signed in.
    pub(super) fn held_back(&self) -> impl Iterator<Item = &Confined<'a>> {
        self.confined.iter().chain(&self.anonymous)
    }

    /// The tenant tables and the registry: what a right on them is worth.
    pub(super) fn guarded_tables(&self) -> Vec<&'a Object> {
        let registry = self.catalog.of_kind(ObjectKind::Table).iter().filter(|table| {
            self.tenancy.is_registry(&table.id.schema, &table.id.name)
                && self.spec.schemas.iter().any(|schema| **schema == *table.id.schema)
        });
        registry.chain(self.tenant_tables().map(|(table, _)| table)).collect()
    }

    /// Partitions at any depth, and children by inheritance, of each of `tables`.
    pub(super) fn descendants(&self, tables: &[&'a Object]) -> Vec<(&'a Object, &'a Object)> {
        let mut children: BTreeMap<&str, Vec<&Object>> = BTreeMap::new();
        for table in self.catalog.of_kind(ObjectKind::Table) {
            let parents = table.text("partition_of").into_iter().chain(table.list("inherits").iter().map(|p| &**p));
            parents.for_each(|parent| children.entry(parent).or_default().push(table));
        }
        let mut found: Vec<(&Object, &Object)> = Vec::new();
        let mut seen: BTreeSet<(&ObjectId, &ObjectId)> = BTreeSet::new();
        for root in tables {
            let mut work = vec![*root];
            while let Some(parent) = work.pop() {
                for child in children.get(parent.id.qualified().as_str()).into_iter().flatten() {
                    if seen.insert((&root.id, &child.id)) {
                        found.push((child, root));
                        work.push(child);
                    }
                }
            }
        }
        found
    }

    /// The grants on each relation, by schema and name.
    pub(super) fn grants(&self) -> BTreeMap<(&'a str, &'a str), Vec<&'a Object>> {
        let mut grants: BTreeMap<(&str, &str), Vec<&Object>> = BTreeMap::new();
        for grant in self.catalog.of_kind(ObjectKind::Grant) {
            grants.entry(grant.id.group()).or_default().push(grant);
        }
        grants
    }

    /// Grants that the expected SQL does not have: a rule about them says it all.
    pub(super) fn undeclared(&self, grants: &[&Object]) -> Vec<ObjectId> {
        grants.iter().filter(|grant| self.declared(&grant.id).is_none()).map(|grant| grant.id.clone()).collect()
    }
}

impl Scene<'_> {
    /// Undeclared grants of a relation or routine to those who must be held back:
    /// where a rule says what they open, that is all there is to say.
    pub(super) fn undeclared_to_held_back(&self, object: &Object) -> Vec<ObjectId> {
        let grants = self.catalog.children(ObjectKind::Grant, &object.id.schema, &object.id.name).iter();
        let opens = |grant: &&Object| {
            let grantee = grant.text("grantee").unwrap_or_default();
            grantee == "public" || self.held_back().any(|role| role.access.acts_as(grantee))
        };
        self.undeclared(&grants.filter(opens).collect::<Vec<_>>())
    }
}

impl Confined<'_> {
    /// True where row-level security does not bind the role itself: what it
    /// may do beyond that is the same fact.
    pub(super) fn is_unbound(&self) -> bool {
        self.access.unbound_role() == Some(self.name.as_str())
    }

    /// True where the role can call a routine.
    pub(super) fn may_call(&self, routine: &Object) -> bool {
        self.access.may(routine, "EXECUTE") && self.access.may_in_schema(&routine.id.schema, "USAGE")
    }

    /// True where the role can name a relation and read some column of it.
    pub(super) fn may_read(&self, relation: &Object) -> bool {
        self.access.may_some_column(relation, "SELECT") && self.access.may_in_schema(&relation.id.schema, "USAGE")
    }
}

/// Whether a relation or routine sees rows that policies hide from others,
/// because of who owns it. Without an owner the SQL was read from files: whoever
/// runs those is taken to be privileged, as the scratch server's superuser is.
pub struct Owner<'a> {
    name: Option<&'a str>,
    unbound: bool,
    access: Option<Access<'a>>,
}

/// Answers about owners, each concluded once.
pub struct Owners<'s, 'a> {
    scene: &'s Scene<'a>,
    known: BTreeMap<Arc<str>, Owner<'a>>,
}

impl<'s, 'a> Owners<'s, 'a> {
    pub fn new(scene: &'s Scene<'a>) -> Self {
        Owners { scene, known: BTreeMap::new() }
    }

    /// The owner's name for a sentence.
    pub fn named(object: &Object) -> String {
        object.text("owner").map_or_else(|| "whoever runs the SQL".to_owned(), |owner| format!("its owner {owner}"))
    }

    /// True where row-level security binds the owner of `object` nowhere.
    pub fn unbound(&mut self, object: &'a Object) -> bool {
        self.of(object).unbound
    }

    /// True where what `object` reads from `table` is read without its policies.
    pub fn bypasses(&mut self, object: &'a Object, table: &Object) -> bool {
        let owner = self.of(object);
        let owns = match (owner.name, table.text("owner")) {
            (Some(_), Some(_)) => owner.access.as_ref().is_some_and(|access| access.owns(table)),
            (None, _) | (_, None) => false,
        };
        owner.unbound || owns && !table.flag("force_row_security")
    }

    fn of(&mut self, object: &'a Object) -> &Owner<'a> {
        let name = object.text("owner");
        let scene = self.scene;
        self.known.entry(name.unwrap_or_default().into()).or_insert_with(|| {
            let role = name.and_then(|name| crate::model::role::find(&scene.catalog.roles, name));
            let unbound = name.is_none() || role.is_some_and(|r| r.superuser || r.bypass_row_security);
            Owner { name, unbound, access: name.map(|name| Access::of(scene.catalog, name)) }
        })
    }
}
