//! `grant-unsafe`: rights that row-level security does not govern.

use std::collections::BTreeSet;

use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::tenancy::Confined;
use crate::tenancy::RuleFinding;
use crate::tenancy::Said;
use crate::tenancy::Scene;
use crate::tenancy::roles::listed;
use crate::tenancy::roles::names;
use crate::tenancy::roles::role_id;

/// What each lets its holder do, policies aside.
const UNSAFE: &[(&str, &str)] = &[
    ("TRUNCATE", "empties the table for all tenants"),
    ("REFERENCES", "finds out by foreign keys which rows others have"),
    ("TRIGGER", "runs code with the rights of whoever writes next"),
    ("MAINTAIN", "locks the table against everybody"),
];

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let tables = scene.guarded_tables();
    // Who owns a table, or is bound by nothing, has these rights anyway: another rule's finding.
    let bound = scene.held_back().filter(|confined| !confined.is_unbound());
    bound.flat_map(|confined| of_role(scene, confined, &tables)).collect()
}

/// From so many tables on, one finding says it for all.
pub(super) const MANY: usize = 4;

/// `each of 6 tenant tables`, or which of them.
pub(super) fn among(open: &[&Object], all: usize) -> String {
    if open.len() == all {
        format!("each of {all} tenant tables")
    } else {
        format!("{} of {all} tenant tables ({})", open.len(), listed(&names(open)))
    }
}

/// Declared grants to the role whose only difference is that they have more of this.
fn merely_unsafe(scene: &Scene, confined: &Confined, table: &Object) -> Vec<ObjectId> {
    let unsafe_only = |grant: &&Object| {
        let Some(declared) = scene.declared(&grant.id) else { return false };
        let (has, may) = (grant.list("privileges"), declared.list("privileges"));
        may.iter().all(|privilege| has.contains(privilege))
            && has.iter().filter(|p| !may.contains(p)).all(|p| UNSAFE.iter().any(|(name, _)| *name == &**p))
    };
    let grants = scene.children(ObjectKind::Grant, table).iter();
    let theirs = grants.filter(|grant| grant.text("grantee") == Some(confined.name.as_str()));
    theirs.filter(unsafe_only).map(|grant| grant.id.clone()).collect()
}

fn of_role(scene: &Scene, confined: &Confined, tables: &[&Object]) -> Vec<RuleFinding> {
    let held = |table: &Object| -> BTreeSet<usize> {
        let may = |privilege: &str| match privilege {
            "REFERENCES" => confined.access.may_some_column(table, privilege),
            _ => confined.access.may(table, privilege),
        };
        (0..UNSAFE.len()).filter(|n| may(UNSAFE[*n].0)).collect()
    };
    let open: Vec<(&Object, BTreeSet<usize>)> = tables
        .iter()
        .filter(|table| !confined.access.owns(table))
        .map(|table| (*table, held(table)))
        .filter(|(_, held)| !held.is_empty())
        .collect();
    let covered = |table: &Object| merely_unsafe(scene, confined, table);
    if open.len() > 1 && (open.len() == tables.len() || open.len() >= MANY) {
        let all: BTreeSet<usize> = open.iter().flat_map(|(_, held)| held.iter().copied()).collect();
        let which: Vec<&Object> = open.iter().map(|(table, _)| *table).collect();
        let on = format!("on {}", among(&which, tables.len()));
        let finding = finding(confined, role_id(&confined.name), &on, "ALL TABLES IN SCHEMA …", &all);
        return vec![finding.superseding(which.iter().flat_map(|table| covered(table)))];
    }
    let one = |(table, held): &(&Object, BTreeSet<usize>)| {
        let on = format!("on {}", table.id.dotted());
        finding(confined, table.id.clone(), &on, &table.id.qualified(), held).superseding(covered(table))
    };
    open.iter().map(one).collect()
}

fn finding(confined: &Confined, object: ObjectId, on: &str, target: &str, held: &BTreeSet<usize>) -> RuleFinding {
    let name = &confined.name;
    let privileges: Vec<&str> = held.iter().map(|n| UNSAFE[*n].0).collect();
    let worst = if privileges.contains(&"TRIGGER") { Severity::Error } else { Severity::Warning };
    let harms: Vec<&str> = held.iter().map(|n| UNSAFE[*n].1).collect();
    let said = Said {
        message: format!(
            "role {name} has {} {on}, which no policy governs: it {}",
            listed_all(&privileges),
            listed_all(&harms)
        ),
        help: format!("take it away: REVOKE {} ON {target} FROM {name}", privileges.join(", ")),
    };
    let reason = "revoking takes rights away, which an additive patch never does";
    RuleFinding::left("grant-unsafe", worst, object, said, reason)
}

/// Never more than four: all are named.
fn listed_all(words: &[&str]) -> String {
    match words {
        [first @ .., last] if first.len() >= 3 => format!("{} and {last}", first.join(", ")),
        _ => listed(words),
    }
}
