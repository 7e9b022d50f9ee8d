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
use crate::model::tokens::is_trivia;
use crate::model::tokens::tokens;

pub static KIND: Kind = Kind {
    catalog: "pg_type",
    relation: false,
    inline: false,
    standard: None,
    attributes: &[
        Attribute::exact("type").always(),
        Attribute::exact("not_null"),
        // What somebody chose to call it; and its name where that is not as usual.
        Attribute::stated("not_null_name").severity(Severity::Note).since(17),
        Attribute::informational("not_null_constraint"),
        Attribute::printed("default"),
        Attribute::exact("collation"),
        Attribute::printed("checks"),
        Attribute::exact("constraint_comments").severity(Severity::Note),
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
        let name = object.text("not_null_constraint").map(|name| format!(" CONSTRAINT {}", quote(name)));
        rest += &format!("{} NOT NULL", name.unwrap_or_default());
    }
    if let Some(checks) = object.text("checks") {
        rest += &format!("\n  {checks}");
    }
    let step =
        Additive::create(ctx.early_phase(&object.id), &rest).unless(&type_guard(&name)).undo((KIND.drop)(object));
    let target = target(object);
    let said = said(object).into_iter().map(|(name, text)| Additive::comment(&comment(object, name, Some(text))));
    let steps = [step].into_iter().chain(said).collect();
    Repair::steps(steps).born_closed(object, ctx, "types", &target).described(&target, object)
}

/// The comments on its constraints, by their names.
fn said(object: &Object) -> Vec<(&str, &str)> {
    object.list("constraint_comments").chunks_exact(2).map(|pair| (&*pair[0], &*pair[1])).collect()
}

fn comment(object: &Object, constraint: &str, text: Option<&str>) -> String {
    let text = text.map_or("NULL".to_owned(), literal);
    format!("CONSTRAINT {} ON {} IS {text}", quote(constraint), target(object))
}

fn alter(change: Change, _: &Context) -> Repair {
    match (change.attribute, alter_common(&change, &target(change.expected))) {
        (_, Some(repair)) => repair,
        ("not_null_name", None) => {
            Repair::left(change.attribute, "code may know the constraint by the name that it has")
        }
        ("constraint_comments", None) => commented(&change),
        (attribute, None) => {
            Repair::left(attribute, "values that exist in columns of this domain may not fit the declared one")
        }
    }
}

/// New and other comments on constraints that are there.
fn commented(change: &Change) -> Repair {
    let (wanted, there) = (said(change.expected), said(change.actual));
    let kept = there.iter().all(|(name, _)| wanted.iter().any(|(other, _)| other == name));
    let checks = checks(change.actual);
    let on_something = wanted.iter().all(|(name, _)| checks.iter().any(|(check, _)| *check == quote(name)));
    if !(kept && on_something) {
        return Repair::left(change.attribute, "a comment goes, or what it is about is not there");
    }
    let new = wanted.iter().filter(|pair| !there.contains(pair));
    let new = new.map(|(name, text)| Additive::comment(&comment(change.expected, name, Some(text))));
    Repair::steps(new.collect())
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
        // What composite and other values have inside the server does not look at.
        "not_null" if expected.flag("not_null") && super::carry::is_inside(&actual.id, ctx) => {
            super::carry::set_aside(&actual.id, ctx)
        }
        "checks" if adds_check(expected, actual) && super::carry::is_inside(&actual.id, ctx) => {
            super::carry::set_aside(&actual.id, ctx)
        }
        "not_null" if expected.flag("not_null") => {
            let set = altered(expected, "SET NOT NULL").hazard(Hazard::FullScan);
            let given = format!("{}_not_null", expected.id.name);
            Rework::InPlace([set].into_iter().chain(renamed(expected, &given)).collect())
        }
        "not_null" => Rework::step(altered(expected, "DROP NOT NULL")),
        "not_null_name" if !actual.flag("not_null") => Rework::InPlace(Vec::new()),
        "not_null_name" => Rework::InPlace(renamed(expected, &not_null(actual)).into_iter().collect()),
        "checks" => Rework::InPlace(rechecked(expected, actual)),
        "constraint_comments" => {
            let (wanted, there) = (said(expected), said(actual));
            let gone = there.iter().filter(|(name, _)| wanted.iter().all(|(other, _)| other != name));
            // A check that goes takes its comment along.
            let gone = gone.filter(|(name, _)| checks(expected).iter().any(|(check, _)| *check == quote(name)));
            let gone = gone.map(|(name, _)| comment(expected, name, None));
            let new = wanted.iter().filter(|pair| !there.contains(pair));
            let new = new.map(|(name, text)| comment(expected, name, Some(text)));
            Rework::InPlace(gone.chain(new).map(described).collect())
        }
        _ => super::carry::set_aside(&actual.id, ctx),
    }
}

