//! `unlogged-tenant-table`: rows that a crash takes along.

use crate::model::finding::Severity;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let unlogged = scene.tenant_tables().filter(|(table, _)| table.text("persistence") == Some("unlogged"));
    unlogged
        .map(|(table, _)| {
            let name = table.id.dotted();
            let message = format!("{name} is unlogged: a crash empties it, and no replica has the rows of its tenants");
            let reason = "SET LOGGED writes the whole table anew, under a lock that blocks everybody";
            RuleFinding::new("unlogged-tenant-table", Severity::Note, &table.id, message, reason)
                .help(format!("if the rows matter: ALTER TABLE {} SET LOGGED", table.id.qualified()))
                .covers("persistence")
        })
        .collect()
}
