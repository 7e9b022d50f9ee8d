//! `policy-role-public`: a policy for everybody, where those who have not
//! signed in have privileges.

use std::collections::BTreeSet;

use crate::model::finding::Fix;
use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::tenancy::Confined;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::isolation::list;
use crate::tenancy::isolation::named;
use crate::tenancy::isolation::verbs;
use crate::tenancy::policies::Command;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let Some(anonymous) = &scene.anonymous else { return Vec::new() };
    // What a policy lets through is the greater fact where it is one.
    let weak: BTreeSet<&ObjectId> = scene.verdicts().iter().map(|verdict| &verdict.policy.id).collect();
    let mut findings = Vec::new();
    for (table, _) in scene.tables_with_policies() {
        for policy in scene.children(ObjectKind::Policy, table) {
            let for_all = policy.list("roles").iter().any(|role| **role == *"public");
            if policy.flag("permissive") && for_all && !weak.contains(&policy.id) {
                findings.extend(finding(scene, table, policy, anonymous));
            }
        }
    }
    findings
}

fn finding(scene: &Scene, table: &Object, policy: &Object, anonymous: &Confined) -> Option<RuleFinding> {
    let may = |command: &Command| command.is_of(policy) && anonymous.access.may_some_column(table, command.word());
    let commands: Vec<Command> = Command::ALL.into_iter().filter(may).collect();
    if commands.is_empty() {
        return None;
    }
    let roles = list(&scene.tenancy.roles);
    Some(RuleFinding {
        code: "policy-role-public",
        severity: Severity::Warning,
        object: policy.id.clone(),
        message: format!(
            "{} is for everybody, and {} may {} there: only its expression keeps strangers out",
            named(policy, table),
            anonymous.name,
            verbs(&commands)
        ),
        help: format!("create it TO {roles}, or revoke what {} has on {}", anonymous.name, table.id.dotted()),
        expected: None,
        supersedes: Vec::new(),
        fix: Fix::None { reason: "an existing policy is never edited, and a repair takes no privilege away".into() },
    })
}
