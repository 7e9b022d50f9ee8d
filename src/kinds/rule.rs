//! Rewrite rules that a user made, on tables and views.

use super::Change;
use super::Context;
use super::Harm;
use super::Kind;
use super::PLAIN;
use super::Repair;
use super::Rework;
use super::Severities;
use super::alter_common;
use super::trigger;
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
    catalog: "pg_rewrite",
    relation: false,
    inline: false,
    standard: None,
    attributes: &[
        Attribute::printed("definition"),
        Attribute::exact("enabled"),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Warning },
    harm: Harm {
        missing: "statements do what they say instead of what it makes of them",
        unexpected: "it turns statements into others, and nobody declared it",
        changed: "it turns statements into others than declared",
    },
    create,
    alter,
    drop: |object| format!("DROP RULE IF EXISTS {} ON {};", quote(&object.id.name), object.id.relation()),
    target,
    rework,
    rename: Some(|object, name| format!("ALTER {} RENAME TO {};", target(object), quote(name))),
    ..PLAIN
};

fn target(object: &Object) -> String {
    format!("RULE {} ON {}", quote(&object.id.name), object.id.relation())
}

fn create(object: &Object, _: &Context) -> Repair {
    let (relation, name) = (object.id.relation(), &object.id.name);
    let rest = definition(object);
    let state = Some(trigger::state(object)).filter(|state| *state != "ENABLE");
    let guard = format!(
        "SELECT FROM pg_catalog.pg_rewrite WHERE ev_class = {}::pg_catalog.regclass AND rulename = {}",
        literal(&relation),
        literal(name)
    );
    let step = Additive::create_rule(rest, &relation, name, state)
        .unless(&guard)
        .lock(Lock::AccessExclusive, &relation)
        .undo((KIND.drop)(object));
    Repair::step(step).described(&target(object), object)
}

fn alter(change: Change, _: &Context) -> Repair {
    alter_common(&change, &target(change.expected))
        .unwrap_or_else(|| Repair::left(change.attribute, "every statement on the relation would do something else"))
}

/// What the server prints after `CREATE `.
fn definition(object: &Object) -> &str {
    let definition = object.text("definition").unwrap_or_default().trim_end().trim_end_matches(';');
    definition.strip_prefix("CREATE ").unwrap_or(definition)
}

/// The server replaces a rule in place and keeps its state.
fn rework(change: Change, _: &Context) -> Rework {
    let (rule, relation) = (change.expected, change.expected.id.relation());
    let sql = match change.attribute {
        "enabled" => format!("ALTER TABLE {relation} {} RULE {};", trigger::state(rule), quote(&rule.id.name)),
        _ => format!("CREATE OR REPLACE {};", definition(rule)),
    };
    Rework::step(Step::new(sql, Phase::Secure).lock(Lock::AccessExclusive, &relation))
}
