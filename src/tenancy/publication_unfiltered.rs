//! `publication-unfiltered`: all tenants' rows leave by replication.

use std::collections::BTreeSet;

use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::tenancy::RuleFinding;
use crate::tenancy::Said;
use crate::tenancy::Scene;
use crate::tenancy::reach::tenant_relations;
use crate::tenancy::roles::listed;

/// Publications whose subscribers are the users themselves.
const TO_USERS: &[&str] = &["supabase_realtime"];

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let tenant: Vec<&Object> = tenant_relations(scene).keys().map(|n| scene.catalog.at(*n)).collect();
    let publications = scene.catalog.of_kind(ObjectKind::Publication).iter();
    publications.filter_map(|publication| finding(scene, publication, &tenant)).collect()
}

fn finding(scene: &Scene, publication: &Object, tenant: &[&Object]) -> Option<RuleFinding> {
    let bare = |entry: &str| entry.split([' ']).next().unwrap_or(entry).to_owned();
    let listed_tables: BTreeSet<String> = publication.list("tables").iter().map(|entry| bare(entry)).collect();
    let filtered: BTreeSet<String> = publication.list("filters").iter().map(|entry| bare(entry)).collect();
    let schemas = publication.list("schemas");
    let open: Vec<String> = tenant
        .iter()
        .filter(|table| {
            let name = table.id.qualified();
            let whole = publication.flag("all_tables") || schemas.contains(&table.id.schema);
            whole && table.text("partition_of").is_none() || listed_tables.contains(&name) && !filtered.contains(&name)
        })
        .map(|table| table.id.dotted())
        .collect();
    if open.is_empty() || publication.list("publish").is_empty() {
        return None;
    }
    let to_users = TO_USERS.contains(&&*publication.id.name);
    let (severity, harm) = if to_users {
        (Severity::Warning, "to those who listen, and policies are not asked for rows that are deleted")
    } else {
        (Severity::Note, "to whoever subscribes: replication asks no policy")
    };
    let said = Said {
        message: format!("{} sends every tenant's rows of {} {harm}", publication.id, listed(&open)),
        help: "publish what the subscriber may see: ALTER PUBLICATION … SET TABLE … WHERE (tenant_id = …) (since 15); \
               or see that one trusted system subscribes"
            .to_owned(),
    };
    let reason = "subscribers would get other rows";
    let undeclared = scene.undeclared(&[publication]);
    Some(
        RuleFinding::left("publication-unfiltered", severity, publication.id.clone(), said, reason)
            .superseding(undeclared),
    )
}
