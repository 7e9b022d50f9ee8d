//! Privileges that the owner of an object gave to somebody else: one object
//! for each grantee of a relation, column, routine, sequence, type, language,
//! schema, foreign server or foreign-data wrapper.

use std::sync::Arc;

use super::Change;
use super::Context;
use super::Harm;
use super::Kind;
use super::PLAIN;
use super::Repair;
use super::Rework;
use super::Severities;
use super::policy;
use crate::model::finding::Severity;
use crate::model::ident::quote;
use crate::model::kind::ObjectKind;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::step::Additive;
use crate::model::step::Phase;
use crate::model::step::Step;

pub static KIND: Kind = Kind {
    // An access list is a column of other catalogs: grants have no rows of their own.
    catalog: "",
    relation: false,
    inline: false,
    standard: None,
    attributes: &[
        Attribute::exact("privileges"),
        // Since version 17: may lock, vacuum and refresh.
        Attribute::informational("maintain"),
        Attribute::informational("object_type"),
        Attribute::informational("target"),
        Attribute::informational("column_name"),
        Attribute::informational("grantee"),
    ],
    severity: Severities { missing: Severity::Warning, unexpected: Severity::Warning },
    harm: Harm {
        missing: "the role is refused what it was declared to do",
        unexpected: "the role may do what nobody declared",
        changed: "the role may do more or less than declared",
    },
    create,
    alter,
    drop: |object| {
        let sql = statements(object, object.list("privileges"));
        sql.iter().map(|(rest, role, _)| format!("REVOKE {rest} FROM {role};")).collect::<Vec<_>>().join("\n")
    },
    rework,
    rides: true,
    said_again: |object, ctx| kept_on_columns(object, object.list("privileges"), ctx),
    ..PLAIN
};

const OPTION: &str = " WITH GRANT OPTION";

/// `(privileges ON object, role, with grant option)`: one statement for those
/// that may be handed on, one for those that may not.
fn statements(object: &Object, privileges: &[Arc<str>]) -> Vec<(String, String, bool)> {
    let column = object.text("column_name").map(|c| format!(" ({})", quote(c))).unwrap_or_default();
    let word = match object.text("object_type").unwrap_or("table") {
        "column" => "TABLE".to_owned(),
        other => other.to_uppercase(),
    };
    let target = object.text("target").unwrap_or_default();
    let role = policy::role(object.text("grantee").unwrap_or_default());
    let (with, without): (Vec<&str>, Vec<&str>) =
        privileges.iter().map(|p| &**p).partition(|privilege| privilege.ends_with(OPTION));
    [(without, false), (with, true)]
        .into_iter()
        .filter(|(list, _)| !list.is_empty())
        .map(|(list, option)| {
            let list: Vec<String> =
                list.iter().map(|p| format!("{}{column}", p.strip_suffix(OPTION).unwrap_or(p))).collect();
            (format!("{} ON {word} {target}", list.join(", ")), role.clone(), option)
        })
        .collect()
}

fn grant(object: &Object, privileges: &[Arc<str>]) -> Vec<Additive> {
    statements(object, privileges)
        .into_iter()
        .map(|(rest, role, option)| {
            let step = Additive::grant(&format!("{rest} TO {role}{}", if option { OPTION } else { "" }));
            step.undo(format!("REVOKE {rest} FROM {role};"))
        })
        .collect()
}

fn create(object: &Object, ctx: &Context) -> Repair {
    let role = object.text("grantee").unwrap_or_default();
    if !ctx.has_role(role) {
        return Repair::left("", format!("the role {role} does not exist; create it first"));
    }
    if is_given(object, ctx) {
        return Repair::default();
    }
    Repair::steps(grant(object, object.list("privileges")))
}

