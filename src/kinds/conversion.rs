//! Conversions between encodings.

use super::Change;
use super::Context;
use super::Harm;
use super::Kind;
use super::PLAIN;
use super::Repair;
use super::Severities;
use super::alter_common;
use super::text_search_dictionary::guard;
use crate::model::finding::Severity;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::step::Additive;

pub static KIND: Kind = Kind {
    catalog: "pg_conversion",
    attributes: &[
        Attribute::exact("source"),
        Attribute::exact("target"),
        Attribute::exact("function"),
        Attribute::exact("default"),
        Attribute::declared("owner"),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Warning },
    harm: Harm {
        missing: "text is converted by the server's own conversion, or not at all",
        unexpected: "nobody declared it",
        changed: "text is converted otherwise than declared",
    },
    create,
    alter,
    drop: |object| format!("DROP CONVERSION IF EXISTS {};", object.id.qualified()),
    target,
    rename: Some(|object, name| format!("ALTER {} RENAME TO {};", target(object), quote(name))),
    ..PLAIN
};

fn target(object: &Object) -> String {
    format!("CONVERSION {}", object.id.qualified())
}

fn create(object: &Object, ctx: &Context) -> Repair {
    let text = |name: &str| object.text(name).unwrap_or_default();
    let rest = format!(
        "{}{} FOR {} TO {} FROM {}",
        if object.flag("default") { "DEFAULT " } else { "" },
        target(object),
        literal(text("source")),
        literal(text("target")),
        text("function")
    );
    let step = Additive::create(ctx.define_phase(&object.id), &rest).unless(&guard("pg_conversion", "con", object));
    Repair::step(step.undo((KIND.drop)(object))).described(&target(object), object)
}

fn alter(change: Change, _: &Context) -> Repair {
    alter_common(&change, &target(change.expected))
        .unwrap_or_else(|| Repair::left(change.attribute, "text would be converted otherwise at once"))
}
