//! Tables in plans that may rewrite. Rows are never dropped: where a table has
//! to be made anew they are kept aside and put back.

use super::super::Around;
use super::super::Change;
use super::super::Context;
use super::super::Rework;
use super::super::Spare;
use super::super::carry;
use super::super::column;
use super::super::constraint;
use super::super::marked;
use super::super::of;
use super::super::options;
use super::super::tablespace;
use crate::model::catalog::Catalog;
use crate::model::ident::quote;
use crate::model::ident::split_qualified;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::step::Hazard;
use crate::model::step::Lock;
use crate::model::step::Phase;
use crate::model::step::Step;

fn altered(object: &Object, phase: Phase, change: &str) -> Step {
    let name = object.id.qualified();
    Step::new(format!("ALTER TABLE {name} {change};"), phase).lock(Lock::AccessExclusive, &name)
}

pub fn rework(change: Change, ctx: &Context) -> Rework {
    let (expected, actual) = (change.expected, change.actual);
    let in_place = |phase, sql: &str| Rework::step(altered(expected, phase, sql));
    match change.attribute {
        "persistence" => {
            let word = if expected.text("persistence") == Some("unlogged") { "UNLOGGED" } else { "LOGGED" };
            let step = altered(expected, Phase::Expand, &format!("SET {word}"));
            Rework::step(step.hazard(Hazard::TableRewrite))
        }
        "row_security" => in_place(Phase::Protect, "DISABLE ROW LEVEL SECURITY"),
        "force_row_security" => in_place(Phase::Protect, "NO FORCE ROW LEVEL SECURITY"),
        "replica_identity" => {
            let identity = match expected.text("replica_identity") {
                Some(identity) => match identity.strip_prefix("index ") {
                    Some(index) => format!("USING INDEX {}", quote(index)),
                    None => identity.to_uppercase(),
                },
                None => "DEFAULT".to_owned(),
            };
            in_place(Phase::Protect, &format!("REPLICA IDENTITY {identity}"))
        }
        "options" => options::rework(&change, &format!("TABLE {}", expected.id.qualified()), &expected.id.qualified()),
        "clustered_on" => marked::rework(&change),
        "access_method" => {
            let method = quote(expected.text("access_method").unwrap_or("heap"));
            let step = altered(expected, Phase::Expand, &format!("SET ACCESS METHOD {method}"));
            Rework::step(step.hazard(Hazard::TableRewrite))
        }
        "tablespace" => {
            let name = expected.id.qualified();
            let holds_rows = actual.text("partition_key").is_none();
            tablespace::rework(&change, &format!("TABLE {name}"), &name, holds_rows, ctx)
        }
        "inherits" if takes_columns(expected, actual, ctx) || takes_checks(expected, ctx) => anew(expected, ctx),
        "inherits" => Rework::InPlace(inherits(expected, actual)),
        "of_type" => match expected.text("of_type") {
            Some(of_type) => in_place(Phase::Expand, &format!("OF {of_type}")),
            None => in_place(Phase::Expand, "NOT OF"),
        },
        "partition_of" | "partition_bound" => Rework::InPlace(attached(expected, actual, ctx)),
        _ => anew(expected, ctx),
    }
}

/// True where a column is to be a new parent's alone. A column that is there
/// once stays the table's own for ever, so the table has to be made anew.
fn takes_columns(expected: &Object, actual: &Object, ctx: &Context) -> bool {
    let (wanted, there) = (expected.list("inherits"), actual.list("inherits"));
    let from_old = |column: &Object| {
        wanted.iter().filter(|parent| there.contains(parent)).any(|parent| {
            split_qualified(parent).is_some_and(|(schema, name)| {
                ctx.actual.get(&ObjectId::new(ObjectKind::Column, &schema, &name, &column.id.name)).is_some()
            })
        })
    };
    let columns = ctx.expected.children(ObjectKind::Column, &expected.id.schema, &expected.id.name).iter();
    let known = |column: &&Object| ctx.actual.get(&column.id).is_some();
    columns.filter(|column| column.flag("inherited")).filter(known).any(|column| !from_old(column))
}

/// True where a parent has a check that the table lacks: added first, it would stay the table's own.
fn takes_checks(expected: &Object, ctx: &Context) -> bool {
    let parents = expected.list("inherits").iter();
    parents.filter_map(|parent| split_qualified(parent)).any(|parent| !lacking(expected, parent, ctx).is_empty())
}

/// The checks of a parent that the table does not have yet, by itself or from another parent.
fn lacking<'a>(table: &Object, parent: (String, String), ctx: &Context<'a>) -> Vec<&'a Object> {
    let own = ctx.actual.children(ObjectKind::Check, &table.id.schema, &table.id.name).iter();
    let there: Vec<&Object> = own.chain(handed_down(parents(ctx.actual.get(&table.id)), ctx.actual)).collect();
    let mut wanted = handed_down(vec![parent], ctx.expected);
    wanted.retain(|check| !there.iter().any(|other| alike(check, other)));
    wanted
}

