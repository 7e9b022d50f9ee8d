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
        // `partition state` where that of its copy there is another.
        Attribute::exact("partitions"),
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
    let mut steps = vec![step];
    steps.extend(object.list("partitions").iter().map(|entry| {
        let (partition, state) = copy(entry);
        Additive::copied_trigger_state(partition, &object.id.name, state).lock(Lock::ShareRowExclusive, partition)
    }));
    Repair::steps(steps).described(&target(object), object)
}

fn alter(change: Change, _: &Context) -> Repair {
    let relation = change.expected.id.relation();
    let name = quote(&change.expected.id.name);
    if let Some(repair) = alter_common(&change, &target(change.expected)) {
        return repair;
    }
    match (change.attribute, change.actual.text("enabled"), change.expected.text("enabled")) {
        // It would wake the copies that sleep as well.
        ("enabled", Some("disabled"), Some(state)) if change.expected.list("partitions").is_empty() => {
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

/// Its states in place; anything else makes another trigger of it. Since
/// version 15 the state of a trigger is that of its copies too: theirs come after it.
fn rework(change: Change, _: &Context) -> Rework {
    let (trigger, name) = (change.expected, quote(&change.expected.id.name));
    let set = |relation: &str, state: &str| {
        let sql = format!("ALTER TABLE {relation} {state} TRIGGER {name};");
        Step::new(sql, Phase::Secure).lock(Lock::ShareRowExclusive, relation)
    };
    let own = state(trigger);
    let mut steps = match change.attribute {
        "enabled" => vec![set(&trigger.id.relation(), own)],
        "partitions" => change.actual.list("partitions").iter().map(|entry| set(copy(entry).0, own)).collect(),
        _ => return Rework::replace(),
    };
    let others = trigger.list("partitions").iter().map(|entry| copy(entry));
    steps.extend(others.map(|(partition, state)| set(partition, state)));
    Rework::InPlace(steps)
}

/// A partition, and the state there as `ALTER TABLE` takes it.
fn copy(entry: &str) -> (&str, &'static str) {
    let (partition, state) = entry.rsplit_once(' ').unwrap_or((entry, ""));
    (partition, state_word(state))
}

/// The state as `ALTER TABLE` takes it, of a trigger, a rule or an event trigger.
pub fn state(object: &Object) -> &'static str {
    state_word(object.text("enabled").unwrap_or_default())
}

fn state_word(state: &str) -> &'static str {
    match state {
        "disabled" => "DISABLE",
        "replica" => "ENABLE REPLICA",
        "always" => "ENABLE ALWAYS",
        _ => "ENABLE",
    }
}
