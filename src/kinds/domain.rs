//! Domains, with their checks.

use super::Change;
use super::Context;
use super::Harm;
use super::Kind;
use super::PLAIN;
use super::Repair;
use super::Severities;
use super::alter_common;
use super::of;
use crate::model::finding::Severity;
use crate::model::ident::literal;
use crate::model::kind::ObjectKind;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::step::Additive;
use crate::model::step::Phase;

pub static KIND: Kind = Kind {
    catalog: "pg_type",
    relation: false,
    inline: false,
    standard: None,
    attributes: &[
        Attribute::exact("type"),
        Attribute::exact("not_null"),
        Attribute::printed("default"),
        Attribute::exact("collation"),
        Attribute::printed("checks"),
        Attribute::declared("owner"),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Warning },
    harm: Harm {
        missing: "columns of this type cannot exist",
        unexpected: "nobody declared it",
        changed: "columns of this type accept other values than declared",
    },
    create,
    alter,
    drop: |object| format!("DROP DOMAIN IF EXISTS {};", object.id.qualified()),
    target,
    ..PLAIN
};

/// A query that finds a type by its qualified name.
pub fn type_guard(name: &str) -> String {
    format!("SELECT FROM pg_catalog.pg_type WHERE oid = pg_catalog.to_regtype({})", literal(name))
}

/// Types come before whatever uses them, but after what they need themselves.
pub fn type_phase(object: &Object, ctx: &Context) -> Phase {
    let later = |missing: &ObjectId| {
        matches!(missing.kind, ObjectKind::Function | ObjectKind::Aggregate) || of(missing.kind).relation
    };
    if ctx.reaches(&object.id, &later) { Phase::Define } else { Phase::Prepare }
}

fn target(object: &Object) -> String {
    format!("DOMAIN {}", object.id.qualified())
}

fn create(object: &Object, ctx: &Context) -> Repair {
    let name = object.id.qualified();
    let mut rest = format!("DOMAIN {name} AS {}", object.text("type").unwrap_or_default());
    if let Some(collation) = object.text("collation") {
        rest += &format!(" COLLATE {collation}");
    }
    if let Some(default) = object.text("default") {
        rest += &format!(" DEFAULT {default}");
    }
    if object.flag("not_null") {
        rest += " NOT NULL";
    }
    if let Some(checks) = object.text("checks") {
        rest += &format!("\n  {checks}");
    }
    let step = Additive::create(type_phase(object, ctx), &rest).unless(&type_guard(&name)).undo((KIND.drop)(object));
    Repair::step(step).described(&target(object), object)
}

fn alter(change: Change, _: &Context) -> Repair {
    alter_common(&change, &target(change.expected)).unwrap_or_else(|| {
        Repair::left(change.attribute, "values that exist in columns of this domain may not fit the declared one")
    })
}
