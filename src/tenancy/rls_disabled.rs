//! `rls-disabled`: nothing filters the rows of a tenant table.

use crate::model::finding::Fix;
use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::shows_security;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    scene
        .tenant_tables()
        .filter(|(table, _)| shows_security(table) && !table.flag("row_security"))
        .map(|(table, _)| finding(scene, table))
        .collect()
}

fn finding(scene: &Scene, table: &Object) -> RuleFinding {
    let name = table.id.dotted();
    let message = match scene.children(ObjectKind::Policy, table).len() {
        0 => format!("{name} has row-level security disabled: every role with SELECT reads every tenant's rows"),
        1 => format!(
            "{name} has a policy that is not in force: row-level security is disabled, \
             so every role with SELECT reads every tenant's rows"
        ),
        policies => format!(
            "{name} has {policies} policies that are not in force: row-level security is disabled, \
             so every role with SELECT reads every tenant's rows"
        ),
    };
    let (help, fix) = if scene.declared(&table.id).is_some_and(|declared| declared.flag("row_security")) {
        let help = "enable it after its policies exist: `drift fix --additive` keeps that order";
        (help.to_owned(), Fix::Additive)
    } else {
        let help = format!("declare policies and ENABLE ROW LEVEL SECURITY for {name} in the expected SQL");
        (help, Fix::None { reason: "the expected SQL does not enable it either".into() })
    };
    RuleFinding {
        code: "rls-disabled",
        severity: Severity::Error,
        object: table.id.clone(),
        message,
        help,
        expected: None,
        supersedes: vec![(table.id.clone(), Some("row_security"))],
        fix,
    }
}
