//! Check constraints of tables. Added NOT VALID where rows may exist, then validated.

use super::Change;
use super::Context;
use super::Harm;
use super::Kind;
use super::PLAIN;
use super::Repair;
use super::Severities;
use super::Standard;
use super::constraint;
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
    standard: Some(Standard { query: include_str!("check.information_schema.sql"), attributes: &["definition"] }),
    attributes: &[
        Attribute::printed("definition"),
        Attribute::informational("columns"),
        Attribute::exact("validated").severity(Severity::Warning),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Warning },
    harm: Harm {
        missing: "rows that the declared schema refuses are accepted",
        unexpected: "it refuses rows that the declared schema accepts",
        changed: "it refuses or accepts other rows than declared",
    },
    create,
    alter,
    drop: constraint::drop,
    target: constraint::target,
    rides: true,
    rename: Some(constraint::rename),
    ..PLAIN
};

fn create(object: &Object, ctx: &Context) -> Repair {
    let relation = object.id.relation();
    let new = ctx.is_new(&object.id.schema, &object.id.parent);
    let valid = super::table::born_valid(object);
    if new && valid {
        return Repair::default().described(&constraint::target(object), object);
    }
    let phase = if new { Phase::Define } else { Phase::Constrain };
    let not_enforced = constraint::not_enforced(object);
    let at_once = valid && ctx.offline && !not_enforced;
    let suffix = if not_enforced || at_once { "" } else { " NOT VALID" };
    let add = Additive::add(phase, &relation, &format!("{}{suffix}", constraint::clause(object)))
        .unless(&constraint::guard(object))
        .lock(Lock::AccessExclusive, &relation)
        .undo(constraint::drop(object));
    let mut steps = vec![if at_once { add.hazard(Hazard::FullScan) } else { add }];
    if valid && !at_once {
        steps.push(constraint::validate(object, Phase::Validate));
    }
    Repair::steps(steps).described(&constraint::target(object), object)
}

fn alter(change: Change, _: &Context) -> Repair {
    match change.attribute {
        // What is not enforced cannot be validated: it is made anew.
        "validated" if change.expected.flag("validated") && !constraint::not_enforced(change.actual) => {
            Repair::step(constraint::validate(change.expected, Phase::Validate))
        }
        "validated" if !change.expected.flag("validated") => {
            Repair::left("validated", "the constraint holds for every row, which is more than declared")
        }
        _ => constraint::alter(&change, "rows that exist may break the declared check"),
    }
}
