//! What depends on a type, and how values get past its being made anew. No kind of its own.

use std::collections::BTreeSet;

use super::Around;
use super::Context;
use super::Rework;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;

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
