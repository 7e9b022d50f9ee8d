//! Casts: how a value of one type becomes one of another, and where that
//! happens without being asked for.

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
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::step::Additive;

pub static KIND: Kind = Kind {
    catalog: "pg_cast",
    attributes: &[
        Attribute::informational("source"),
        Attribute::informational("target"),
        Attribute::exact("function"),
        Attribute::exact("method"),
        Attribute::exact("context"),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Warning },
    harm: Harm {
        missing: "statements that rely on it fail",
        unexpected: "values change their type where nobody declared it",
        changed: "values change their type otherwise than declared",
    },
    create,
    alter,
    drop: |object| format!("DROP CAST IF EXISTS {};", named(object)),
    target,
    ..PLAIN
};

fn types(object: &Object) -> (&str, &str) {
    (object.text("source").unwrap_or_default(), object.text("target").unwrap_or_default())
}

/// A cast has no name but what it is between.
fn named(object: &Object) -> String {
    let (source, target) = types(object);
    format!("({source} AS {target})")
}

fn target(object: &Object) -> String {
    format!("CAST {}", named(object))
}

fn create(object: &Object, ctx: &Context) -> Repair {
    let how = match (object.text("function"), object.text("method")) {
        (Some(function), _) => format!("WITH FUNCTION {function}"),
        (None, Some("inout")) => "WITH INOUT".to_owned(),
        (None, Some(_) | None) => "WITHOUT FUNCTION".to_owned(),
    };
    let context = match object.text("context") {
        Some("assignment") => " AS ASSIGNMENT",
        Some("implicit") => " AS IMPLICIT",
        Some(_) | None => "",
    };
    let (source, into) = types(object);
    let guard = format!(
        "SELECT FROM pg_catalog.pg_cast WHERE castsource = {}::pg_catalog.regtype AND casttarget = {}::pg_catalog.regtype",
        literal(source),
        literal(into)
    );
    let rest = format!("{} {how}{context}", target(object));
    let step = Additive::create(ctx.define_phase(&object.id), &rest).unless(&guard).undo((KIND.drop)(object));
    Repair::step(step).described(&target(object), object)
}

fn alter(change: Change, _: &Context) -> Repair {
    alter_common(&change, &target(change.expected))
        .unwrap_or_else(|| Repair::left(change.attribute, "statements that rely on it would give other values at once"))
}
