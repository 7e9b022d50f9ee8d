//! `policy-initplan`: a question about the session, asked once for each row.

use crate::model::finding::Fix;
use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::expression::Expr;
use crate::tenancy::expression::is_call;
use crate::tenancy::isolation::list;
use crate::tenancy::isolation::named;
use crate::tenancy::policies::Part;
use crate::tenancy::policies::reaches;
use crate::tenancy::tenant_index_missing::led_by_tenant;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let mut findings = Vec::new();
    for (table, _) in scene.tables_with_policies() {
        for policy in scene.children(ObjectKind::Policy, table) {
            if scene.held_back().any(|role| reaches(policy, role)) {
                findings.extend(finding(scene, table, policy));
            }
        }
    }
    findings
}

fn finding<'a>(scene: &Scene<'a>, table: &'a Object, policy: &'a Object) -> Option<RuleFinding> {
    let mut calls: Vec<String> = Vec::new();
    for (part, expr) in scene.policies.exprs(policy) {
        // A written row is checked once anyway.
        if part == Part::Using {
            collect(scene, &expr, &mut calls);
        }
    }
    if calls.is_empty() {
        return None;
    }
    let column = scene.policies.tenant_column(table)?;
    let indexed = led_by_tenant(&column, |kind| scene.children(kind, table));
    let (severity, cost) = match indexed {
        true => (Severity::Note, "wherever no index on the tenant is used"),
        false => (Severity::Warning, "and no index on the tenant spares it"),
    };
    let wrapped: Vec<String> = calls.iter().map(|call| format!("(select {call})")).collect();
    Some(RuleFinding {
        code: "policy-initplan",
        severity,
        object: policy.id.clone(),
        message: format!("{} calls {} for every row, {cost}", named(policy, table), list(&calls)),
        help: format!("write {}, which is asked once", list(&wrapped)),
        expected: None,
        supersedes: Vec::new(),
        fix: Fix::None { reason: "an existing policy is never edited: ALTER POLICY it by hand".into() },
    })
}

/// Calls outside of sub-selects that give the same for every row of a query.
fn collect(scene: &Scene, expr: &Expr, calls: &mut Vec<String>) {
    expr.walk(&mut |expr, inside| {
        let Expr::Call { name, arguments } = expr else { return };
        let of_row = arguments.iter().any(|a| a.any(|e| matches!(e, Expr::Column(_) | Expr::Opaque { .. })));
        if inside || of_row || !is_asked_again(scene, name, arguments.len()) {
            return;
        }
        let text = expr.to_string();
        if !calls.contains(&text) {
            calls.push(text);
        }
    });
}

/// Functions that the planner does not evaluate beforehand. Of the server's
/// own, only the one that is worth it.
fn is_asked_again(scene: &Scene, name: &[String], arguments: usize) -> bool {
    let known = scene.policies.sessions.functions.find(name, arguments);
    let declared = known.is_some_and(|function| function.text("volatility") != Some("immutable"));
    declared
        || is_call(name, "current_setting")
        || name.first().is_some_and(|schema| schema == "auth") && name.len() == 2
}
