//! `tenant-index-missing`: every policy is a scan of all tenants' rows.

use crate::model::finding::Fix;
use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::is_key;
use crate::tenancy::shows_security;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let column = &scene.tenancy.column;
    scene
        .tenant_tables()
        .filter(|(table, _)| shows_security(table))
        .filter(|(table, _)| scene.catalog.get(&scene.column(table, column)).is_some())
        .filter(|(table, _)| !led_by_tenant(column, |kind| scene.children(kind, table)))
        .filter_map(|(table, _)| finding(scene, table))
        .collect()
}

/// True where an index, or a key that is one, starts with the tenant column.
pub(super) fn led_by_tenant<'a>(column: &str, children: impl Fn(ObjectKind) -> &'a [Object]) -> bool {
    let key = |object: &Object| object.list("columns").first().is_some_and(|first| **first == *column);
    children(ObjectKind::Index).iter().any(|index| serves(index, column))
        || children(ObjectKind::PrimaryKey).iter().any(key)
        || children(ObjectKind::Unique).iter().any(key)
}

/// True where `tenant_id = …` can be answered from the index.
fn serves(index: &Object, column: &str) -> bool {
    index.list("keys").first().is_some_and(|key| is_key(key, column))
        && index.text("predicate").is_none()
        && index.text("method").is_none_or(|method| method == "btree" || method == "hash")
        && (index.attributes.get("valid").is_none() || index.flag("valid"))
}

/// Nothing where a declared key would serve, or a declared index that is there
/// but not valid: those are findings of the differ, and their repair is this one's.
fn finding(scene: &Scene, table: &Object) -> Option<RuleFinding> {
    let (name, column) = (table.id.dotted(), &scene.tenancy.column);
    let declared: Vec<&Object> = scene
        .declared_children(ObjectKind::Index, table)
        .iter()
        .filter(|index| serves(index, column) && scene.catalog.get(&index.id).is_none())
        .collect();
    if declared.is_empty() && led_by_tenant(column, |kind| scene.declared_children(kind, table)) {
        return None;
    }
    let (help, fix) = if declared.is_empty() {
        let help = format!("declare an index on {name} that starts with {column}");
        (help, Fix::None { reason: "the expected SQL declares no such index either".into() })
    } else {
        ("build it concurrently with `drift fix --additive`".to_owned(), Fix::Additive)
    };
    Some(RuleFinding {
        code: "tenant-index-missing",
        severity: Severity::Warning,
        object: table.id.clone(),
        message: format!(
            "{name} has no index that starts with {column}: every query of one tenant reads the rows of all"
        ),
        help,
        expected: None,
        supersedes: declared.into_iter().map(|index| (index.id.clone(), None)).collect(),
        fix,
    })
}
