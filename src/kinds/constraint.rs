//! What the kinds of constraints share: a guard, so that adding one twice is
//! harmless, and how one is added to a table that exists. No kind of its own.

use super::Change;
use super::Context;
use super::Repair;
use super::alter_common;
use super::quoted;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::step::Additive;
use crate::model::step::Hazard;
use crate::model::step::Lock;
use crate::model::step::Phase;

/// `CONSTRAINT name definition`, as `CREATE TABLE` and `ADD` take it.
pub fn clause(object: &Object) -> String {
    format!("CONSTRAINT {} {}", quote(&object.id.name), object.text("definition").unwrap_or_default())
}

/// `CONSTRAINT name ON table`, as `COMMENT` takes it.
pub fn target(object: &Object) -> String {
    format!("CONSTRAINT {} ON {}", quote(&object.id.name), object.id.relation())
}

/// A query that finds the constraint.
pub fn guard(object: &Object) -> String {
    format!(
        "SELECT FROM pg_catalog.pg_constraint WHERE conrelid = {}::pg_catalog.regclass AND conname = {}",
        literal(&object.id.relation()),
        literal(&object.id.name)
    )
}

pub fn drop(object: &Object) -> String {
    format!("ALTER TABLE {} DROP CONSTRAINT IF EXISTS {};", object.id.relation(), quote(&object.id.name))
}

/// True where the table exists and is partitioned: the server then refuses
/// what is not done in one go.
pub fn partitioned(object: &Object, ctx: &Context) -> bool {
    ctx.actual
        .of_kind(ObjectKind::Table)
        .iter()
        .any(|t| t.id.schema == object.id.schema && t.id.name == object.id.parent && t.text("partition_key").is_some())
}

/// A constraint's index has the constraint's name. Where another index of the
/// table has it already, there is no room.
pub fn no_room(object: &Object, ctx: &Context) -> Option<Repair> {
    let mut indexes = ctx.actual.children(ObjectKind::Index, &object.id.schema, &object.id.parent).iter();
    let index = indexes.find(|index| index.id.name == object.id.name)?;
    let reason = format!("{} has the name that the constraint's own index needs: rename or drop it first", index.id);
    Some(Repair::left("", reason))
}

/// A primary key or unique constraint on a table that exists: the index is
/// built while reads and writes go on, then becomes the constraint.
pub fn create_on_index(object: &Object, ctx: &Context, word: &str) -> Repair {
    let relation = object.id.relation();
    let definition = object.text("definition").unwrap_or_default();
    if ctx.is_new(&object.id.schema, &object.id.parent) {
        return Repair::default().described(&target(object), object);
    }
    if let Some(left) = no_room(object, ctx) {
        return left;
    }
    if partitioned(object, ctx) || definition.contains(" WITHOUT OVERLAPS") {
        let step = Additive::add(Phase::Index, &relation, &clause(object))
            .unless(&guard(object))
            .lock(Lock::AccessExclusive, &relation)
            .hazard(Hazard::IndexBuild)
            .undo(drop(object));
        return Repair::step(step).described(&target(object), object);
    }
    let name = quote(&object.id.name);
    let include = match object.list("include") {
        [] => String::new(),
        columns => format!(" INCLUDE ({})", quoted(columns)),
    };
    let nulls = if definition.starts_with("UNIQUE NULLS NOT DISTINCT") { " NULLS NOT DISTINCT" } else { "" };
    let index = Additive::create_index_concurrently(
        true,
        &format!("{name} ON {relation} ({}){include}{nulls}", quoted(object.list("columns"))),
    )
    .lock(Lock::ShareUpdateExclusive, &relation)
    .undo(format!("DROP INDEX IF EXISTS {}.{name};", quote(&object.id.schema)));
    let deferrable = match definition {
        d if d.ends_with(" DEFERRABLE INITIALLY DEFERRED") => " DEFERRABLE INITIALLY DEFERRED",
        d if d.ends_with(" DEFERRABLE") => " DEFERRABLE",
        _ => "",
    };
    let add =
        Additive::add(Phase::Index, &relation, &format!("CONSTRAINT {name} {word} USING INDEX {name}{deferrable}"))
            .unless(&guard(object))
            .lock(Lock::AccessExclusive, &relation)
            .undo(drop(object));
    Repair::steps(vec![index, add]).described(&target(object), object)
}

/// Changes that all constraints treat alike.
pub fn alter(change: &Change, harm: &str) -> Repair {
    let name = target(change.expected);
    match (change.attribute, alter_common(change, &name)) {
        (_, Some(repair)) => repair,
        (attribute, None) => Repair::left(
            attribute,
            format!("{harm}; drop {} and add it again as declared", quote(&change.expected.id.name)),
        ),
    }
}

/// Validation, which reads every row but blocks neither reads nor writes.
pub fn validate(object: &Object, phase: Phase) -> Additive {
    let relation = object.id.relation();
    Additive::validate(&relation, &object.id.name).phase(phase).lock(Lock::ShareUpdateExclusive, &relation)
}
