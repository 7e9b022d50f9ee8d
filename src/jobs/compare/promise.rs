//! What a report says of the repair, held to the plan.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::model::finding::Finding;
use crate::model::finding::Fix;
use crate::model::finding::ObjectRef;
use crate::model::kind::ObjectKind;
use crate::plan::additive::AdditivePlan;
use crate::tenancy;

/// A report promises just what the plan does: what spans objects (row-level
/// security that waits for tenants) is decided there.
pub(super) fn as_planned(findings: &mut [Finding], plan: &AdditivePlan) {
    let mut left: BTreeMap<ObjectRef, Vec<(&str, &str)>> = BTreeMap::new();
    for (id, reason) in &plan.left {
        left.entry(ObjectRef::from(id)).or_default().push((reason.attribute, &reason.reason));
    }
    let answered: BTreeSet<&String> = plan.steps().flat_map(|step| &step.as_step().answers).collect();
    for finding in findings {
        let mut reasons: Vec<&str> = Vec::new();
        let objects = std::iter::once(&finding.object).chain(&finding.includes);
        // What a rule says of a table as a whole is not about one attribute of it.
        let of_table = finding.object.kind == ObjectKind::Table.word() && !finding.code.starts_with("table-");
        if is_rule(&finding.code) && matches!(finding.fix, Fix::None { .. }) {
            continue;
        }
        for (attribute, reason) in objects.filter_map(|object| left.get(object)).flatten() {
            let other = (!finding.attributes.is_empty() || of_table)
                && !attribute.is_empty()
                && !finding.attributes.iter().any(|drift| drift.attribute == *attribute);
            let other = other || reason.split_once(": ").is_some_and(|(code, _)| is_rule(code) && code != finding.code);
            if !other && !reasons.contains(reason) {
                reasons.push(reason);
            }
        }
        if reasons.is_empty() {
            continue;
        }
        let reason = reasons.join("; ");
        let partly = answered.contains(&format!("{} {}", finding.code, finding.object.dotted()));
        finding.fix = if partly { Fix::Partial { reason } } else { Fix::None { reason } };
    }
}

fn is_rule(code: &str) -> bool {
    tenancy::RULES.iter().any(|rule| rule.code == code)
}
