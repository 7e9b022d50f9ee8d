//! Columns in plans that may rewrite: another type keeps the values, and what
//! could round one away says so.

use std::sync::Arc;

use super::super::Around;
use super::super::Change;
use super::super::Context;
use super::super::Held;
use super::super::Rework;
use super::super::Unused;
use super::super::composite_type;
use super::super::foreign;
use super::super::options;
use super::not_null;
use crate::kinds;
use crate::model::catalog::Catalog;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::step::Additive;
use crate::model::step::Hazard;
use crate::model::step::Lock;
use crate::model::step::Phase;
use crate::model::step::Step;

/// `ALTER TABLE … ALTER COLUMN …`, each in a line of its own, as one step.
pub fn altered(object: &Object, only: bool, changes: &[String]) -> Step {
    let relation = object.id.relation();
    let only = if only { "ONLY " } else { "" };
    let one =
        |change: &String| format!("ALTER TABLE {only}{relation} ALTER COLUMN {} {change};", quote(&object.id.name));
    let sql = changes.iter().map(one).collect::<Vec<_>>().join("\n");
    Step::new(sql, Phase::Expand).lock(Lock::AccessExclusive, &relation)
}

pub fn rework(change: Change, ctx: &Context) -> Rework {
    let (expected, actual) = (change.expected, change.actual);
    let in_place = |only, changes: &[String]| Rework::step(altered(expected, only, changes));
    let has = |object: &Object, name: &str| object.text(name).is_some();
    match change.attribute {
        "type" | "collation" => another_type(expected, actual, ctx),
        // The change of the identity, or of the expression, says it too.
        "default" if has(expected, "identity") || has(actual, "identity") || has(actual, "generated") => {
            Rework::InPlace(Vec::new())
        }
        "default" => match expected.text("default") {
            Some(default) => in_place(true, &[format!("SET DEFAULT {default}")]),
            None => in_place(true, &["DROP DEFAULT".to_owned()]),
        },
        "not_null" if expected.flag("not_null") && expected.flag("inherited") => Rework::InPlace(Vec::new()),
        "not_null" if expected.flag("not_null") => {
            let steps = not_null::set(expected, ctx);
            Rework::InPlace(steps.into_iter().map(Additive::into_step).collect())
        }
        // The change of the identity says it too.
        "not_null" if has(actual, "identity") => Rework::InPlace(Vec::new()),
        // The parent's statement comes first, and reaches it; on servers where NOT NULL is a constraint it may be
        // the child's own as well.
        "not_null" if expected.flag("inherited") && parent_lets_go(expected, ctx) => {
            let own = not_null::is_constraint(ctx)
                .then(|| Step { phase: Phase::Describe, ..altered(expected, false, &["DROP NOT NULL".to_owned()]) });
            Rework::InPlace(own.into_iter().collect())
        }
        "not_null" => {
            let step = altered(expected, false, &["DROP NOT NULL".to_owned()]);
            let keys = ctx.actual.children(ObjectKind::PrimaryKey, &expected.id.schema, &expected.id.parent);
            let in_key = keys.iter().any(|key| key.list("columns").contains(&expected.id.name));
            // A key that goes must be gone by then.
            let drop = Step { phase: if in_key { Phase::Protect } else { step.phase }, ..step };
            let kept = not_null::kept_by_children(expected, ctx).into_iter().map(Additive::into_step);
            Rework::InPlace([drop].into_iter().chain(kept).collect())
        }
        attribute if attribute.starts_with("not_null_") => of_constraint(change, ctx),
        "identity" => identity(expected, actual),
        "identity_options" if has(expected, "identity") && has(actual, "identity") => {
            let stock = "START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1";
            in_place(false, &[set_options(expected.text("identity_options").unwrap_or(stock))])
        }
        "identity_options" => Rework::InPlace(Vec::new()),
        "generated" | "generation_expression" => generated(expected, actual, ctx),
        "storage" => in_place(true, &[format!("SET STORAGE {}", storage(expected, ctx))]),
        "compression" => {
            in_place(true, &[format!("SET COMPRESSION {}", expected.text("compression").unwrap_or("default"))])
        }
        "statistics" => {
            let target = expected.int("statistics").unwrap_or(-1);
            let step = altered(expected, true, &[format!("SET STATISTICS {target}")]);
            Rework::step(step.lock(Lock::ShareUpdateExclusive, &expected.id.relation()))
        }
        "options" => {
            let (relation, column) = (expected.id.relation(), quote(&expected.id.name));
            options::rework(&change, &format!("TABLE {relation} ALTER COLUMN {column}"), &relation)
        }
        "foreign_options" => {
            let (relation, column) = (expected.id.relation(), quote(&expected.id.name));
            foreign::rework_options(&change, &format!("FOREIGN TABLE {relation} ALTER COLUMN {column}"))
        }
        "inherited" => match inherits(expected, ctx.expected) == inherits(expected, ctx.actual) {
            // It comes with what the table inherits.
            false => Rework::InPlace(Vec::new()),
            true => {
                Rework::Impossible("whether a column is its table's own is decided when the table is made".to_owned())
            }
        },
        _ => Rework::Impossible("it follows from another attribute".to_owned()),
    }
}

