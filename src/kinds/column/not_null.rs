//! NOT NULL of columns. From version 18 on it is a constraint, with a name,
//! that may hold for new rows only or be withheld from children.
//!
//! A name is drift only where the expected side chose it: servers before 18
//! have none, and what another one makes up (`<table>_<column>_not_null`, which
//! stays when the table or the column gets another name) nobody declared.

use super::super::Context;
use crate::model::catalog::Catalog;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::step::Additive;
use crate::model::step::Hazard;
use crate::model::step::Lock;
use crate::model::step::Phase;

/// The first version where NOT NULL is a constraint.
const CONSTRAINTS: u32 = 180_000;

/// What a table's constraint may be beside NOT NULL: names are shared.
const OTHERS: [ObjectKind; 5] =
    [ObjectKind::PrimaryKey, ObjectKind::Unique, ObjectKind::ForeignKey, ObjectKind::Check, ObjectKind::Exclusion];

/// Bytes of the longest name that a server keeps whole.
const LONGEST: usize = 63;

/// The name that a server of today gives, or gave.
pub fn constraint(object: &Object) -> String {
    let own = object.text("not_null_not_valid").or_else(|| object.text("not_null_constraint"));
    own.map_or_else(|| format!("{}_{}_not_null", object.id.parent, object.id.name), str::to_owned)
}

/// True where it is a constraint of its own.
pub fn is_constraint(ctx: &Context) -> bool {
    ctx.actual.server_version >= CONSTRAINTS
}

/// True where `SET NOT NULL` does not say it: old rows may lack a value, or children may.
fn is_special(object: &Object, ctx: &Context) -> bool {
    let special = object.flag("not_null_no_inherit") || object.text("not_null_not_valid").is_some();
    special && ctx.actual.server_version >= CONSTRAINTS
}

/// ` NOT NULL` as a column's definition has it; nothing where it comes later. `parents` is the name of the
/// constraint of a parent's column, which a child's has too unless it has one of its own.
pub fn clause(object: &Object, parents: Option<&str>, ctx: &Context) -> String {
    if !object.flag("not_null") || waits(object, ctx) {
        return String::new();
    }
    let parents = parents.filter(|_| ctx.actual.server_version >= CONSTRAINTS);
    // Servers before 18 take a name, and forget it.
    let name = object.text("not_null_constraint").or(parents).map(|name| format!(" CONSTRAINT {}", quote(name)));
    format!("{} NOT NULL{}", name.unwrap_or_default(), if is_special(object, ctx) { " NO INHERIT" } else { "" })
}

/// True where only a statement after the column can say it.
fn waits(object: &Object, ctx: &Context) -> bool {
    object.text("not_null_not_valid").is_some() && ctx.actual.server_version >= CONSTRAINTS
}

/// What the definition of a new column leaves out.
pub fn afterwards(object: &Object, ctx: &Context) -> Vec<Additive> {
    let mut steps = if object.flag("not_null") && waits(object, ctx) { special(object) } else { Vec::new() };
    steps.extend(comment(object, object, ctx));
    steps
}

/// NOT NULL on a column of rows that all have a value: where the table is in use,
/// as a constraint that is validated apart, or behind a validated check where
/// NOT NULL is none.
pub fn set(object: &Object, ctx: &Context) -> Vec<Additive> {
    let (relation, name) = (object.id.relation(), &*object.id.name);
    if is_special(object, ctx) {
        return special(object);
    }
    let mut steps = match native(object, ctx) {
        _ if ctx.offline => vec![Additive::set_not_null_on_empty(&relation, name).hazard(Hazard::FullScan)],
        Some(constraint) => return Additive::add_not_null(&relation, name, &constraint),
        None => Additive::set_not_null(&relation, name),
    };
    steps.extend(named(object));
    steps
}

/// NOT NULL of children that are to keep it: they lose what they have from a parent that lets go of it.
pub fn kept_by_children(parent: &Object, ctx: &Context) -> Vec<Additive> {
    let is_kept = |column: &&Object| {
        let there = ctx.actual.get(&column.id).is_some_and(|column| column.flag("not_null"));
        column.id.name == parent.id.name && column.flag("not_null") && there && descends(column, &parent.id, ctx)
    };
    ctx.expected.of_kind(ObjectKind::Column).iter().filter(is_kept).flat_map(|column| set(column, ctx)).collect()
}

/// True where a row may be in its way: one of the table, or of a child that has it from there.
pub fn may_meet_rows(object: &Object, ctx: &Context) -> bool {
    let holds = |column: &Object| ctx.may_hold_rows(&column.id.schema, &column.id.parent);
    let is_below = |column: &&Object| column.id.name == object.id.name && descends(column, &object.id, ctx);
    holds(object) || ctx.expected.of_kind(ObjectKind::Column).iter().filter(is_below).any(holds)
}