fn alike(check: &Object, other: &Object) -> bool {
    check.id.name == other.id.name && check.text("definition") == other.text("definition")
}

/// The checks that parents, and theirs, have for all that inherits from them.
fn handed_down(mut above: Vec<(String, String)>, catalog: &Catalog) -> Vec<&Object> {
    let mut found = Vec::new();
    while let Some((schema, name)) = above.pop() {
        let checks = catalog.children(ObjectKind::Check, &schema, &name).iter();
        found.extend(checks.filter(|check| !constraint::not_inherited(check)));
        above.extend(parents(catalog.get(&ObjectId::new(ObjectKind::Table, &schema, "", &name))));
    }
    found
}

/// What a table is a part or a child of.
fn parents(table: Option<&Object>) -> Vec<(String, String)> {
    let names = table.into_iter().flat_map(|table| {
        table.text("partition_of").into_iter().chain(table.list("inherits").iter().map(|name| &**name))
    });
    names.filter_map(split_qualified).collect()
}

fn inherits(expected: &Object, actual: &Object) -> Vec<Step> {
    let (wanted, there) = (expected.list("inherits"), actual.list("inherits"));
    let gone = there.iter().filter(|parent| !wanted.contains(parent)).map(|parent| format!("NO INHERIT {parent}"));
    let new = wanted.iter().filter(|parent| !there.contains(parent)).map(|parent| format!("INHERIT {parent}"));
    // What it takes from a parent may be among its columns only by then.
    gone.chain(new).map(|sql| altered(expected, Phase::Constrain, &sql)).collect()
}

/// Out of the one parent, and into the other, once all parts are out that
/// might have what this one is to hold.
fn attached(expected: &Object, actual: &Object, ctx: &Context) -> Vec<Step> {
    let name = expected.id.qualified();
    let step = |phase, parent: &str, sql: String| {
        Step::new(format!("ALTER TABLE {parent} {sql};"), phase).lock(Lock::AccessExclusive, parent)
    };
    let out = actual.text("partition_of");
    let out = out.map(|parent| step(Phase::Expand, parent, format!("DETACH PARTITION {name}")));
    let into = expected.text("partition_of").map(|parent| {
        let bound = expected.text("partition_bound").unwrap_or("DEFAULT");
        step(Phase::Constrain, parent, format!("ATTACH PARTITION {name} {bound}")).hazard(Hazard::FullScan)
    });
    let moves = expected.text("partition_of") != actual.text("partition_of");
    let checks = if moves { rechecked(expected, actual, ctx) } else { Vec::new() };
    let kept = if moves { left_behind(expected, actual, ctx) } else { Vec::new() };
    kept.into_iter().chain(out).chain(checks).chain(into).collect()
}

/// Indexes and keys of a whole that goes and that the next one lacks: a part would keep its copy as its
/// own, under a name that the server chose, so they go before the part is out.
fn left_behind(expected: &Object, actual: &Object, ctx: &Context) -> Vec<Step> {
    let Some((schema, name)) = actual.text("partition_of").and_then(split_qualified) else { return Vec::new() };
    let whole = ObjectId::new(ObjectKind::Table, &schema, "", &name);
    if ctx.expected.get(&whole).is_some() {
        return Vec::new();
    }
    let next = expected.text("partition_of").and_then(split_qualified);
    let is_wanted = |object: &Object| {
        next.as_ref().is_some_and(|(schema, name)| {
            let theirs = ctx.expected.children(object.id.kind, schema, name);
            theirs.iter().any(|other| other.attributes == object.attributes)
        })
    };
    let drop = |object: &Object| {
        let sql = (of(object.id.kind).drop)(object);
        Step::new(sql, Phase::Expand).lock(Lock::AccessExclusive, &whole.qualified())
    };
    let keys =
        [ObjectKind::ForeignKey, ObjectKind::PrimaryKey, ObjectKind::Unique, ObjectKind::Exclusion, ObjectKind::Index];
    let of_whole =
        keys.into_iter().flat_map(|kind| ctx.actual.children(kind, &schema, &name)).filter(|object| !is_wanted(object));
    of_whole.map(drop).collect()
}

