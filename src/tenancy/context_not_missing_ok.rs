//! `context-not-missing-ok`: a session without a tenant gets an error, not nothing.

use std::collections::BTreeSet;

use crate::model::finding::Fix;
use crate::model::finding::Severity;
use crate::model::object::ObjectId;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
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

/// A setting that is asked for as if it had to be there.
fn found_in(_: &Scene, site: &Site) -> Option<String> {
    let mut found = None;
    site.expr.walk(&mut |expr, _| {
        if let Expr::Call { name, arguments } = expr
            && is_call(name, "current_setting")
            && let [Expr::Text(key)] | [Expr::Text(key), Expr::False] = arguments.as_slice()
            && key.contains('.')
        {
            found.get_or_insert_with(|| key.clone());
        }
    });
    found
}

fn finding(site: &Site, found: &str) -> RuleFinding {
    RuleFinding {
        code: "context-not-missing-ok",
        severity: Severity::Warning,
        object: site.object.id.clone(),
        message: format!(
            "{} raises an error in every session that has not set {found}: its queries fail instead of finding nothing",
            site.named()
        ),
        help: format!("write current_setting('{found}', true)"),
        expected: None,
        supersedes: Vec::new(),
        fix: Fix::None { reason: "an existing policy or function is never edited: correct it by hand".into() },
    }
}
