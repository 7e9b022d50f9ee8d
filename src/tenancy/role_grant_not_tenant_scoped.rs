//! `role-grant-not-tenant-scoped`: a role that is held in all tenants at once.

use crate::model::finding::Severity;
use crate::model::object::Object;
use crate::spec::TableClass;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::keys::UniqueKey;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let mut findings = Vec::new();
    for (table, class) in scene.tables_with_tenant() {
        let keys = scene.unique_keys(table).into_iter();
        findings.extend(keys.filter(|key| is_grant(scene, class, key)).map(|key| finding(scene, table, &key)));
    }
    findings
}

/// True for a key that says who holds what (two columns or more), and not where.
/// A user alone may be unique: then everybody belongs to one tenant.
pub(super) fn is_grant(scene: &Scene, class: TableClass, key: &UniqueKey) -> bool {
    class == TableClass::Member && !key.has(&scene.tenancy.column) && key.columns.len() + key.expressions.len() >= 2
}

fn finding(scene: &Scene, table: &Object, key: &UniqueKey) -> RuleFinding {
    let (name, column, list) = (table.id.dotted(), &scene.tenancy.column, key.list());
    let message = format!(
        "{} of {name} is unique by ({list}) without {column}: \
         a role is held once and counts in every tenant, so an admin of one is an admin of all",
        key.object.id.name
    );
    let reason = format!("dropping {} is a step of its own, once the other key is there", key.object.id.name);
    RuleFinding::new("role-grant-not-tenant-scoped", Severity::Error, &key.object.id, message, &reason)
        .help(format!("declare UNIQUE ({column}, {list}) instead in the expected SQL"))
        .covers_key(scene)
}
