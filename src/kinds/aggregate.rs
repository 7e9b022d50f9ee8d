//! Aggregates: plain, ordered-set and hypothetical-set ones. `CREATE OR REPLACE`
//! is never used: what an aggregate does for its callers changes with it.

use super::Change;
use super::Context;
use super::Harm;
use super::Kind;
use super::PLAIN;
use super::Repair;
use super::Severities;
use super::alter_common;
use crate::model::finding::Severity;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::ident::split_routine;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::object::Value;
use crate::model::step::Additive;

pub static KIND: Kind = Kind {
    catalog: "pg_proc",
    relation: false,
    inline: false,
    standard: None,
    attributes: &[
        Attribute::printed("arguments"),
        Attribute::exact("form"),
        Attribute::exact("transition"),
        Attribute::exact("state"),
        Attribute::exact("state_space").severity(Severity::Note),
        Attribute::exact("final"),
        Attribute::exact("final_extra"),
        Attribute::exact("final_modify"),
        Attribute::exact("combine"),
        Attribute::exact("serialize"),
        Attribute::exact("deserialize"),
        Attribute::exact("initial"),
        Attribute::exact("moving_transition"),
        Attribute::exact("moving_inverse"),
        Attribute::exact("moving_state"),
        Attribute::exact("moving_state_space").severity(Severity::Note),
        Attribute::exact("moving_final"),
        Attribute::exact("moving_final_extra"),
        Attribute::exact("moving_final_modify"),
        Attribute::exact("moving_initial"),
        Attribute::exact("sort_operator"),
        Attribute::exact("parallel").severity(Severity::Warning),
        Attribute::informational("signature"),
        Attribute::declared("owner"),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Warning },
    harm: Harm {
        missing: "whatever calls it fails",
        unexpected: "nobody declared it",
        changed: "it does not compute what was declared",
    },
    create,
    alter,
    drop: |object| format!("DROP AGGREGATE IF EXISTS {};", signature(object)),
    target,
    rename: Some(|object, name| format!("ALTER AGGREGATE {} RENAME TO {};", signature(object), quote(name))),
    ..PLAIN
};

fn signature(object: &Object) -> &str {
    object.text("signature").unwrap_or_default()
}

fn target(object: &Object) -> String {
    format!("AGGREGATE {}", signature(object))
}

/// Options in the order of the manual: attribute, word, and whether the value is a literal.
const OPTIONS: &[(&str, &str, bool)] = &[
    ("transition", "SFUNC", false),
    ("state", "STYPE", false),
    ("state_space", "SSPACE", false),
    ("final", "FINALFUNC", false),
    ("final_extra", "FINALFUNC_EXTRA", false),
    ("final_modify", "FINALFUNC_MODIFY", false),
    ("combine", "COMBINEFUNC", false),
    ("serialize", "SERIALFUNC", false),
    ("deserialize", "DESERIALFUNC", false),
    ("initial", "INITCOND", true),
    ("moving_transition", "MSFUNC", false),
    ("moving_inverse", "MINVFUNC", false),
    ("moving_state", "MSTYPE", false),
    ("moving_state_space", "MSSPACE", false),
    ("moving_final", "MFINALFUNC", false),
    ("moving_final_extra", "MFINALFUNC_EXTRA", false),
    ("moving_final_modify", "MFINALFUNC_MODIFY", false),
    ("moving_initial", "MINITCOND", true),
    ("sort_operator", "SORTOP", false),
    ("parallel", "PARALLEL", false),
];

fn option(object: &Object, (attribute, word, quoted): &(&str, &str, bool)) -> Option<String> {
    Some(match object.attributes.get(attribute)? {
        Value::Bool(_) => (*word).to_owned(),
        Value::Text(text) if *quoted => format!("{word} = {}", literal(text)),
        Value::Text(text) => format!("{word} = {text}"),
        Value::Int(number) => format!("{word} = {number}"),
        Value::List(items) => format!("{word} = {}", items.join(", ")),
    })
}

fn create(object: &Object, ctx: &Context) -> Repair {
    let (name, _) = split_routine(&object.id.name);
    let arguments = match object.text("arguments").unwrap_or_default() {
        "" => "*",
        arguments => arguments,
    };
    let mut options: Vec<String> = OPTIONS.iter().filter_map(|line| option(object, line)).collect();
    if object.text("form") == Some("hypothetical set") {
        options.push("HYPOTHETICAL".to_owned());
    }
    let rest = format!(
        "AGGREGATE {}.{}({arguments}) (\n  {}\n)",
        quote(&object.id.schema),
        quote(name),
        options.join(",\n  ")
    );
    let there = format!("SELECT WHERE pg_catalog.to_regprocedure({}) IS NOT NULL", literal(&callable(object)));
    let step = Additive::create(ctx.define_phase(&object.id), &rest).unless(&there).undo((KIND.drop)(object));
    let closed = Repair::step(step).born_closed(object, ctx, "functions", &format!("FUNCTION {}", callable(object)));
    closed.described(&target(object), object)
}

/// The name with its input types, as `to_regprocedure` takes it.
fn callable(object: &Object) -> String {
    let (name, types) = split_routine(&object.id.name);
    format!("{}.{}({types})", quote(&object.id.schema), quote(name))
}

fn alter(change: Change, _: &Context) -> Repair {
    alter_common(&change, &target(change.expected))
        .unwrap_or_else(|| Repair::left(change.attribute, "replacing it changes what every caller gets, at once"))
}
