//! `junction-missing-tenant`: a link between rows that may belong to two tenants.

use crate::model::finding::Severity;
use crate::model::object::Object;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::keys::ForeignKey;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    scene
        .tenant_tables()
        .filter(|(table, _)| !scene.has_tenant_column(table))
        .filter(|(table, _)| scene.declared(&scene.column(table, &scene.tenancy.column)).is_none())
        .filter_map(|(table, _)| Some((table, links(scene, table)?)))
        .map(|(table, keys)| finding(scene, table, &keys))
        .collect()
}

/// The foreign keys to tenant tables of which a key of the table is made, where
/// there are two or more.
pub(super) fn links<'a>(scene: &Scene<'a>, table: &Object) -> Option<Vec<ForeignKey<'a>>> {
    let mut keys = scene.foreign_keys(table);
    keys.retain(|key| scene.tenant_parent(key).is_some_and(|(parent, _)| scene.has_tenant_column(parent)));
    if keys.len() < 2 {
        return None;
    }
    let made_of_them = scene.unique_keys(table).iter().any(|unique| {
        let parts: Vec<&ForeignKey> =
            keys.iter().filter(|key| key.columns().iter().all(|column| unique.has(column))).collect();
        let covered = |column: &&str| parts.iter().any(|key| key.columns().iter().any(|c| **c == **column));
        parts.len() >= 2 && unique.expressions.is_empty() && unique.columns.iter().all(covered)
    });
    made_of_them.then_some(keys)
}

fn finding(scene: &Scene, table: &Object, keys: &[ForeignKey]) -> RuleFinding {
    let (name, column) = (table.id.dotted(), &scene.tenancy.column);
    let ends: Vec<String> = keys.iter().map(|key| format!("{}.{}", key.schema, key.table)).collect();
    let message = format!(
        "{name} links rows of {} and has no {column}: a row of one tenant can be linked to a row of another",
        ends.join(" and ")
    );
    let id = scene.column(table, column);
    RuleFinding::new(
        "junction-missing-tenant",
        Severity::Error,
        &id,
        message,
        "the expected SQL does not declare the column",
    )
    .help(format!("declare {column} for {name}, and let each foreign key be ({column}, …) → ({column}, …)"))
}
