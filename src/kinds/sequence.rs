//! Sequences, except those of identity columns. Never sets a sequence's value.

use super::Change;
use super::Context;
use super::Harm;
use super::Kind;
use super::PLAIN;
use super::Repair;
use super::Rework;
use super::Severities;
use super::alter_common;
use super::withheld;
use crate::model::finding::Severity;
use crate::model::ident::quote;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::step::Additive;
use crate::model::step::Lock;
use crate::model::step::Phase;
use crate::model::step::Step;

pub static KIND: Kind = Kind {
    catalog: "pg_class",
    relation: true,
    inline: false,
    standard: None,
    attributes: &[
        Attribute::exact("type"),
        Attribute::exact("start").severity(Severity::Note),
        Attribute::exact("increment"),
        Attribute::exact("min"),
        Attribute::exact("max"),
        Attribute::exact("cache").severity(Severity::Note),
        Attribute::exact("cycle"),
        Attribute::exact("owned_by").severity(Severity::Warning),
        Attribute::declared("owner"),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Warning },
    harm: Harm {
        missing: "the defaults that draw from it fail",
        unexpected: "nobody declared it",
        changed: "it gives out other numbers than declared",
    },
    create,
    alter,
    drop: |object| format!("DROP SEQUENCE IF EXISTS {};", object.id.qualified()),
    target,
    loses: |_| Some("how far it has counted"),
    rides: true,
    rework,
    rename: Some(|object, name| format!("ALTER {} RENAME TO {};", target(object), quote(name))),
    ..PLAIN
};

fn target(object: &Object) -> String {
    format!("SEQUENCE {}", object.id.qualified())
}

fn create(object: &Object, ctx: &Context) -> Repair {
    let number = |name| object.int(name).unwrap_or_default();
    let rest = format!(
        "SEQUENCE IF NOT EXISTS {} AS {} INCREMENT BY {} MINVALUE {} MAXVALUE {} START WITH {} CACHE {}{}",
        object.id.qualified(),
        object.text("type").unwrap_or("bigint"),
        number("increment"),
        number("min"),
        number("max"),
        number("start"),
        number("cache"),
        if object.flag("cycle") { " CYCLE" } else { "" }
    );
    let mut steps = vec![Additive::create(Phase::Define, &rest).undo((KIND.drop)(object))];
    let target_of_revoke = format!("SEQUENCE {}", object.id.qualified());
    steps.extend(withheld(ctx, "sequences", &object.id.schema, &target_of_revoke));
    if let Some(column) = object.text("owned_by") {
        steps.push(Additive::own_sequence(&object.id.qualified(), column));
    }
    Repair::steps(steps).described(&target(object), object)
}

fn alter(change: Change, _: &Context) -> Repair {
    if let Some(repair) = alter_common(&change, &target(change.expected)) {
        return repair;
    }
    match (change.attribute, change.actual.text("owned_by"), change.expected.text("owned_by")) {
        ("owned_by", None, Some(column)) => {
            Repair::step(Additive::own_sequence(&change.expected.id.qualified(), column))
        }
        ("owned_by", _, _) => Repair::left("owned_by", "the sequence would no longer end with the column it has now"),
        (attribute, _, _) => Repair::left(attribute, "other numbers may collide with those given out already"),
    }
}

/// It goes on from where it is, in other steps or to another end.
fn rework(change: Change, _: &Context) -> Rework {
    let expected = change.expected;
    let number = |name| expected.int(name).unwrap_or_default();
    let clause = match change.attribute {
        "owned_by" => format!("OWNED BY {}", expected.text("owned_by").unwrap_or("NONE")),
        // One statement for all: each alone may contradict what is there.
        _ => format!(
            "AS {} INCREMENT BY {} MINVALUE {} MAXVALUE {} START WITH {} CACHE {} {}",
            expected.text("type").unwrap_or("bigint"),
            number("increment"),
            number("min"),
            number("max"),
            number("start"),
            number("cache"),
            if expected.flag("cycle") { "CYCLE" } else { "NO CYCLE" }
        ),
    };
    let phase = if change.attribute == "owned_by" { Phase::Describe } else { Phase::Expand };
    let name = expected.id.qualified();
    Rework::step(Step::new(format!("ALTER SEQUENCE {name} {clause};"), phase).lock(Lock::ShareRowExclusive, &name))
}
