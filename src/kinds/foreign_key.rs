//! Foreign keys. Added NOT VALID where rows may exist, then validated.

use super::Change;
use super::Context;
use super::Harm;
use super::Kind;
use super::PLAIN;
use super::Repair;
use super::Rework;
use super::Severities;
use super::Standard;
use super::constraint;
use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::step::Additive;
use crate::model::step::Hazard;
use crate::model::step::Lock;
use crate::model::step::Phase;

pub static KIND: Kind = Kind {
    catalog: "pg_constraint",
    relation: false,
    inline: false,
    standard: Some(Standard { query: include_str!("foreign_key.information_schema.sql"), attributes: &["definition"] }),
    attributes: &[
        Attribute::exact("definition"),
        Attribute::informational("columns"),
        Attribute::informational("references"),
        Attribute::informational("referenced_columns"),
        Attribute::exact("validated").severity(Severity::Warning),
        // How its triggers are silenced; absent where they fire.
        Attribute::exact("triggers"),
        Attribute::informational("on_delete"),
        Attribute::informational("on_update"),
        // What ON DELETE SET NULL or SET DEFAULT sets, where it names columns.
        Attribute::informational("set_columns"),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Warning },
    harm: Harm {
        missing: "rows can point to nothing, or into another tenant",
        unexpected: "it refuses rows that the declared schema accepts",
        changed: "rows are tied to others than declared",
    },
    create,
    alter,
    drop: constraint::drop,
    target: constraint::target,
    rework,
    rename: Some(constraint::rename),
    ..PLAIN
};

fn create(object: &Object, ctx: &Context) -> Repair {
    let id = &object.id;
    let relation = id.relation();
    // The key it refers to may itself be one that is built late.
    let is_key = |kind| matches!(kind, ObjectKind::PrimaryKey | ObjectKind::Unique | ObjectKind::Index);
    let waits = ctx.reaches(id, &|missing| is_key(missing.kind) && !ctx.is_new(&missing.schema, &missing.parent));
    let new = ctx.is_new(&id.schema, &id.parent);
    let (first, last) = match (waits, new) {
        (true, _) => (Phase::Index, Phase::Index),
        (false, true) => (Phase::Define, Phase::Define),
        (false, false) => (Phase::Constrain, Phase::Validate),
    };
    let valid = object.flag("validated");
    let at_once = valid && (new || ctx.offline || constraint::partitioned(object, ctx));
    let suffix = if at_once || constraint::not_enforced(object) { "" } else { " NOT VALID" };
    let add = Additive::add(first, &relation, &format!("{}{suffix}", constraint::clause(object)))
        .unless(&constraint::guard(object))
        .lock(Lock::ShareRowExclusive, &relation)
        .undo(constraint::drop(object));
    let add = if at_once && !new { add.hazard(Hazard::FullScan) } else { add };
    let mut steps = vec![add];
    if valid && !at_once {
        steps.push(constraint::validate(object, last));
    }
    let mut repair = Repair::steps(steps).described(&constraint::target(object), object);
    if let Some(state) = object.text("triggers") {
        let reason = format!("what enforces it is {state} there; made anew, it is enforced");
        repair.left = Repair::left("triggers", reason).left;
    }
    repair
}

fn alter(change: Change, _: &Context) -> Repair {
    match change.attribute {
        // What is not enforced cannot be validated: it is made anew.
        "validated" if change.expected.flag("validated") && !constraint::not_enforced(change.actual) => {
            Repair::step(constraint::validate(change.expected, Phase::Validate))
        }
        "triggers" if change.expected.text("triggers").is_none() => Repair::left("triggers", enable(change.expected)),
        "triggers" => Repair::left("triggers", "the key would be checked no longer"),
        "validated" if !change.expected.flag("validated") => {
            Repair::left("validated", "the constraint holds for every row, which is more than declared")
        }
        _ => constraint::alter(&change, "rows that exist may break the declared key"),
    }
}

/// Enabling needs a superuser, wakes whatever else sleeps on the table, and asks
/// nothing of the rows that came in meanwhile: a person does it.
fn enable(object: &Object) -> String {
    let child = object.id.relation();
    let parent = object.text("references").unwrap_or_default();
    let mut tables = vec![child.as_str()];
    if parent != child {
        tables.push(parent);
    }
    let statements: Vec<String> = tables.iter().map(|t| format!("ALTER TABLE {t} ENABLE TRIGGER ALL;")).collect();
    format!(
        "rows that came in meanwhile may point to nothing: look for them, then as superuser run {}",
        statements.join(" ")
    )
}

/// Whatever it is, the key is made anew, and so asks every row, also those that
/// came in while what enforces it was switched off.
fn rework(change: Change, _: &Context) -> Rework {
    match (change.attribute, change.expected.text("triggers")) {
        ("triggers", Some(_)) => Rework::Impossible("nobody is helped to switch off a key".to_owned()),
        (_, _) => Rework::replace(),
    }
}
