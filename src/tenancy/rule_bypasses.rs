//! `rule-bypasses`: a rewrite rule acts with the rights of the table's owner.

use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::tenancy::RuleFinding;
use crate::tenancy::Said;
use crate::tenancy::Scene;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let on_tables = scene.guarded_tables().into_iter().flat_map(|table| scene.children(ObjectKind::Rule, table));
    // A switched-off rule does nothing; one that only forbids does no harm.
    on_tables
        .filter(|rule| rule.text("enabled") != Some("disabled") && !only_forbids(rule))
        .map(|rule| finding(scene, rule))
        .collect()
}

fn only_forbids(rule: &Object) -> bool {
    rule.text("definition").unwrap_or_default().trim_end().trim_end_matches(';').ends_with("DO INSTEAD NOTHING")
}

fn finding(scene: &Scene, rule: &Object) -> RuleFinding {
    let said = Said {
        message: format!(
            "{} adds statements that run with the rights of the owner of {}: no policy is asked for the rows they touch",
            rule.id,
            rule.id.group().1
        ),
        help: "do it in a trigger, which runs with the rights of whoever writes, and drop the rule".to_owned(),
    };
    let reason = "what the rule does has to be done by something else first";
    let undeclared = scene.undeclared(&[rule]);
    RuleFinding::left("rule-bypasses", Severity::Warning, rule.id.clone(), said, reason).superseding(undeclared)
}
