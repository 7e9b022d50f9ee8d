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

fn finding<'a>(scene: &Scene<'a>, code: &'static str, verdict: &Verdict<'a>, message: String) -> RuleFinding {
    let mut supersedes = same_fact(scene, verdict);
    let column = scene.policies.tenant_column(verdict.table).unwrap_or_else(|| scene.tenancy.column.clone());
    let (help, fix) = if let Some(narrowing) = missing_narrowing(scene, verdict) {
        supersedes.extend(narrowing.into_iter().map(|policy| (policy.id.clone(), None)));
        ("create the restrictive policy with `drift fix --additive`".to_owned(), Fix::Additive)
    } else {
        let part = verdict.part.word();
        let mut help = match &scene.tenancy.context {
            Some(context) => format!("let every arm of {part} ask {column} = {context}"),
            None => format!("let every arm of {part} compare {column} with the tenant of the session"),
        };
        let mut reason = "an existing policy is never edited".to_owned();
        if guard::is_possible(scene, verdict.table, verdict.class) {
            help += "; to close it at once, add a restrictive policy with `drift fix --additive --guard`";
            reason += "; a restrictive one beside it would close this: write the next patch with --guard";
        }
        (help, Fix::None { reason })
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
    match scene.declared(id) {
        Some(_) => ["using", "check"].map(|attribute| (id.clone(), Some(attribute))).to_vec(),
        None if scene.declared.is_some() => vec![(id.clone(), None)],
        None => Vec::new(),
    }
}

/// The declared restrictive policies that are not there and would close it;
/// guards come together, however many of them it takes.
fn missing_narrowing<'a>(scene: &Scene<'a>, verdict: &Verdict<'a>) -> Option<Vec<&'a Object>> {
    let declared = scene.declared_children(ObjectKind::Policy, verdict.table).iter();
    let missing: Vec<&Object> =
        declared.filter(|policy| !policy.flag("permissive") && scene.catalog.get(&policy.id).is_none()).collect();
    let mut narrowing = scene.policies.narrowing(scene, verdict, &missing)?;
    let guards = missing.into_iter().filter(|policy| policy.id.name.starts_with(guard::PREFIX));
    narrowing.extend(guards);
    narrowing.sort_by(|a, b| a.id.cmp(&b.id));
    narrowing.dedup_by(|a, b| a.id == b.id);
    Some(narrowing)
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

/// What an expression is beside what it should be: `true`, or true somewhere else.
pub fn also_true(escapes: &[String]) -> String {
    match escapes {
        [only] if only == "true" => "true".to_owned(),
        _ => format!("also true where {}", arms(escapes)),
    }
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