/// True where the same column of a parent is NOT NULL, and is to be so no more.
fn parent_lets_go(expected: &Object, ctx: &Context) -> bool {
    let there = |column: &Object| ctx.actual.get(&column.id).is_some_and(|column| column.flag("not_null"));
    super::of_parents(expected, ctx).into_iter().any(|column| !column.flag("not_null") && there(column))
}

/// What is said of a NOT NULL that is there. What makes it says the rest itself.
fn of_constraint(change: Change, ctx: &Context) -> Rework {
    let (expected, actual) = (change.expected, change.actual);
    if !(expected.flag("not_null") && (actual.flag("not_null") || change.attribute == "not_null_comment")) {
        return Rework::InPlace(Vec::new());
    }
    let (relation, name) = (expected.id.relation(), not_null::constraint(actual));
    let inherit = if expected.flag("not_null_no_inherit") { "NO INHERIT" } else { "INHERIT" };
    let steps = match change.attribute {
        "not_null_name" => vec![not_null::renamed(expected, &name, &not_null::constraint(expected)).into_step()],
        "not_null_no_inherit" => {
            let sql = format!("ALTER TABLE {relation} ALTER CONSTRAINT {} {inherit};", quote(&name));
            vec![Step::new(sql, Phase::Expand).lock(Lock::AccessExclusive, &relation).hazard(Hazard::FullScan)]
        }
        "not_null_not_valid" => match (expected.text(change.attribute), actual.text(change.attribute)) {
            (Some(to), Some(from)) => vec![not_null::renamed(expected, from, to).into_step()],
            (None, Some(_)) => vec![not_null::validate(&relation, &name).into_step()],
            (Some(_), None) => {
                let drop = altered(expected, false, &["DROP NOT NULL".to_owned()]);
                let add = not_null::set(expected, ctx).into_iter().map(Additive::into_step);
                [drop].into_iter().chain(add).collect()
            }
            (None, None) => Vec::new(),
        },
        // By then it has the name that is declared, where one is.
        _ => {
            let named = if expected.text("not_null_name").is_some() { expected } else { actual };
            let text = expected.text("not_null_comment").map_or("NULL".to_owned(), literal);
            vec![Step::new(format!("COMMENT ON {} IS {text};", not_null::target(named)), Phase::Describe)]
        }
    };
    Rework::InPlace(steps)
}

/// What the table of a column inherits from.
pub fn inherits(column: &Object, catalog: &Catalog) -> (Vec<Arc<str>>, Option<String>) {
    let table = super::table_of(column, catalog);
    let list = table.map(|table| table.list("inherits").to_vec()).unwrap_or_default();
    (list, table.and_then(|table| table.text("partition_of")).map(str::to_owned))
}

/// True for a column of a partition that leaves its whole, if only to come back: meanwhile nothing is handed down.
pub fn is_moved(column: &Object, ctx: &Context) -> bool {
    let part = |catalog: &Catalog| {
        let table = super::table_of(column, catalog)?;
        Some((table.text("partition_of")?.to_owned(), table.text("partition_bound").map(str::to_owned)))
    };
    part(ctx.actual) != part(ctx.expected)
}

