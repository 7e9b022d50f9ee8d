//! A database as it stands to the end of a history: in the spelling of the
//! scratch that ran the migrations, so that only real differences are seen.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::model::catalog::Catalog;
use crate::model::difference::AttributeChange;
use crate::model::difference::Difference;
use crate::model::object::Object;
use crate::model::object::ObjectId;

/// What differs between the end of a history and a database, by object.
pub struct Standing<'a> {
    end: &'a Catalog,
    actual: &'a Catalog,
    missing: BTreeSet<ObjectId>,
    unexpected: BTreeSet<ObjectId>,
    changed: BTreeMap<ObjectId, (Object, Vec<AttributeChange>)>,
}

impl<'a> Standing<'a> {
    /// From the settled differences of the history's end (expected) and the database (actual).
    pub fn new(end: &'a Catalog, actual: &'a Catalog, differences: &[Difference]) -> Self {
        let mut standing =
            Standing { end, actual, missing: BTreeSet::new(), unexpected: BTreeSet::new(), changed: BTreeMap::new() };
        for difference in differences {
            match difference {
                Difference::Missing { expected, includes } => {
                    standing.missing.insert(expected.id.clone());
                    standing.missing.extend(includes.iter().cloned());
                }
                Difference::Unexpected { actual, includes } => {
                    standing.unexpected.insert(actual.id.clone());
                    standing.unexpected.extend(includes.iter().cloned());
                }
                Difference::Changed { expected, actual, changes } => {
                    standing.changed.insert(expected.id.clone(), (actual.clone(), changes.clone()));
                }
                Difference::Renamed { expected, actual, includes, declared: _ } => {
                    standing.missing.insert(expected.id.clone());
                    standing.missing.extend(includes.iter().cloned());
                    standing.unexpected.insert(actual.id.clone());
                    standing.unexpected.extend(hanging_on(standing.actual, &actual.id));
                }
            }
        }
        standing
    }

    /// The object as it is in the database.
    pub fn now(&self, id: &ObjectId) -> Option<&Object> {
        if self.missing.contains(id) {
            return None;
        }
        if let Some((actual, _)) = self.changed.get(id) {
            return Some(actual);
        }
        match self.unexpected.contains(id) {
            true => self.actual.get(id),
            false => self.end.get(id),
        }
    }

    /// How an object differs from the end of the history.
    pub fn changes(&self, id: &ObjectId) -> &[AttributeChange] {
        self.changed.get(id).map_or(&[], |(_, changes)| changes)
    }

    /// What is there, and not at the end of the history.
    pub fn unexpected(&self) -> impl Iterator<Item = &Object> {
        self.unexpected.iter().filter_map(|id| self.actual.get(id))
    }

    /// What is otherwise than at the end of the history.
    pub fn changed(&self) -> impl Iterator<Item = (&ObjectId, &[AttributeChange])> {
        self.changed.iter().map(|(id, (_, changes))| (id, changes.as_slice()))
    }
}

fn hanging_on(catalog: &Catalog, id: &ObjectId) -> Vec<ObjectId> {
    let hangs = |object: &&Object| object.id.schema == id.schema && object.id.parent == id.name;
    match id.parent.is_empty() {
        true => catalog.objects().iter().filter(hangs).map(|object| object.id.clone()).collect(),
        false => Vec::new(),
    }
}
