//! `grant-unsafe`: rights that row-level security does not govern.

use std::collections::BTreeSet;

use crate::model::finding::Severity;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::tenancy::Confined;
use crate::tenancy::RuleFinding;
use crate::tenancy::Said;
use crate::tenancy::Scene;
use crate::tenancy::roles::listed;
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
    bound.flat_map(|confined| of_role(confined, &tables)).collect()
}

fn of_role(confined: &Confined, tables: &[&Object]) -> Vec<RuleFinding> {
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
    if open.len() > 1 && open.len() == tables.len() {
        let all: BTreeSet<usize> = open.iter().flat_map(|(_, held)| held.iter().copied()).collect();
        let on = format!("on each of {} tenant tables", tables.len());
        return vec![finding(confined, role_id(&confined.name), &on, "ALL TABLES IN SCHEMA …", &all)];
    }
    let one = |(table, held): &(&Object, BTreeSet<usize>)| {
        finding(confined, table.id.clone(), &format!("on {}", table.id.dotted()), &table.id.qualified(), held)
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
