//! What depends on a type, and how values get past its being made anew. No kind of its own.

use std::collections::BTreeSet;

use super::Around;
use super::Context;
use super::Rework;
use super::Spare;
use super::column::rework;
use crate::model::ident::quote;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::step::Hazard;
use crate::model::tokens::tokens;

/// What can be made of a type and be the type of a column.
const MADE_OF_TYPES: &[ObjectKind] = &[ObjectKind::Domain, ObjectKind::CompositeType, ObjectKind::RangeType];

/// The columns that hold values of a type, of arrays of it, or of types made of it.
pub fn columns<'a>(id: &ObjectId, ctx: &'a Context) -> Vec<&'a Object> {
    let catalog = ctx.actual;
    let mut work: Vec<u32> = catalog.position(id).map(|p| p as u32).into_iter().collect();
    let mut seen: BTreeSet<u32> = work.iter().copied().collect();
    let mut found = Vec::new();
    while let Some(position) = work.pop() {
        for edge in catalog.dependencies().iter().filter(|edge| edge.to == position) {
            let object = catalog.at(edge.from);
            let kind = object.id.kind;
            if kind == ObjectKind::Column && seen.insert(edge.from) {
                found.push(object);
            } else if MADE_OF_TYPES.contains(&kind) && seen.insert(edge.from) {
                work.push(edge.from);
            }
        }
    }
    found
}

/// True where a column holds values of a domain inside of others: of arrays, ranges or composite types.
pub fn is_inside(id: &ObjectId, ctx: &Context) -> bool {
    let made = between(id, ctx);
    let domains = made.iter().filter(|object| object.id.kind == ObjectKind::Domain).map(|object| object.id.qualified());
    let itself: Vec<String> = domains.chain([id.qualified()]).collect();
    let others = made.iter().filter(|object| object.id.kind != ObjectKind::Domain);
    let others: Vec<String> = others.flat_map(|object| names(object)).collect();
    columns(id, ctx).iter().filter_map(|column| column.text("type")).any(|of_type| {
        let bare = of_type.strip_suffix("[]");
        bare.is_some_and(|bare| itself.iter().any(|name| name == bare))
            || others.iter().any(|name| name == bare.unwrap_or(of_type))
    })
}

/// True for a column that keeps its values: it is not made anew, and computed; nor does it go.
fn keeps_values(column: &Object, ctx: &Context) -> bool {
    column.text("generated").is_none() && ctx.expected.get(&column.id).is_some()
}

/// True where a column is of the type, be it one that goes or is computed.
pub fn is_used(id: &ObjectId, ctx: &Context) -> bool {
    !columns(id, ctx).is_empty()
}

/// True where a column may hold values of the type that are to be there afterwards.
fn holds_values(id: &ObjectId, ctx: &Context) -> bool {
    columns(id, ctx).into_iter().any(|column| keeps_values(column, ctx))
}

/// The types that are made of a type, or of those.
fn between<'a>(id: &ObjectId, ctx: &'a Context) -> Vec<&'a Object> {
    let mut work: Vec<u32> = ctx.actual.position(id).map(|p| p as u32).into_iter().collect();
    let mut found: Vec<&Object> = Vec::new();
    while let Some(position) = work.pop() {
        for edge in ctx.actual.dependencies().iter().filter(|edge| edge.to == position) {
            let object = ctx.actual.at(edge.from);
            if MADE_OF_TYPES.contains(&object.id.kind) && !found.iter().any(|other| other.id == object.id) {
                found.push(object);
                work.push(edge.from);
            }
        }
    }
    found
}

/// The names under which columns have a type: its own, and that of the several ranges that come with it.
fn names(of_type: &Object) -> Vec<String> {
    let several = (of_type.id.kind == ObjectKind::RangeType).then(|| super::range_type::multirange_name(of_type));
    [of_type.id.qualified()].into_iter().chain(several).collect()
}

/// The type of the elements of an array, and what makes an array of it; else the type itself.
pub fn element(of_type: &str) -> (&str, &str) {
    of_type.strip_suffix("[]").map_or((of_type, ""), |bare| (bare, "[]"))
}

/// True for a type that is an object of the database, under the name that columns have it by.
pub fn is_made(of_type: &str, ctx: &Context) -> bool {
    let made = MADE_OF_TYPES.iter().chain(&[ObjectKind::Enum]).flat_map(|kind| ctx.actual.of_kind(*kind));
    made.into_iter().any(|object| names(object).iter().any(|name| name == of_type))
}

/// True for a column by which the rows of its table are divided.
fn divides(column: &Object, ctx: &Context) -> bool {
    let table = ctx.actual.get(&ObjectId::new(ObjectKind::Table, &column.id.schema, "", &column.id.parent));
    let key = table.and_then(|table| table.text("partition_key")).unwrap_or_default();
    let name = quote(&column.id.name);
    tokens(key).any(|(_, word)| word == name)
}

