//! `context-spoofable`: the context is a setting, and its session can set it.

use crate::model::finding::Severity;
use crate::model::role;
use crate::tenancy::Confined;
use crate::tenancy::RuleFinding;
use crate::tenancy::Said;
use crate::tenancy::Scene;
use crate::tenancy::roles::listed;
use crate::tenancy::roles::role_id;
use crate::tenancy::session::Keys;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let keys = Keys::of(scene);
    let free: Vec<&str> = keys.free().collect();
    let logs_in = |confined: &&Confined| role::find(&scene.catalog.roles, &confined.name).is_some_and(|r| r.login);
    if free.is_empty() {
        return Vec::new();
    }
    scene.held_back().filter(logs_in).map(|confined| finding(confined, &free)).collect()
}

fn finding(confined: &Confined, keys: &[&str]) -> RuleFinding {
    let (name, keys) = (&confined.name, listed(keys));
    let said = Said {
        message: format!(
            "role {name} logs in by itself, and its tenant is the setting {keys}, which any session may set: \
             whoever runs SQL as {name} is every tenant"
        ),
        help: "let nobody but the backend run SQL as it, and see that no input becomes SQL; or give each tenant a role"
            .to_owned(),
    };
    let reason = "it is a matter of design, not of a statement";
    RuleFinding::left("context-spoofable", Severity::Note, role_id(name), said, reason)
}
