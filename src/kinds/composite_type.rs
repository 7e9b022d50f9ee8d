//! Composite types of their own, not the row types of relations. Attributes are
//! changed in place; only another order of them needs the type made anew.

use std::sync::Arc;

use super::Change;
use super::Context;
use super::Harm;
use super::Kind;
use super::PLAIN;
use super::Repair;
use super::Rework;
use super::Severities;
use super::alter_common;
use super::column;
use crate::model::catalog::Catalog;
use crate::model::finding::Severity;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::ident::split_qualified;
use crate::model::kind::ObjectKind;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::step::Additive;
use crate::model::step::Hazard;
use crate::model::step::Lock;
use crate::model::step::Phase;
use crate::model::step::Step;

pub static KIND: Kind = Kind {
    catalog: "pg_type",
    relation: false,
    inline: false,
    standard: None,
    attributes: &[
        Attribute::exact("attributes"),
        Attribute::exact("attribute_comments").severity(Severity::Note),
        Attribute::declared("owner"),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Warning },
    harm: Harm {
        missing: "columns of this type cannot exist",
        unexpected: "nobody declared it",
        changed: "its values have other parts than declared",
    },
    create,
    alter,
    drop: |object| format!("DROP TYPE IF EXISTS {};", object.id.qualified()),
    target,
    rename: Some(|object, name| format!("ALTER TYPE {} RENAME TO {};", object.id.qualified(), quote(name))),
    rework,
    ..PLAIN
};

fn target(object: &Object) -> String {
    format!("TYPE {}", object.id.qualified())
}

fn create(object: &Object, ctx: &Context) -> Repair {
    let name = object.id.qualified();
    let lines = object.list("attributes").join(",\n  ");
    let body = if lines.is_empty() { "()".to_owned() } else { format!("(\n  {lines}\n)") };
    let step = Additive::create(ctx.early_phase(&object.id), &format!("TYPE {name} AS {body}"))
        .unless(&super::domain::type_guard(&name))
        .undo((KIND.drop)(object));
    let target = target(object);
    let mut repair = Repair::step(step).born_closed(object, ctx, "types", &target).described(&target, object);
    repair.steps.extend(comments(object, object.list("attribute_comments")));
    repair
}

fn comments(object: &Object, texts: &[Arc<str>]) -> Vec<Additive> {
    let name = object.id.qualified();
    texts.iter().map(|text| Additive::comment(&format!("COLUMN {name}.{text}"))).collect()
}

/// An attribute as the query writes it: its name, quoted, and its type.
fn parts(attribute: &str) -> (&str, &str) {
    let mut quoted = false;
    let end = attribute.char_indices().find(|(_, c)| {
        quoted ^= *c == '"';
        *c == ' ' && !quoted
    });
    end.map_or((attribute, ""), |(end, _)| (&attribute[..end], &attribute[end + 1..]))
}

fn alter(change: Change, ctx: &Context) -> Repair {
    let (expected, actual) = (change.expected, change.actual);
    if let Some(repair) = alter_common(&change, &target(expected)) {
        return repair;
    }
    if change.attribute == "attribute_comments" {
        let texts = |object: &Object| object.list("attribute_comments").to_vec();
        let (new, old) = (texts(expected), texts(actual));
        let named = |text: &Arc<str>| new.iter().any(|other| parts(other).0 == parts(text).0);
        if !old.iter().all(named) {
            return Repair::left("attribute_comments", "removing a comment loses its text");
        }
        let changed: Vec<Arc<str>> = new.iter().filter(|text| !old.contains(text)).cloned().collect();
        return Repair::steps(comments(expected, &changed));
    }
    match added(expected, actual) {
        Some(new) => Repair::steps(new.iter().map(|attribute| add(expected, attribute, ctx)).collect()),
        None => Repair::left("attributes", "values that exist would lose a part, or hold another than now"),
    }
}

/// The attributes that come behind those that are there; `None` where something else changes.
fn added<'a>(expected: &'a Object, actual: &Object) -> Option<&'a [Arc<str>]> {
    expected.list("attributes").strip_prefix(actual.list("attributes"))
}

/// The tables that are of the type, and stay so: its attributes are their columns.
fn tables<'a>(id: &ObjectId, ctx: &Context<'a>) -> Vec<&'a Object> {
    let name = id.qualified();
    let stays = |table: &&Object| {
        let wanted = ctx.expected.get(&table.id).and_then(|wanted| wanted.text("of_type"));
        table.text("of_type") == Some(&*name) && wanted == Some(&*name)
    };
    ctx.actual.of_kind(ObjectKind::Table).iter().filter(stays).collect()
}

