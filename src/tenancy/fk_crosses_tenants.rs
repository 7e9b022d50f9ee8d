//! `fk-crosses-tenants`: a row of one tenant that points at a row of another.

use crate::model::finding::Severity;
use crate::model::object::Object;
use crate::spec::References;
use crate::spec::TableClass;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::keys::ForeignKey;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    crossing(scene).into_iter().map(|(table, key)| finding(scene, table, &key)).collect()
}

/// The foreign keys between tenant tables that let tenants differ, those to rows
/// that may be shared aside.
pub(super) fn crossing<'a>(scene: &Scene<'a>) -> Vec<(&'a Object, ForeignKey<'a>)> {
    let shared = scene.tenancy.shareable.refs == References::Shared;
    let mut found = unguarded(scene);
    found.retain(|(_, _, parent)| !(shared && *parent == TableClass::Shareable));
    found.into_iter().map(|(table, key, _)| (table, key)).collect()
}

/// All foreign keys between tables with tenants that do not carry the tenant,
/// with the class of the table they refer to. A key of a table to itself counts.
pub(super) fn unguarded<'a>(scene: &Scene<'a>) -> Vec<(&'a Object, ForeignKey<'a>, TableClass)> {
    let tenant = &*scene.tenancy.column;
    let mut found = Vec::new();
    for (table, _) in scene.tables_with_tenant() {
        let keys = scene.foreign_keys(table);
        let guarded: Vec<bool> = keys.iter().map(|key| key.is_guarded(&keys, tenant)).collect();
        for (key, _) in keys.into_iter().zip(guarded).filter(|(_, guarded)| !guarded) {
            if let Some((parent, class)) = scene.tenant_parent(&key)
                && scene.has_tenant_column(parent)
            {
                found.push((table, key, class));
            }
        }
    }
    found
}

fn finding(scene: &Scene, table: &Object, key: &ForeignKey) -> RuleFinding {
    let (name, tenant, object) = (table.id.dotted(), &scene.tenancy.column, &key.object.id);
    let columns = key.columns().join(", ");
    let parent = format!("{}.{}", key.schema, key.table);
    let harm = match key.object.text("on_delete") {
        Some("cascade") => "and who deletes that row deletes the other tenant's with it",
        _ => "for row-level security does not apply to foreign keys",
    };
    let message = format!("{} lets a row of {name} point at a row of {parent} of another tenant, {harm}", object.name);
    let reason = "the composite key is added beside this one, which is dropped in a step of its own once it holds";
    let referenced = key.referenced_beside(tenant).join(", ");
    RuleFinding::new("fk-crosses-tenants", Severity::Error, object, message, reason)
        .help(format!(
            "declare FOREIGN KEY ({tenant}, {columns}) REFERENCES {parent} ({tenant}, {referenced}) instead in the expected SQL"
        ))
        .covers_key(scene)
}
