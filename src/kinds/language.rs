//! Procedural languages that no extension brings.

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
    catalog: "pg_language",
    attributes: &[
        Attribute::exact("handler"),
        Attribute::exact("inline"),
        Attribute::exact("validator"),
        Attribute::exact("trusted"),
        Attribute::declared("owner"),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Warning },
    harm: Harm {
        missing: "no function can be written in it",
        unexpected: "functions can be written in a language that nobody declared",
        changed: "what is written in it is run, or allowed, otherwise than declared",
    },
    create,
    alter,
    drop: |object| format!("DROP LANGUAGE IF EXISTS {};", quote(&object.id.name)),
    target,
    rework,
    rename: Some(|object, name| format!("ALTER {} RENAME TO {};", target(object), quote(name))),
    ..PLAIN
};

fn target(object: &Object) -> String {
    format!("LANGUAGE {}", quote(&object.id.name))
}

/// What comes after `CREATE`.
fn definition(object: &Object) -> String {
    let part = |name: &str, word: &str| object.text(name).map(|f| format!(" {word} {f}")).unwrap_or_default();
    format!(
        "{}{}{}{}{}",
        if object.flag("trusted") { "TRUSTED " } else { "" },
        target(object),
        part("handler", "HANDLER"),
        part("inline", "INLINE"),
        part("validator", "VALIDATOR")
    )
}

fn create(object: &Object, ctx: &Context) -> Repair {
    let guard = format!("SELECT FROM pg_catalog.pg_language WHERE lanname = {}", literal(&object.id.name));
    let step =
        Additive::create(ctx.early_phase(&object.id), &definition(object)).unless(&guard).undo((KIND.drop)(object));
    let repair = Repair::step(step);
    let target = target(object);
    // Nobody but superusers uses one that is not trusted, whatever was granted.
    let repair = if object.flag("trusted") { repair.born_closed(object, ctx, "languages", &target) } else { repair };
    repair.described(&target, object)
}

fn alter(change: Change, _: &Context) -> Repair {
    alter_common(&change, &target(change.expected))
        .unwrap_or_else(|| Repair::left(change.attribute, "whatever is written in it would be run otherwise"))
}

/// The server replaces a language in place and keeps its owner and its grants.
fn rework(change: Change, _: &Context) -> Rework {
    let sql = format!("CREATE OR REPLACE {};", definition(change.expected));
    Rework::step(Step::new(sql, Phase::Define))
}
