//! A catalog under other names. What has to change with a name (the text of a
//! view, of a policy, of a default) only a server knows, so one of our own is
//! asked: the catalog is rebuilt there, renamed, and what changed is taken over.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::sync::Arc;

use anyhow::Context;
use anyhow::Result;

use crate::files::SqlFile;
use crate::jobs::source;
use crate::jobs::source::ReadOptions;
use crate::kinds;
use crate::model::catalog::Catalog;
use crate::model::difference::Difference;
use crate::model::kind::ObjectKind;
use crate::model::object::Attributes;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::step::Step;
use crate::pg::introspect;
use crate::pg::introspect::Scope;
use crate::plan::stage::Group;
use crate::scratch::Choice;
use crate::scratch::Engine;
use crate::scratch::Needs;
use crate::scratch::Scratch;
use crate::scratch::compile;
use crate::scratch::compile::Platform;

/// What is there, under its old names, and what became of each that changed.
#[derive(Debug, Clone)]
pub struct Renamed {
    pub before: Catalog,
    /// By new identity the old one, and the other way round; only where they differ.
    old: BTreeMap<ObjectId, ObjectId>,
    new: BTreeMap<ObjectId, ObjectId>,
    /// Whatever is not as it was, by its old and by its new identity.
    pub changed: BTreeSet<ObjectId>,
}

impl Renamed {
    /// What something that is there is called afterwards.
    pub fn becomes<'a>(&'a self, id: &'a ObjectId) -> &'a ObjectId {
        self.new.get(id).unwrap_or(id)
    }

    /// What something was called before.
    pub fn was<'a>(&'a self, id: &'a ObjectId) -> &'a ObjectId {
        self.old.get(id).unwrap_or(id)
    }
}

/// The catalog as it is once `renames` have run, and what it was.
///
/// # Errors
/// A scratch Postgres cannot hold the catalog, or refuses to rename something in it.
pub async fn renamed(actual: Catalog, renames: &Group<Step>, options: &ReadOptions) -> Result<(Catalog, Renamed)> {
    let files = [SqlFile { name: "rebuilt schema".to_owned(), text: source::script(&actual) }];
    let mut choice = Choice::new(options.engine.as_ref(), &files)?;
    let sides = loop {
        match both_sides(&choice.engine, &files, renames, options).await {
            Ok(sides) => break sides,
            Err(error) => choice.next(error)?,
        }
    };
    let (mut old, mut new_ids, mut changed) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
    let mut objects = Vec::new();
    for object in actual.objects() {
        let new = sides.apply(object);
        if new.id != object.id {
            old.insert(new.id.clone(), object.id.clone());
            new_ids.insert(object.id.clone(), new.id.clone());
        }
        if new != *object {
            changed.extend([object.id.clone(), new.id.clone()]);
        }
        objects.push(new);
    }
    let mut catalog = Catalog::new(actual.server_version, objects, actual.dependencies().to_vec())?;
    catalog.rows =
        actual.rows.as_ref().map(|rows| rows.iter().map(|(table, count)| (sides.relation(table), *count)).collect());
    (catalog.roles, catalog.coverage, catalog.live) = (actual.roles.clone(), actual.coverage.clone(), actual.live);
    Ok((catalog, Renamed { before: actual, old, new: new_ids, changed }))
}

/// What of a difference is among those that are left once names are changed.
pub fn still_there(difference: Difference, left: &[Difference], renamed: &Renamed) -> Option<Difference> {
    let includes = |id: &ObjectId| {
        left.iter().any(|other| match other {
            Difference::Missing { expected, includes } => expected.id == *id || includes.contains(id),
            Difference::Unexpected { actual, includes } => actual.id == *id || includes.contains(id),
            Difference::Renamed { expected, actual, includes, .. } => {
                expected.id == *id || actual.id == *id || includes.contains(id)
            }
            Difference::Changed { expected, .. } => expected.id == *id,
        })
    };
    match difference {
        Difference::Renamed { declared: Some(_), .. } => Some(difference),
        Difference::Missing { ref expected, .. } | Difference::Renamed { ref expected, declared: None, .. } => {
            includes(&expected.id).then_some(difference)
        }
        Difference::Unexpected { ref actual, .. } => includes(renamed.becomes(&actual.id)).then_some(difference),
        Difference::Changed { expected, actual, mut changes } => {
            let same = |other: &&Difference| matches!(other, Difference::Changed { .. }) && *other.id() == expected.id;
            let other = left.iter().find(same);
            changes.retain(|change| match other {
                Some(Difference::Changed { changes, .. }) => {
                    changes.iter().any(|left| left.attribute.name == change.attribute.name)
                }
                Some(_) | None => false,
            });
            (!changes.is_empty()).then_some(Difference::Changed { expected, actual, changes })
        }
    }
}

