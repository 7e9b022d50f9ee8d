//! All objects of one database at one snapshot, and what could not be read.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::role;
use crate::model::role::Role;

/// An edge of the dependency graph, by position in [`Catalog::objects`]:
/// `from` cannot exist without `to`. `owned` where dropping `to` drops `from`
/// by itself. A serial column and its sequence need each other: in such a
/// circle the owned edge yields, and creation follows the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dependency {
    pub from: u32,
    pub to: u32,
    pub owned: bool,
}

/// What was not read, not seen or is not modelled. Never dropped in silence.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct Coverage {
    /// Objects of kinds that drift does not compare yet, by kind of object, with up to ten names each.
    pub not_compared: BTreeMap<String, NotCompared>,
    /// Relations that exist but that the connected role has no privilege on, `schema.name`.
    pub invisible: Vec<String>,
    /// How many relations there are in the managed schemas, visible or not.
    pub relations: u64,
    /// What the chosen reader cannot know at all, in words.
    pub limits: Vec<String>,
}

/// How many objects of one unmodelled kind there are, and the first of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct NotCompared {
    /// How many there are.
    pub count: u64,
    /// The names of some of them.
    pub examples: Vec<String>,
}

impl Coverage {
    /// The share (0 to 1) of relations that the role cannot see.
    pub fn invisible_share(&self) -> f64 {
        if self.relations == 0 { 0.0 } else { self.invisible.len() as f64 / self.relations as f64 }
    }
}

/// Exact row counts by schema and table.
pub type RowCounts = BTreeMap<(Arc<str>, Arc<str>), u64>;

/// All objects of one database. Objects are sorted by identity.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalog {
    /// `server_version_num`: 150018 is 15.18.
    pub server_version: u32,
    objects: Vec<Object>,
    dependencies: Vec<Dependency>,
    /// The roles of the server, by name. Not compared: they belong to no database. Empty: unknown.
    pub roles: Vec<Role>,
    pub coverage: Coverage,
    /// True for what was read from a database that people use, or recorded from one;
    /// false for SQL that was brought to life in a scratch server.
    pub live: bool,
    /// Exact row counts by `(schema, table)`, where they were counted; `None`: nobody counted.
    pub rows: Option<RowCounts>,
}

impl Catalog {
    /// Builds a catalog: sorts the objects and re-numbers the edges.
    ///
    /// Errors name an identity that occurs twice.
    pub fn new(server_version: u32, objects: Vec<Object>, edges: Vec<Dependency>) -> Result<Catalog, DuplicateObject> {
        let mut order: Vec<u32> = (0..objects.len() as u32).collect();
        order.sort_by(|a, b| objects[*a as usize].id.cmp(&objects[*b as usize].id));
        let mut position = vec![0u32; objects.len()];
        for (new, old) in order.iter().enumerate() {
            position[*old as usize] = new as u32;
        }
        let mut slots: Vec<Option<Object>> = objects.into_iter().map(Some).collect();
        let objects: Vec<Object> =
            order.iter().map(|old| slots[*old as usize].take().expect("each position occurs once")).collect();
        if let Some(pair) = objects.windows(2).find(|pair| pair[0].id == pair[1].id) {
            return Err(DuplicateObject(pair[0].id.clone()));
        }
        let mut dependencies: Vec<Dependency> = edges
            .into_iter()
            .map(|e| Dependency { from: position[e.from as usize], to: position[e.to as usize], owned: e.owned })
            .collect();
        dependencies.sort_unstable();
        dependencies.dedup();
        Ok(Catalog { server_version, objects, dependencies, ..Catalog::default() })
    }

    pub fn objects(&self) -> &[Object] {
        &self.objects
    }

    pub fn dependencies(&self) -> &[Dependency] {
        &self.dependencies
    }

    pub fn get(&self, id: &ObjectId) -> Option<&Object> {
        self.position(id).map(|i| &self.objects[i])
    }

    pub fn position(&self, id: &ObjectId) -> Option<usize> {
        self.objects.binary_search_by(|object| object.id.cmp(id)).ok()
    }

    pub fn at(&self, position: u32) -> &Object {
        &self.objects[position as usize]
    }

    /// All objects of one kind.
    pub fn of_kind(&self, kind: ObjectKind) -> &[Object] {
        let start = self.objects.partition_point(|o| o.id.kind < kind);
        let end = self.objects.partition_point(|o| o.id.kind <= kind);
        &self.objects[start..end]
    }

    /// The objects of one kind that hang on one relation.
    pub fn children(&self, kind: ObjectKind, schema: &str, parent: &str) -> &[Object] {
        let objects = self.of_kind(kind);
        let start = objects.partition_point(|o| (&*o.id.schema, &*o.id.parent) < (schema, parent));
        let end = objects.partition_point(|o| (&*o.id.schema, &*o.id.parent) <= (schema, parent));
        &objects[start..end]
    }

    /// What the object at `from` directly depends on.
    pub fn dependencies_of(&self, from: u32) -> &[Dependency] {
        let start = self.dependencies.partition_point(|d| d.from < from);
        let end = self.dependencies.partition_point(|d| d.from <= from);
        &self.dependencies[start..end]
    }

    /// The same catalog with more objects, of which nothing says what they need.
    ///
    /// Errors name an identity that occurs twice.
    pub fn with(self, more: Vec<Object>) -> Result<Catalog, DuplicateObject> {
        let mut objects = self.objects;
        objects.extend(more);
        let sorted = Catalog::new(self.server_version, objects, self.dependencies)?;
        Ok(Catalog { roles: self.roles, coverage: self.coverage, rows: self.rows, ..sorted })
    }

    /// The same objects with other edges between them.
    pub fn with_dependencies(self, mut dependencies: Vec<Dependency>) -> Catalog {
        dependencies.sort_unstable();
        dependencies.dedup();
        Catalog { dependencies, ..self }
    }

    /// Changes every object in place; identities must stay as they are.
    pub fn map_objects(&mut self, mut change: impl FnMut(&mut Object)) {
        for object in &mut self.objects {
            change(object);
        }
    }

    /// Keeps the objects that `keep` accepts, and the edges between them.
    pub fn retain(self, mut keep: impl FnMut(&Object) -> bool) -> Catalog {
        let mut position = vec![None; self.objects.len()];
        let mut objects = Vec::new();
        for (old, object) in self.objects.into_iter().enumerate() {
            if keep(&object) {
                position[old] = Some(objects.len() as u32);
                objects.push(object);
            }
        }
        let dependencies = self
            .dependencies
            .into_iter()
            .filter_map(|d| {
                let (from, to) = (position[d.from as usize]?, position[d.to as usize]?);
                Some(Dependency { from, to, owned: d.owned })
            })
            .collect();
        Catalog { objects, dependencies, ..self }
    }

    /// False only where the roles are known and it is not among them.
    pub fn may_have_role(&self, name: &str) -> bool {
        self.roles.is_empty() || role::find(&self.roles, name).is_some()
    }

    /// The row count of a table, where rows were counted.
    pub fn rows_of(&self, schema: &str, table: &str) -> Option<u64> {
        self.rows.as_ref()?.get(&(Arc::from(schema), Arc::from(table))).copied()
    }
}

/// Two objects with one identity: a catalog cannot hold them.
#[derive(Debug)]
pub struct DuplicateObject(pub ObjectId);

impl std::fmt::Display for DuplicateObject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} occurs twice in one catalog", self.0)
    }
}

impl std::error::Error for DuplicateObject {}
