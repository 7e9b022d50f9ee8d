//! Publications: which rows leave the database by logical replication.

use std::sync::Arc;

use super::Around;
use super::Change;
use super::Context;
use super::Harm;
use super::Held;
use super::Kind;
use super::PLAIN;
use super::Repair;
use super::Rework;
use super::Severities;
use super::alter_common;
use crate::model::finding::Severity;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::ident::split_qualified;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::step::Additive;
use crate::model::step::Lock;
use crate::model::step::Phase;
use crate::model::step::Step;

pub static KIND: Kind = Kind {
    catalog: "pg_publication",
    relation: false,
    inline: false,
    standard: None,
    attributes: &[
        Attribute::exact("all_tables"),
        Attribute::exact("tables"),
        Attribute::printed("filters"),
        Attribute::exact("schemas"),
        Attribute::exact("publish"),
        Attribute::exact("via_partition_root"),
        Attribute::exact("generated_columns"),
        Attribute::declared("owner"),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Warning },
    harm: Harm {
        missing: "nobody can subscribe to it",
        unexpected: "rows leave the database in a way that nobody declared",
        changed: "other rows or columns leave the database than declared",
    },
    create,
    alter,
    drop: |object| format!("DROP PUBLICATION IF EXISTS {};", quote(&object.id.name)),
    target,
    rework,
    release,
    rename: Some(|object, name| format!("ALTER {} RENAME TO {};", target(object), quote(name))),
    ..PLAIN
};

fn target(object: &Object) -> String {
    format!("PUBLICATION {}", quote(&object.id.name))
}

/// The table of an entry, which columns may follow.
fn table(entry: &str) -> &str {
    let mut quoted = false;
    let end = entry.find(|c| {
        quoted ^= c == '"';
        c == ' ' && !quoted
    });
    &entry[..end.unwrap_or(entry.len())]
}

/// An entry of `tables` with its filter; what inherits from it has an entry of its own.
fn member(object: &Object, entry: &str) -> String {
    let filter = object.list("filters").iter().find_map(|f| f.strip_prefix(table(entry))?.strip_prefix(" WHERE "));
    format!("ONLY {entry}{}", filter.map(|f| format!(" WHERE {f}")).unwrap_or_default())
}

/// All that is published, as every version takes it: the word TABLE stands once.
fn members(object: &Object) -> Option<String> {
    let tables: Vec<String> = object.list("tables").iter().map(|entry| member(object, entry)).collect();
    listed(tables, object.list("schemas"))
}

