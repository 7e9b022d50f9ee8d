//! What needs what in a catalog, as far as one has to go before the other.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::parts;
use crate::kinds;
use crate::model::catalog::Catalog;

/// By object, what needs it, and whether that goes along by itself.
pub fn dependents(actual: &Catalog) -> BTreeMap<u32, Vec<(u32, bool)>> {
    // A table needs what its columns need: that is the columns' matter. That all is in one schema is the table's: the
    // sequence of an identity, which is its column's, is in it by itself.
    let inside = |from: u32, to: u32| {
        let (from, to) = (&actual.at(from).id, &actual.at(to).id);
        !from.parent.is_empty() && from.namespace().as_ref() == Some(to)
    };
    let edges = || actual.dependencies().iter().filter(|edge| !inside(edge.from, edge.to));
    let own: BTreeSet<((&str, &str), u32)> = edges()
        .filter(|edge| kinds::of(actual.at(edge.from).id.kind).inline)
        .map(|edge| (actual.at(edge.from).id.group(), edge.to))
        .collect();
    let mut map: BTreeMap<u32, Vec<(u32, bool)>> = BTreeMap::new();
    for edge in edges() {
        if parts::refers_to_whole(actual.at(edge.from), actual.at(edge.to)) {
            continue;
        }
        let from = &actual.at(edge.from).id;
        let lifted = kinds::of(from.kind).relation && !edge.owned && own.contains(&(from.group(), edge.to));
        if !lifted {
            map.entry(edge.to).or_default().push((edge.from, edge.owned));
        }
    }
    // A relation may share its name with what has nothing hanging on it, as a collation.
    let mut holders: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    for (at, object) in (0u32..).zip(actual.objects()).filter(|(_, object)| object.id.parent.is_empty()) {
        let holder = holders.entry((&object.id.schema, &object.id.name)).or_insert(at);
        if kinds::of(object.id.kind).relation {
            *holder = at;
        }
    }
    for (at, object) in (0u32..).zip(actual.objects()) {
        // What hangs on something outside of schemas has a row of its own that needs it, and does not go along.
        let alone = object.id.schema.is_empty() && !kinds::of(object.id.kind).catalog.is_empty();
        if !object.id.parent.is_empty()
            && !alone
            && let Some(holder) = holders.get(&(&*object.id.schema, &*object.id.parent))
        {
            map.entry(*holder).or_default().push((at, true));
        }
        // What is granted on a schema has no row of its own, and goes with the schema's.
        let granted = object.id.parent.is_empty() && kinds::of(object.id.kind).catalog.is_empty();
        let schema = object.id.namespace().filter(|_| granted).and_then(|id| actual.position(&id));
        if let Some(schema) = schema {
            map.entry(schema as u32).or_default().push((at, true));
        }
    }
    map
}

/// What there is of a relation, and what hangs on it, by its schema and name.
pub type Groups<'a> = BTreeMap<(&'a str, &'a str), Vec<u32>>;

pub fn groups(actual: &Catalog) -> Groups<'_> {
    let mut groups: Groups = BTreeMap::new();
    for (at, object) in (0u32..).zip(actual.objects()) {
        groups.entry(object.id.group()).or_default().push(at);
    }
    groups
}
