//! Row-level security policies.

use super::Change;
use super::Context;
use super::Harm;
use super::Kind;
use super::PLAIN;
use super::Repair;
use super::Rework;
use super::Severities;
use super::alter_common;
use crate::model::finding::Severity;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::step::Additive;
use crate::model::step::Hazard;
use crate::model::step::Lock;
use crate::model::step::Phase;
use crate::model::step::Step;

pub static KIND: Kind = Kind {
    catalog: "pg_policy",
    relation: false,
    inline: false,
    standard: None,
    attributes: &[
        Attribute::exact("command"),
        Attribute::exact("permissive"),
        Attribute::exact("roles"),
        Attribute::printed("using"),
        Attribute::printed("check"),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Error },
    harm: Harm {
        missing: "the rows it lets through are refused, or those it refuses get through",
        unexpected: "it lets through or refuses rows, and nobody declared it",
        changed: "it lets through other rows than declared",
    },
    create,
    alter,
    drop: |object| format!("DROP POLICY IF EXISTS {} ON {};", quote(&object.id.name), object.id.relation()),
    target,
    rework,
    rename: Some(|object, name| format!("ALTER {} RENAME TO {};", target(object), quote(name))),
    ..PLAIN
};

fn target(object: &Object) -> String {
    format!("POLICY {} ON {}", quote(&object.id.name), object.id.relation())
}

/// `public` is a word here, never a role's name: the server reserves it.
pub fn role(name: &str) -> String {
    if name == "public" { "PUBLIC".to_owned() } else { quote(name) }
}

fn create(object: &Object, ctx: &Context) -> Repair {
    if let Some(absent) = object.list("roles").iter().find(|role| !ctx.has_role(role)) {
        return Repair::left("", format!("the role {absent} does not exist; create it first"));
    }
    let relation = object.id.relation();
    let mut rest = target(object);
    if !object.flag("permissive") {
        rest += " AS RESTRICTIVE";
    }
    let roles: Vec<String> = object.list("roles").iter().map(|name| role(name)).collect();
    rest += &format!(" FOR {} TO {}", object.text("command").unwrap_or("all").to_uppercase(), roles.join(", "));
    if let Some(using) = object.text("using") {
        rest += &format!("\n  USING ({using})");
    }
    if let Some(check) = object.text("check") {
        rest += &format!("\n  WITH CHECK ({check})");
    }
    let guard = format!(
        "SELECT FROM pg_catalog.pg_policy WHERE polrelid = {}::pg_catalog.regclass AND polname = {}",
        literal(&relation),
        literal(&object.id.name)
    );
    let mut step = Additive::create(Phase::Secure, &rest)
        .unless(&guard)
        .lock(Lock::AccessExclusive, &relation)
        .undo((KIND.drop)(object));
    if !object.flag("permissive") && !ctx.is_new(&object.id.schema, &object.id.parent) {
        step = step.hazard(Hazard::HidesRows);
    }
    Repair::step(step).described(&target(object), object)
}

fn alter(change: Change, _: &Context) -> Repair {
    alter_common(&change, &target(change.expected)).unwrap_or_else(|| {
        Repair::left(
            change.attribute,
            "another policy shows or hides other rows at once; drop it and create it as declared",
        )
    })
}

/// Who, which rows and which new rows: all in one statement, so that no moment
/// has the rows of one and the roles of another policy.
fn rework(change: Change, ctx: &Context) -> Rework {
    let (expected, actual) = (change.expected, change.actual);
    let gone = |part: &str| expected.text(part).is_none() && actual.text(part).is_some();
    // No statement makes another command of it, or takes a part of it away.
    if matches!(change.attribute, "command" | "permissive") || gone("using") || gone("check") {
        return Rework::replace();
    }
    let roles = expected.list("roles");
    if let Some(absent) = roles.iter().find(|role| !ctx.has_role(role)) {
        return Rework::Impossible(format!("the role {absent} does not exist; create it first"));
    }
    let roles: Vec<String> = roles.iter().map(|name| role(name)).collect();
    let part = |name: &str, word: &str| expected.text(name).map(|e| format!("\n  {word} ({e})")).unwrap_or_default();
    let sql = format!(
        "ALTER {} TO {}{}{};",
        target(expected),
        roles.join(", "),
        part("using", "USING"),
        part("check", "WITH CHECK")
    );
    let step = Step::new(sql, Phase::Secure).lock(Lock::AccessExclusive, &expected.id.relation());
    Rework::step(step.hazard(Hazard::HidesRows))
}
