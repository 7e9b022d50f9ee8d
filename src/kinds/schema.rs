//! Schemas.

use super::Change;
use super::Context;
use super::Harm;
use super::Kind;
use super::PLAIN;
use super::Repair;
use super::Severities;
use super::alter_common;
use super::withheld;
use crate::model::finding::Severity;
use crate::model::ident::quote;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::step::Additive;
use crate::model::step::Phase;

pub static KIND: Kind = Kind {
    catalog: "pg_namespace",
    relation: false,
    inline: false,
    standard: None,
    attributes: &[
        Attribute::declared("owner"),
        Attribute::informational("access"),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Warning },
    harm: Harm {
        missing: "nothing that is declared in it can exist",
        unexpected: "nobody declared it or what it holds",
        changed: "it is not what was declared",
    },
    create,
    alter,
    drop: |object| format!("DROP SCHEMA IF EXISTS {};", quote(&object.id.name)),
    target,
    rename: Some(|object, name| format!("ALTER {} RENAME TO {};", target(object), quote(name))),
    ..PLAIN
};

fn target(object: &Object) -> String {
    format!("SCHEMA {}", quote(&object.id.name))
}

fn create(object: &Object, ctx: &Context) -> Repair {
    let step = Additive::create(Phase::Prepare, &format!("SCHEMA IF NOT EXISTS {}", quote(&object.id.name)));
    let mut steps = vec![step.undo((KIND.drop)(object))];
    steps.extend(withheld(ctx, "schemas", "", &target(object)).map(|step| step.phase(Phase::Prepare)));
    Repair::steps(steps).described(&target(object), object)
}

fn alter(change: Change, _: &Context) -> Repair {
    alter_common(&change, &target(change.expected)).unwrap_or_else(|| Repair::left(change.attribute, "not additive"))
}
