//! `policy-function-untrusted`: a policy is only as good as the functions it asks.

use std::collections::BTreeMap;

use crate::model::finding::Fix;
use crate::model::finding::Severity;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::tenancy::Confined;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::sites::follow;
use crate::tenancy::sites::sites;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let functions = &scene.policies.sessions.functions;
    let mut called: BTreeMap<&ObjectId, &Object> = BTreeMap::new();
    for site in sites(scene).iter().filter(|site| site.table.is_some()) {
        follow(&site.expr, functions, &mut called);
    }
    called.into_values().filter_map(|function| finding(scene, function)).collect()
}

/// One for a function: that it can be replaced says more than how it is planned.
fn finding(scene: &Scene, function: &Object) -> Option<RuleFinding> {
    let name = function.id.dotted();
    let owner = |role: &&Confined| !role.is_unbound() && role.access.owns(function);
    let creator = |role: &&Confined| !role.is_unbound() && role.access.may_in_schema(&function.id.schema, "CREATE");
    let (severity, message, help) = if let Some(role) = scene.watched().find(owner) {
        let message = format!(
            "function {name} decides what policies let through, and {} owns it: it can be replaced by one that says yes",
            role.name
        );
        (Severity::Error, message, "give it to a role that nobody confined is a member of".to_owned())
    } else if let Some(role) = scene.watched().find(creator) {
        let schema = &function.id.schema;
        let message = format!(
            "function {name} decides what policies let through, and {} may create objects in {schema}: \
             what its body names can be shadowed",
            role.name
        );
        (Severity::Warning, message, format!("REVOKE CREATE ON SCHEMA {schema} from it"))
    } else if function.text("volatility") == Some("volatile") {
        let message = format!(
            "function {name} is VOLATILE, and policies ask it: it is called for every row, no index is used, \
             and it may answer otherwise each time"
        );
        (Severity::Warning, message, "declare it STABLE".to_owned())
    } else {
        return None;
    };
    Some(RuleFinding {
        code: "policy-function-untrusted",
        severity,
        object: function.id.clone(),
        message,
        help,
        expected: None,
        supersedes: Vec::new(),
        fix: Fix::None { reason: "an additive repair changes no owner, privilege or function".into() },
    })
}
