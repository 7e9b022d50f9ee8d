//! Procedures.

use super::Change;
use super::Context;
use super::Harm;
use super::Kind;
use super::PLAIN;
use super::Repair;
use super::Severities;
use super::Standard;
use super::function;
use crate::model::finding::Severity;
use crate::model::object::Attribute;
use crate::model::object::Object;

pub static KIND: Kind = Kind {
    catalog: "pg_proc",
    relation: false,
    inline: false,
    standard: Some(Standard {
        query: include_str!("procedure.information_schema.sql"),
        attributes: &["language", "security_definer"],
    }),
    attributes: &[
        Attribute::printed("arguments"),
        Attribute::exact("language"),
        Attribute::exact("security_definer"),
        Attribute::exact("settings"),
        Attribute::printed("body"),
        Attribute::exact("library"),
        Attribute::exact("transforms"),
        Attribute::informational("definition"),
        Attribute::informational("signature"),
        Attribute::informational("parameters"),
        Attribute::informational("defaults"),
        Attribute::declared("owner"),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Warning },
    harm: Harm {
        missing: "whatever calls it fails",
        unexpected: "nobody declared it",
        changed: "it does not do what was declared",
    },
    create,
    alter,
    drop: |object| format!("DROP PROCEDURE IF EXISTS {};", object.text("signature").unwrap_or_default()),
    target: |object| format!("PROCEDURE {}", object.text("signature").unwrap_or_default()),
    rework: |change, ctx| function::rework_routine(&change, ctx),
    rename: Some(|object, name| function::rename_routine(object, "PROCEDURE", name)),
    ..PLAIN
};

fn create(object: &Object, ctx: &Context) -> Repair {
    function::create_routine(object, ctx, "PROCEDURE", (KIND.drop)(object))
}

fn alter(change: Change, _: &Context) -> Repair {
    function::alter_routine(&change, "PROCEDURE")
}
