//! Unique constraints.

use super::Change;
use super::Context;
use super::Harm;
use super::Kind;
use super::PLAIN;
use super::Repair;
use super::Severities;
use super::Standard;
use super::constraint;
use crate::model::finding::Severity;
use crate::model::object::Attribute;
use crate::model::object::Object;

pub static KIND: Kind = Kind {
    catalog: "pg_constraint",
    relation: false,
    inline: true,
    standard: Some(Standard { query: include_str!("unique.information_schema.sql"), attributes: &["definition"] }),
    attributes: &[
        Attribute::exact("definition").always(),
        Attribute::informational("columns"),
        Attribute::informational("include"),
        // How the index behind it is kept.
        Attribute::exact("options").severity(Severity::Note),
        Attribute::stated_anywhere("tablespace").severity(Severity::Note),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Warning },
    harm: Harm {
        missing: "duplicates are possible",
        unexpected: "it refuses rows that the declared schema accepts",
        changed: "it refuses or accepts other rows than declared",
    },
    create,
    alter,
    drop: constraint::drop,
    target: constraint::target,
    rides: true,
    rework: |change, ctx| constraint::rework_on_index(&change, ctx, "UNIQUE"),
    rename: Some(constraint::rename),
    ..PLAIN
};

fn create(object: &Object, ctx: &Context) -> Repair {
    constraint::create_on_index(object, ctx, "UNIQUE")
}

fn alter(change: Change, _: &Context) -> Repair {
    constraint::alter(&change, "foreign keys may depend on the present constraint")
}