fn another_type(expected: &Object, actual: &Object, ctx: &Context) -> Rework {
    if expected.text("generated").is_some() || actual.text("generated").is_some() {
        return Rework::replace();
    }
    if expected.flag("inherited") && actual.flag("inherited") && !is_moved(expected, ctx) {
        // The parent's statement reaches it.
        return Rework::Disturb(kept(expected));
    }
    let (to, from) = (of_type(expected), of_type(actual));
    let by_name = composite_type::converted(&quote(&expected.id.name), actual, expected, ctx);
    let loses = rounds(to, from) || by_name.as_ref().is_some_and(|(_, loses)| *loses);
    let using = by_name
        .map(|(using, _)| using)
        .or_else(|| using(expected, actual))
        .map(|using| format!(" USING {using}"))
        .unwrap_or_default();
    let mut changes = Vec::new();
    let keeps_source = expected.text("identity").is_some() && actual.text("identity").is_some();
    if actual.text("default").is_some() && !keeps_source {
        changes.push("DROP DEFAULT".to_owned());
    }
    changes.push(format!("TYPE {}{using}", super::typed(expected)));
    if let (Some(default), None) = (expected.text("default"), actual.text("identity")) {
        changes.push(format!("SET DEFAULT {default}"));
    }
    let mut step = altered(expected, false, &changes);
    if !is_binary_alike(to, from) {
        step = step.hazard(Hazard::TableRewrite);
    }
    if loses {
        step = step.hazard(Hazard::DataLoss);
    }
    Rework::Disturb([step].into_iter().chain(kept(expected)).collect())
}

/// How values are stored: another type has the server forget it.
pub fn kept(expected: &Object) -> Vec<Step> {
    let storage = expected.text("storage").map(|storage| format!("SET STORAGE {}", storage.to_uppercase()));
    let compression = expected.text("compression").map(|method| format!("SET COMPRESSION {method}"));
    let changes: Vec<String> = storage.into_iter().chain(compression).collect();
    if changes.is_empty() { Vec::new() } else { vec![altered(expected, true, &changes)] }
}

/// The type that values of the column have in the end.
fn of_type(object: &Object) -> &str {
    object.text("base_type").or_else(|| object.text("type")).unwrap_or_default()
}

/// How values are turned into the new type; `None`: as an assignment does it,
/// which refuses what does not fit instead of cutting it off.
pub fn using(expected: &Object, actual: &Object) -> Option<String> {
    let name = quote(&expected.id.name);
    let wanted = expected.text("type").unwrap_or_default();
    let (to, from) = (of_type(expected), of_type(actual));
    match (group(to), group(from)) {
        (Some(to), Some(from)) if to == from => None,
        (Some(Group::Text), _) => Some(format!("{name}::pg_catalog.text::{wanted}")),
        (_, Some(Group::Text)) => Some(format!("{name}::{wanted}")),
        _ if to.ends_with("[]") && from.ends_with("[]") => Some(format!("{name}::pg_catalog.text[]::{wanted}")),
        _ if bare(to) == bare(from) => None,
        _ => Some(format!("{name}::pg_catalog.text::{wanted}")),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
    Text,
    Number,
    Time,
    Json,
}

/// The type and its modifier, as `12,2)` and what comes after. A quoted name may hold any character.
fn parts(name: &str) -> (&str, Option<&str>) {
    let mut quoted = false;
    let open = name.char_indices().find(|(_, c)| {
        quoted ^= *c == '"';
        *c == '(' && !quoted
    });
    open.map_or((name, None), |(at, _)| (&name[..at], Some(&name[at + 1..])))
}

/// The type without its modifier.
fn bare(name: &str) -> &str {
    parts(name).0.trim_end()
}

fn group(name: &str) -> Option<Group> {
    if name.ends_with("[]") {
        return None;
    }
    match bare(name) {
        "text" | "character varying" | "character" | "name" => Some(Group::Text),
        "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision" => Some(Group::Number),
        "date" | "timestamp" | "timestamp without time zone" | "timestamp with time zone" => Some(Group::Time),
        "json" | "jsonb" => Some(Group::Json),
        _ => None,
    }
}

/// `(precision, scale)` or `(length,)` of a type.
fn modifiers(name: &str) -> Option<Vec<i64>> {
    let (list, _) = parts(name).1?.split_once(')')?;
    list.split(',').map(|n| n.trim().parse().ok()).collect()
}

/// True where the server changes the type without writing a row.
fn is_binary_alike(to: &str, from: &str) -> bool {
    let wider = || match (modifiers(to), modifiers(from)) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(to), Some(from)) => to.get(1) == from.get(1) && to.first() >= from.first(),
    };
    match (bare(to), bare(from)) {
        ("text", "character varying") => true,
        ("character varying", "text") => modifiers(to).is_none(),
        ("character varying", "character varying") | ("numeric", "numeric") => wider(),
        (to, from) => to == from && !to.contains("time") && modifiers(to) == modifiers(from),
    }
}

