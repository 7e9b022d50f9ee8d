//! Domains, with their checks.

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
use super::alter_common;
use crate::model::finding::Severity;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::step::Additive;
use crate::model::step::Hazard;
use crate::model::step::Phase;
use crate::model::step::Step;

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
    rework,
    release,
    rename: Some(|object, name| format!("ALTER {} RENAME TO {};", target(object), quote(name))),
    ..PLAIN
};

/// A query that finds a type by its qualified name.
pub fn type_guard(name: &str) -> String {
    format!("SELECT FROM pg_catalog.pg_type WHERE oid = pg_catalog.to_regtype({})", literal(name))
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
    let step =
        Additive::create(ctx.early_phase(&object.id), &rest).unless(&type_guard(&name)).undo((KIND.drop)(object));
    let target = target(object);
    Repair::step(step).born_closed(object, ctx, "types", &target).described(&target, object)
}

fn alter(change: Change, _: &Context) -> Repair {
    alter_common(&change, &target(change.expected)).unwrap_or_else(|| {
        Repair::left(change.attribute, "values that exist in columns of this domain may not fit the declared one")
    })
}

fn altered(object: &Object, change: &str) -> Step {
    Step::new(format!("ALTER DOMAIN {} {change};", object.id.qualified()), Phase::Expand)
}

/// Its default, its NOT NULL and each check by itself; another type makes another domain of it.
fn rework(change: Change, ctx: &Context) -> Rework {
    let (expected, actual) = (change.expected, change.actual);
    match change.attribute {
        "default" => match expected.text("default") {
            Some(default) => Rework::step(altered(expected, &format!("SET DEFAULT {default}"))),
            None => Rework::step(altered(expected, "DROP DEFAULT")),
        },
        "not_null" if expected.flag("not_null") => {
            Rework::step(altered(expected, "SET NOT NULL").hazard(Hazard::FullScan))
        }
        "not_null" => Rework::step(altered(expected, "DROP NOT NULL")),
        "checks" => Rework::InPlace(rechecked(expected, actual)),
        _ => super::carry::through_text(&actual.id, ctx),
    }
}

/// The checks, by their quoted names: what `checks` has a line for each of.
fn checks(object: &Object) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for line in object.text("checks").unwrap_or_default().split('\n') {
        let named = line.strip_prefix("CONSTRAINT ").and_then(|rest| rest.split_once(" CHECK "));
        match (named, found.last_mut()) {
            (Some((name, _)), _) => found.push((name.to_owned(), line.to_owned())),
            // A literal with a line break goes on.
            (None, Some((_, clause))) => {
                clause.push('\n');
                clause.push_str(line);
            }
            (None, None) => {}
        }
    }
    found
}

/// What is gone is dropped, what is new is added and reads every value.
fn rechecked(expected: &Object, actual: &Object) -> Vec<Step> {
    let (wanted, there) = (checks(expected), checks(actual));
    let gone = there.iter().filter(|check| !wanted.contains(check));
    let new = wanted.iter().filter(|check| !there.contains(check));
    let drop = |(name, _): &(String, String)| altered(expected, &format!("DROP CONSTRAINT IF EXISTS {name}"));
    let mut steps: Vec<Step> = gone.map(drop).collect();
    steps.extend(new.map(|(_, clause)| altered(expected, &format!("ADD {clause}")).hazard(Hazard::FullScan)));
    steps
}

/// A check or a default lets go of a function while that is made anew. What
/// changes as well is added by that change.
fn release(held: Held, _: &Context) -> Option<Around> {
    if super::of(held.by.kind).catalog == "pg_type" {
        return None;
    }
    let mut before: Vec<Step> =
        checks(held.actual).iter().map(|(name, _)| altered(held.actual, &format!("DROP CONSTRAINT {name}"))).collect();
    before.extend(held.actual.text("default").map(|_| altered(held.actual, "DROP DEFAULT")));
    let mut after = Vec::new();
    if let Some(expected) = held.expected {
        after.extend(expected.text("default").map(|default| altered(expected, &format!("SET DEFAULT {default}"))));
        let (wanted, there) = (checks(expected), checks(held.actual));
        let kept = wanted.iter().filter(|check| there.contains(check));
        after.extend(kept.map(|(_, clause)| altered(expected, &format!("ADD {clause}"))));
    }
    Some(Around { before, after, spares: Vec::new() })
}
