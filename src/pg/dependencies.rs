//! The dependency graph: addresses of catalog rows to edges between objects.

use std::collections::HashMap;
use std::sync::Arc;

use crate::kinds;
use crate::model::catalog::Dependency;
use crate::model::ident::split_qualified;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;

/// `(class, oid, subid)`, as `pg_depend` names a catalog row.
pub type Address = (u32, u32, i32);

/// Which object, by position, a catalog row is.
#[derive(Default)]
pub struct Places {
    objects: HashMap<Address, u32>,
    /// Rows that are no objects here, and what they are a part of: row types,
    /// indexes behind constraints, members of extensions.
    parts: HashMap<Address, Address>,
    edges: Vec<(u32, Address, bool)>,
    /// What parts need, to be put down to what they are a part of.
    needs_of_parts: Vec<(Address, Address)>,
}

impl Places {
    pub fn insert(&mut self, address: Address, object: u32) {
        self.objects.insert(address, object);
    }

    pub fn object(&self, address: Address) -> Option<u32> {
        self.objects.get(&address).copied()
    }

    /// Every object that is a catalog row.
    pub fn all(&self) -> impl Iterator<Item = (Address, u32)> {
        self.objects.iter().map(|(address, object)| (*address, *object))
    }

    /// Takes one row of `pg_depend`.
    pub fn add(&mut self, from: Address, to: Address, kind: &str) {
        match self.objects.get(&from) {
            Some(object) => self.edges.push((*object, to, matches!(kind, "a" | "i"))),
            None if kind == "i" || kind == "e" => {
                self.parts.insert(from, to);
            }
            // What an index behind a constraint says in its predicate counts as automatic.
            None if kind == "n" || kind == "a" => self.needs_of_parts.push((from, to)),
            None => {}
        }
    }

    fn resolve(&self, mut address: Address) -> Option<u32> {
        // An array of a table's rows is three steps away from the table.
        for _ in 0..4 {
            let whole = (address.0, address.1, 0);
            if let Some(object) = self.objects.get(&address).or_else(|| self.objects.get(&whole)) {
                return Some(*object);
            }
            address = *self.parts.get(&address).or_else(|| self.parts.get(&whole))?;
        }
        None
    }

    /// The edges between objects. What a relation contains when it is born,
    /// the relation itself needs as well.
    pub fn edges(&self, objects: &[Object]) -> Vec<Dependency> {
        let relations: HashMap<(&Arc<str>, &Arc<str>), u32> = objects
            .iter()
            .enumerate()
            .filter(|(_, object)| kinds::of(object.id.kind).relation)
            .map(|(i, object)| ((&object.id.schema, &object.id.name), i as u32))
            .collect();
        let of_parts = self.needs_of_parts.iter().filter_map(|(part, target)| {
            // What an attribute of a composite type needs, its type needs.
            let whole = self.parts.get(part).or_else(|| self.parts.get(&(part.0, part.1, 0)));
            let whole = whole.and_then(|whole| self.objects.get(whole))?;
            Some((*whole, *target, false))
        });
        let mut edges = Vec::with_capacity(self.edges.len());
        for (from, target, owned) in self.edges.iter().copied().chain(of_parts) {
            let Some(to) = self.resolve(target).filter(|to| *to != from) else { continue };
            let (source, target) = (&objects[from as usize].id, &objects[to as usize].id);
            if !kinds::of(source.kind).inline {
                edges.push(Dependency { from, to, owned });
                continue;
            }
            let relation = relations.get(&(&source.schema, &source.parent)).copied();
            if relation == Some(to) {
                continue;
            }
            edges.push(Dependency { from, to, owned });
            let inside = source.schema == target.schema && source.parent == target.parent;
            if let Some(relation) = relation.filter(|_| !inside) {
                edges.push(Dependency { from: relation, to, owned: false });
            }
        }
        edges.extend(said_of_columns(objects));
        edges.extend(inherited_columns(objects));
        edges.extend(trigger_copies(objects));
        edges
    }
}

/// A column that only a parent declares comes and goes with the parent's. The
/// server knows that without recording it.
fn inherited_columns(objects: &[Object]) -> Vec<Dependency> {
    let place = |kind: ObjectKind| objects.iter().enumerate().filter(move |(_, object)| object.id.kind == kind);
    if !place(ObjectKind::Column).any(|(_, column)| column.flag("inherited")) {
        return Vec::new();
    }
    let columns: HashMap<&ObjectId, u32> =
        place(ObjectKind::Column).map(|(i, column)| (&column.id, i as u32)).collect();
    let relations: HashMap<(&str, &str), &Object> = [ObjectKind::Table, ObjectKind::ForeignTable]
        .into_iter()
        .flat_map(place)
        .map(|(_, table)| ((&*table.id.schema, &*table.id.name), table))
        .collect();
    let edges = |(from, column): (usize, &Object)| {
        let table = relations.get(&(&*column.id.schema, &*column.id.parent)).copied();
        let parents = table.into_iter().flat_map(|table| {
            table.text("partition_of").into_iter().chain(table.list("inherits").iter().map(|name| &**name))
        });
        let theirs = |parent: &str| {
            let (schema, name) = split_qualified(parent)?;
            let to = *columns.get(&ObjectId::new(ObjectKind::Column, &schema, &name, &column.id.name))?;
            Some(Dependency { from: from as u32, to, owned: true })
        };
        parents.filter_map(theirs).collect::<Vec<_>>()
    };
    place(ObjectKind::Column).filter(|(_, column)| column.flag("inherited")).flat_map(edges).collect()
}

/// An access list is no catalog row of its own, nor does a label depend on what it is on:
/// the server records nothing of their need for a column.
fn said_of_columns(objects: &[Object]) -> Vec<Dependency> {
    if !objects.iter().any(|object| object.text("column_name").is_some()) {
        return Vec::new();
    }
    let columns: HashMap<(&str, &str, &str), u32> = objects
        .iter()
        .enumerate()
        .filter(|(_, object)| object.id.kind == ObjectKind::Column)
        .map(|(i, object)| ((&*object.id.schema, &*object.id.parent, &*object.id.name), i as u32))
        .collect();
    let edge = |(from, object): (usize, &Object)| {
        let column = object.text("column_name")?;
        let to = *columns.get(&(&*object.id.schema, &*object.id.parent, column))?;
        Some(Dependency { from: from as u32, to, owned: false })
    };
    objects.iter().enumerate().filter(|(_, object)| object.id.kind.is_said_of_another()).filter_map(edge).collect()
}

/// A trigger whose copy in a partition is in another state of its own needs that partition.
fn trigger_copies(objects: &[Object]) -> Vec<Dependency> {
    let trigger = |object: &Object| object.id.kind == ObjectKind::Trigger && !object.list("partitions").is_empty();
    if !objects.iter().any(trigger) {
        return Vec::new();
    }
    let tables: HashMap<String, u32> = objects
        .iter()
        .enumerate()
        .filter(|(_, object)| matches!(object.id.kind, ObjectKind::Table | ObjectKind::ForeignTable))
        .map(|(i, object)| (object.id.qualified(), i as u32))
        .collect();
    let edges = |(from, object): (usize, &Object)| {
        let partitions = object.list("partitions").iter().filter_map(|entry| entry.rsplit_once(' '));
        let to = partitions.filter_map(|(partition, _)| tables.get(partition)).copied();
        to.map(|to| Dependency { from: from as u32, to, owned: false }).collect::<Vec<_>>()
    };
    objects.iter().enumerate().filter(|(_, object)| trigger(object)).flat_map(edges).collect()
}