/// Dropped and made anew, while the values of its columns wait as text, and what only sorts by it
/// sorts as the database does. What holds values of it in another way is in the way.
pub fn set_aside(id: &ObjectId, ctx: &Context) -> Rework {
    let mut around = Around::default();
    let Some(itself) = ctx.actual.get(id) else { return Rework::Replace(around) };
    // The types that values are of, whether they are there in the end, and whether their own change carries the values.
    let mut types: Vec<(String, bool, bool)> = names(itself).into_iter().map(|name| (name, true, false)).collect();
    let made_of_it = between(id, ctx);
    let mut carry: BTreeSet<&ObjectId> = BTreeSet::new();
    for other in &made_of_it {
        let changed = |wanted: &&Object| wanted.attributes != other.attributes;
        let Some(wanted) = ctx.expected.get(&other.id).filter(changed) else { continue };
        // It gets its new parts while there are values: their text could not.
        match super::composite_type::parts_changed(other, wanted, ctx) {
            Rework::InPlace(steps) if holds_values(&other.id, ctx) => around.before.extend(steps),
            Rework::InPlace(_) => {}
            Rework::Replace(_) => {
                carry.insert(&other.id);
                carry.extend(between(&other.id, ctx).into_iter().map(|object| &object.id));
            }
            Rework::Disturb(_) | Rework::Impossible(_) => {
                return Rework::Impossible(format!("{} is made of it, and is to be another too", other.id));
            }
        }
    }
    for object in &made_of_it {
        let (declared, carries) = (ctx.expected.get(&object.id).is_some(), carry.contains(&object.id));
        types.extend(names(object).into_iter().map(|name| (name, declared, carries)));
    }
    for column in columns(id, ctx).into_iter().filter(|column| keeps_values(column, ctx)) {
        let of_type = column.text("type").unwrap_or_default();
        let (bare, suffix) = element(of_type);
        let held = types.iter().find(|(name, ..)| name == bare);
        let sorted = column.text("collation") == Some(&id.qualified());
        if held.is_none() && !sorted {
            // Its default speaks of it.
            continue;
        }
        if held.is_some_and(|(_, declared, _)| !declared) {
            return Rework::Impossible(format!(
                "{} holds values of it inside of {of_type}, which have no place while it is made anew",
                column.id
            ));
        }
        if divides(column, ctx) {
            return Rework::Impossible(format!(
                "the rows of {} are divided by {}, and the server changes no such column: make a table beside it, and \
                 move the rows",
                column.id.relation(),
                column.id
            ));
        }
        let spare = match held.is_some_and(|(.., carries)| *carries) {
            true => Spare::of(&column.id),
            false => aside(column, (of_type, held.map(|_| suffix)), ctx),
        };
        around.spares.push(spare);
    }
    Rework::Replace(around)
}

/// The steps that set the values of a column aside, as text where that is given with the suffix of an
/// array, and what puts them back.
fn aside(column: &Object, (of_type, as_text): (&str, Option<&str>), ctx: &Context) -> Spare {
    // Where another type is declared, that is the column's own change, from what it has now.
    let same = |wanted: &&Object| ["type", "collation"].iter().all(|name| wanted.text(name) == column.text(name));
    let wanted = ctx.expected.get(&column.id).filter(same);
    let stored = wanted.map(rework::kept).unwrap_or_default();
    if column.flag("inherited") && !rework::is_moved(column, ctx) {
        return Spare { after: stored, ..Spare::of(&column.id) };
    }
    let cell = quote(&column.id.name);
    let typed = super::column::typed(column);
    // A foreign table has no rows that could be written anew.
    let table = ObjectId::new(ObjectKind::Table, &column.id.schema, "", &column.id.parent);
    let has_rows = ctx.actual.get(&table).is_some();
    let using = |to: &str| if has_rows { format!(" USING {cell}::{to}") } else { String::new() };
    let (there, back) = match as_text {
        Some(suffix) => {
            let text = format!("pg_catalog.text{suffix}");
            (format!("TYPE {text}{}", using(&text)), format!("TYPE {typed}{}", using(of_type)))
        }
        None => (format!("TYPE {of_type} COLLATE pg_catalog.\"default\""), format!("TYPE {typed}")),
    };
    let step = |changes: &[String]| match as_text.is_some() && has_rows {
        true => rework::altered(column, false, changes).hazard(Hazard::TableRewrite),
        false => rework::altered(column, false, changes),
    };
    let no_default = column.text("default").map(|_| "DROP DEFAULT".to_owned());
    let before = step(&no_default.into_iter().chain([there]).collect::<Vec<_>>());
    let default = wanted.and_then(|wanted| wanted.text("default")).map(|default| format!("SET DEFAULT {default}"));
    let after = step(&[back].into_iter().chain(default).collect::<Vec<_>>());
    let after = [after].into_iter().chain(stored).collect();
    Spare { before: vec![before], after, ..Spare::of(&column.id) }
}
