//! `tenant-column-nullable`: rows that may belong to nobody.

use crate::model::finding::Severity;
use crate::model::object::Object;
use crate::spec::SystemRows;
use crate::spec::TableClass;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let system_rows = scene.tenancy.shareable.system == Some(SystemRows::Null);
    scene
        .tenant_tables()
        .filter(|(_, class)| !(system_rows && *class == TableClass::Shareable))
        .filter_map(|(table, _)| Some((table, scene.tenant_column(table)?)))
        .filter(|(_, column)| !holds(column))
        .map(|(table, column)| finding(scene, table, column))
        .collect()
}

/// True where no row can be without a tenant, those from before included.
fn holds(column: &Object) -> bool {
    column.flag("not_null") && column.text("not_null_not_valid").is_none()
}

fn finding(scene: &Scene, table: &Object, column: &Object) -> RuleFinding {
    let (name, tenant) = (table.id.dotted(), &scene.tenancy.column);
    let message = match column.text("not_null_not_valid") {
        Some(constraint) => format!(
            "{name}.{tenant} is NOT NULL for new rows only, for {constraint} is not validated: \
             a row from before may belong to no tenant, and its composite foreign keys check nothing"
        ),
        None => format!(
            "{name}.{tenant} may be NULL: such a row belongs to no tenant, and its composite foreign keys check nothing"
        ),
    };
    RuleFinding::new(
        "tenant-column-nullable",
        Severity::Error,
        &column.id,
        message,
        "the expected SQL does not declare NOT NULL either",
    )
    .help(format!("declare {tenant} NOT NULL for {name} in the expected SQL"))
    .covers("not_null")
    .covers("not_null_not_valid")
    .repaired_if(scene.declared(&column.id).is_some_and(holds))
}
