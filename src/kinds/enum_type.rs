//! Enum types. Values can be added at their declared place, never taken away.

use std::sync::Arc;

use super::Change;
use super::Context;
use super::Harm;
use super::Kind;
use super::PLAIN;
use super::Repair;
use super::Severities;
use super::alter_common;
use crate::model::finding::Severity;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::step::Additive;
use crate::model::step::Phase;

pub static KIND: Kind = Kind {
    catalog: "pg_type",
    relation: false,
    inline: false,
    standard: None,
    attributes: &[
        Attribute::exact("labels"),
        Attribute::declared("owner"),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Warning },
    harm: Harm {
        missing: "columns of this type cannot exist",
        unexpected: "nobody declared it",
        changed: "values that the application writes or reads may not exist",
    },
    create,
    alter,
    drop: |object| format!("DROP TYPE IF EXISTS {};", object.id.qualified()),
    target,
    rework: |change, ctx| super::carry::set_aside(&change.actual.id, ctx),
    rename: Some(|object, name| format!("ALTER {} RENAME TO {};", target(object), quote(name))),
    ..PLAIN
};

fn target(object: &Object) -> String {
    format!("TYPE {}", object.id.qualified())
}

fn create(object: &Object, ctx: &Context) -> Repair {
    let labels: Vec<String> = object.list("labels").iter().map(|label| literal(label)).collect();
    let name = object.id.qualified();
    let step = Additive::create(Phase::Prepare, &format!("TYPE {name} AS ENUM ({})", labels.join(", ")))
        .unless(&super::domain::type_guard(&name))
        .undo((KIND.drop)(object));
    let target = target(object);
    Repair::step(step).born_closed(object, ctx, "types", &target).described(&target, object)
}

fn alter(change: Change, _: &Context) -> Repair {
    if let Some(repair) = alter_common(&change, &target(change.expected)) {
        return repair;
    }
    let (expected, actual) = (change.expected.list("labels"), change.actual.list("labels"));
    if !is_subsequence(actual, expected) {
        return Repair::left(
            "labels",
            "values cannot be removed or reordered without rewriting every column that uses them",
        );
    }
    let name = change.expected.id.qualified();
    let mut steps = Vec::new();
    for (i, label) in expected.iter().enumerate().filter(|(_, label)| !actual.contains(label)) {
        // The one before exists by then; only the first needs a later neighbour.
        let place = match (i.checked_sub(1), actual.first()) {
            (Some(before), _) => format!(" AFTER {}", literal(&expected[before])),
            (None, Some(first)) => format!(" BEFORE {}", literal(first)),
            (None, None) => String::new(),
        };
        steps.push(Additive::add_enum_value(&name, &format!("{}{place}", literal(label))));
    }
    Repair::steps(steps)
}

fn is_subsequence(short: &[Arc<str>], long: &[Arc<str>]) -> bool {
    let mut rest = long.iter();
    short.iter().all(|label| rest.any(|other| other == label))
}
