//! `exclusion-not-tenant-scoped`: one tenant's booking that blocks another's.

use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let column = &*scene.tenancy.column;
    let mut findings = Vec::new();
    for (table, _) in scene.tables_with_tenant() {
        let all = scene.children(ObjectKind::Exclusion, table).iter();
        let across = all.filter(|exclusion| !exclusion.list("columns").iter().any(|c| **c == *column));
        findings.extend(across.map(|exclusion| finding(scene, table, exclusion)));
    }
    findings
}

fn finding(scene: &Scene, table: &Object, exclusion: &Object) -> RuleFinding {
    let (name, column) = (table.id.dotted(), &scene.tenancy.column);
    let message = format!(
        "{} of {name} holds across all tenants: a row of one tenant keeps another one from storing its own, \
         and tells that it is there",
        exclusion.id.name
    );
    let reason = format!("dropping {} is a step of its own, once the other constraint is there", exclusion.id.name);
    RuleFinding::new("exclusion-not-tenant-scoped", Severity::Warning, &exclusion.id, message, &reason)
        .help(format!(
            "declare the constraint with `{column} WITH =` first; if the resource is shared by all, allow it with `[[allow]]`"
        ))
        .covers_key(scene)
}