/// What a scratch Postgres says before and after.
struct Sides {
    before: Catalog,
    after: Catalog,
    /// The new identity of each object that has another one.
    new: BTreeMap<ObjectId, ObjectId>,
}

async fn both_sides(engine: &Engine, files: &[SqlFile], renames: &Group<Step>, options: &ReadOptions) -> Result<Sides> {
    let scratch = Scratch::start(engine, &Needs::of(files)).await?;
    let run = async {
        let platform = options.platform.unwrap_or(Platform::None);
        compile::load(&scratch, files, platform).await.context("the database cannot be rebuilt to rename in it")?;
        let scope = Scope::default();
        let (before, addresses) = introspect::introspect_with_addresses(scratch.client(), &scope).await?;
        for step in &renames.steps {
            let statement = std::slice::from_ref(&step.sql);
            compile::try_batch(&scratch, statement)
                .await
                .with_context(|| format!("cannot be renamed: {}", step.sql))?;
        }
        let (after, ids) = introspect::introspect_with_addresses(scratch.client(), &scope).await?;
        let by_address: HashMap<_, _> = ids.into_iter().map(|(id, address)| (address, id)).collect();
        let pair = |(id, address): (ObjectId, _)| by_address.get(&address).map(|new| (id, new.clone()));
        let new = addresses.into_iter().filter_map(pair).filter(|(id, new)| id != new).collect();
        anyhow::Ok(Sides { before, after, new })
    };
    let outcome = run.await;
    scratch.stop().await;
    outcome
}

impl Sides {
    /// An object as it is afterwards: what the renaming did not change in it stays as it was read.
    fn apply(&self, object: &Object) -> Object {
        let id = self.identity(object);
        let (Some(was), Some(is)) = (self.before.get(&object.id), self.after.get(&id)) else {
            return Object { id, ..object.clone() };
        };
        let mut values = Vec::new();
        for attribute in kinds::of(id.kind).attributes {
            let of = |object: &Object| object.attributes.get(attribute.name).cloned();
            let value = if of(was) == of(is) { of(object) } else { of(is) };
            values.extend(value.map(|value| (attribute, value)));
        }
        Object { id, attributes: Attributes::new(values), declared_at: object.declared_at.clone() }
    }

    fn identity(&self, object: &Object) -> ObjectId {
        let id = &object.id;
        if let Some(new) = self.new.get(id) {
            return new.clone();
        }
        // What is no catalog row by itself (a grant) goes by what it is about.
        let (schema, parent) = self.relation(&(id.schema.clone(), id.parent.clone()));
        let name = match object.text("column_name") {
            Some(column) => {
                let id = ObjectId::new(ObjectKind::Column, &id.schema, &id.parent, column);
                let new = self.new.get(&id).map_or(column, |new| &new.name);
                object.id.name.replace(&format!("({column})"), &format!("({new})")).into()
            }
            None => id.name.clone(),
        };
        ObjectId { kind: id.kind, schema, parent, name }
    }

    /// A schema and what is in it by name, or nothing in it, as they are called afterwards.
    fn relation(&self, (schema, name): &(Arc<str>, Arc<str>)) -> (Arc<str>, Arc<str>) {
        let schema_now = self.new.get(&ObjectId::new(ObjectKind::Schema, "", "", schema));
        let schema_now = schema_now.map_or_else(|| schema.clone(), |new| new.name.clone());
        let is_it = |id: &ObjectId| id.parent.is_empty() && id.schema == *schema && id.name == *name;
        let new = self.new.iter().find(|(id, _)| !name.is_empty() && is_it(id)).map(|(_, new)| new.name.clone());
        (schema_now, new.unwrap_or_else(|| name.clone()))
    }
}
