//! Operator families: which operators and functions of an index method agree
//! with each other, also between types.

use std::sync::Arc;

use super::Change;
use super::Context;
use super::Harm;
use super::Kind;
use super::PLAIN;
use super::Repair;
use super::Rework;
use super::Severities;
use super::alter_common;
use super::members;
use crate::model::finding::Severity;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::step::Additive;
use crate::model::step::Phase;
use crate::model::step::Step;

pub static KIND: Kind = Kind {
    catalog: "pg_opfamily",
    attributes: &[
        Attribute::exact("members").severity(Severity::Warning),
        Attribute::informational("method"),
        Attribute::informational("signature"),
        Attribute::declared("owner"),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Warning },
    harm: Harm {
        missing: "the operator classes in it cannot exist",
        unexpected: "nobody declared it",
        changed: "indexes serve other comparisons between types than declared",
    },
    create,
    alter,
    drop: |object| format!("DROP OPERATOR FAMILY IF EXISTS {};", signature(object)),
    target,
    rework,
    ..PLAIN
};

fn signature(object: &Object) -> &str {
    object.text("signature").unwrap_or_default()
}

fn target(object: &Object) -> String {
    format!("OPERATOR FAMILY {}", signature(object))
}

fn create(object: &Object, ctx: &Context) -> Repair {
    let phase = ctx.define_phase(&object.id);
    let step = Additive::create(phase, &target(object))
        .unless(&members::guard("pg_opfamily", "opf", "", object))
        .undo((KIND.drop)(object));
    let mut steps = vec![step];
    steps.extend(add(object, object.list("members")).into_iter().map(|step| step.phase(phase)));
    Repair::steps(steps).described(&target(object), object)
}

fn add(object: &Object, list: &[Arc<str>]) -> Vec<Additive> {
    let one = |member: members::Member| {
        Additive::add_member(signature(object), &member.declaration()).unless(&member.guard(object))
    };
    members::all(list).map(one).collect()
}

/// The members that the other side has not.
fn beyond(object: &Object, other: &Object) -> Vec<Arc<str>> {
    object.list("members").iter().filter(|member| !other.list("members").contains(member)).cloned().collect()
}

/// True where another member has the place of this one, or this operator another place.
fn is_taken(member: &Arc<str>, by: &Object) -> bool {
    let Some(wanted) = members::parse(member) else { return false };
    members::all(by.list("members")).any(|other| other.is_in_the_way_of(&wanted))
}

fn alter(change: Change, _: &Context) -> Repair {
    if let Some(repair) = alter_common(&change, &target(change.expected)) {
        return repair;
    }
    let (expected, actual) = (change.expected, change.actual);
    let free: Vec<Arc<str>> = beyond(expected, actual).into_iter().filter(|m| !is_taken(m, actual)).collect();
    let mut repair = Repair::steps(add(expected, &free));
    if !beyond(actual, expected).is_empty() {
        let left = Repair::left("members", "indexes would serve other comparisons at once");
        repair.left.extend(left.left);
    }
    repair
}

/// What took another's place, or has none, goes; what was declared comes.
fn rework(change: Change, _: &Context) -> Rework {
    let (expected, actual) = (change.expected, change.actual);
    let gone = beyond(actual, expected);
    let drop = |member: members::Member| {
        let sql = format!("ALTER {} DROP {};", target(actual), member.place());
        Step::new(sql, Phase::Define)
    };
    let mut steps: Vec<Step> = members::all(&gone).map(drop).collect();
    let replaced: Vec<Arc<str>> = beyond(expected, actual).into_iter().filter(|m| is_taken(m, actual)).collect();
    steps.extend(add(expected, &replaced).into_iter().map(Additive::into_step));
    Rework::InPlace(steps)
}