/// True where the column is that of a child, or of a child's child.
fn descends(column: &Object, parent: &ObjectId, ctx: &Context) -> bool {
    super::of_parents(column, ctx).into_iter().any(|theirs| theirs.id == *parent || descends(theirs, parent, ctx))
}

/// The name to add it by where it is a constraint: the chosen one, or the one that the server would make up.
/// `None` where only the server can make one up, since that one is too long or another constraint has it.
fn native(object: &Object, ctx: &Context) -> Option<String> {
    if ctx.actual.server_version < CONSTRAINTS {
        return None;
    }
    if let Some(chosen) = object.text("not_null_name") {
        return Some(chosen.to_owned());
    }
    let name = format!("{}_{}_not_null", object.id.parent, object.id.name);
    let is_taken = |catalog: &Catalog| {
        let has = |kind: &ObjectKind| {
            catalog.get(&ObjectId::new(*kind, &object.id.schema, &object.id.parent, &name)).is_some()
        };
        let columns = catalog.children(ObjectKind::Column, &object.id.schema, &object.id.parent);
        let mut others = columns.iter().filter(|column| column.id != object.id);
        OTHERS.iter().any(has) || others.any(|column| constraint(column) == name)
    };
    (name.len() <= LONGEST && !is_taken(ctx.actual) && !is_taken(ctx.expected)).then_some(name)
}

/// The same at once, on a table without rows.
pub fn set_on_empty(object: &Object, ctx: &Context) -> Vec<Additive> {
    if is_special(object, ctx) {
        return special(object);
    }
    let set = Additive::set_not_null_on_empty(&object.id.relation(), &object.id.name);
    [set].into_iter().chain(named(object)).collect()
}

/// The chosen name in place of the one that `SET NOT NULL` gives.
fn named(object: &Object) -> Option<Additive> {
    let name = object.text("not_null_name")?;
    let given = format!("{}_{}_not_null", object.id.parent, object.id.name);
    Some(renamed(object, &given, name))
}

/// Another name for the constraint. Where nothing has the old one, as on servers
/// before 18, there is nothing to do.
pub fn renamed(object: &Object, from: &str, to: &str) -> Additive {
    let relation = object.id.relation();
    let gone = format!("SELECT WHERE NOT EXISTS ({})", there(&relation, from));
    let step = Additive::rename_constraint(&relation, from, to).unless(&gone);
    step.lock(Lock::AccessExclusive, &relation)
}

fn there(relation: &str, constraint: &str) -> String {
    format!(
        "SELECT FROM pg_catalog.pg_constraint WHERE conrelid = {}::pg_catalog.regclass AND conname = {}",
        literal(relation),
        literal(constraint)
    )
}

/// The constraint in full: first for new rows, then for all unless that is not declared.
fn special(object: &Object) -> Vec<Additive> {
    let (relation, name) = (object.id.relation(), constraint(object));
    let no_inherit = if object.flag("not_null_no_inherit") { " NO INHERIT" } else { "" };
    let (quoted, column) = (quote(&name), quote(&object.id.name));
    let rest = format!("CONSTRAINT {quoted} NOT NULL {column}{no_inherit} NOT VALID");
    let add = Additive::add(Phase::Validate, &relation, &rest).unless(&there(&relation, &name));
    let mut steps = vec![add.lock(Lock::AccessExclusive, &relation)];
    if object.text("not_null_not_valid").is_none() {
        steps.push(validate(&relation, &name));
    }
    steps
}

/// Reads every row and blocks neither reads nor writes. Where nothing waits for its
/// validation, as on servers before 18, there is nothing to do.
pub fn validate(relation: &str, constraint: &str) -> Additive {
    let done = format!("SELECT WHERE NOT EXISTS ({} AND NOT convalidated)", there(relation, constraint));
    Additive::validate(relation, constraint).unless(&done).lock(Lock::ShareUpdateExclusive, relation)
}

/// What the declaration says of the constraint that `there` has, where the server has one.
pub fn comment(there: &Object, expected: &Object, ctx: &Context) -> Option<Additive> {
    let text = expected.text("not_null_comment").filter(|_| ctx.actual.server_version >= CONSTRAINTS)?;
    Some(Additive::comment(&format!("{} IS {}", target(there), literal(text))))
}

/// How `COMMENT ON` names it.
pub fn target(object: &Object) -> String {
    format!("CONSTRAINT {} ON {}", quote(&constraint(object)), object.id.relation())
}
