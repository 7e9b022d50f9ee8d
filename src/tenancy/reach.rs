//! Which views a role can read, by itself or through other views, and which
//! tables a view names itself. Functions that a view calls are not followed.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::tenancy::Confined;
use crate::tenancy::Scene;

/// What views and materialized views name, by position in the catalog.
pub struct Views<'s, 'a> {
    scene: &'s Scene<'a>,
    /// Relations named directly, by view.
    names: BTreeMap<u32, BTreeSet<u32>>,
}

impl<'s, 'a> Views<'s, 'a> {
    pub fn new(scene: &'s Scene<'a>) -> Self {
        let catalog = scene.catalog;
        let mut names: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        for kind in [ObjectKind::View, ObjectKind::MaterializedView] {
            for view in catalog.of_kind(kind) {
                let Some(at) = catalog.position(&view.id) else { continue };
                let targets = catalog.dependencies_of(at as u32).iter().filter_map(|edge| relation(scene, edge.to));
                names.insert(at as u32, targets.filter(|to| *to != at as u32).collect());
            }
        }
        Views { scene, names }
    }

    /// The views of one kind, with the relations that each names.
    pub fn of_kind(&self, kind: ObjectKind) -> impl Iterator<Item = (&'a Object, u32, &BTreeSet<u32>)> {
        let at = |n: u32| self.scene.catalog.at(n);
        self.names.iter().filter(move |(n, _)| at(**n).id.kind == kind).map(move |(n, names)| (at(*n), *n, names))
    }

    /// The views that a role can read: those it may select from, and what is
    /// named by those that are run with their owner's rights.
    fn read_by(&self, role: &Confined) -> BTreeSet<u32> {
        let at = |n: u32| self.scene.catalog.at(n);
        let mut reached: BTreeSet<u32> = self.names.keys().copied().filter(|n| role.may_read(at(*n))).collect();
        let mut work: Vec<u32> = reached.iter().copied().collect();
        while let Some(view) = work.pop() {
            if at(view).id.kind != ObjectKind::View || is_invoker(at(view)) {
                continue;
            }
            for named in self.names[&view].iter().filter(|n| self.names.contains_key(n)) {
                if reached.insert(*named) {
                    work.push(*named);
                }
            }
        }
        reached
    }

    /// Who of those that must be held back can read which view.
    pub fn readers(&self) -> BTreeMap<u32, Vec<&'s str>> {
        let mut readers: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
        for role in self.scene.held_back() {
            self.read_by(role).into_iter().for_each(|view| readers.entry(view).or_default().push(&role.name));
        }
        readers
    }

    /// Everything that a view names, over any number of views.
    pub fn under(&self, view: u32) -> BTreeSet<u32> {
        let mut found = BTreeSet::new();
        let mut work = vec![view];
        while let Some(next) = work.pop() {
            for named in self.names.get(&next).into_iter().flatten() {
                if found.insert(*named) {
                    work.push(*named);
                }
            }
        }
        found
    }
}

/// The relation that an object is or hangs on.
fn relation(scene: &Scene, position: u32) -> Option<u32> {
    let id = &scene.catalog.at(position).id;
    let kinds = [ObjectKind::Table, ObjectKind::View, ObjectKind::MaterializedView];
    if id.parent.is_empty() {
        return kinds.contains(&id.kind).then_some(position);
    }
    let named = |kind| {
        let id = crate::model::object::ObjectId::new(kind, &id.schema, "", &id.parent);
        scene.catalog.position(&id).map(|position| position as u32)
    };
    kinds.into_iter().find_map(named)
}

/// True where a view is run with the rights of whoever asks. The server takes
/// every spelling of a boolean.
pub fn is_invoker(view: &Object) -> bool {
    view.list("options").iter().any(|option| {
        let (name, value) = option.split_once('=').unwrap_or((option, "true"));
        let value = value.to_lowercase();
        let yes = |word: &str, least: usize| value.len() >= least && word.starts_with(&value);
        name == "security_invoker" && (yes("true", 1) || yes("yes", 1) || yes("on", 2) || value == "1")
    })
}

/// The tables whose rows belong to tenants, with their partitions, by position;
/// each with the table that classes it.
pub fn tenant_relations<'a>(scene: &Scene<'a>) -> BTreeMap<u32, &'a Object> {
    let tables: Vec<&Object> = scene.tenant_tables().map(|(table, _)| table).collect();
    let below = scene.descendants(&tables);
    let all = tables.iter().map(|table| (*table, *table)).chain(below);
    all.filter_map(|(table, root)| Some((scene.catalog.position(&table.id)? as u32, root))).collect()
}
