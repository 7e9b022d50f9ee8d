//! `context-empty-string`: a setting that was reset reads as the empty string.

use std::collections::BTreeSet;

use crate::model::finding::Fix;
use crate::model::finding::Severity;
use crate::model::object::ObjectId;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::expression::Expr;
use crate::tenancy::expression::is_call;
use crate::tenancy::expression::is_text;
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

/// A setting that may be missing, cast as if it could not be empty, or as text
/// next to the tenant.
fn found_in(scene: &Scene, site: &Site) -> Option<String> {
    let mut found = None;
    site.expr.walk(&mut |expr, _| {
        let key = match expr {
            Expr::Cast { of, to } if !is_text(to) => setting(of),
            Expr::Operator { name, left: Some(left), right } if name == "=" => {
                let beside = |value: &Expr, other: &Expr| setting(value).filter(|_| is_tenant(scene, site, other));
                beside(left, right).or_else(|| beside(right, left))
            }
            _ => None,
        };
        if let Some(key) = key {
            found.get_or_insert(key);
        }
    });
    found
}

/// The key of a setting that may be missing, under casts.
fn setting(expr: &Expr) -> Option<String> {
    match expr.bare() {
        Expr::Call { name, arguments } if is_call(name, "current_setting") => match arguments.as_slice() {
            [Expr::Text(key), Expr::True] => Some(key.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// True for the tenant column itself; under a cast it is compared as text.
fn is_tenant(scene: &Scene, site: &Site, expr: &Expr) -> bool {
    let Expr::Column(path) = expr.unwrapped() else { return false };
    let Some(table) = site.table else { return false };
    scene.policies.tenant_column(table).is_some_and(|column| path.last() == Some(&column))
}

fn finding(site: &Site, found: &str) -> RuleFinding {
    RuleFinding {
        code: "context-empty-string",
        severity: Severity::Warning,
        object: site.object.id.clone(),
        message: format!(
            "{} takes the setting {found} as it is: after a transaction that set it, it is '' and not NULL, \
             which raises an error or matches a tenant of that name",
            site.named()
        ),
        help: format!("write NULLIF(current_setting('{found}', true), '')"),
        expected: None,
        supersedes: Vec::new(),
        fix: Fix::None { reason: "an existing policy or function is never edited: correct it by hand".into() },
    }
}
