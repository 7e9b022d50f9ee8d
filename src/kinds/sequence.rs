//! Sequences, except those of identity columns. Never sets a sequence's value.

use super::Around;
use super::Change;
use super::Context;
use super::Harm;
use super::Held;
use super::Kind;
use super::PLAIN;
use super::Repair;
use super::Rework;
use super::Severities;
use super::Unused;
use super::alter_common;
use super::withheld;
use crate::model::finding::Severity;
use crate::model::ident::quote;
use crate::model::ident::split_column;
use crate::model::kind::ObjectKind;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::object::ObjectId;
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
        Attribute::exact("type"),
        Attribute::exact("start").severity(Severity::Note),
        Attribute::exact("increment"),
        Attribute::exact("min"),
        Attribute::exact("max"),
        Attribute::exact("cache").severity(Severity::Note),
        Attribute::exact("cycle"),
        Attribute::exact("owned_by").severity(Severity::Warning),
        // One that a column of an unlogged table owns is kept as that is.
        Attribute::exact("persistence"),
        // The same, also where it only follows its table.
        Attribute::informational("kept"),
        Attribute::declared("owner"),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Warning },
    harm: Harm {
        missing: "the defaults that draw from it fail",
        unexpected: "nobody declared it",
        changed: "it gives out other numbers than declared",
    },
    create,
    alter,
    drop: |object| format!("DROP SEQUENCE IF EXISTS {};", object.id.qualified()),
    target,
    loses: |_| Some("how far it has counted"),
    unused: |object, _, _| {
        Some(Unused { relation: None, sql: format!("(SELECT NOT is_called FROM {})", object.id.qualified()) })
    },
    rides: true,
    rework,
    release,
    rename: Some(|object, name| format!("ALTER {} RENAME TO {};", target(object), quote(name))),
    ..PLAIN
};

fn target(object: &Object) -> String {
    format!("SEQUENCE {}", object.id.qualified())
}

fn create(object: &Object, ctx: &Context) -> Repair {
    if object.text("persistence").is_some() && knows_no_unlogged(ctx) {
        return Repair::left("", NO_UNLOGGED);
    }
    let unlogged = if object.text("kept").is_some() && !knows_no_unlogged(ctx) { "UNLOGGED " } else { "" };
    let rest = format!("{unlogged}SEQUENCE IF NOT EXISTS {} {}", object.id.qualified(), counting(object));
    let mut steps = vec![Additive::create(Phase::Define, &rest).undo((KIND.drop)(object))];
    let target_of_revoke = format!("SEQUENCE {}", object.id.qualified());
    steps.extend(withheld(ctx, "sequences", &object.id.schema, &target_of_revoke));
    if let Some(column) = object.text("owned_by") {
        steps.extend(own(object, column, ctx));
    }
    Repair::steps(steps).described(&target(object), object)
}

fn alter(change: Change, ctx: &Context) -> Repair {
    if let Some(repair) = alter_common(&change, &target(change.expected)) {
        return repair;
    }
    match (change.attribute, change.actual.text("owned_by"), change.expected.text("owned_by")) {
        ("owned_by", None, Some(column)) => {
            let theirs = table_of(column).and_then(|table| owner_of(&table, ctx).map(str::to_owned));
            match (theirs, change.actual.text("owner")) {
                (Some(theirs), Some(own)) if theirs != own => {
                    Repair::left("owned_by", format!("it belongs to {own}, and the column's table to {theirs}"))
                }
                _ => Repair::step(Additive::own_sequence(&change.expected.id.qualified(), column)),
            }
        }
        ("owned_by", _, _) => Repair::left("owned_by", "the sequence would no longer end with the column it has now"),
        ("persistence", _, _) => Repair::left("persistence", "after a crash it would count from elsewhere than now"),
        (attribute, _, _) => Repair::left(attribute, "other numbers may collide with those given out already"),
    }
}

/// From now on it ends with a column, and so belongs to whom its table does.
fn own(object: &Object, column: &str, ctx: &Context) -> Vec<Additive> {
    let name = object.id.qualified();
    let table = table_of(column).filter(|table| owner_of(table, ctx).is_some());
    let given = table.map(|table| Additive::give_to_owner_of(&table.qualified(), &name));
    given.into_iter().chain([Additive::own_sequence(&name, column)]).collect()
}