/// True for what the server grants by itself, or lets nobody grant: everybody
/// on a routine, type or language that is new, where no default privileges say
/// otherwise. Only superusers use a language that is not trusted.
fn is_given(object: &Object, ctx: &Context) -> bool {
    let (stock, object_types) = match object.text("object_type") {
        Some("function" | "procedure") => ("EXECUTE", "functions"),
        Some("type") => ("USAGE", "types"),
        Some("language") => ("USAGE", "languages"),
        Some(_) | None => return false,
    };
    let is_stock =
        object.text("grantee") == Some("public") && matches!(object.list("privileges"), [only] if **only == *stock);
    let id = &object.id;
    let language = ctx.expected.get(&ObjectId::new(ObjectKind::Language, "", "", &id.parent));
    if object.text("object_type") == Some("language") && language.is_some_and(|language| !language.flag("trusted")) {
        return true;
    }
    let withheld =
        |given: &Object| given.text("object_type") == Some(object_types) && given.text("grantee") == Some("public");
    is_stock && !is_there(id, ctx) && !ctx.actual.of_kind(ObjectKind::DefaultPrivilege).iter().any(withheld)
}

/// True where what a grant is about exists.
fn is_there(id: &ObjectId, ctx: &Context) -> bool {
    let holder = |kind: &ObjectKind| ObjectId::new(*kind, &id.schema, "", &id.parent);
    ObjectKind::ALL.iter().any(|kind| ctx.actual.get(&holder(kind)).is_some())
}

fn alter(change: Change, _: &Context) -> Repair {
    let (expected, actual) = (change.expected.list("privileges"), change.actual.list("privileges"));
    let missing: Vec<Arc<str>> = expected.iter().filter(|p| !actual.contains(p)).cloned().collect();
    let mut repair = Repair::steps(grant(change.expected, &missing));
    let covered = |p: &Arc<str>| expected.iter().any(|e| e == p || **e == format!("{p}{OPTION}"));
    if !actual.iter().all(covered) {
        repair.left = Repair::left("privileges", "revoking privileges takes access away from whoever uses it now").left;
    }
    repair
}

/// What a role keeps on single columns: with a privilege on the table the server takes that one back too.
fn kept_on_columns(object: &Object, revoked: &[Arc<str>], ctx: &Context) -> Vec<Step> {
    let bare = |p: &Arc<str>| p.strip_suffix(OPTION).unwrap_or(p).to_owned();
    let revoked: Vec<String> = revoked.iter().map(bare).collect();
    let same = |other: &&Object| {
        let alike = |name| other.text(name) == object.text(name);
        other.text("column_name").is_some()
            && alike("target")
            && alike("grantee")
            && ctx.actual.get(&other.id).is_some()
    };
    let all = ctx.expected.of_kind(ObjectKind::Grant).iter().filter(|_| object.text("column_name").is_none());
    all.filter(same)
        .flat_map(|kept| {
            let lost = kept.list("privileges").iter().filter(|p| revoked.contains(&bare(p)));
            grant(kept, &lost.cloned().collect::<Vec<_>>())
        })
        .map(Additive::into_step)
        .collect()
}

/// Takes back what is too much: a privilege, or only the right to hand it on.
/// Never CASCADE: where the role did hand it on, the statement says so and fails.
fn rework(change: Change, ctx: &Context) -> Rework {
    let (expected, actual) = (change.expected.list("privileges"), change.actual.list("privileges"));
    let bare = |p: &Arc<str>| -> Arc<str> { p.strip_suffix(OPTION).unwrap_or(p).into() };
    let kept = |p: &Arc<str>| expected.iter().any(|e| bare(e) == bare(p));
    let gone: Vec<Arc<str>> = actual.iter().filter(|p| !kept(p)).map(bare).collect();
    let narrowed: Vec<Arc<str>> =
        actual.iter().filter(|p| p.ends_with(OPTION) && expected.contains(&bare(p))).map(bare).collect();
    let revoke = |privileges: &[Arc<str>], what: &'static str| {
        let statements = statements(change.actual, privileges).into_iter();
        let sql = move |(rest, role, _)| format!("REVOKE {what}{rest} FROM {role};");
        statements.map(move |statement| Step::new(sql(statement), Phase::Protect)).collect::<Vec<_>>()
    };
    let mut steps = revoke(&gone, "");
    steps.extend(revoke(&narrowed, "GRANT OPTION FOR "));
    steps.extend(kept_on_columns(change.actual, &[gone, narrowed].concat(), ctx));
    Rework::InPlace(steps)
}
