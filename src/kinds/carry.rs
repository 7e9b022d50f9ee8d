//! What depends on a type, and how values get past its being made anew. No kind of its own.

use std::collections::BTreeSet;

use super::Around;
use super::Context;
use super::Rework;
use super::column::rework::altered;
use crate::model::ident::quote;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::step::Hazard;

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

/// True where a column may hold values of the type.
pub fn holds_values(id: &ObjectId, ctx: &Context) -> bool {
    !columns(id, ctx).is_empty()
}

/// Dropped and made anew, where no column would go with it.
pub fn replaced(id: &ObjectId, ctx: &Context) -> Rework {
    match columns(id, ctx).first() {
        None => Rework::Replace(Around::default()),
        Some(column) => Rework::Impossible(format!(
            "{} holds values of it, which have no place while it is made anew: turn the column to text, or to jsonb, first",
            column.id
        )),
    }
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

/// True where a type made of types is there in the end.
fn is_declared(name: &str, ctx: &Context) -> bool {
    MADE_OF_TYPES.iter().flat_map(|kind| ctx.expected.of_kind(*kind)).any(|object| object.id.qualified() == name)
}

/// Dropped and made anew, while the values of its columns wait as text. What
/// holds values of it in another way is in the way.
pub fn through_text(id: &ObjectId, ctx: &Context) -> Rework {
    let name = id.qualified();
    let mut around = Around::default();
    for between in between(id, ctx) {
        let Some(wanted) = ctx.expected.get(&between.id).filter(|wanted| wanted.attributes != between.attributes)
        else {
            continue;
        };
        // It gets its new parts while there are values: their text could not.
        match super::composite_type::in_place(between, wanted, ctx) {
            Some(steps) => around.before.extend(steps),
            None => return Rework::Impossible(format!("{} is made of it, and is to be another too", between.id)),
        }
    }
    for column in columns(id, ctx) {
        if column.text("generated").is_some() || ctx.expected.get(&column.id).is_none() {
            // It is made anew, and computed; or it goes, and is gone before the type.
            continue;
        }
        let of_type = column.text("type").unwrap_or_default();
        let (bare, suffix) = of_type.strip_suffix("[]").map_or((of_type, ""), |bare| (bare, "[]"));
        // A type that it is inside of goes along, and has to come back.
        if bare != name && !is_declared(bare, ctx) {
            return Rework::Impossible(format!(
                "{} holds values of it inside of {of_type}, which have no place while it is made anew",
                column.id
            ));
        }
        around.spares.push(column.id.clone());
        // Where another type is declared, that is the column's own change, from what it has now.
        let wanted = ctx.expected.get(&column.id).filter(|wanted| wanted.text("type") == Some(of_type));
        let stored = wanted.map(super::column::rework::kept).unwrap_or_default();
        if column.flag("inherited") {
            around.after.extend(stored);
            continue;
        }
        let cell = quote(&column.id.name);
        let mut aside = Vec::new();
        if column.text("default").is_some() {
            aside.push("DROP DEFAULT".to_owned());
        }
        aside.push(format!("TYPE pg_catalog.text{suffix} USING {cell}::pg_catalog.text{suffix}"));
        around.before.push(altered(column, false, &aside).hazard(Hazard::TableRewrite));
        let mut back = vec![format!("TYPE {of_type} USING {cell}::{of_type}")];
        back.extend(wanted.and_then(|w| w.text("default")).map(|default| format!("SET DEFAULT {default}")));
        around.after.push(altered(column, false, &back).hazard(Hazard::TableRewrite));
        around.after.extend(stored);
    }
    Rework::Replace(around)
}
