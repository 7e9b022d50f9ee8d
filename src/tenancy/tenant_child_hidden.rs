//! `tenant-child-hidden`: rows of tenants in a table that looks like nobody's.

use crate::model::finding::Severity;
use crate::model::object::Object;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::junction_missing_tenant;
use crate::tenancy::keys::ForeignKey;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    scene
        .tenant_tables()
        .filter(|(table, _)| !scene.has_tenant_column(table) && junction_missing_tenant::links(scene, table).is_none())
        .filter_map(|(table, _)| Some((table, hidden(scene, table)?)))
        .map(|(table, key)| finding(scene, table, &key))
        .collect()
}

/// The key by which a table that nobody has classified, and whose declaration has
/// no tenant column either, hangs on a tenant all the same.
pub(super) fn hidden<'a>(scene: &Scene<'a>, table: &Object) -> Option<ForeignKey<'a>> {
    let thought_of =
        scene.class(table).is_some() || scene.declared(&scene.column(table, &scene.tenancy.column)).is_some();
    if thought_of { None } else { scene.hangs_on_tenants(table) }
}

fn finding(scene: &Scene, table: &Object, key: &ForeignKey) -> RuleFinding {
    let (name, column) = (table.id.dotted(), &scene.tenancy.column);
    let message = format!(
        "{name} has no {column}, and its {} says that its rows are part of {}.{}, which is a tenant's: \
         nothing keeps tenants apart in it",
        key.object.id.name, key.schema, key.table
    );
    let id = scene.column(table, column);
    RuleFinding::new(
        "tenant-child-hidden",
        Severity::Error,
        &id,
        message,
        "the expected SQL does not declare the column",
    )
    .help(format!("declare {column} for {name} in the expected SQL, with a composite foreign key to {}", key.table))
}
