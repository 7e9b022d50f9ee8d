//! `fk-set-null-hits-tenant`: a delete that takes the tenant of other rows along.

use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::tenant_fk_missing;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let mut findings = Vec::new();
    for (table, _) in scene.tables_with_tenant() {
        let keys = scene.children(ObjectKind::ForeignKey, table).iter();
        // What becomes of the rows of a deleted tenant is a rule of its own.
        let others = keys.filter(|key| !tenant_fk_missing::is_tied(scene, key));
        findings.extend(others.filter_map(|key| finding(scene, table, key)));
    }
    findings
}

fn finding(scene: &Scene, table: &Object, key: &Object) -> Option<RuleFinding> {
    let tenant = &*scene.tenancy.column;
    let contains = |list: &str| key.list(list).iter().any(|column| **column == *tenant);
    let sets = |when: &str| matches!(key.text(when), Some("set null" | "set default"));
    let on_delete = sets("on_delete") && (key.list("set_columns").is_empty() || contains("set_columns"));
    if !contains("columns") || !(on_delete || sets("on_update")) {
        return None;
    }
    let (when, event) = if on_delete { ("on_delete", "DELETE") } else { ("on_update", "UPDATE") };
    let word = key.text(when).unwrap_or_default();
    let strict = scene.tenant_column(table).is_some_and(|column| column.flag("not_null"));
    let harm = match (word, strict) {
        ("set null", true) => format!("{tenant} is NOT NULL, so the {} always fails", event.to_lowercase()),
        ("set null", false) => "the rows that refer to it belong to nobody then".to_owned(),
        _ => "the rows that refer to it fall to another tenant, or it fails".to_owned(),
    };
    let name = table.id.dotted();
    let message =
        format!("{} of {name} says ON {event} {}, which sets {tenant} too: {harm}", key.id.name, word.to_uppercase());
    let rest: Vec<&str> = key.list("columns").iter().map(|c| &**c).filter(|c| *c != tenant).collect();
    let help = match on_delete {
        true => format!(
            "declare ON DELETE {} ({}) for it (PostgreSQL 15 and later), or NO ACTION",
            word.to_uppercase(),
            rest.join(", ")
        ),
        false => "declare ON UPDATE CASCADE or NO ACTION for it".to_owned(),
    };
    let reason = "the key has to be replaced: the new one first, then this one is dropped, which locks both tables";
    Some(
        RuleFinding::new("fk-set-null-hits-tenant", Severity::Error, &key.id, message, reason)
            .help(help)
            .covers("definition"),
    )
}
