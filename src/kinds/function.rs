//! Functions, window functions among them. Replacing a body is never additive.

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
use crate::model::ident::quote;
use crate::model::ident::split_routine;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::step::Additive;
use crate::model::step::Step;

pub static KIND: Kind = Kind {
    catalog: "pg_proc",
    relation: false,
    inline: false,
    standard: Some(Standard {
        query: include_str!("function.information_schema.sql"),
        attributes: &["language", "security_definer"],
    }),
    attributes: &[
        Attribute::printed("arguments"),
        Attribute::exact("returns"),
        Attribute::exact("language"),
        Attribute::exact("volatility"),
        Attribute::exact("security_definer"),
        Attribute::exact("strict"),
        Attribute::exact("leakproof"),
        Attribute::exact("window"),
        Attribute::exact("parallel").severity(Severity::Warning),
        Attribute::exact("cost").severity(Severity::Note),
        Attribute::exact("rows").severity(Severity::Note),
        Attribute::exact("settings"),
        Attribute::printed("body"),
        // The file of a C function.
        Attribute::exact("library"),
        Attribute::exact("transforms"),
        Attribute::exact("support").severity(Severity::Warning),
        Attribute::informational("definition"),
        Attribute::informational("signature"),
        // `mode name type` of each, what it returns included; how many may be left out.
        Attribute::informational("parameters"),
        Attribute::informational("defaults"),
        Attribute::declared("owner"),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Warning },
    harm: Harm {
        missing: "whatever calls it fails",
        unexpected: "nobody declared it",
        changed: "it does not do what was declared",
    },
    create,
    alter,
    drop: |object| format!("DROP FUNCTION IF EXISTS {};", object.text("signature").unwrap_or_default()),
    target: |object| format!("FUNCTION {}", object.text("signature").unwrap_or_default()),
    rework: |change, ctx| rework_routine(&change, ctx),
    rename: Some(|object, name| rename_routine(object, "FUNCTION", name)),
    ..PLAIN
};

fn create(object: &Object, ctx: &Context) -> Repair {
    create_routine(object, ctx, "FUNCTION", (KIND.drop)(object))
}

fn alter(change: Change, _: &Context) -> Repair {
    alter_routine(&change, "FUNCTION")
}

/// Creates a function or procedure from the definition that the server
/// prints. What it grants to everybody by itself is withheld if not declared.
pub fn create_routine(object: &Object, ctx: &Context, word: &str, undo: String) -> Repair {
    let signature = object.text("signature").unwrap_or_default();
    let definition = object.text("definition").unwrap_or_default().trim_end();
    let phase = ctx.define_phase(&object.id);
    let step = Additive::create(phase, definition.strip_prefix("CREATE ").unwrap_or(definition)).undo(undo);
    let target = format!("{word} {signature}");
    Repair::step(step).born_closed(object, ctx, "functions", &target).described(&target, object)
}

/// Only a comment can be changed without changing what callers get.
pub fn alter_routine(change: &Change, word: &str) -> Repair {
    let target = format!("{word} {}", change.expected.text("signature").unwrap_or_default());
    alter_common(change, &target).unwrap_or_else(|| {
        Repair::left(
            change.attribute,
            "replacing it changes what every caller gets, at once; run the declared CREATE OR REPLACE when they are ready",
        )
    })
}

/// `CREATE OR REPLACE` where the server takes it: whoever calls it, and what
/// depends on it, notices nothing but what it does.
pub fn rework_routine(change: &Change, ctx: &Context) -> Rework {
    let (expected, actual) = (change.expected, change.actual);
    if !replaceable(expected, actual) {
        return Rework::replace();
    }
    let definition = expected.text("definition").unwrap_or_default().trim_end();
    let rest = definition.strip_prefix("CREATE OR REPLACE ").or_else(|| definition.strip_prefix("CREATE "));
    let sql = format!("CREATE OR REPLACE {};", rest.unwrap_or(definition));
    Rework::step(Step::new(sql, ctx.define_phase(&expected.id)))
}

/// True where callers could not tell one from the other by how they call it:
/// the same result, no other name of what goes in, nothing that must be given now.
fn replaceable(expected: &Object, actual: &Object) -> bool {
    let same = |name: &str| expected.attributes.get(name) == actual.attributes.get(name);
    let sorted = |object: &Object, into: bool| -> Vec<String> {
        let modes: &[char] = if into { &['i', 'b', 'v'] } else { &['o', 'b', 't'] };
        object.list("parameters").iter().filter(|p| p.starts_with(modes)).map(|p| p.to_string()).collect()
    };
    // A parameter without a name is `i  integer`, and may be given one.
    let keeps = |(there, wanted): (&String, &String)| there[1..].starts_with("  ") || there[1..] == wanted[1..];
    let (wanted, there) = (sorted(expected, true), sorted(actual, true));
    same("returns")
        && same("window")
        && sorted(expected, false) == sorted(actual, false)
        && wanted.len() == there.len()
        && there.iter().zip(&wanted).all(keeps)
        && expected.int("defaults") >= actual.int("defaults")
}

/// Its arguments stay: they are a part of its name here, and not of the statement.
pub fn rename_routine(object: &Object, word: &str, name: &str) -> String {
    let (bare, _) = split_routine(name);
    format!("ALTER {word} {} RENAME TO {};", object.text("signature").unwrap_or_default(), quote(bare))
}
