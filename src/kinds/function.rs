//! Functions, window functions among them. Replacing a body is never additive.

use super::Change;
use super::Context;
use super::Harm;
use super::Kind;
use super::PLAIN;
use super::Repair;
use super::Severities;
use super::Standard;
use super::alter_common;
use super::withheld;
use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::step::Additive;

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
        Attribute::informational("definition"),
        Attribute::informational("signature"),
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
    let mut steps = vec![Additive::create(phase, definition.strip_prefix("CREATE ").unwrap_or(definition)).undo(undo)];
    let grants = ctx.expected.children(ObjectKind::Grant, &object.id.schema, &object.id.name);
    if !grants.iter().any(|grant| &*grant.id.name == "public") {
        steps.push(Additive::withhold(&format!("ALL ON {word} {signature} FROM PUBLIC")).phase(phase));
    }
    let target = format!("{word} {signature}");
    steps.extend(withheld(ctx, "functions", &object.id.schema, &target).map(|step| step.phase(phase)));
    Repair::steps(steps).described(&target, object)
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