/// Why a type keeps the attributes that it has while tables are of it. What would reach
/// them (`CASCADE`) would also drop whatever depends on a column.
fn held(id: &ObjectId, tables: &[&Object]) -> String {
    let names = tables.iter().map(|table| table.id.qualified()).collect::<Vec<_>>().join(", ");
    format!(
        "the attributes of {} are the columns of {names}: take each table from the type with ALTER TABLE … NOT OF, change \
         both alike, and put it back with ALTER TABLE … OF",
        id.qualified()
    )
}

/// What keeps the columns of tables from being changed apart from their type, by object: the
/// types whose attributes change in another way than by more of them, and those columns.
pub fn held_in_tables(ctx: &Context) -> Vec<(ObjectId, String)> {
    let mut all = Vec::new();
    for actual in ctx.actual.of_kind(ObjectKind::CompositeType) {
        let Some(expected) = ctx.expected.get(&actual.id) else { continue };
        let tables = tables(&actual.id, ctx);
        if tables.is_empty() || added(expected, actual).is_some() {
            continue;
        }
        let reason = held(&actual.id, &tables);
        let columns = |table: &&Object| ctx.actual.children(ObjectKind::Column, &table.id.schema, &table.id.name);
        let columns = tables.iter().flat_map(columns).map(|column| column.id.clone());
        all.extend(columns.chain([actual.id.clone()]).map(|id| (id, reason.clone())));
    }
    all
}

/// True where a column of a table that is there comes with the next attribute of its type;
/// the reason where that stays as it is. `None`: the column is the table's own.
pub fn hands_down(column: &Object, ctx: &Context) -> Option<Result<(), String>> {
    let table = ctx.actual.get(&ObjectId::new(ObjectKind::Table, &column.id.schema, "", &column.id.parent))?;
    let (schema, name) = split_qualified(table.text("of_type")?)?;
    let id = ObjectId::new(ObjectKind::CompositeType, &schema, "", &name);
    let tables = tables(&id, ctx);
    if !tables.iter().any(|other| other.id == table.id) {
        return None;
    }
    let (expected, actual) = (ctx.expected.get(&id)?, ctx.actual.get(&id)?);
    Some(added(expected, actual).map(|_| ()).ok_or_else(|| held(&id, &tables)))
}

/// One more attribute at the end: values that exist have none, which is NULL. Tables of
/// the type get the column.
fn add(object: &Object, attribute: &str, ctx: &Context) -> Additive {
    let name = object.id.qualified();
    let (attribute_name, _) = parts(attribute);
    let there = format!(
        "SELECT FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_type AS t ON t.typrelid = a.attrelid \
         WHERE t.oid = pg_catalog.to_regtype({}) AND pg_catalog.quote_ident(a.attname) = {} AND NOT a.attisdropped",
        literal(&name),
        literal(attribute_name)
    );
    match tables(&object.id, ctx).first() {
        Some(table) => Additive::add_attribute(&name, &format!("{attribute} CASCADE"))
            .unless(&there)
            .lock(Lock::AccessExclusive, &table.id.qualified()),
        None => Additive::add_attribute(&name, attribute).unless(&there),
    }
}

/// Values of one composite type as those of another, part by part under the same name, and whether
/// they lose one; `None` where either type is none, or no name is the same.
pub fn converted(cell: &str, from: &Object, to: &Object, ctx: &Context) -> Option<(String, bool)> {
    let of_type = |column: &Object, catalog: &Catalog| {
        let (schema, name) = split_qualified(column.text("type")?)?;
        catalog.get(&ObjectId::new(ObjectKind::CompositeType, &schema, "", &name)).cloned()
    };
    let (old, new) = (of_type(from, ctx.actual)?, of_type(to, ctx.expected)?);
    if old.id == new.id {
        return None;
    }
    let (there, wanted) = (old.list("attributes"), new.list("attributes"));
    let named = |list: &[Arc<str>], name: &str| list.iter().any(|other| parts(other).0 == name);
    if !wanted.iter().any(|part| named(there, parts(part).0)) {
        return None;
    }
    let cells = wanted.iter().map(|part| {
        let (name, of_type) = parts(part);
        match there.contains(part) {
            true => format!("({cell}).{name}"),
            false if named(there, name) => format!("({cell}).{name}::pg_catalog.text::{of_type}"),
            false => "NULL".to_owned(),
        }
    });
    let row = format!("ROW({})::{}", cells.collect::<Vec<_>>().join(", "), new.id.qualified());
    let loses = there.iter().any(|part| !named(wanted, parts(part).0));
    // IS NULL is also true of one whose parts are all NULL.
    Some((format!("CASE WHEN pg_catalog.num_nulls({cell}) = 0 THEN {row} END"), loses))
}

