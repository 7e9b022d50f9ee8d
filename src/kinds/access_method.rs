//! Access methods that no extension brings: how tables or indexes are kept.

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
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::step::Additive;

pub static KIND: Kind = Kind {
    catalog: "pg_am",
    attributes: &[
        Attribute::exact("type"),
        Attribute::exact("handler"),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Note },
    harm: Harm {
        missing: "nothing can be kept by it",
        unexpected: "nobody declared it",
        changed: "what is kept by it is kept otherwise than declared",
    },
    create,
    alter,
    drop: |object| format!("DROP ACCESS METHOD IF EXISTS {};", quote(&object.id.name)),
    target,
    ..PLAIN
};

fn target(object: &Object) -> String {
    format!("ACCESS METHOD {}", quote(&object.id.name))
}

fn create(object: &Object, ctx: &Context) -> Repair {
    let rest = format!(
        "{} TYPE {} HANDLER {}",
        target(object),
        object.text("type").unwrap_or_default().to_uppercase(),
        object.text("handler").unwrap_or_default()
    );
    let guard = format!("SELECT FROM pg_catalog.pg_am WHERE amname = {}", literal(&object.id.name));
    let step = Additive::create(ctx.early_phase(&object.id), &rest).unless(&guard).undo((KIND.drop)(object));
    Repair::step(step).described(&target(object), object)
}

fn alter(change: Change, _: &Context) -> Repair {
    alter_common(&change, &target(change.expected))
        .unwrap_or_else(|| Repair::left(change.attribute, "what is kept by it would have to be written anew"))
}
