//! Who may do what, concluded from grants, ownership and membership as the
//! server concludes it (`has_table_privilege` and its kin; a test on a real
//! server holds the two together). Works on any catalog, live, declared or recorded.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::catalog::Catalog;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::role;

/// The privileges of one role, its memberships included.
pub struct Access<'a> {
    catalog: &'a Catalog,
    /// The role and those whose privileges it has without `SET ROLE`, and everybody.
    acts_as: BTreeSet<Arc<str>>,
    /// The role and all that it may become.
    may_become: BTreeSet<Arc<str>>,
    superuser: bool,
    /// Grants by schema and relation (or routine) they are on.
    grants: BTreeMap<(Arc<str>, Arc<str>), Vec<&'a Object>>,
}

impl<'a> Access<'a> {
    /// What `role` may do with the objects of a catalog.
    pub fn of(catalog: &'a Catalog, role: &str) -> Access<'a> {
        let mut acts_as = role::closure(&catalog.roles, role, true);
        acts_as.insert("public".into());
        let mut grants: BTreeMap<(Arc<str>, Arc<str>), Vec<&Object>> = BTreeMap::new();
        for grant in catalog.of_kind(ObjectKind::Grant) {
            if grant.text("grantee").is_some_and(|grantee| acts_as.contains(grantee)) {
                grants.entry((grant.id.schema.clone(), grant.id.parent.clone())).or_default().push(grant);
            }
        }
        Access {
            catalog,
            may_become: role::closure(&catalog.roles, role, false),
            superuser: role::find(&catalog.roles, role).is_some_and(|r| r.superuser),
            acts_as,
            grants,
        }
    }

    /// `pg_has_role(role, other, 'USAGE')`: it has that role's privileges without `SET ROLE`.
    pub fn acts_as(&self, other: &str) -> bool {
        self.superuser || self.acts_as.contains(other)
    }

    /// `pg_has_role(role, other, 'MEMBER')`: it may become that role.
    pub fn may_become(&self, other: &str) -> bool {
        self.superuser || self.may_become.contains(other)
    }

    /// The role, or one that it may become, that row-level security does not bind.
    pub fn unbound_role(&self) -> Option<&'a str> {
        let unbound = |r: &&role::Role| r.superuser || r.bypass_row_security;
        let found = self.catalog.roles.iter().filter(unbound).find(|r| self.may_become.contains(&r.name));
        found.map(|r| &*r.name)
    }

    /// True where the role has the rights of the object's owner. The owner is
    /// unknown where SQL that never names one was run: then false.
    pub fn owns(&self, object: &Object) -> bool {
        self.superuser || object.text("owner").is_some_and(|owner| self.acts_as.contains(owner))
    }

    /// `has_table_privilege` (also for sequences, and `EXECUTE` of routines) for
    /// one privilege: `SELECT`. A right on columns only does not count.
    pub fn may(&self, object: &Object, privilege: &str) -> bool {
        if self.owns(object) || self.by_predefined_role(privilege) {
            return true;
        }
        self.grants_on(object).iter().any(|grant| grant.text("column_name").is_none() && gives(grant, privilege))
    }

    /// `has_column_privilege`: on the whole relation or on the column.
    pub fn may_column(&self, relation: &Object, column: &str, privilege: &str) -> bool {
        self.may(relation, privilege)
            || self.grants_on(relation).iter().any(|g| g.text("column_name") == Some(column) && gives(g, privilege))
    }

    /// `has_any_column_privilege`: on the whole relation or on some column.
    pub fn may_some_column(&self, relation: &Object, privilege: &str) -> bool {
        self.may(relation, privilege) || self.grants_on(relation).iter().any(|grant| gives(grant, privilege))
    }

    /// `has_schema_privilege`: `USAGE` or `CREATE`. Where the schema was not
    /// read, nothing is known to forbid `USAGE`.
    pub fn may_in_schema(&self, schema: &str, privilege: &str) -> bool {
        let Some(object) = self.catalog.get(&ObjectId::new(ObjectKind::Schema, "", "", schema)) else {
            return privilege == "USAGE";
        };
        let given = |entry: &Arc<str>| entry.split_once('=').is_some_and(|(to, p)| p == privilege && self.acts_as(to));
        self.owns(object)
            || object.list("access").iter().any(given)
            || privilege == "USAGE"
                && ["pg_read_all_data", "pg_write_all_data"].iter().any(|r| self.acts_as.contains(*r))
    }

    fn grants_on(&self, object: &Object) -> &[&'a Object] {
        self.grants.get(&(object.id.schema.clone(), object.id.name.clone())).map_or(&[], Vec::as_slice)
    }

    /// Members of these may read or write everything, row-level security aside.
    fn by_predefined_role(&self, privilege: &str) -> bool {
        match privilege {
            "SELECT" => self.acts_as.contains("pg_read_all_data"),
            "INSERT" | "UPDATE" | "DELETE" => self.acts_as.contains("pg_write_all_data"),
            "MAINTAIN" => self.acts_as.contains("pg_maintain"),
            _ => false,
        }
    }
}

/// True where a grant's list has the privilege, with or without the right to pass it on.
fn gives(grant: &Object, privilege: &str) -> bool {
    if privilege == "MAINTAIN" {
        return grant.flag("maintain");
    }
    grant
        .list("privileges")
        .iter()
        .any(|p| p.strip_prefix(privilege).is_some_and(|rest| rest.is_empty() || rest.starts_with(" WITH ")))
}
