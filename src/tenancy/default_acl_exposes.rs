//! `default-acl-exposes`: tables to come are open before anybody has secured them.

use std::collections::BTreeMap;

use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::tenancy::RuleFinding;
use crate::tenancy::Said;
use crate::tenancy::Scene;
use crate::tenancy::roles::listed;

/// What tenants' rows are reached through.
const REACHED: &[&str] = &["tables", "sequences", "functions"];

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let exposed = |entry: &&Object| {
        let grantee = entry.text("grantee").unwrap_or_default();
        entry.text("object_type").is_some_and(|kind| REACHED.contains(&kind))
            && !entry.list("privileges").is_empty()
            && (grantee == "public" || scene.held_back().any(|role| role.access.acts_as(grantee) && !role.is_unbound()))
    };
    // A platform grants every kind of object to every role of its own: said once for each place.
    let mut places: BTreeMap<(&str, &str), Vec<&Object>> = BTreeMap::new();
    for entry in scene.catalog.of_kind(ObjectKind::DefaultPrivilege).iter().filter(exposed) {
        places.entry((&entry.id.schema, entry.text("role").unwrap_or_default())).or_default().push(entry);
    }
    places.into_iter().map(|((schema, role), entries)| finding(scene, schema, role, &entries)).collect()
}

fn finding(scene: &Scene, schema: &str, role: &str, entries: &[&Object]) -> RuleFinding {
    let distinct = |name: &str| -> Vec<&str> {
        let mut values: Vec<&str> = entries.iter().filter_map(|entry| entry.text(name)).collect();
        values.sort_unstable();
        values.dedup();
        values
    };
    let (kinds, grantees) = (distinct("object_type"), distinct("grantee"));
    let made_by = if role.is_empty() { String::new() } else { format!(" that {role} makes") };
    let place = if schema.is_empty() { String::new() } else { format!(" in schema {schema}") };
    let (for_role, in_schema) = (
        if role.is_empty() { String::new() } else { format!(" FOR ROLE {role}") },
        if schema.is_empty() { String::new() } else { format!(" IN SCHEMA {schema}") },
    );
    let said = Said {
        message: format!(
            "{}{place}{made_by} are granted to {} as soon as they exist: a new table is open until somebody secures it",
            listed(&kinds),
            listed(&grantees)
        ),
        help: format!(
            "grant by name instead: ALTER DEFAULT PRIVILEGES{for_role}{in_schema} REVOKE ALL ON {} FROM {}",
            kinds[0].to_uppercase(),
            grantees.join(", ")
        ),
    };
    let reason = "whoever relies on tables being granted by themselves would have to grant them";
    RuleFinding::left("default-acl-exposes", Severity::Warning, entries[0].id.clone(), said, reason)
        .superseding(scene.undeclared(entries))
}