fn listed(tables: Vec<String>, schemas: &[Arc<str>]) -> Option<String> {
    let tables = (!tables.is_empty()).then(|| format!("TABLE {}", tables.join(", ")));
    let schemas = schemas.iter().map(|schema| format!("TABLES IN SCHEMA {}", quote(schema)));
    let parts: Vec<String> = tables.into_iter().chain(schemas).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Every command is published unless it says otherwise.
const COMMANDS: usize = 4;

fn create(object: &Object, _: &Context) -> Repair {
    let members = if object.flag("all_tables") { Some("ALL TABLES".to_owned()) } else { members(object) };
    let of = members.map(|members| format!(" FOR {members}")).unwrap_or_default();
    let mut options = Vec::new();
    if object.list("publish").len() < COMMANDS {
        options.push(publish(object));
    }
    if object.flag("via_partition_root") {
        options.push("publish_via_partition_root = true".to_owned());
    }
    if object.flag("generated_columns") {
        options.push("publish_generated_columns = stored".to_owned());
    }
    let with = if options.is_empty() { String::new() } else { format!(" WITH ({})", options.join(", ")) };
    let rest = format!("{}{of}{with}", target(object));
    let guard = format!("SELECT FROM pg_catalog.pg_publication WHERE pubname = {}", literal(&object.id.name));
    let step = Additive::create_publication(&rest).unless(&guard).undo((KIND.drop)(object));
    Repair::step(step).described(&target(object), object)
}

fn publish(object: &Object) -> String {
    let commands: Vec<&str> = object.list("publish").iter().map(|command| &**command).collect();
    format!("publish = {}", literal(&commands.join(", ")))
}

fn alter(change: Change, _: &Context) -> Repair {
    let (expected, actual) = (change.expected, change.actual);
    if let Some(repair) = alter_common(&change, &target(expected)) {
        return repair;
    }
    match change.attribute {
        "tables" => add_tables(expected, actual),
        "filters" => {
            Repair::left("filters", "subscribers would get other rows; run ALTER PUBLICATION … SET TABLE as declared")
        }
        attribute => Repair::left(attribute, "subscribers would get other changes; run ALTER PUBLICATION as declared"),
    }
}

/// Adds what is not published at all; takes nothing out and narrows nothing.
fn add_tables(expected: &Object, actual: &Object) -> Repair {
    let there: Vec<&str> = actual.list("tables").iter().map(|entry| table(entry)).collect();
    let is_new = |entry: &&Arc<str>| !there.contains(&table(entry));
    let add = |entry: &Arc<str>| add_table(expected, entry);
    let mut repair = Repair::steps(expected.list("tables").iter().filter(is_new).map(add).collect());
    if !actual.list("tables").iter().all(|entry| expected.list("tables").contains(entry)) {
        let reason = "subscribers would miss rows that they get now; run ALTER PUBLICATION … SET TABLE as declared";
        repair.left = Repair::left("tables", reason).left;
    }
    repair
}

fn add_table(object: &Object, entry: &str) -> Additive {
    let (name, table) = (quote(&object.id.name), table(entry));
    let guard = format!(
        "SELECT FROM pg_catalog.pg_publication_rel AS r JOIN pg_catalog.pg_publication AS p ON p.oid = r.prpubid \
         WHERE p.pubname = {} AND r.prrelid = {}::pg_catalog.regclass",
        literal(&object.id.name),
        literal(table)
    );
    let step = Additive::publish(&name, &format!("TABLE {}", member(object, entry))).unless(&guard);
    step.lock(Lock::ShareUpdateExclusive, table).undo(format!("ALTER PUBLICATION {name} DROP TABLE ONLY {table};"))
}

/// In place, except that nothing makes a publication of all tables another one.
fn rework(change: Change, ctx: &Context) -> Rework {
    let (expected, actual, name) = (change.expected, change.actual, target(change.expected));
    let option = match change.attribute {
        "publish" => publish(expected),
        "via_partition_root" => format!("publish_via_partition_root = {}", expected.flag("via_partition_root")),
        "generated_columns" => {
            let which = if expected.flag("generated_columns") { "stored" } else { "none" };
            format!("publish_generated_columns = {which}")
        }
        _ if expected.flag("all_tables") || actual.flag("all_tables") => return Rework::replace(),
        _ => return rework_members(expected, actual, ctx),
    };
    Rework::step(Step::new(format!("ALTER {name} SET ({option});"), Phase::Protect))
}

/// What is published, at once. A statement cannot say that it is nothing: then all is taken out
/// but what goes by itself because it is dropped.
fn rework_members(expected: &Object, actual: &Object, ctx: &Context) -> Rework {
    let name = target(expected);
    if let Some(members) = members(expected) {
        return Rework::step(Step::new(format!("ALTER {name} SET {members};"), Phase::Protect));
    }
    let stays = |entry: &&Arc<str>| {
        split_qualified(table(entry)).is_none_or(|(schema, name)| {
            let declared = ctx.expected.objects().iter().map(|object| &object.id);
            declared.into_iter().any(|id| id.parent.is_empty() && *id.schema == *schema && *id.name == *name)
        })
    };
    let tables = actual.list("tables").iter().filter(stays).map(|entry| format!("ONLY {}", table(entry))).collect();
    match listed(tables, actual.list("schemas")) {
        Some(members) => Rework::step(Step::new(format!("ALTER {name} DROP {members};"), Phase::Protect)),
        None => Rework::InPlace(Vec::new()),
    }
}

/// A table that is made anew, or loses a column that is published, is taken out
/// and put in again: subscribers of the others notice nothing.
fn release(held: Held, _: &Context) -> Option<Around> {
    let expected = held.expected?;
    let (schema, relation) = held.by.group();
    let is_it = |entry: &&Arc<str>| split_qualified(table(entry)).is_some_and(|(s, n)| s == schema && n == relation);
    let entry = |object: &Object| object.list("tables").iter().find(is_it).cloned();
    let there = entry(held.actual)?;
    let before = format!("ALTER {} DROP TABLE ONLY {};", target(expected), table(&there));
    let before = Step::new(before, Phase::Protect);
    let after = entry(expected).map(|entry| add_table(expected, &entry).into_step());
    Some(Around { before: vec![before], after: after.into_iter().collect(), spares: Vec::new() })
}
