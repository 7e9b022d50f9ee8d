//! `pk-not-tenant-scoped`: numbers that are counted across all tenants.

use crate::model::finding::Severity;
use crate::model::object::Object;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::keys::UniqueKey;
use crate::tenancy::unique_not_tenant_scoped;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let mut findings = Vec::new();
    for (table, class) in scene.tables_with_tenant() {
        let keys = unique_not_tenant_scoped::shared(scene, table, class).into_iter();
        let counted = keys.filter(|key| !unique_not_tenant_scoped::is_chosen(scene, table, key));
        let counted = counted.filter(|key| can_be_guessed(scene, table, key));
        findings
            .extend(counted.filter(|key| !has_scoped_twin(scene, table, key)).map(|key| finding(scene, table, &key)));
    }
    findings
}

/// A uuid in the key makes it one that nobody meets by chance.
fn can_be_guessed(scene: &Scene, table: &Object, key: &UniqueKey) -> bool {
    !key.columns.iter().any(|column| scene.is_uuid(table, column))
}

/// True where the same columns are unique with the tenant before them.
fn has_scoped_twin(scene: &Scene, table: &Object, key: &UniqueKey) -> bool {
    let scoped = [&[scene.tenancy.column.as_str()], key.columns.as_slice()].concat();
    scene.unique_keys(table).iter().any(|other| other.is_exactly(&scoped))
}

fn finding(scene: &Scene, table: &Object, key: &UniqueKey) -> RuleFinding {
    let (name, column, list) = (table.id.dotted(), &scene.tenancy.column, key.list());
    let message = format!(
        "{} of {name} counts ({list}) across all tenants: the numbers tell how much the others do, \
         and no key lets another table refer to ({column}, {list})",
        key.object.id.name
    );
    let reason = "the expected SQL does not declare the wider key either";
    RuleFinding::new("pk-not-tenant-scoped", Severity::Note, &key.object.id, message, reason)
        .help(format!("declare UNIQUE ({column}, {list}) beside it in the expected SQL; it can stay"))
}
