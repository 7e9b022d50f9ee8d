//! The database itself: who may connect to it, create schemas or temporary
//! tables in it, and its comment. Its name is never written: a plan means
//! whichever database it runs in.

use std::sync::Arc;

use super::Change;
use super::Context;
use super::Harm;
use super::Kind;
use super::Left;
use super::PLAIN;
use super::Repair;
use super::Rework;
use super::Severities;
use super::policy;
use crate::model::finding::Severity;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::step::Additive;
use crate::model::step::Phase;
use crate::model::step::Step;
use crate::model::step::on_database;

pub static KIND: Kind = Kind {
    catalog: "pg_database",
    relation: false,
    inline: false,
    standard: None,
    attributes: &[
        Attribute::exact("access").severity(Severity::Warning),
        Attribute::informational("roles"),
        Attribute::informational("connection_limit"),
        Attribute::informational("closed"),
        // Its own, where that has another name than everywhere.
        Attribute::informational("tablespace"),
        Attribute::declared("owner"),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Warning, unexpected: Severity::Warning },
    harm: Harm {
        missing: "nobody recorded who may connect to it",
        unexpected: "nobody declared who may connect to it",
        changed: "it admits others than declared, or says otherwise what it is",
    },
    create,
    alter,
    drop: |object| {
        let given: Vec<Arc<str>> = object.list("access").to_vec();
        let mut steps = revoke(&given, "");
        steps.extend(grants(&stock()).into_iter().map(Additive::into_step));
        steps.iter().map(|step| step.sql.as_str()).collect::<Vec<_>>().join("\n")
    },
    // Only its name could name it in a statement.
    target: |_| String::new(),
    rework,
    ..PLAIN
};

const OPTION: &str = " WITH GRANT OPTION";

/// What the server grants on every database by itself.
fn stock() -> Vec<Arc<str>> {
    ["public=CONNECT", "public=TEMPORARY"].map(Arc::from).to_vec()
}

/// `role=privilege` as both, and whether the role may hand it on.
fn parts(given: &str) -> (&str, &str, bool) {
    let (role, privilege) = given.rsplit_once('=').unwrap_or((given, ""));
    let bare = privilege.strip_suffix(OPTION);
    (role, bare.unwrap_or(privilege), bare.is_some())
}

fn bare(given: &str) -> Arc<str> {
    let (role, privilege, _) = parts(given);
    format!("{role}={privilege}").into()
}

fn grants(given: &[Arc<str>]) -> Vec<Additive> {
    let one = |given: &Arc<str>| {
        let (role, privilege, option) = parts(given);
        let option = if option { OPTION } else { "" };
        Additive::grant_on_database(privilege, &format!("{}{option}", policy::role(role)))
    };
    given.iter().map(one).collect()
}

fn revoke(given: &[Arc<str>], what: &str) -> Vec<Step> {
    let one = |given: &Arc<str>| {
        let (role, privilege, _) = parts(given);
        let sql =
            on_database(&format!("REVOKE {what}{privilege} ON DATABASE "), &format!(" FROM {}", policy::role(role)));
        Step::new(sql, Phase::Protect).about_access()
    };
    given.iter().map(one).collect()
}

/// What is in the first list and in no form in the second.
fn beyond(list: &[Arc<str>], other: &[Arc<str>]) -> Vec<Arc<str>> {
    list.iter().filter(|given| !other.iter().any(|o| bare(o) == bare(given))).cloned().collect()
}

fn comment(object: &Object) -> Option<Additive> {
    object.text("comment").map(|text| Additive::comment_on_database(&literal(text)))
}

/// A database is there before anything of ours is in it: what it lacks is what
/// the server does not grant by itself.
fn create(object: &Object, ctx: &Context) -> Repair {
    let access = object.list("access");
    let mut repair = granted(access, &stock(), ctx);
    let closed = beyond(&stock(), access);
    if ctx.actual.objects().is_empty() {
        repair.steps.extend(closed.iter().map(|given| {
            let (role, privilege, _) = parts(given);
            Additive::withhold_on_database(privilege, &policy::role(role))
        }));
    } else if !closed.is_empty() {
        repair.left.push(takes_away());
    }
    repair.steps.extend(comment(object));
    repair
}

