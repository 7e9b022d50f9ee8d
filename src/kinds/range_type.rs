//! Range types. The multirange type that the server makes with one is part of it.

use super::Change;
use super::Context;
use super::Harm;
use super::Kind;
use super::PLAIN;
use super::Repair;
use super::Rework;
use super::Severities;
use super::alter_common;
use crate::model::finding::Severity;
use crate::model::ident::quote;
use crate::model::ident::split_qualified;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::step::Additive;
use crate::model::step::Phase;
use crate::model::step::Step;

pub static KIND: Kind = Kind {
    catalog: "pg_type",
    relation: false,
    inline: false,
    standard: None,
    attributes: &[
        Attribute::exact("subtype"),
        Attribute::exact("operator_class"),
        Attribute::exact("collation"),
        Attribute::exact("canonical"),
        Attribute::exact("subtype_diff"),
        Attribute::exact("multirange"),
        Attribute::declared("owner"),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Warning },
    harm: Harm {
        missing: "columns of this type cannot exist",
        unexpected: "nobody declared it",
        changed: "ranges hold or compare other values than declared",
    },
    create,
    alter,
    drop: |object| format!("DROP TYPE IF EXISTS {};", object.id.qualified()),
    target,
    rename: Some(|object, name| format!("ALTER TYPE {} RENAME TO {};", object.id.qualified(), quote(name))),
    rework,
    ..PLAIN
};

fn target(object: &Object) -> String {
    format!("TYPE {}", object.id.qualified())
}

fn create(object: &Object, ctx: &Context) -> Repair {
    let name = object.id.qualified();
    let words = [
        ("subtype", "subtype"),
        ("operator_class", "subtype_opclass"),
        ("collation", "collation"),
        ("canonical", "canonical"),
        ("subtype_diff", "subtype_diff"),
        ("multirange", "multirange_type_name"),
    ];
    let options: Vec<String> =
        words.iter().filter_map(|(attribute, word)| Some(format!("{word} = {}", object.text(attribute)?))).collect();
    let step = Additive::create(ctx.early_phase(&object.id), &format!("TYPE {name} AS RANGE ({})", options.join(", ")))
        .unless(&super::domain::type_guard(&name))
        .undo((KIND.drop)(object));
    let target = target(object);
    Repair::step(step).born_closed(object, ctx, "types", &target).described(&target, object)
}

fn alter(change: Change, _: &Context) -> Repair {
    alter_common(&change, &target(change.expected)).unwrap_or_else(|| {
        Repair::left(
            change.attribute,
            "a range type cannot be changed, only dropped and made anew, while every column of it waits as text",
        )
    })
}

fn rework(change: Change, ctx: &Context) -> Rework {
    match change.attribute {
        "multirange" => rename_multirange(&multirange(change.actual), &multirange(change.expected)),
        _ => super::carry::set_aside(&change.actual.id, ctx),
    }
}

/// The type of several ranges is made with the range type, and has a name of its own.
fn rename_multirange((from_schema, from): &(String, String), (schema, to): &(String, String)) -> Rework {
    let named = |schema: &str, name: &str| format!("{}.{}", quote(schema), quote(name));
    let mut steps = Vec::new();
    if from != to {
        let sql = format!("ALTER TYPE {} RENAME TO {};", named(from_schema, from), quote(to));
        steps.push(Step::new(sql, Phase::Prepare));
    }
    if from_schema != schema {
        let sql = format!("ALTER TYPE {} SET SCHEMA {};", named(from_schema, to), quote(schema));
        steps.push(Step::new(sql, Phase::Prepare));
    }
    Rework::InPlace(steps)
}

/// The multirange type, as columns name it.
pub fn multirange_name(range: &Object) -> String {
    let (schema, name) = multirange(range);
    format!("{}.{}", quote(&schema), quote(&name))
}

/// Schema and name of the multirange type: where none is stated, as the server chooses it.
fn multirange(range: &Object) -> (String, String) {
    range.text("multirange").and_then(split_qualified).unwrap_or_else(|| {
        let name = &*range.id.name;
        let chosen = match name.contains("range") {
            true => name.replacen("range", "multirange", 1),
            false => format!("{name}_multirange"),
        };
        (range.id.schema.to_string(), chosen)
    })
}
