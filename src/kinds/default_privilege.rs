//! Default privileges: what is granted, or withheld, on objects to come.
//! They change nothing that exists, so stating one is additive.

use std::sync::Arc;

use super::Change;
use super::Context;
use super::Harm;
use super::Kind;
use super::PLAIN;
use super::Repair;
use super::Severities;
use super::policy;
use crate::model::finding::Severity;
use crate::model::ident::quote;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::step::Additive;

pub static KIND: Kind = Kind {
    // An access list is a column: what it holds has no rows of its own.
    catalog: "",
    relation: false,
    inline: false,
    standard: None,
    attributes: &[
        Attribute::exact("privileges"),
        Attribute::exact("revoked"),
        Attribute::informational("object_type"),
        Attribute::informational("grantee"),
        Attribute::informational("role"),
    ],
    severity: Severities { missing: Severity::Warning, unexpected: Severity::Warning },
    harm: Harm {
        missing: "objects to come are granted otherwise than declared",
        unexpected: "objects to come are granted in a way that nobody declared",
        changed: "objects to come are granted otherwise than declared",
    },
    create,
    alter,
    drop: |object| {
        let back = |rest: String| format!("ALTER DEFAULT PRIVILEGES {rest};");
        let mut sql: Vec<String> = Vec::new();
        sql.extend(revoke(object, object.list("privileges")).map(back));
        sql.extend(grants(object, object.list("revoked")).into_iter().map(back));
        sql.join("\n")
    },
    ..PLAIN
};

const OPTION: &str = " WITH GRANT OPTION";

/// Whose objects, and where.
fn scope(object: &Object) -> String {
    let role = object.text("role").map(|role| format!("FOR ROLE {} ", quote(role))).unwrap_or_default();
    let schema = &object.id.schema;
    let schema = if schema.is_empty() { String::new() } else { format!("IN SCHEMA {} ", quote(schema)) };
    format!("{role}{schema}")
}

fn grantee(object: &Object) -> String {
    match (object.text("grantee").unwrap_or_default(), object.text("role")) {
        ("its owner", Some(role)) => quote(role),
        ("its owner", None) => "CURRENT_USER".to_owned(),
        (name, _) => policy::role(name),
    }
}

fn target(object: &Object) -> String {
    object.text("object_type").unwrap_or("tables").to_uppercase()
}

/// One statement for what may be handed on, one for what may not.
fn grants(object: &Object, privileges: &[Arc<str>]) -> Vec<String> {
    let (with, without): (Vec<&str>, Vec<&str>) = privileges.iter().map(|p| &**p).partition(|p| p.ends_with(OPTION));
    [(without, ""), (with, OPTION)]
        .into_iter()
        .filter(|(list, _)| !list.is_empty())
        .map(|(list, option)| {
            let list: Vec<&str> = list.iter().map(|p| p.strip_suffix(OPTION).unwrap_or(p)).collect();
            let (scope, target, grantee) = (scope(object), target(object), grantee(object));
            format!("{scope}GRANT {} ON {target} TO {grantee}{option}", list.join(", "))
        })
        .collect()
}

fn revoke(object: &Object, privileges: &[Arc<str>]) -> Option<String> {
    let list: Vec<&str> = privileges.iter().map(|p| p.strip_suffix(OPTION).unwrap_or(p)).collect();
    let (scope, target, grantee) = (scope(object), target(object), grantee(object));
    (!list.is_empty()).then(|| format!("{scope}REVOKE {} ON {target} FROM {grantee}", list.join(", ")))
}

fn create(object: &Object, ctx: &Context) -> Repair {
    for role in ["grantee", "role"].iter().filter_map(|name| object.text(name)) {
        if role != "its owner" && !ctx.has_role(role) {
            return Repair::left("", format!("the role {role} does not exist; create it first"));
        }
    }
    let mut statements: Vec<String> = revoke(object, object.list("revoked")).into_iter().collect();
    statements.extend(grants(object, object.list("privileges")));
    let step = |rest: &String| Additive::default_privileges(rest).undo((KIND.drop)(object));
    Repair::steps(statements.iter().map(step).collect())
}

fn alter(change: Change, _: &Context) -> Repair {
    let attribute = change.attribute;
    let (expected, actual) = (change.expected.list(attribute), change.actual.list(attribute));
    let missing: Vec<Arc<str>> = expected.iter().filter(|p| !actual.contains(p)).cloned().collect();
    let more: Vec<Arc<str>> = actual.iter().filter(|p| !expected.contains(p)).cloned().collect();
    let statements: Vec<String> = match attribute {
        "privileges" => revoke(change.actual, &more).into_iter().chain(grants(change.expected, &missing)).collect(),
        _ => revoke(change.expected, &missing).into_iter().chain(grants(change.actual, &more)).collect(),
    };
    Repair::steps(statements.iter().map(|rest| Additive::default_privileges(rest)).collect())
}
