//! Event triggers. They fire on what a patch itself does, so a new one comes last.

use super::Change;
use super::Context;
use super::Harm;
use super::Kind;
use super::PLAIN;
use super::Repair;
use super::Rework;
use super::Severities;
use super::alter_common;
use super::trigger::state;
use crate::model::finding::Severity;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::step::Additive;
use crate::model::step::Phase;
use crate::model::step::Step;

pub static KIND: Kind = Kind {
    catalog: "pg_event_trigger",
    relation: false,
    inline: false,
    standard: None,
    attributes: &[
        Attribute::exact("event"),
        Attribute::exact("tags"),
        Attribute::exact("function"),
        Attribute::exact("enabled"),
        Attribute::declared("owner"),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Warning },
    harm: Harm {
        missing: "what it does on every change of the schema does not happen",
        unexpected: "it acts on every change of the schema, and nobody declared it",
        changed: "it does not fire when declared, or does something else",
    },
    create,
    alter,
    drop: |object| format!("DROP EVENT TRIGGER IF EXISTS {};", quote(&object.id.name)),
    target,
    rework,
    rename: Some(|object, name| format!("ALTER {} RENAME TO {};", target(object), quote(name))),
    ..PLAIN
};

fn target(object: &Object) -> String {
    format!("EVENT TRIGGER {}", quote(&object.id.name))
}

fn create(object: &Object, _: &Context) -> Repair {
    let tags: Vec<String> = object.list("tags").iter().map(|tag| literal(tag)).collect();
    let when = if tags.is_empty() { String::new() } else { format!(" WHEN TAG IN ({})", tags.join(", ")) };
    let rest = format!(
        "{} ON {}{when} EXECUTE FUNCTION {}()",
        target(object),
        object.text("event").unwrap_or_default(),
        object.text("function").unwrap_or_default()
    );
    let guard = format!("SELECT FROM pg_catalog.pg_event_trigger WHERE evtname = {}", literal(&object.id.name));
    let born = Some(state(object)).filter(|state| *state != "ENABLE");
    let step = Additive::create_event_trigger(&rest, &object.id.name, born).unless(&guard).undo((KIND.drop)(object));
    Repair::step(step).described(&target(object), object)
}

fn alter(change: Change, _: &Context) -> Repair {
    let (expected, actual) = (change.expected, change.actual);
    if let Some(repair) = alter_common(&change, &target(expected)) {
        return repair;
    }
    match (change.attribute, actual.text("enabled")) {
        ("enabled", Some("disabled")) => {
            let step = Additive::enable_event_trigger(&expected.id.name, state(expected));
            Repair::step(step.undo(format!("ALTER {} DISABLE;", target(expected))))
        }
        ("enabled", _) => Repair::left("enabled", "what the trigger does on changes of the schema would stop"),
        (attribute, _) => Repair::left(attribute, "replacing it changes what every change of the schema does"),
    }
}

/// Its state in place; anything else makes another trigger of it.
fn rework(change: Change, _: &Context) -> Rework {
    match change.attribute {
        "enabled" => {
            let sql = format!("ALTER {} {};", target(change.expected), state(change.expected));
            Rework::step(Step::new(sql, Phase::Describe))
        }
        _ => Rework::replace(),
    }
}
