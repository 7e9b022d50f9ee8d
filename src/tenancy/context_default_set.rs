//! `context-default-set`: sessions begin as some tenant, or with a guard switched off.

use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::ObjectId;
use crate::tenancy::RuleFinding;
use crate::tenancy::Said;
use crate::tenancy::Scene;
use crate::tenancy::roles::role_id;
use crate::tenancy::session::Keys;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let keys = Keys::of(scene);
    let mut findings = Vec::new();
    for setting in scene.catalog.of_kind(ObjectKind::Setting) {
        let parameter = setting.text("parameter").unwrap_or_default();
        let whose =
            setting.text("role").map_or_else(|| "every session".to_owned(), |role| format!("a session of {role}"));
        let reset = match setting.text("role") {
            Some(role) => format!("ALTER ROLE {role} IN DATABASE … RESET {parameter}"),
            None => format!("ALTER DATABASE … RESET {parameter}"),
        };
        let mine = setting.text("role").is_none_or(|role| concerns(scene, role));
        if let Some(harm) = harm(parameter, setting.text("value").unwrap_or_default(), &keys).filter(|_| mine) {
            let finding = finding(setting.id.clone(), &whose, parameter, harm, &reset);
            let undeclared = scene.declared(&setting.id).is_none().then(|| setting.id.clone());
            findings.push(finding.superseding(undeclared));
        }
    }
    for role in scene.catalog.roles.iter().filter(|role| concerns(scene, &role.name)) {
        for (parameter, value) in role.settings.iter().filter_map(|setting| setting.split_once('=')) {
            if let Some(harm) = harm(parameter, value, &keys) {
                let reset = format!("ALTER ROLE {} RESET {parameter}", role.name);
                findings.push(finding(
                    role_id(&role.name),
                    &format!("a session of {}", role.name),
                    parameter,
                    harm,
                    &reset,
                ));
            }
        }
    }
    findings
}

/// A role that must be confined, or that becomes one: its settings are those of the session.
fn concerns(scene: &Scene, role: &str) -> bool {
    let reached = crate::model::role::closure(&scene.catalog.roles, role, false);
    scene.held_back().any(|held| reached.contains(held.name.as_str()))
}

fn harm(parameter: &str, value: &str, keys: &Keys) -> Option<&'static str> {
    match parameter {
        _ if keys.contains(parameter) => {
            // Empty is how a setting of an earlier transaction reads: nobody.
            (!value.is_empty()).then_some("whoever forgets to say whose it is, is that tenant")
        }
        "row_security" => Some("queries that a policy would filter fail instead"),
        "session_replication_role" => (value != "origin").then_some("triggers and foreign keys are not asked"),
        _ => None,
    }
}

fn finding(object: ObjectId, whose: &str, parameter: &str, harm: &str, reset: &str) -> RuleFinding {
    let said = Said {
        message: format!("{whose} begins with {parameter} set: {harm}"),
        help: format!("let the application set it for each request: {reset}"),
    };
    let reason = "removing the setting changes what sessions to come may do";
    RuleFinding::left("context-default-set", Severity::Error, object, said, reason)
}