/// True where an assignment rounds without a word.
pub fn rounds(to: &str, from: &str) -> bool {
    let rank = |name: &str| match bare(name) {
        "smallint" => 1,
        "integer" => 2,
        "bigint" => 3,
        "numeric" => 4,
        _ => 0,
    };
    match (group(to), group(from)) {
        (Some(Group::Number), Some(Group::Number)) => match (bare(to), bare(from)) {
            ("numeric", "numeric") => {
                let scale = |m: Option<Vec<i64>>| m.map(|m| m.get(1).copied().unwrap_or(0));
                match (scale(modifiers(to)), scale(modifiers(from))) {
                    (None, _) => false,
                    (Some(_), None) => true,
                    (Some(to), Some(from)) => to < from,
                }
            }
            ("numeric", "smallint" | "integer" | "bigint") => false,
            ("numeric", _) => true,
            ("double precision", "real" | "smallint" | "integer") => false,
            // What is too big for an integer is refused; what has a fraction is rounded.
            (_, "smallint" | "integer" | "bigint") => rank(to) == 0,
            _ => true,
        },
        (Some(Group::Time), Some(Group::Time)) => {
            bare(to) == "date" && bare(from) != "date"
                || modifiers(to).is_some() && modifiers(to) < Some(modifiers(from).unwrap_or(vec![6]))
        }
        (Some(Group::Json), Some(Group::Json)) => bare(to) == "jsonb" && bare(from) == "json",
        _ => false,
    }
}

fn identity(expected: &Object, actual: &Object) -> Rework {
    let options = expected.text("identity_options").map(|o| format!(" ({o})")).unwrap_or_default();
    let word = expected.text("identity").unwrap_or_default().to_uppercase();
    match (expected.text("identity"), actual.text("identity")) {
        (Some(_), Some(_)) => Rework::step(altered(expected, false, &[format!("SET GENERATED {word}")])),
        (Some(_), None) => {
            let mut step = altered(
                expected,
                false,
                &[
                    "DROP DEFAULT".to_owned(),
                    "SET NOT NULL".to_owned(),
                    format!("ADD GENERATED {word} AS IDENTITY{options}"),
                ],
            );
            step.sql.push('\n');
            step.sql.push_str(&go_on_counting(expected));
            Rework::step(step.hazard(Hazard::FullScan))
        }
        (None, _) => {
            let mut changes = vec!["DROP IDENTITY IF EXISTS".to_owned()];
            if !expected.flag("not_null") {
                changes.push("DROP NOT NULL".to_owned());
            }
            changes.extend(expected.text("default").map(|default| format!("SET DEFAULT {default}")));
            Rework::step(altered(expected, false, &changes))
        }
    }
}

/// The sequence behind a column goes on after the greatest value that is there.
pub fn go_on_counting(object: &Object) -> String {
    let (relation, column) = (object.id.relation(), quote(&object.id.name));
    format!(
        "SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence({}, {}), pg_catalog.max({column})) FROM {relation} \
         HAVING pg_catalog.max({column}) IS NOT NULL;",
        literal(&relation),
        literal(&object.id.name)
    )
}

/// `START WITH 1 INCREMENT BY 1 …` as `ALTER COLUMN` takes it.
fn set_options(options: &str) -> String {
    let mut sql = format!(" {options}");
    for word in [" START ", " INCREMENT ", " MINVALUE ", " MAXVALUE ", " CACHE "] {
        let unbounded = format!(" NO{word}");
        let word = if sql.contains(&unbounded) { unbounded.as_str() } else { word };
        sql = sql.replacen(word, &format!(" SET{word}"), 1);
    }
    match sql.strip_suffix(" CYCLE").map(str::to_owned) {
        Some(rest) => format!("{} SET CYCLE", rest.trim_start()),
        None => format!("{} SET NO CYCLE", sql.trim_start()),
    }
}

