//! `policy-many-permissive`: several policies widen the same command.

use std::collections::BTreeSet;

use crate::model::finding::Fix;
use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::isolation::list;
use crate::tenancy::policies::Command;
use crate::tenancy::policies::reaches;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    // A policy that lets other tenants' rows through is told by its own rule.
    let weak: BTreeSet<&ObjectId> = scene.verdicts().iter().map(|verdict| &verdict.table.id).collect();
    let tables = scene.tables_with_policies().filter(|(table, _)| !weak.contains(&table.id));
    tables.filter_map(|(table, _)| finding(scene, table)).collect()
}

/// One for a table.
fn finding(scene: &Scene, table: &Object) -> Option<RuleFinding> {
    let policies = scene.children(ObjectKind::Policy, table);
    if policies.len() < 2 {
        return None;
    }
    let mut told: Vec<String> = Vec::new();
    for command in Command::ALL {
        for role in scene.held_back() {
            let widen = |policy: &&Object| policy.flag("permissive") && command.is_of(policy) && reaches(policy, role);
            let names: Vec<&str> = policies.iter().filter(widen).map(|policy| &*policy.id.name).collect();
            let line = format!("{} for {} by {}", command.word(), role.name, list(&names));
            if names.len() > 1 && !told.contains(&line) {
                told.push(line);
            }
        }
    }
    (!told.is_empty()).then(|| RuleFinding {
        code: "policy-many-permissive",
        severity: Severity::Note,
        object: table.id.clone(),
        message: format!(
            "{} is widened by more than one policy at once: {}; each is evaluated for every row, and the widest decides",
            table.id.dotted(),
            told.join("; ")
        ),
        help: "make one policy of those of one command, or make those that narrow RESTRICTIVE".to_owned(),
        expected: None,
        supersedes: Vec::new(),
        fix: Fix::None { reason: "existing policies are never edited or dropped: consolidate them by hand".into() },
    })
}
