//! `vector-postfilter`: the nearest neighbours are sought among all tenants.

use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::tenancy::RuleFinding;
use crate::tenancy::Said;
use crate::tenancy::Scene;
use crate::tenancy::roles::listed;
use crate::tenancy::roles::names;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    scene
        .tenant_tables()
        .filter(|(table, _)| table.flag("row_security") && !is_split_by(table, &scene.tenancy.column))
        .filter_map(|(table, _)| finding(scene, table))
        .collect()
}

/// True where each tenant's rows are in a partition that holds no others': `LIST (tenant_id)`.
fn is_split_by(table: &Object, column: &str) -> bool {
    let key = table.text("partition_key").unwrap_or_default();
    key.strip_prefix("LIST (").is_some_and(|rest| rest.trim_end_matches(')') == crate::model::ident::quote(column))
}

/// True for an index that gives the nearest rows first, before a policy is asked.
fn is_approximate(index: &Object) -> bool {
    matches!(index.text("method"), Some("hnsw" | "ivfflat"))
}

fn finding(scene: &Scene, table: &Object) -> Option<RuleFinding> {
    let indexes: Vec<&Object> =
        scene.children(ObjectKind::Index, table).iter().filter(|index| is_approximate(index)).collect();
    let object = match indexes.as_slice() {
        [] => return None,
        [only] => only.id.clone(),
        _ => table.id.clone(),
    };
    let said = Said {
        message: format!(
            "{} finds the nearest rows of all tenants, and policies then drop those of others: \
             a small tenant gets few results or none",
            listed(&names(&indexes))
        ),
        help: "SET hnsw.iterative_scan = strict_order (pgvector 0.8 and later), or partition the table by tenant"
            .to_owned(),
    };
    let reason = "what to trade for complete results is the application's choice";
    Some(RuleFinding::left("vector-postfilter", Severity::Note, object, said, reason))
}
