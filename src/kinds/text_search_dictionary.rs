//! Text search dictionaries. One that changes is made anew, with the
//! configurations that ask it.

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
    catalog: "pg_ts_dict",
    attributes: &[
        Attribute::exact("template"),
        Attribute::exact("options"),
        Attribute::declared("owner"),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Warning },
    harm: Harm {
        missing: "searches that ask it fail",
        unexpected: "nobody declared it",
        changed: "searches find other words than declared",
    },
    create,
    alter,
    drop: |object| format!("DROP TEXT SEARCH DICTIONARY IF EXISTS {};", object.id.qualified()),
    target,
    rename: Some(|object, name| format!("ALTER {} RENAME TO {};", target(object), quote(name))),
    ..PLAIN
};

fn target(object: &Object) -> String {
    format!("TEXT SEARCH DICTIONARY {}", object.id.qualified())
}

/// A query that finds something of text search by its name.
pub fn guard(catalog: &str, prefix: &str, object: &Object) -> String {
    format!(
        "SELECT FROM pg_catalog.{catalog} AS x JOIN pg_catalog.pg_namespace AS n ON n.oid = x.{prefix}namespace \
         WHERE n.nspname = {} AND x.{prefix}name = {}",
        literal(&object.id.schema),
        literal(&object.id.name)
    )
}

fn create(object: &Object, ctx: &Context) -> Repair {
    let options = object.text("options").map(|options| format!(", {options}")).unwrap_or_default();
    let rest = format!("{} (TEMPLATE = {}{options})", target(object), object.text("template").unwrap_or_default());
    let step = Additive::create(ctx.early_phase(&object.id), &rest).unless(&guard("pg_ts_dict", "dict", object));
    Repair::step(step.undo((KIND.drop)(object))).described(&target(object), object)
}

fn alter(change: Change, _: &Context) -> Repair {
    alter_common(&change, &target(change.expected))
        .unwrap_or_else(|| Repair::left(change.attribute, "what is indexed already was found with the present one"))
}
