//! `context-fallback`: without a tenant, a session is somebody else's.

use std::collections::BTreeSet;

use crate::model::finding::Fix;
use crate::model::finding::Severity;
use crate::model::object::ObjectId;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::context::Sessions;
use crate::tenancy::expression::Expr;
use crate::tenancy::expression::is_call;
use crate::tenancy::sites::Site;
use crate::tenancy::sites::sites;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let mut findings: Vec<RuleFinding> = Vec::new();
    let mut told: BTreeSet<&ObjectId> = BTreeSet::new();
    for site in sites(scene) {
        if let Some(found) = found_in(scene, &site)
            && told.insert(&site.object.id)
        {
            findings.push(finding(&site, &found));
        }
    }
    findings
}

fn found_in(scene: &Scene, site: &Site) -> Option<String> {
    found(&site.expr, &scene.policies.sessions)
}

/// Where a value of the session is replaced by one that is not the session's.
pub(super) fn found(expr: &Expr, sessions: &Sessions) -> Option<String> {
    let mut found = None;
    let is_session = |expr: &Expr| sessions.is_context(expr) || sessions.is_of_session(expr);
    expr.walk(&mut |expr, _| {
        let falls_back = match expr {
            Expr::Call { name, arguments } if is_call(name, "coalesce") => {
                let first = arguments.iter().position(is_session);
                first.is_some_and(|first| arguments[first + 1..].iter().any(|other| stands_in(other, sessions)))
            }
            Expr::Case { arms, otherwise } => {
                let results = || arms.iter().map(|(_, then)| then).chain(otherwise.as_deref());
                results().any(is_session) && results().any(|result| stands_in(result, sessions))
            }
            _ => false,
        };
        if falls_back {
            found.get_or_insert_with(|| expr.to_string());
        }
    });
    found
}

/// A value that is there whoever asks: a constant, a column, what a query finds.
fn stands_in(expr: &Expr, sessions: &Sessions) -> bool {
    match expr.bare() {
        Expr::Null | Expr::True | Expr::False => false,
        Expr::Text(text) => !text.is_empty(),
        other => !sessions.is_context(other) && !sessions.is_of_session(other),
    }
}

fn finding(site: &Site, found: &str) -> RuleFinding {
    RuleFinding {
        code: "context-fallback",
        severity: Severity::Error,
        object: site.object.id.clone(),
        message: format!(
            "{} takes a session without a tenant for another: {found} falls back to what the session did not say",
            site.named()
        ),
        help: "let it be NULL, which equals no tenant".to_owned(),
        expected: None,
        supersedes: Vec::new(),
        fix: Fix::None { reason: "an existing policy or function is never edited: correct it by hand".into() },
    }
}
