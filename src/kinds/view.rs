//! Views.

use super::Change;
use super::Context;
use super::Harm;
use super::Kind;
use super::PLAIN;
use super::Repair;
use super::Rework;
use super::Severities;
use super::Standard;
use super::alter_common;
use super::options;
use super::with_options;
use super::withheld;
use crate::model::finding::Severity;
use crate::model::ident::quote;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::step::Additive;
use crate::model::step::Lock;
use crate::model::step::Phase;
use crate::model::step::Step;

pub static KIND: Kind = Kind {
    catalog: "pg_class",
    relation: true,
    inline: false,
    standard: Some(Standard { query: include_str!("view.information_schema.sql"), attributes: &["definition"] }),
    attributes: &[
        Attribute::printed("definition"),
        Attribute::exact("options"),
        // `name type collation` of each, in order.
        Attribute::informational("columns"),
        Attribute::declared("owner"),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Warning },
    harm: Harm {
        missing: "every query that uses it fails",
        unexpected: "nobody declared it, so nobody checks whose rows it shows",
        changed: "it shows other rows or columns than declared",
    },
    create,
    alter,
    drop: |object| format!("DROP VIEW IF EXISTS {};", object.id.qualified()),
    target,
    rework,
    rename: Some(|object, name| format!("ALTER {} RENAME TO {};", target(object), quote(name))),
    ..PLAIN
};

fn target(object: &Object) -> String {
    format!("VIEW {}", object.id.qualified())
}

/// The query without its semicolon.
pub fn query(object: &Object) -> &str {
    object.text("definition").unwrap_or_default().trim_end().trim_end_matches(';')
}

fn create(object: &Object, ctx: &Context) -> Repair {
    let id = &object.id;
    if !ctx.is_new(&id.schema, &id.name) {
        return Repair::left("", format!("another relation already has the name {}", id.qualified()));
    }
    let rest = format!("OR REPLACE VIEW {}{} AS\n{}", id.qualified(), with_options(object), query(object));
    let phase = ctx.define_phase(id);
    let mut steps = vec![Additive::create(phase, &rest).undo((KIND.drop)(object))];
    steps.extend(
        withheld(ctx, "tables", &id.schema, &format!("TABLE {}", id.qualified())).map(|step| step.phase(phase)),
    );
    Repair::steps(steps).described(&target(object), object)
}

fn alter(change: Change, _: &Context) -> Repair {
    alter_common(&change, &target(change.expected)).unwrap_or_else(|| {
        Repair::left(
            change.attribute,
            "replacing a view changes what its readers see; run CREATE OR REPLACE VIEW as declared",
        )
    })
}

/// In place where its columns stay, though more may follow; its options always.
fn rework(change: Change, ctx: &Context) -> Rework {
    let (expected, actual) = (change.expected, change.actual);
    if change.attribute == "options" {
        return options::rework(&change, &target(expected), &expected.id.qualified());
    }
    let (wanted, there) = (expected.list("columns"), actual.list("columns"));
    if there.is_empty() || !wanted.starts_with(there) {
        return Rework::replace();
    }
    let name = expected.id.qualified();
    let sql = format!("CREATE OR REPLACE VIEW {name}{} AS\n{};", with_options(expected), query(expected));
    let phase = if ctx.waits_for_column(&expected.id) { Phase::Constrain } else { Phase::Define };
    Rework::step(Step::new(sql, phase).lock(Lock::AccessExclusive, &name))
}
