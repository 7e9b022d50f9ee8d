//! `tenant-fk-action`: what becomes of the rows when their tenant goes.

use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::tenant_fk_missing;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let mut findings = Vec::new();
    for (table, _) in scene.tables_with_tenant() {
        for key in scene.children(ObjectKind::ForeignKey, table) {
            let Some(action) = key.text("on_delete").filter(|_| tenant_fk_missing::is_tied(scene, key)) else {
                continue;
            };
            findings.extend(finding(scene, table, key, action));
        }
    }
    findings
}

fn finding(scene: &Scene, table: &Object, key: &Object, action: &str) -> Option<RuleFinding> {
    let (name, column) = (table.id.dotted(), &scene.tenancy.column);
    let wanted = scene.tenancy.on_delete.map(|action| action.word());
    let harm = match action {
        "set null" => "its rows would belong to nobody",
        "set default" => "its rows would fall to another tenant",
        _ if wanted.is_none_or(|wanted| wanted == action) => return None,
        "cascade" => "its rows go with it, which `on_delete` does not want",
        _ => "the tenant cannot be deleted while it has rows, which `on_delete` does not want",
    };
    let should = wanted.map_or_else(|| "CASCADE, RESTRICT or NO ACTION".to_owned(), str::to_uppercase);
    let message = format!("{name}.{column} says ON DELETE {} when a tenant is deleted: {harm}", action.to_uppercase());
    let reason = "the key has to be replaced: the new one first, then the old one is dropped, which locks both tables";
    let finding = RuleFinding::new("tenant-fk-action", Severity::Warning, &key.id, message, reason);
    let help = format!("add a second foreign key with ON DELETE {should}, validate it, then drop this one");
    Some(finding.help(help).covers("definition"))
}
