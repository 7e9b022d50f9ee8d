//! `rls-disabled`: nothing filters the rows of a tenant table.

use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::shows_security;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    open_tables(scene)
        .filter(|table| scene.children(ObjectKind::Policy, table).is_empty())
        .map(|table| {
            let name = table.id.dotted();
            let message =
                format!("{name} has row-level security disabled: every role with SELECT reads every tenant's rows");
            finding(scene, table, "rls-disabled", message)
        })
        .collect()
}

/// The tenant tables without row-level security.
pub(super) fn open_tables<'a>(scene: &Scene<'a>) -> impl Iterator<Item = &'a Object> {
    let tables = scene.tenant_tables().map(|(table, _)| table);
    tables.filter(|table| shows_security(table) && !table.flag("row_security"))
}

/// With or without policies: what to do is the same.
pub(super) fn finding(scene: &Scene, table: &Object, code: &'static str, message: String) -> RuleFinding {
    let declared = scene.declared(&table.id).is_some_and(|declared| declared.flag("row_security"));
    let finding =
        RuleFinding::new(code, Severity::Error, &table.id, message, "the expected SQL does not enable it either")
            .help(format!(
                "declare policies and ENABLE ROW LEVEL SECURITY for {} in the expected SQL",
                table.id.dotted()
            ))
            .covers("row_security")
            .covers("force_row_security")
            .repaired_if(declared);
    match declared {
        true => finding.help("enable it after its policies exist: `drift fix --additive` keeps that order"),
        false => finding,
    }
}
