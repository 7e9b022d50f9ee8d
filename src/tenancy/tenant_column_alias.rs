//! `tenant-column-alias`: a second name for whose a row is.

use crate::model::finding::Severity;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::shows_security;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let mut findings = Vec::new();
    for (table, _) in scene.tenant_tables().filter(|(table, _)| shows_security(table)) {
        for key in scene.foreign_keys(table) {
            let [column] = key.columns() else { continue };
            let known = **column == *scene.tenancy.column || scene.tenancy.aliases.iter().any(|a| **a == **column);
            if known || !scene.tenancy.is_registry(&key.schema, &key.table) {
                continue;
            }
            let (name, tenant) = (table.id.dotted(), &scene.tenancy.column);
            let message = format!(
                "{name}.{column} refers to a tenant and is not called {tenant}: \
                 policies and keys that go by {tenant} do not see it"
            );
            let id = scene.column(table, column);
            let finding = RuleFinding::new(
                "tenant-column-alias",
                Severity::Warning,
                &id,
                message,
                "whether it means the owner or somebody else only a person can say",
            );
            let help =
                format!("if it means something else than the owner, add \"{column}\" to `aliases` under [tenancy]");
            findings.push(finding.help(help));
        }
    }
    findings
}
