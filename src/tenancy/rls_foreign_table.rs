//! `rls-foreign-table`: tenants' rows on another server, where no policy can stand.

use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::spec::TableClass;
use crate::tenancy::RuleFinding;
use crate::tenancy::Said;
use crate::tenancy::Scene;
use crate::tenancy::roles::listed;

/// The rights that a policy would govern.
const RIGHTS: &[&str] = &["SELECT", "INSERT", "UPDATE", "DELETE"];

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let managed = |table: &&Object| scene.spec.schemas.iter().any(|schema| **schema == *table.id.schema);
    scene
        .catalog
        .of_kind(ObjectKind::ForeignTable)
        .iter()
        .filter(|table| managed(table) && !scene.spec.ignores(&table.id))
        .filter(|table| scene.class(table).is_none_or(TableClass::has_tenant))
        .filter_map(|table| finding(scene, table))
        .collect()
}

fn finding(scene: &Scene, table: &Object) -> Option<RuleFinding> {
    let may = |right: &&str, role: &crate::tenancy::Confined| role.access.may_some_column(table, right);
    let roles: Vec<&str> = scene
        .held_back()
        .filter(|role| !role.is_unbound() && RIGHTS.iter().any(|right| may(right, role)))
        .map(|role| role.name.as_str())
        .collect();
    if roles.is_empty() {
        return None;
    }
    let roles = listed(&roles);
    let said = Said {
        message: format!(
            "{} can be used by {roles}, and a foreign table has no row-level security: it shows every tenant's rows",
            table.id
        ),
        help: format!(
            "put a view with a filter by tenant before it, and REVOKE ALL ON {} FROM {roles}; \
             if all tenants may see its rows, class it \"global\"",
            table.id.qualified()
        ),
    };
    let reason = "revoking takes rights away, which an additive patch never does";
    Some(RuleFinding::left("rls-foreign-table", Severity::Error, table.id.clone(), said, reason))
}
