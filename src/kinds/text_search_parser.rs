//! Text search parsers: how a text falls into tokens. One that changes is made anew.

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
    catalog: "pg_ts_parser",
    attributes: &[
        Attribute::exact("start"),
        Attribute::exact("gettoken"),
        Attribute::exact("end"),
        Attribute::exact("headline"),
        Attribute::exact("lextypes"),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Note },
    harm: Harm {
        missing: "no configuration can use it",
        unexpected: "nobody declared it",
        changed: "searches find other words than declared",
    },
    create,
    alter,
    drop: |object| format!("DROP TEXT SEARCH PARSER IF EXISTS {};", object.id.qualified()),
    target,
    rename: Some(|object, name| format!("ALTER {} RENAME TO {};", target(object), quote(name))),
    ..PLAIN
};

/// The C functions that it is made of.
const PARTS: &[&str] = &["start", "gettoken", "end", "headline", "lextypes"];

fn target(object: &Object) -> String {
    format!("TEXT SEARCH PARSER {}", object.id.qualified())
}

fn create(object: &Object, ctx: &Context) -> Repair {
    let part = |name: &&str| object.text(name).map(|f| format!("{} = {f}", name.to_uppercase()));
    let parts: Vec<String> = PARTS.iter().filter_map(part).collect();
    let guard = format!(
        "SELECT FROM pg_catalog.pg_ts_parser AS x JOIN pg_catalog.pg_namespace AS n ON n.oid = x.prsnamespace \
         WHERE n.nspname = {} AND x.prsname = {}",
        literal(&object.id.schema),
        literal(&object.id.name)
    );
    let step = Additive::create(ctx.early_phase(&object.id), &format!("{} ({})", target(object), parts.join(", ")));
    Repair::step(step.unless(&guard).undo((KIND.drop)(object))).described(&target(object), object)
}

fn alter(change: Change, _: &Context) -> Repair {
    alter_common(&change, &target(change.expected))
        .unwrap_or_else(|| Repair::left(change.attribute, "what is indexed already was found with the present one"))
}
