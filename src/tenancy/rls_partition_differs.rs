//! `rls-partition-differs`: a way around the policies of the parent.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::model::finding::Severity;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::tenancy::RuleFinding;
use crate::tenancy::Said;
use crate::tenancy::Scene;
use crate::tenancy::roles::listed;
use crate::tenancy::roles::names;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let tables: Vec<&Object> = scene.tenant_tables().map(|(table, _)| table).collect();
    let judged_itself: BTreeSet<&ObjectId> = tables.iter().map(|table| &table.id).collect();
    let parents: Vec<&Object> = tables.iter().copied().filter(|table| table.flag("row_security")).collect();
    let mut open: BTreeMap<&ObjectId, Vec<(&Object, Vec<&str>)>> = BTreeMap::new();
    for (child, parent) in scene.descendants(&parents) {
        // A child by inheritance that is a tenant table itself has rules of its own.
        let judged = child.flag("row_security") || judged_itself.contains(&child.id);
        let roles: Vec<&str> = scene
            .held_back()
            .filter(|role| !role.is_unbound())
            .filter(|role| RIGHTS.iter().any(|right| role.access.may_some_column(child, right)))
            .map(|role| role.name.as_str())
            .collect();
        if !judged && !roles.is_empty() {
            open.entry(&parent.id).or_default().push((child, roles));
        }
    }
    open.into_iter().map(|(parent, children)| finding(parent, &children)).collect()
}

/// The rights that a policy would govern.
const RIGHTS: &[&str] = &["SELECT", "INSERT", "UPDATE", "DELETE"];

/// One for each parent: its partitions are usually granted alike.
fn finding(parent: &ObjectId, children: &[(&Object, Vec<&str>)]) -> RuleFinding {
    let mut roles: Vec<&str> = children.iter().flat_map(|(_, roles)| roles.iter().copied()).collect();
    roles.sort_unstable();
    roles.dedup();
    let tables: Vec<&Object> = children.iter().map(|(child, _)| *child).collect();
    let (object, have) = match tables.as_slice() {
        [only] => (only.id.clone(), "has"),
        _ => (parent.clone(), "have"),
    };
    let roles = listed(&roles);
    let said = Said {
        message: format!(
            "{} {have} no row-level security, and {roles} may use it without going through {}: no policy is asked there",
            listed(&names(&tables)),
            parent.dotted()
        ),
        help: format!(
            "close the way around: REVOKE ALL ON {} FROM {roles}; access through {} goes on",
            tables[0].id.qualified(),
            parent.dotted()
        ),
    };
    let reason = "revoking takes rights away, which an additive patch never does";
    RuleFinding::left("rls-partition-differs", Severity::Error, object, said, reason)
}
