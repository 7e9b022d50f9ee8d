//! `policy-user-metadata`: users choose their tenant themselves.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::model::finding::Fix;
use crate::model::finding::Severity;
use crate::model::object::ObjectId;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::expression::Expr;
use crate::tenancy::functions::Functions;
use crate::tenancy::sites::Site;
use crate::tenancy::sites::follow;
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

fn found_in(_: &Scene, site: &Site) -> Option<String> {
    let mut found = None;
    site.expr.walk(&mut |expr, _| {
        if found.is_none() {
            found = read_in(expr);
        }
    });
    found
}

/// True where an expression, or a function that it calls, asks what users may change.
pub(super) fn is_read(expr: &Expr, functions: &Functions) -> bool {
    let mut called = BTreeMap::new();
    follow(expr, functions, &mut called);
    let bodies = called.into_values().filter_map(|function| functions.body(function));
    expr.any(|e| read_in(e).is_some()) || bodies.into_iter().any(|body| body.any(|e| read_in(e).is_some()))
}

/// The claim or the column of what users may change about themselves.
fn read_in(expr: &Expr) -> Option<String> {
    const CLAIM: &str = "user_metadata";
    const COLUMN: &str = "raw_user_meta_data";
    match expr {
        Expr::Operator { name, right, .. } if matches!(name.as_str(), "->" | "->>" | "#>" | "#>>") => {
            match right.bare() {
                Expr::Text(text) if text == CLAIM || text.split(['{', ',', '}']).any(|key| key.trim() == CLAIM) => {
                    Some(CLAIM.to_owned())
                }
                _ => None,
            }
        }
        Expr::Call { name, arguments }
            if name.last().is_some_and(|name| name.contains("extract_path"))
                && arguments.contains(&Expr::Text(CLAIM.to_owned())) =>
        {
            Some(CLAIM.to_owned())
        }
        Expr::Column(path) if path.last().is_some_and(|name| name == COLUMN) => Some(COLUMN.to_owned()),
        _ => None,
    }
}

fn finding(site: &Site, found: &str) -> RuleFinding {
    RuleFinding {
        code: "policy-user-metadata",
        severity: Severity::Error,
        object: site.object.id.clone(),
        message: format!(
            "{} asks {found}, which every user can change: whoever writes another tenant there is in it",
            site.named()
        ),
        help: "ask app_metadata, which only the backend writes, or a table of memberships".to_owned(),
        expected: None,
        supersedes: Vec::new(),
        fix: Fix::None { reason: "an existing policy or function is never edited: correct it by hand".into() },
    }
}
