//! `rls-not-forced`: row-level security that the owner does not feel.

use crate::model::finding::Severity;
use crate::model::object::Object;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    scene
        .tenant_tables()
        .filter(|(table, _)| table.flag("row_security") && !table.flag("force_row_security"))
        .map(|(table, _)| finding(scene, table))
        .collect()
}

fn finding(scene: &Scene, table: &Object) -> RuleFinding {
    let name = table.id.dotted();
    let owner = table.text("owner").unwrap_or("its owner");
    let owning = scene.confined.iter().find(|role| role.access.owns(table));
    let (severity, message) = match owning {
        Some(role) if role.name == owner => (
            Severity::Error,
            format!("{name} belongs to {owner} and is not forced: {owner} reads and writes the rows of every tenant"),
        ),
        Some(role) => (
            Severity::Error,
            format!(
                "{name} is not forced, and {} has the rights of {owner}, who owns it: \
                 {} reads and writes the rows of every tenant",
                role.name, role.name
            ),
        ),
        None => (
            Severity::Warning,
            format!(
                "{name} has row-level security that is not forced: {owner} reads and writes the rows of every tenant"
            ),
        ),
    };
    RuleFinding::new("rls-not-forced", severity, &table.id, message, "the expected SQL does not force it either")
        .help(format!("declare ALTER TABLE {} FORCE ROW LEVEL SECURITY in the expected SQL", table.id.qualified()))
        .covers("force_row_security")
        .repaired_if(scene.declared(&table.id).is_some_and(|declared| declared.flag("force_row_security")))
}
