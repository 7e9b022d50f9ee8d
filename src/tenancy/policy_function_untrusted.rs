//! `policy-function-untrusted`: a policy is only as good as the functions it asks.

use std::collections::BTreeMap;

use crate::model::finding::Fix;
use crate::model::finding::Severity;
use crate::model::ident::listed_names;
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

/// The schemas in which the function's body looks up the names that it does not
/// qualify: those that it says itself; without a word of it, at least its own.
/// A body that was parsed when the function was made looks nothing up.
fn searched(function: &Object) -> Vec<String> {
    let parsed = function.text("language") == Some("sql")
        && function.text("body").is_some_and(|body| body.starts_with("BEGIN ATOMIC") || body.starts_with("RETURN "));
    if parsed {
        return Vec::new();
    }
    match function.list("settings").iter().find_map(|setting| setting.strip_prefix("search_path=")) {
        Some(path) => listed_names(path).into_iter().filter(|name| !name.is_empty()).collect(),
        None => vec![function.id.schema.to_string()],
    }
}

/// One for a function: that it can be replaced says more than how it is planned.
fn finding(scene: &Scene, function: &Object) -> Option<RuleFinding> {
    let name = function.id.dotted();
    let owner = |role: &&Confined| !role.is_unbound() && role.access.owns(function);
    let shadowed = |role: &Confined| {
        let open = searched(function).into_iter().find(|schema| role.access.may_in_schema(schema, "CREATE"));
        open.filter(|_| !role.is_unbound()).map(|schema| (role.name.clone(), schema))
    };
    let (severity, message, help) = if let Some(role) = scene.held_back().find(owner) {
        let message = format!(
            "function {name} decides what policies let through, and {} owns it: it can be replaced by one that says yes",
            role.name
        );
        (Severity::Error, message, "give it to a role that nobody confined is a member of".to_owned())
    } else if let Some((role, schema)) = scene.held_back().find_map(shadowed) {
        let message = format!(
            "function {name} decides what policies let through, and {role} may create objects in {schema}: \
             what its body names can be shadowed"
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
