//! Materialized views. Their indexes are ordinary index objects.

use super::Change;
use super::Context;
use super::Harm;
use super::Kind;
use super::PLAIN;
use super::Repair;
use super::Rework;
use super::Severities;
use super::alter_common;
use super::marked;
use super::options;
use super::tablespace;
use super::view;
use super::with_options;
use super::withheld;
use crate::model::finding::Severity;
use crate::model::ident::quote;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::object::Value;
use crate::model::step::Additive;

pub static KIND: Kind = Kind {
    catalog: "pg_class",
    relation: true,
    inline: false,
    standard: None,
    attributes: &[
        Attribute::printed("definition"),
        Attribute::exact("options").severity(Severity::Warning),
        Attribute::exact("access_method").severity(Severity::Warning),
        Attribute::stated_anywhere("tablespace"),
        // The index by which the next CLUSTER sorts its rows.
        Attribute::exact("clustered_on").severity(Severity::Note),
        Attribute::informational("populated"),
        Attribute::declared("owner"),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Warning },
    harm: Harm {
        missing: "every query that uses it fails",
        unexpected: "it holds a copy of rows that no policy guards, and nobody declared it",
        changed: "it holds other rows or columns than declared",
    },
    create,
    alter,
    drop: |object| format!("DROP MATERIALIZED VIEW IF EXISTS {};", object.id.qualified()),
    target,
    rework,
    rename: Some(|object, name| format!("ALTER {} RENAME TO {};", target(object), quote(name))),
    ..PLAIN
};

fn target(object: &Object) -> String {
    format!("MATERIALIZED VIEW {}", object.id.qualified())
}

fn create(object: &Object, ctx: &Context) -> Repair {
    let id = &object.id;
    if !ctx.is_new(&id.schema, &id.name) {
        return Repair::left("", format!("another relation already has the name {}", id.qualified()));
    }
    let method = object.text("access_method").map(|m| format!(" USING {}", quote(m))).unwrap_or_default();
    let data = if object.attributes.get("populated") == Some(&Value::Bool(false)) { " WITH NO DATA" } else { "" };
    let rest = format!(
        "MATERIALIZED VIEW IF NOT EXISTS {}{method}{}{} AS\n{}{data}",
        id.qualified(),
        with_options(object),
        tablespace::clause(object),
        view::query(object)
    );
    let phase = ctx.define_phase(id);
    let mut steps = vec![Additive::create(phase, &rest).undo((KIND.drop)(object))];
    steps.extend(
        withheld(ctx, "tables", &id.schema, &format!("TABLE {}", id.qualified())).map(|step| step.phase(phase)),
    );
    steps.extend(marked::clustered(object));
    Repair::steps(steps).described(&target(object), object)
}

fn rework(change: Change, ctx: &Context) -> Rework {
    let name = change.expected.id.qualified();
    match change.attribute {
        "tablespace" => tablespace::rework(&change, &target(change.expected), &name, true, ctx),
        "options" => options::rework(&change, &target(change.expected), &name),
        "clustered_on" => marked::rework(&change),
        _ => Rework::replace(),
    }
}

fn alter(change: Change, _: &Context) -> Repair {
    alter_common(&change, &target(change.expected)).unwrap_or_else(|| match change.attribute {
        "tablespace" => Repair::left("tablespace", tablespace::LEFT),
        attribute => Repair::left(attribute, "a materialized view changes only by being dropped and built again"),
    })
}
