//! Transforms: how values of a type look inside of a procedural language.

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
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::step::Additive;
use crate::model::step::Phase;
use crate::model::step::Step;

pub static KIND: Kind = Kind {
    catalog: "pg_transform",
    attributes: &[
        Attribute::informational("type"),
        Attribute::informational("language"),
        Attribute::exact("from_sql"),
        Attribute::exact("to_sql"),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Warning },
    harm: Harm {
        missing: "functions that ask for it cannot exist",
        unexpected: "nobody declared it",
        changed: "functions are given, or give, other values than declared",
    },
    create,
    alter,
    drop: |object| format!("DROP TRANSFORM IF EXISTS {};", named(object)),
    target,
    rework,
    ..PLAIN
};

/// A transform has no name but what it is for.
fn named(object: &Object) -> String {
    let (kind, language) = (object.text("type").unwrap_or_default(), object.text("language").unwrap_or_default());
    format!("FOR {kind} LANGUAGE {}", quote(language))
}

fn target(object: &Object) -> String {
    format!("TRANSFORM {}", named(object))
}

/// What comes after `CREATE`.
fn definition(object: &Object) -> String {
    let part = |name: &str, word: &str| object.text(name).map(|f| format!("{word} SQL WITH FUNCTION {f}"));
    let parts: Vec<String> = part("from_sql", "FROM").into_iter().chain(part("to_sql", "TO")).collect();
    format!("{} ({})", target(object), parts.join(", "))
}

fn create(object: &Object, _: &Context) -> Repair {
    let (kind, language) = (object.text("type").unwrap_or_default(), object.text("language").unwrap_or_default());
    let guard = format!(
        "SELECT FROM pg_catalog.pg_transform AS t JOIN pg_catalog.pg_language AS l ON l.oid = t.trflang \
         WHERE t.trftype = {}::pg_catalog.regtype AND l.lanname = {}",
        literal(kind),
        literal(language)
    );
    let step = Additive::create(Phase::Define, &definition(object)).unless(&guard).undo((KIND.drop)(object));
    Repair::step(step).described(&target(object), object)
}

fn alter(change: Change, _: &Context) -> Repair {
    alter_common(&change, &target(change.expected))
        .unwrap_or_else(|| Repair::left(change.attribute, "functions would be given, or give, other values at once"))
}

/// The server replaces a transform in place.
fn rework(change: Change, _: &Context) -> Rework {
    let sql = format!("CREATE OR REPLACE {};", definition(change.expected));
    Rework::step(Step::new(sql, Phase::Define))
}
