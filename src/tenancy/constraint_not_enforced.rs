//! `constraint-not-enforced`: a promise that the rows need not keep.

use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::shows_security;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let mut findings = Vec::new();
    for (table, _) in scene.tenant_tables().filter(|(table, _)| shows_security(table)) {
        for kind in [ObjectKind::ForeignKey, ObjectKind::Check] {
            let constraints = scene.children(kind, table).iter();
            findings.extend(constraints.filter(|c| !c.flag("validated")).map(|c| finding(scene, table, c)));
        }
    }
    findings
}

fn is_enforced(constraint: &Object) -> bool {
    !constraint.text("definition").is_some_and(|text| text.ends_with(" NOT ENFORCED"))
}

fn finding(scene: &Scene, table: &Object, constraint: &Object) -> RuleFinding {
    let (name, id) = (table.id.dotted(), &constraint.id);
    let message = match is_enforced(constraint) {
        true => format!("{} of {name} is not validated: rows from before it was added may break it", id.name),
        false => format!("{} of {name} is not enforced: any row may break it, and nobody is told", id.name),
    };
    let declared = scene.declared(id).map(|declared| declared.flag("validated") && is_enforced(declared));
    let reason = match declared {
        Some(true) => "the constraint has to be replaced by one that is enforced",
        Some(false) => "the expected SQL declares it so too",
        None => "nobody declared it",
    };
    let finding = RuleFinding::new("constraint-not-enforced", Severity::Warning, id, message, reason)
        .help("declare it valid in the expected SQL, or allow it `until` the day on which it will be")
        .covers("validated");
    if !is_enforced(constraint) {
        return finding.covers("definition");
    }
    match declared == Some(true) {
        true => {
            finding.repaired_if(true).help("validate it with `drift fix --additive`: rows that break it stop the patch")
        }
        false => finding,
    }
}
