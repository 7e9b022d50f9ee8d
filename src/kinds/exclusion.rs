//! Exclusion constraints. The server can build their index only under a full lock.

use super::Change;
use super::Context;
use super::Harm;
use super::Kind;
use super::PLAIN;
use super::Repair;
use super::Rework;
use super::Severities;
use super::constraint;
use super::marked;
use crate::model::finding::Severity;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::step::Additive;
use crate::model::step::Hazard;
use crate::model::step::Lock;
use crate::model::step::Phase;

pub static KIND: Kind = Kind {
    catalog: "pg_constraint",
    relation: false,
    inline: true,
    standard: None,
    attributes: &[
        Attribute::printed("definition").always(),
        Attribute::informational("columns"),
        // Where the index behind it is kept.
        Attribute::stated_anywhere("tablespace").severity(Severity::Note),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Warning },
    harm: Harm {
        missing: "rows that exclude each other are possible",
        unexpected: "it refuses rows that the declared schema accepts",
        changed: "it refuses or accepts other rows than declared",
    },
    create,
    alter,
    drop: constraint::drop,
    target: constraint::target,
    rides: true,
    rework: |change, ctx| match change.attribute {
        "tablespace" => constraint::index_moved(&change, ctx),
        _ => Rework::replace(),
    },
    rename: Some(constraint::rename),
    ..PLAIN
};

fn create(object: &Object, ctx: &Context) -> Repair {
    let relation = object.id.relation();
    let new = ctx.is_new(&object.id.schema, &object.id.parent);
    if new && !constraint::repeats(object, ctx) {
        return Repair::default().described(&constraint::target(object), object);
    }
    if let Some(left) = constraint::no_room(object, ctx) {
        return left;
    }
    let phase = if new { Phase::Define } else { Phase::Index };
    let step = Additive::add(phase, &relation, &constraint::clause(object))
        .unless(&constraint::guard(object))
        .lock(Lock::AccessExclusive, &relation)
        .hazard(Hazard::IndexBuild)
        .undo(constraint::drop(object));
    let steps = std::iter::once(step).chain(marked::again(object, ctx)).collect();
    Repair::steps(steps).described(&constraint::target(object), object)
}

fn alter(change: Change, _: &Context) -> Repair {
    constraint::alter(&change, "rows that exist may break the declared constraint")
}