fn generated(expected: &Object, actual: &Object, ctx: &Context) -> Rework {
    let (to, from) = (expected.text("generated"), actual.text("generated"));
    match (to, from) {
        (None, Some("stored")) => {
            let mut changes = vec!["DROP EXPRESSION IF EXISTS".to_owned()];
            changes.extend(expected.text("default").map(|default| format!("SET DEFAULT {default}")));
            Rework::step(altered(expected, false, &changes))
        }
        (Some(_), Some(_)) if to == from && takes_expression(actual, ctx) => {
            let expression = expected.text("generation_expression").unwrap_or_default();
            let step = altered(expected, false, &[format!("SET EXPRESSION AS ({expression})")]);
            Rework::Disturb(vec![step.hazard(Hazard::TableRewrite)])
        }
        (Some(_) | None, _) => Rework::replace(),
    }
}

/// True where the server gives a column another expression. A virtual one it does not touch while its table has checks.
fn takes_expression(actual: &Object, ctx: &Context) -> bool {
    let checks = || ctx.actual.children(ObjectKind::Check, &actual.id.schema, &actual.id.parent);
    ctx.actual.server_version >= 170_000 && (actual.text("generated") == Some("stored") || checks().is_empty())
}

fn storage(expected: &Object, ctx: &Context) -> String {
    match expected.text("storage") {
        Some(storage) => storage.to_uppercase(),
        None if ctx.actual.server_version >= 160_000 => "DEFAULT".to_owned(),
        None if bare(of_type(expected)) == "numeric" => "MAIN".to_owned(),
        None => "EXTENDED".to_owned(),
    }
}

/// A default lets go of a function while that is made anew. Of its type a column never does.
pub fn release(held: Held, _: &Context) -> Option<Around> {
    let (actual, default) = (held.actual, held.actual.text("default"));
    if default.is_none() || kinds::of(held.by.kind).catalog == "pg_type" || actual.text("generated").is_some() {
        return None;
    }
    let after = held.expected.and_then(|expected| {
        let default = expected.text("default")?;
        Some(altered(expected, true, &[format!("SET DEFAULT {default}")]))
    });
    let before = vec![altered(actual, true, &["DROP DEFAULT".to_owned()])];
    Some(Around { before, after: after.into_iter().collect(), spares: Vec::new() })
}

/// Every row has the default, what a plan gave it (a literal), or nothing. A default that is
/// computed is asked nobody: to compute it may do something, and gives another value.
pub fn unused(object: &Object, actual: &Catalog, given: Option<&str>) -> Option<Unused> {
    let id = &object.id;
    actual.get(&ObjectId::new(ObjectKind::Table, &id.schema, "", &id.parent))?;
    let (relation, name) = (id.relation(), quote(&id.name));
    let constant = object.text("default").filter(|text| !text.contains('(') && text.starts_with(CONSTANT));
    let given = given.map(|literal| format!("({literal})::{}", object.text("type").unwrap_or("text")));
    let known = constant.map(|default| format!("({default})")).into_iter().chain(given);
    let other: String =
        known.map(|value| format!(" AND {name}::pg_catalog.text IS DISTINCT FROM {value}::pg_catalog.text")).collect();
    // A composite value of nothing but NULLs is one, and IS NOT NULL says no.
    let held = format!("pg_catalog.num_nonnulls({name}) > 0{other}");
    Some(Unused { sql: format!("NOT EXISTS (SELECT FROM {relation} WHERE {held})"), relation: Some(relation) })
}

/// How a constant begins, as servers print it.
const CONSTANT: [char; 14] = ['\'', '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 't', 'f'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_is_rounded_and_what_is_written_anew() {
        let cases = [
            ("bigint", "integer", false, false),
            ("integer", "bigint", false, false),
            ("integer", "numeric(10,2)", true, false),
            ("numeric(12,2)", "numeric(10,2)", false, true),
            ("numeric(12,1)", "numeric(10,2)", true, false),
            ("text", "character varying(20)", false, true),
            ("character varying(10)", "text", false, false),
            ("character varying(30)", "character varying(20)", false, true),
            ("date", "timestamp with time zone", true, false),
            ("timestamp(0) with time zone", "timestamp with time zone", true, false),
            ("real", "double precision", true, false),
            ("s.\"(paren)\"", "s.\"(other)\"", false, false),
        ];
        for (to, from, lossy, alike) in cases {
            assert_eq!(rounds(to, from), lossy, "{from} to {to}");
            assert_eq!(is_binary_alike(to, from), alike, "{from} to {to}");
        }
    }
}
