//! Foreign tables. Their columns and checks are objects of their own, as a
//! table's are; their rows are elsewhere and no concern of a repair.

use super::Change;
use super::Context;
use super::Harm;
use super::Kind;
use super::PLAIN;
use super::Repair;
use super::Rework;
use super::Severities;
use super::alter_common;
use super::foreign;
use super::foreign_options;
use super::table;
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
    standard: None,
    attributes: &[
        Attribute::exact("server"),
        Attribute::exact("options"),
        Attribute::exact("partition_of"),
        Attribute::printed("partition_bound"),
        Attribute::exact("inherits"),
        Attribute::declared("owner"),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Warning },
    harm: Harm {
        missing: "every statement that uses it fails",
        unexpected: "nobody declared it, and no policy can guard its rows",
        changed: "its rows come from elsewhere than declared",
    },
    create,
    alter,
    drop: |object| format!("DROP FOREIGN TABLE IF EXISTS {};", object.id.qualified()),
    target,
    rework,
    rename: Some(|object, name| format!("ALTER {} RENAME TO {};", target(object), quote(name))),
    ..PLAIN
};

fn target(object: &Object) -> String {
    format!("FOREIGN TABLE {}", object.id.qualified())
}

fn create(object: &Object, ctx: &Context) -> Repair {
    let id = &object.id;
    if !ctx.is_new(&id.schema, &id.name) {
        return Repair::left("", format!("another relation already has the name {}", id.qualified()));
    }
    let (options, left) = foreign_options(object);
    let rest = format!(
        "FOREIGN TABLE IF NOT EXISTS {}{}\nSERVER {}{options}",
        id.qualified(),
        table::body(object, ctx),
        quote(object.text("server").unwrap_or_default())
    );
    let mut steps = vec![Additive::create(Phase::Define, &rest).undo((KIND.drop)(object))];
    steps.extend(withheld(ctx, "tables", &id.schema, &format!("TABLE {}", id.qualified())));
    Repair { steps, left }.described(&target(object), object)
}

fn alter(change: Change, _: &Context) -> Repair {
    alter_common(&change, &target(change.expected)).unwrap_or_else(|| {
        Repair::left(change.attribute, "whoever uses the table would see other rows; run ALTER FOREIGN TABLE")
    })
}

/// Options in place. Otherwise it is made anew: its rows are elsewhere.
fn rework(change: Change, _: &Context) -> Rework {
    if change.attribute != "options" {
        return Rework::replace();
    }
    match foreign::rework_options(&change, &target(change.expected)) {
        Rework::InPlace(steps) => {
            let lock = |step: Step| step.lock(Lock::AccessExclusive, &change.expected.id.qualified());
            Rework::InPlace(steps.into_iter().map(lock).collect())
        }
        other @ (Rework::Disturb(_) | Rework::Replace(_) | Rework::Impossible(_)) => other,
    }
}
