//! `tenant-column-type`: a tenant of another type than the registry's.

use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::keys::base_type;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let Some(wanted) = wanted(scene) else { return Vec::new() };
    let columns = scene.tables_with_tenant().filter_map(|(table, _)| scene.tenant_column(table));
    columns.filter(|column| base_type(column) != wanted).map(|column| finding(scene, column, &wanted)).collect()
}

/// The type that the tenant column has to have, where the registry is known.
pub(super) fn wanted(scene: &Scene) -> Option<String> {
    registry_key(scene).map(base_type)
}

/// The one column of the registry's primary key.
fn registry_key<'a>(scene: &Scene<'a>) -> Option<&'a Object> {
    let tables = scene.catalog.of_kind(ObjectKind::Table).iter();
    let registry = tables.into_iter().find(|t| scene.tenancy.is_registry(&t.id.schema, &t.id.name))?;
    let [key] = scene.children(ObjectKind::PrimaryKey, registry) else { return None };
    let [column] = key.list("columns") else { return None };
    scene.catalog.get(&scene.column(registry, column))
}

fn finding(scene: &Scene, column: &Object, wanted: &str) -> RuleFinding {
    let actual = base_type(column);
    let message = format!(
        "{} is {actual} and the key of {} is {wanted}: no foreign key ties the two, \
         and a comparison needs a cast that no index serves",
        column.id.dotted(),
        scene.tenancy.registry
    );
    let reason = "a new column, a backfill and a swap are a migration of their own";
    RuleFinding::new("tenant-column-type", Severity::Error, &column.id, message, reason)
        .help(format!("add a column of type {wanted}, fill it from this one, and let the two change places"))
        .covers("type")
}
