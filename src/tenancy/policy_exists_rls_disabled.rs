//! `policy-exists-rls-disabled`: policies that nobody obeys.

use crate::model::kind::ObjectKind;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::rls_disabled;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let open = rls_disabled::open_tables(scene);
    open.filter_map(|table| match scene.children(ObjectKind::Policy, table).len() {
        0 => None,
        1 => Some((table, "a policy that is not in force".to_owned())),
        policies => Some((table, format!("{policies} policies that are not in force"))),
    })
    .map(|(table, which)| {
        let message = format!(
            "{} has {which}: row-level security is disabled, so every role with SELECT reads every tenant's rows",
            table.id.dotted()
        );
        rls_disabled::finding(scene, table, "policy-exists-rls-disabled", message)
    })
    .collect()
}
