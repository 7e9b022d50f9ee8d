//! Extended statistics: what the planner learns about columns together.

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
use crate::model::ident::quote;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::step::Additive;
use crate::model::step::Lock;
use crate::model::step::Phase;
use crate::model::step::Step;

pub static KIND: Kind = Kind {
    catalog: "pg_statistic_ext",
    attributes: &[
        Attribute::exact("kinds").severity(Severity::Warning),
        // Columns and expressions, as the server prints them.
        Attribute::printed("columns").severity(Severity::Warning),
        Attribute::exact("target").severity(Severity::Note),
        Attribute::informational("qualified"),
        Attribute::declared("owner"),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Warning, unexpected: Severity::Note },
    harm: Harm {
        missing: "queries over columns that go together may be planned badly",
        unexpected: "every ANALYZE pays for it, and nobody declared it",
        changed: "the planner learns other things than declared",
    },
    create,
    alter,
    drop: |object| format!("DROP STATISTICS IF EXISTS {};", qualified(object)),
    target,
    rework,
    rides: true,
    rename: Some(|object, name| format!("ALTER {} RENAME TO {};", target(object), quote(name))),
    ..PLAIN
};

fn qualified(object: &Object) -> &str {
    object.text("qualified").unwrap_or_default()
}

fn target(object: &Object) -> String {
    format!("STATISTICS {}", qualified(object))
}

fn create(object: &Object, ctx: &Context) -> Repair {
    let relation = object.id.relation();
    let phase = ctx.define_phase(&object.id);
    let columns = object.text("columns").unwrap_or_default();
    // One expression alone has no kinds to choose from.
    let kinds = match object.list("kinds") {
        [] => String::new(),
        kinds => format!(" ({})", kinds.join(", ")),
    };
    let rest = format!("STATISTICS IF NOT EXISTS {}{kinds} ON {columns} FROM {relation}", qualified(object));
    let create = Additive::create(phase, &rest).lock(Lock::ShareUpdateExclusive, &relation);
    let mut steps = vec![create.undo((KIND.drop)(object))];
    steps
        .extend(object.int("target").map(|target| Additive::statistics_target(qualified(object), target).phase(phase)));
    Repair::steps(steps).described(&target(object), object)
}

fn alter(change: Change, _: &Context) -> Repair {
    alter_common(&change, &target(change.expected)).unwrap_or_else(|| {
        Repair::left(change.attribute, "queries may be planned by the present ones; drop them and create the declared")
    })
}

fn rework(change: Change, _: &Context) -> Rework {
    if change.attribute != "target" {
        return Rework::replace();
    }
    // -1 is the default on every version.
    let target = change.expected.int("target").unwrap_or(-1);
    let sql = format!("ALTER STATISTICS {} SET STATISTICS {target};", qualified(change.expected));
    Rework::step(Step::new(sql, Phase::Describe))
}
