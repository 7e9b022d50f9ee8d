//! What the rules about single policies have in common: how a weakness is
//! told, and what closes it.

use crate::model::finding::Fix;
use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::guard;
use crate::tenancy::policies::Command;
use crate::tenancy::policies::Fault;
use crate::tenancy::policies::Part;
use crate::tenancy::policies::Verdict;

/// The findings of all weaknesses of one sort.
pub fn findings(
    scene: &Scene,
    fault: Fault,
    code: &'static str,
    message: impl Fn(&Verdict) -> String,
) -> Vec<RuleFinding> {
    scene
        .verdicts()
        .iter()
        .filter(|verdict| verdict.fault == fault)
        .map(|verdict| finding(scene, code, verdict, message(verdict)))
        .collect()
}

fn finding(scene: &Scene, code: &'static str, verdict: &Verdict, message: String) -> RuleFinding {
    let mut supersedes = same_fact(scene, verdict);
    let narrowing = missing_narrowing(scene, verdict.table);
    let column = scene.policies.tenant_column(verdict.table).unwrap_or_else(|| scene.tenancy.column.clone());
    let (help, fix) = if narrowing.is_empty() {
        let help = match &scene.tenancy.context {
            Some(context) => format!("let every arm of {} ask {column} = {context}", verdict.part.word()),
            None => format!("let every arm of {} compare {column} with the tenant of the session", verdict.part.word()),
        };
        let reason = match guard::is_possible(scene, verdict.table, verdict.class) {
            true => {
                "an existing policy is never edited; a restrictive one beside it would close this: \
                     write the next patch with --guard"
            }
            false => "an existing policy is never edited: correct it by hand",
        };
        (help, Fix::None { reason: reason.to_owned() })
    } else {
        supersedes.extend(narrowing.into_iter().map(|policy| (policy.id.clone(), None)));
        ("create the restrictive policy with `drift fix --additive`".to_owned(), Fix::Additive)
    };
    RuleFinding {
        code,
        severity: Severity::Error,
        object: verdict.policy.id.clone(),
        message,
        help,
        expected: None,
        supersedes,
        fix,
    }
}

/// A policy that differs from the declared one, or is not declared, is told
/// once: by what it lets through.
fn same_fact(scene: &Scene, verdict: &Verdict) -> Vec<(ObjectId, Option<&'static str>)> {
    let id = &verdict.policy.id;
    let attribute = match verdict.part {
        Part::Using => "using",
        Part::Check => "check",
    };
    match scene.declared(id) {
        Some(_) => vec![(id.clone(), Some(attribute))],
        None if scene.declared.is_some() => vec![(id.clone(), None)],
        None => Vec::new(),
    }
}

/// Declared restrictive policies that are not there.
fn missing_narrowing<'a>(scene: &Scene<'a>, table: &Object) -> Vec<&'a Object> {
    let declared = scene.declared_children(ObjectKind::Policy, table).iter();
    declared.filter(|policy| !policy.flag("permissive") && scene.catalog.get(&policy.id).is_none()).collect()
}

/// `policy tools_select on public.tools`
pub fn named(policy: &Object, table: &Object) -> String {
    format!("policy {} on {}", policy.id.name, table.id.dotted())
}

/// `authenticated and anon`
pub fn list<S: AsRef<str>>(items: &[S]) -> String {
    match items {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}

/// What somebody can do with rows by these commands: `read and delete`.
pub fn verbs(commands: &[Command]) -> String {
    let words: Vec<&str> = commands
        .iter()
        .map(|command| match command {
            Command::Select => "read",
            Command::Insert => "insert",
            Command::Update => "update",
            Command::Delete => "delete",
        })
        .collect();
    list(&words)
}

/// The escaping arms, as a message shows them.
pub fn arms(escapes: &[String]) -> String {
    let mut seen: Vec<&str> = Vec::new();
    for escape in escapes {
        if !seen.contains(&escape.as_str()) {
            seen.push(escape);
        }
    }
    seen.join(" or ")
}