/// Grants what `there` lacks, to roles that exist.
fn granted(wanted: &[Arc<str>], there: &[Arc<str>], ctx: &Context) -> Repair {
    let has = |given: &Arc<str>| there.contains(given) || there.contains(&format!("{given}{OPTION}").into());
    let missing: Vec<Arc<str>> = wanted.iter().filter(|given| !has(given)).cloned().collect();
    let (known, unknown): (Vec<_>, Vec<_>) = missing.into_iter().partition(|given| ctx.has_role(parts(given).0));
    let mut repair = Repair::steps(grants(&known));
    let absent = |given: &Arc<str>| Left {
        attribute: "access",
        reason: format!("the role {} does not exist; create it first", parts(given).0),
    };
    repair.left.extend(unknown.iter().map(absent));
    repair
}

fn takes_away() -> Left {
    Left { attribute: "access", reason: "revoking privileges takes access away from whoever uses it now".to_owned() }
}

/// SQL that says nothing of the database declares what the server grants by
/// itself, and whoever closed the database meant it.
fn lets_in() -> Left {
    let reason =
        "somebody took from everybody what the server grants by itself: grant it by hand, or declare the REVOKE";
    Left { attribute: "access", reason: reason.to_owned() }
}

fn alter(change: Change, ctx: &Context) -> Repair {
    let (expected, actual) = (change.expected, change.actual);
    match change.attribute {
        "comment" => match comment(expected) {
            Some(step) => Repair::step(step),
            None => Repair::left("comment", "removing a comment loses its text"),
        },
        "access" => {
            let (wanted, there) = (expected.list("access"), actual.list("access"));
            let (opened, others): (Vec<_>, Vec<_>) =
                wanted.iter().cloned().partition(|given| stock().contains(given) && !there.contains(given));
            let mut repair = granted(&others, there, ctx);
            if !opened.is_empty() {
                repair.left.push(lets_in());
            }
            let handed_on = there.iter().any(|given| parts(given).2 && wanted.contains(&bare(given)));
            if handed_on || !beyond(there, wanted).is_empty() {
                repair.left.push(takes_away());
            }
            repair
        }
        attribute => Repair::left(attribute, "a new owner takes over every right on the database"),
    }
}

/// Takes back what is too much, a privilege or only the right to hand it on, and
/// gives everybody what the server grants by itself where somebody took it.
fn rework(change: Change, ctx: &Context) -> Rework {
    let (expected, actual) = (change.expected, change.actual);
    match change.attribute {
        "comment" => Rework::step(Step::new(on_database("COMMENT ON DATABASE ", " IS NULL"), Phase::Describe)),
        "access" => {
            let (wanted, there) = (expected.list("access"), actual.list("access"));
            if let Some(given) = wanted.iter().find(|given| !ctx.has_role(parts(given).0)) {
                return Rework::Impossible(format!("the role {} does not exist; create it first", parts(given).0));
            }
            let narrowed: Vec<Arc<str>> =
                there.iter().filter(|given| parts(given).2 && wanted.contains(&bare(given))).cloned().collect();
            let opened: Vec<Arc<str>> =
                stock().into_iter().filter(|given| wanted.contains(given) && !there.contains(given)).collect();
            let mut steps: Vec<Step> = grants(&opened).into_iter().map(Additive::into_step).collect();
            steps.extend(revoke(&beyond(there, wanted), ""));
            steps.extend(revoke(&narrowed, "GRANT OPTION FOR "));
            Rework::InPlace(steps)
        }
        _ => {
            let owner = quote(expected.text("owner").unwrap_or_default());
            let sql = on_database("ALTER DATABASE ", &format!(" OWNER TO {owner}"));
            Rework::step(Step::new(sql, Phase::Describe))
        }
    }
}
