//! `table-unclassified`: a table of which nobody has said whose rows it holds.

use crate::model::finding::Fix;
use crate::model::finding::Severity;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    scene
        .tables()
        .filter(|table| scene.is_unclassified(table))
        .map(|table| {
            let name = table.id.dotted();
            let key = toml_key(&scene.short_name(table));
            RuleFinding {
                code: "table-unclassified",
                severity: Severity::Error,
                object: table.id.clone(),
                message: match scene.hangs_on_tenants(table) {
                    Some(key) => format!(
                        "{name} is neither declared nor classified, and its {} says that its rows are part of {}.{}: \
                         they are tenants' rows, and nothing keeps them apart",
                        key.object.id.name, key.schema, key.table
                    ),
                    None => format!(
                        "{name} is neither declared nor classified: whose rows it holds is unknown, \
                         so nothing keeps tenants apart in it"
                    ),
                },
                help: format!(
                    "declare it in the expected SQL, or add `{key} = \"global\"` (or \"ignore\") under [tables] of drift.toml"
                ),
                expected: None,
                supersedes: vec![(table.id.clone(), None)],
                fix: Fix::None { reason: "only a person can say whose rows it holds".into() },
            }
        })
        .collect()
}

/// A key as TOML wants it.
fn toml_key(name: &str) -> String {
    let bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
    if bare { name.to_owned() } else { format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"")) }
}