/// What was inherited stays as the table's own, and what is to be inherited has to be there first.
fn rechecked(expected: &Object, actual: &Object, ctx: &Context) -> Vec<Step> {
    let whole = expected.text("partition_of").and_then(split_qualified);
    let wanted = handed_down(whole.clone().into_iter().collect(), ctx.expected);
    let own = ctx.expected.children(ObjectKind::Check, &expected.id.schema, &expected.id.name);
    let there = handed_down(parents(Some(actual)), ctx.actual);
    // A new whole has it as it was printed. What the server parsed once more it prints otherwise where a list
    // was turned from one type to another, and takes for another check.
    let reparsed = |check: &&&Object| {
        let text = check.text("definition").unwrap_or_default();
        ctx.actual.get(&check.id).is_none() && text.contains("ARRAY[") && there.iter().any(|other| alike(check, other))
    };
    let reparsed: Vec<&Object> = wanted.iter().filter(reparsed).copied().collect();
    let mut gone = there.clone();
    gone.retain(|check| !wanted.iter().copied().chain(own).any(|other| alike(check, other)));
    let drop = |check: &Object| {
        altered(expected, Phase::Constrain, &format!("DROP CONSTRAINT IF EXISTS {}", quote(&check.id.name)))
    };
    let add = |check: &Object| {
        altered(expected, Phase::Constrain, &format!("ADD {}", constraint::clause(check))).hazard(Hazard::FullScan)
    };
    let new = whole.map(|whole| lacking(expected, whole, ctx)).unwrap_or_default();
    let gone = gone.into_iter().chain(reparsed.iter().copied()).map(drop);
    gone.chain(new.into_iter().chain(reparsed.iter().copied()).map(add)).collect()
}

/// How a column is kept aside, and whether as text: so that a type, or a collation, may be made anew as well.
fn kept_cell(there: &Object, ctx: &Context) -> (String, bool) {
    let name = quote(&there.id.name);
    let of_type = there.text("type").unwrap_or_default();
    let (bare, suffix) = carry::element(of_type);
    match (carry::is_made(bare, ctx), there.text("collation")) {
        (true, _) => (format!("{name}::pg_catalog.text{suffix} COLLATE pg_catalog.\"default\" AS {name}"), true),
        (false, Some(_)) => (format!("{name} COLLATE pg_catalog.\"default\" AS {name}"), false),
        (false, None) => (name, false),
    }
}

/// How it comes back as what is declared.
fn returned_cell(wanted: &Object, there: &Object, ctx: &Context) -> String {
    let (name, of_type) = (quote(&wanted.id.name), wanted.text("type").unwrap_or_default());
    match kept_cell(there, ctx).1 {
        true => format!("{name}::{of_type}"),
        false => column::rework::using(wanted, there).unwrap_or(name),
    }
}

/// Made anew around its rows: those go into a table of their own, and back.
fn anew(expected: &Object, ctx: &Context) -> Rework {
    let id = &expected.id;
    let name = id.qualified();
    let kept_name: String = format!("drift_kept_{}", id.name).chars().take(40).collect();
    let kept = ObjectId::new(ObjectKind::Table, &id.schema, "", &kept_name).qualified();
    let columns = |side: &crate::model::catalog::Catalog| -> Vec<Object> {
        side.children(ObjectKind::Column, &id.schema, &id.name).to_vec()
    };
    let (wanted, there) = (columns(ctx.expected), columns(ctx.actual));
    let plain = |column: &&Object| column.text("generated").is_none();
    let mut common: Vec<&Object> = wanted.iter().filter(plain).filter(|c| there.iter().any(|t| t.id == c.id)).collect();
    common.sort_by_key(|column| column.int("position"));
    let comma = |parts: Vec<String>| parts.join(", ");
    let list = comma(common.iter().map(|column| quote(&column.id.name)).collect());
    let pairs = || common.iter().filter_map(|wanted| Some((*wanted, ctx.actual.get(&wanted.id)?)));
    let out = comma(pairs().map(|(_, there)| kept_cell(there, ctx).0).collect());
    let back = comma(pairs().map(|(wanted, there)| returned_cell(wanted, there, ctx)).collect());
    let step = |sql: String| Step::new(sql, Phase::Define).lock(Lock::AccessExclusive, &name);
    let mut around = Around::default();
    // Sequences of its columns go on counting.
    let sequences = ctx
        .actual
        .of_kind(ObjectKind::Sequence)
        .iter()
        .filter(|sequence| sequence.text("owned_by").is_some_and(|column| column.starts_with(&format!("{name}."))));
    for sequence in sequences {
        let own = |column: &str| step(format!("ALTER SEQUENCE {} OWNED BY {column};", sequence.id.qualified()));
        let column = ctx.expected.get(&sequence.id).and_then(|s| s.text("owned_by"));
        let (before, after) = (vec![own("NONE")], column.map(own).into_iter().collect());
        around.spares.push(Spare { before, after, ..Spare::of(&sequence.id) });
    }
    around.before.push(step(format!("CREATE TABLE {kept} AS SELECT {out} FROM {name};")).hazard(Hazard::TableRewrite));
    if !list.is_empty() {
        let sql = format!("INSERT INTO {name} ({list}) OVERRIDING SYSTEM VALUE SELECT {back} FROM {kept};");
        around.after.push(step(sql).hazard(Hazard::WritesRows));
    }
    around.after.push(Step::new(format!("DROP TABLE {kept};"), Phase::Define));
    let counted = common.iter().filter(|column| column.text("identity").is_some());
    around.after.extend(counted.map(|column| step(column::rework::go_on_counting(column))));
    Rework::Replace(around)
}