fn table_of(column: &str) -> Option<ObjectId> {
    split_column(column).map(|(schema, table, _)| ObjectId::new(ObjectKind::Table, &schema, "", &table))
}

/// Who has a table that is there.
fn owner_of<'a>(table: &ObjectId, ctx: &'a Context) -> Option<&'a str> {
    ctx.actual.get(table).and_then(|table| table.text("owner"))
}

const NO_UNLOGGED: &str = "PostgreSQL before 15 keeps no sequence unlogged";

fn knows_no_unlogged(ctx: &Context) -> bool {
    (1..150_000).contains(&ctx.actual.server_version)
}

/// It goes on from where it is, in other steps or to another end.
fn rework(change: Change, ctx: &Context) -> Rework {
    let expected = change.expected;
    let name = expected.id.qualified();
    let step =
        |clause: &str, phase, lock| Step::new(format!("ALTER SEQUENCE {name} {clause};"), phase).lock(lock, &name);
    match change.attribute {
        "owned_by" => {
            let column = expected.text("owned_by");
            let own = step(&format!("OWNED BY {}", column.unwrap_or("NONE")), Phase::Describe, Lock::ShareRowExclusive);
            let given = column.and_then(table_of).filter(|table| owner_of(table, ctx).is_some());
            let given = given.map(|table| Additive::give_to_owner_of(&table.qualified(), &name).into_step());
            let logged = step("SET LOGGED", Phase::Expand, Lock::AccessExclusive);
            let leaves_unlogged = expected.text("persistence").is_none() && follows_unlogged(&change, ctx);
            Rework::InPlace(leaves_unlogged.then_some(logged).into_iter().chain(given).chain([own]).collect())
        }
        "persistence" if knows_no_unlogged(ctx) => Rework::Impossible(NO_UNLOGGED.to_owned()),
        "persistence" => {
            let word = expected.text("persistence").unwrap_or("logged").to_uppercase();
            Rework::step(step(&format!("SET {word}"), Phase::Expand, Lock::AccessExclusive))
        }
        // One statement for all: each alone may contradict what is there.
        _ => {
            let stops = if expected.flag("cycle") { "" } else { " NO CYCLE" };
            Rework::step(step(&format!("{}{stops}", counting(expected)), Phase::Expand, Lock::ShareRowExclusive))
        }
    }
}

/// One that is to end with another column lets go of the one that goes, which may have to go before that comes.
fn release(held: Held, _: &Context) -> Option<Around> {
    let (wanted, there) = (held.expected?.text("owned_by")?, held.actual.text("owned_by")?);
    let name = held.actual.id.qualified();
    let free = Step::new(format!("ALTER SEQUENCE {name} OWNED BY NONE;"), Phase::Define);
    let before = vec![free.lock(Lock::ShareRowExclusive, &name)];
    (wanted != there).then(|| Around { before, ..Around::default() })
}

/// True for one that is unlogged because its column's table is, where the server keeps it so.
fn follows_unlogged(change: &Change, ctx: &Context) -> bool {
    let Some(column) = change.actual.text("owned_by") else { return false };
    let mut tables = ctx.actual.of_kind(ObjectKind::Table).iter();
    let owns = |table: &Object| column.starts_with(&format!("{}.", table.id.qualified()));
    ctx.actual.server_version >= 150_000
        && tables.any(|table| table.text("persistence") == Some("unlogged") && owns(table))
}

/// `AS bigint INCREMENT BY 1 …`
fn counting(object: &Object) -> String {
    let number = |name| object.int(name).unwrap_or_default();
    format!(
        "AS {} INCREMENT BY {} MINVALUE {} MAXVALUE {} START WITH {} CACHE {}{}",
        object.text("type").unwrap_or("bigint"),
        number("increment"),
        number("min"),
        number("max"),
        number("start"),
        number("cache"),
        if object.flag("cycle") { " CYCLE" } else { "" }
    )
}