/// How it gets the parts that are declared. Another type, whose own change is another matter, needs nothing.
pub fn parts_changed(actual: &Object, expected: &Object, ctx: &Context) -> Rework {
    if expected.list("attributes") == actual.list("attributes") {
        return Rework::InPlace(Vec::new());
    }
    let change = || Change { expected, actual, attribute: "attributes" };
    let repair = alter(change(), ctx);
    match repair.left.is_empty() {
        true => Rework::InPlace(repair.steps.into_iter().map(Additive::into_step).collect()),
        false => rework(change(), ctx),
    }
}

fn rework(change: Change, ctx: &Context) -> Rework {
    let (expected, actual) = (change.expected, change.actual);
    let name = expected.id.qualified();
    if change.attribute == "attribute_comments" {
        let gone = |text: &&Arc<str>| !expected.list("attribute_comments").iter().any(|e| parts(e).0 == parts(text).0);
        let still = |text: &&Arc<str>| expected.list("attributes").iter().any(|e| parts(e).0 == parts(text).0);
        let texts = actual.list("attribute_comments").iter().filter(gone).filter(still);
        let mut steps: Vec<Step> = texts
            .map(|text| Step::new(format!("COMMENT ON COLUMN {name}.{} IS NULL;", parts(text).0), Phase::Describe))
            .collect();
        steps.extend(comments(expected, expected.list("attribute_comments")).into_iter().map(Additive::into_step));
        return Rework::InPlace(steps);
    }
    let (new, old) = (expected.list("attributes"), actual.list("attributes"));
    let find = |list: &[Arc<str>], name: &str| list.iter().position(|other| parts(other).0 == name);
    let kept: Vec<&Arc<str>> = old.iter().filter(|a| find(new, parts(a).0).is_some()).collect();
    let in_order = kept.iter().enumerate().all(|(i, a)| find(new, parts(a).0) == Some(i));
    let retyped = kept.iter().any(|a| !new.contains(a));
    let used = super::carry::is_used(&actual.id, ctx);
    if !in_order && used {
        return Rework::Impossible(
            "columns hold values of it, whose parts have no other order while it is made anew: turn each column to jsonb first"
                .to_owned(),
        );
    }
    if !in_order {
        return Rework::replace();
    }
    let mut steps = Vec::new();
    for attribute in old.iter().filter(|a| find(new, parts(a).0).is_none()) {
        let sql = format!("ALTER TYPE {name} DROP ATTRIBUTE IF EXISTS {};", parts(attribute).0);
        let step = Step::new(sql, Phase::Prepare);
        steps.push(if used { step.hazard(Hazard::DataLoss) } else { step });
    }
    for attribute in new {
        let (attribute_name, of_type) = parts(attribute);
        match find(old, attribute_name) {
            Some(at) if old[at] == *attribute => {}
            // The values get it on their way back from text.
            Some(_) if used => {}
            Some(_) => {
                let sql = format!("ALTER TYPE {name} ALTER ATTRIBUTE {attribute_name} SET DATA TYPE {of_type};");
                steps.push(Step::new(sql, Phase::Prepare));
            }
            None => steps.push(add(expected, attribute, ctx).into_step()),
        }
    }
    if !(retyped && used) {
        return Rework::InPlace(steps);
    }
    match super::carry::set_aside(&actual.id, ctx) {
        // Text has no room for parts that come or go, so they do while there are values.
        Rework::Replace(mut around) => {
            around.before.splice(0..0, steps);
            let rounds = kept.iter().filter_map(|old| Some((old, new.get(find(new, parts(old).0)?)?)));
            if rounds.into_iter().any(|(old, new)| column::rework::rounds(parts(new).1, parts(old).1)) {
                for spare in &mut around.spares {
                    let after = std::mem::take(&mut spare.after).into_iter();
                    spare.after = after.map(|step| step.hazard(Hazard::DataLoss)).collect();
                }
            }
            Rework::Replace(around)
        }
        other => other,
    }
}