/// What NOT NULL is called.
fn not_null(object: &Object) -> String {
    object.text("not_null_constraint").map_or_else(|| format!("{}_not_null", object.id.name), str::to_owned)
}

/// The chosen name for NOT NULL; where nothing has the other one, as on servers
/// before 17, there is nothing to do.
fn renamed(expected: &Object, from: &str) -> Option<Step> {
    let to = expected.text("not_null_name")?;
    let domain = expected.id.qualified();
    let gone = format!(
        "SELECT WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint \
         WHERE contypid = pg_catalog.to_regtype({}) AND conname = {})",
        literal(&domain),
        literal(from)
    );
    Some(Additive::rename_domain_constraint(&domain, from, to).unless(&gone).into_step())
}

/// The checks, by their quoted names: what `checks` has one after the other.
fn checks(object: &Object) -> Vec<(String, String)> {
    let text = object.text("checks").unwrap_or_default();
    let (mut starts, mut depth, mut at) = (Vec::new(), 0, 0);
    for (kind, token) in tokens(text) {
        match token {
            "(" => depth += 1,
            ")" => depth -= 1,
            "CONSTRAINT" if depth == 0 => starts.push((at, None)),
            _ if is_trivia(kind) => {}
            name => {
                if let Some((_, named @ None)) = starts.last_mut() {
                    *named = Some(name.to_owned());
                }
            }
        }
        at += token.len();
    }
    let ends = starts.iter().skip(1).map(|(start, _)| *start).chain([text.len()]);
    let clauses = starts.iter().zip(ends.collect::<Vec<_>>());
    clauses.filter_map(|((start, name), end)| Some((name.clone()?, text[*start..end].trim_end().to_owned()))).collect()
}

fn adds_check(expected: &Object, actual: &Object) -> bool {
    let there = checks(actual);
    checks(expected).iter().any(|check| !there.contains(check))
}

/// What is gone is dropped, what is new is added and reads every value.
fn rechecked(expected: &Object, actual: &Object) -> Vec<Step> {
    let (wanted, there) = (checks(expected), checks(actual));
    let gone = there.iter().filter(|check| !wanted.contains(check));
    let new = wanted.iter().filter(|check| !there.contains(check));
    let drop = |(name, _): &(String, String)| altered(expected, &format!("DROP CONSTRAINT IF EXISTS {name}"));
    let mut steps: Vec<Step> = gone.map(drop).collect();
    for (name, clause) in new {
        steps.push(altered(expected, &format!("ADD {clause}")).hazard(Hazard::FullScan));
        steps.extend(said_of(expected, name));
    }
    steps
}

/// What a check that was dropped had to say, once it is there again.
fn said_of(expected: &Object, quoted: &str) -> Option<Step> {
    let (name, text) = said(expected).into_iter().find(|(name, _)| quote(name) == quoted)?;
    Some(described(comment(expected, name, Some(text))))
}

fn described(rest: String) -> Step {
    Step::new(format!("COMMENT ON {rest};"), Phase::Describe)
}

/// A check or a default lets go of a function while that is made anew. What
/// changes as well is added by that change.
fn release(held: Held, _: &Context) -> Option<Around> {
    // What it is made of it has for life.
    if super::of(held.by.kind).catalog == "pg_type" || held.actual.text("collation") == Some(&held.by.qualified()) {
        return None;
    }
    let mut before: Vec<Step> =
        checks(held.actual).iter().map(|(name, _)| altered(held.actual, &format!("DROP CONSTRAINT {name}"))).collect();
    before.extend(held.actual.text("default").map(|_| altered(held.actual, "DROP DEFAULT")));
    let mut after = Vec::new();
    if let Some(expected) = held.expected {
        after.extend(expected.text("default").map(|default| altered(expected, &format!("SET DEFAULT {default}"))));
        let (wanted, there) = (checks(expected), checks(held.actual));
        for (name, clause) in wanted.iter().filter(|check| there.contains(check)) {
            after.push(altered(expected, &format!("ADD {clause}")));
            after.extend(said_of(expected, name));
        }
    }
    Some(Around { before, after, spares: Vec::new() })
}
