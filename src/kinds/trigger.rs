//! Triggers that a user made, on tables and views.

use super::Change;
use super::Context;
use super::Harm;
use super::Kind;
use super::PLAIN;
use super::Repair;
use super::Rework;
use super::Severities;
use super::Standard;
use super::alter_common;
use crate::model::finding::Severity;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::step::Additive;
use crate::model::step::Lock;
use crate::model::step::Phase;
use crate::model::step::Step;

pub static KIND: Kind = Kind {
    catalog: "pg_trigger",
    relation: false,
    inline: false,
    standard: Some(Standard { query: include_str!("trigger.information_schema.sql"), attributes: &[] }),
    attributes: &[
        Attribute::printed("definition"),
        Attribute::exact("enabled"),
        Attribute::informational("timing"),
        Attribute::informational("for_each_row"),
        Attribute::informational("events"),
        // Those of UPDATE OF; absent: any.
        Attribute::informational("columns"),
        Attribute::informational("function"),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Warning },
    harm: Harm {
        missing: "what it does on every write does not happen",
        unexpected: "it acts on every write, and nobody declared it",
        changed: "it does not fire when declared, or does something else",
    },
    create,
    alter,
    drop: |object| format!("DROP TRIGGER IF EXISTS {} ON {};", quote(&object.id.name), object.id.relation()),
    target,
    rework,
    rename: Some(|object, name| format!("ALTER {} RENAME TO {};", target(object), quote(name))),
    ..PLAIN
};

fn target(object: &Object) -> String {
    format!("TRIGGER {} ON {}", quote(&object.id.name), object.id.relation())
}

fn create(object: &Object, _: &Context) -> Repair {
    let relation = object.id.relation();
    let definition = object.text("definition").unwrap_or_default();
    let rest = definition.strip_prefix("CREATE ").unwrap_or(definition);
    let step = match state(object) {
        "ENABLE" => Additive::create(Phase::Secure, rest),
        state => Additive::create_trigger_in_state(rest, &relation, &object.id.name, state),
    };
    let guard = format!(
        "SELECT FROM pg_catalog.pg_trigger WHERE tgrelid = {}::pg_catalog.regclass AND tgname = {}",
        literal(&relation),
        literal(&object.id.name)
    );
    let step = step.unless(&guard).lock(Lock::ShareRowExclusive, &relation).undo((KIND.drop)(object));
    Repair::step(step).described(&target(object), object)
}

fn alter(change: Change, _: &Context) -> Repair {
    let relation = change.expected.id.relation();
    let name = quote(&change.expected.id.name);
    if let Some(repair) = alter_common(&change, &target(change.expected)) {
        return repair;
    }
    match (change.attribute, change.actual.text("enabled"), change.expected.text("enabled")) {
        ("enabled", Some("disabled"), Some(state)) => {
            let word = match state {
                "replica" => "REPLICA ",
                "always" => "ALWAYS ",
                _ => "",
            };
            let step = Additive::enable(&relation, &format!("{word}TRIGGER {name}"))
                .lock(Lock::ShareRowExclusive, &relation)
                .undo(format!("ALTER TABLE {relation} DISABLE TRIGGER {name};"));
            Repair::step(step)
        }
        ("enabled", _, _) => Repair::left("enabled", "what the trigger does on writes would stop"),
        (attribute, _, _) => Repair::left(attribute, "replacing a trigger changes what every write does"),
    }
}

/// Its state in place; anything else makes another trigger of it.
fn rework(change: Change, _: &Context) -> Rework {
    if change.attribute != "enabled" {
        return Rework::replace();
    }
    let relation = change.expected.id.relation();
    let sql = format!("ALTER TABLE {relation} {} TRIGGER {};", state(change.expected), quote(&change.expected.id.name));
    Rework::step(Step::new(sql, Phase::Secure).lock(Lock::ShareRowExclusive, &relation))
}

/// The state as `ALTER TABLE` takes it, of a trigger, a rule or an event trigger.
pub fn state(object: &Object) -> &'static str {
    match object.text("enabled") {
        Some("disabled") => "DISABLE",
        Some("replica") => "ENABLE REPLICA",
        Some("always") => "ENABLE ALWAYS",
        Some(_) | None => "ENABLE",
    }
}
