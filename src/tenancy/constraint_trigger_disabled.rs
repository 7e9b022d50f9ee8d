//! `constraint-trigger-disabled`: a foreign key that is valid by the books only.

use crate::model::finding::Severity;
use crate::model::ident::quote;
use crate::model::object::Object;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::keys::ForeignKey;
use crate::tenancy::shows_security;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let mut findings = Vec::new();
    for (table, _) in scene.tenant_tables().filter(|(table, _)| shows_security(table)) {
        for key in scene.foreign_keys(table) {
            if let Some(state) = key.object.text("triggers") {
                findings.push(finding(table, &key, state));
            }
        }
    }
    findings
}

fn finding(table: &Object, key: &ForeignKey, state: &str) -> RuleFinding {
    let (name, parent) = (table.id.dotted(), format!("{}.{}", quote(&key.schema), quote(&key.table)));
    let how = match state {
        "disabled" => "has its triggers disabled",
        _ => "fires on replicas only",
    };
    let message = format!(
        "{} of {name} {how}: the server calls it valid and checks nothing, neither here nor in {parent}",
        key.object.id.name
    );
    let reason = "enabling the triggers needs a superuser and asks nothing of the rows that came in meanwhile";
    RuleFinding::new("constraint-trigger-disabled", Severity::Error, &key.object.id, message, reason)
        .help(format!("{}, then ALTER TABLE {} ENABLE TRIGGER ALL", orphans(table, key, &parent), table.id.qualified()))
        .covers("triggers")
}

/// The query that finds the rows which came in meanwhile.
fn orphans(table: &Object, key: &ForeignKey, parent: &str) -> String {
    let pairs = key.columns().iter().zip(key.referenced());
    let equal: Vec<String> = pairs.map(|(own, other)| format!("p.{} = c.{}", quote(other), quote(own))).collect();
    let given: Vec<String> = key.columns().iter().map(|own| format!("c.{} IS NOT NULL", quote(own))).collect();
    format!(
        "look for rows that point to nothing: SELECT * FROM {} c WHERE {} AND NOT EXISTS (SELECT FROM {parent} p WHERE {})",
        table.id.qualified(),
        given.join(" AND "),
        equal.join(" AND ")
    )
}
