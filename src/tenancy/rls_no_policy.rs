//! `rls-no-policy`: row-level security that admits nobody.

use crate::model::finding::Fix;
use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    scene
        .tenant_tables()
        .filter(|(table, _)| table.flag("row_security"))
        .filter(|(table, _)| !scene.children(ObjectKind::Policy, table).iter().any(is_permissive))
        .map(|(table, _)| finding(scene, table))
        .collect()
}

/// Restrictive policies narrow what permissive ones admit; alone they admit nothing.
fn is_permissive(policy: &Object) -> bool {
    policy.flag("permissive")
}

fn finding(scene: &Scene, table: &Object) -> RuleFinding {
    let name = table.id.dotted();
    let which =
        if scene.children(ObjectKind::Policy, table).is_empty() { "no policy" } else { "only restrictive policies" };
    let nobody = if table.flag("force_row_security") { "no role" } else { "no role but its owner" };
    let missing: Vec<&Object> = scene
        .declared_children(ObjectKind::Policy, table)
        .iter()
        .filter(|policy| scene.catalog.get(&policy.id).is_none())
        .collect();
    let (help, fix) = if missing.iter().any(|policy| is_permissive(policy)) {
        ("create the declared policies with `drift fix --additive`".to_owned(), Fix::Additive)
    } else {
        let help = format!(
            "declare policies for {name} in the expected SQL, or class it as \"ignore\" if only its owner uses it"
        );
        (help, Fix::None { reason: "the expected SQL declares no permissive policy either".into() })
    };
    RuleFinding {
        code: "rls-no-policy",
        severity: Severity::Warning,
        object: table.id.clone(),
        message: format!("{name} has row-level security enabled and {which}: {nobody} can read or write a row in it"),
        help,
        expected: None,
        supersedes: missing.into_iter().map(|policy| (policy.id.clone(), None)).collect(),
        fix,
    }
}
