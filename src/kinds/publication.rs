//! Publications: which rows leave the database by logical replication.

use std::sync::Arc;

use super::Change;
use super::Context;
use super::Harm;
use super::Kind;
use super::PLAIN;
use super::Repair;
use super::Severities;
use super::alter_common;
use crate::model::finding::Severity;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::step::Additive;

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
    ..PLAIN
};

fn target(object: &Object) -> String {
    format!("PUBLICATION {}", quote(&object.id.name))
}

/// The table of an entry, which columns may follow.
fn table(entry: &str) -> &str {
    entry.split(" (").next().unwrap_or(entry)
}

/// An entry of `tables` with its filter; what inherits from it has an entry of its own.
fn member(object: &Object, entry: &str) -> String {
    let filter = object.list("filters").iter().find_map(|f| f.strip_prefix(table(entry))?.strip_prefix(" WHERE "));
    format!("TABLE ONLY {entry}{}", filter.map(|f| format!(" WHERE {f}")).unwrap_or_default())
}

fn members(object: &Object) -> Vec<String> {
    let tables = object.list("tables").iter().map(|entry| member(object, entry));
    tables.chain(object.list("schemas").iter().map(|schema| format!("TABLES IN SCHEMA {}", quote(schema)))).collect()
}

/// Every command is published unless it says otherwise.
const COMMANDS: usize = 4;

fn create(object: &Object, _: &Context) -> Repair {
    let members = if object.flag("all_tables") { vec!["ALL TABLES".to_owned()] } else { members(object) };
    let of = if members.is_empty() { String::new() } else { format!(" FOR {}", members.join(", ")) };
    let mut options = Vec::new();
    if object.list("publish").len() < COMMANDS {
        let commands: Vec<&str> = object.list("publish").iter().map(|command| &**command).collect();
        options.push(format!("publish = {}", literal(&commands.join(", "))));
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
    let add = |entry: &Arc<str>| {
        let (name, table) = (quote(&expected.id.name), table(entry));
        let guard = format!(
            "SELECT FROM pg_catalog.pg_publication_rel AS r JOIN pg_catalog.pg_publication AS p ON p.oid = r.prpubid \
             WHERE p.pubname = {} AND r.prrelid = {}::pg_catalog.regclass",
            literal(&expected.id.name),
            literal(table)
        );
        let step = Additive::publish(&name, &member(expected, entry)).unless(&guard);
        step.undo(format!("ALTER PUBLICATION {name} DROP TABLE {table};"))
    };
    let mut repair = Repair::steps(expected.list("tables").iter().filter(is_new).map(add).collect());
    if !actual.list("tables").iter().all(|entry| expected.list("tables").contains(entry)) {
        let reason = "subscribers would miss rows that they get now; run ALTER PUBLICATION … SET TABLE as declared";
        repair.left = Repair::left("tables", reason).left;
    }
    repair
}
