//! `share-inconsistent`: columns that may contradict each other about what is shared.

use std::sync::Arc;

use crate::model::finding::Fix;
use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::spec::TableClass;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::sharing;
use crate::tenancy::shows_security;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let Some(rule) = scene.tenancy.shareable.check.as_deref() else { return Vec::new() };
    let columns = sharing::mentioned(scene, rule);
    if columns.len() < 2 {
        return Vec::new();
    }
    scene
        .tenant_tables()
        .filter(|(table, class)| *class == TableClass::Shareable && shows_security(table))
        .filter(|(table, _)| columns.iter().all(|column| is_plain(scene, table, column)))
        .filter(|(table, _)| !scene.children(ObjectKind::Check, table).iter().any(|check| ties(check, &columns)))
        .map(|(table, _)| finding(scene, table, rule, &columns))
        .collect()
}

/// True for a column that is there and is not computed from the others.
fn is_plain(scene: &Scene, table: &Object, column: &str) -> bool {
    scene.catalog.get(&scene.column(table, column)).is_some_and(|column| column.text("generated").is_none())
}

/// True for a check that holds for every row and asks all of the columns.
fn ties(check: &Object, columns: &[&str]) -> bool {
    let asked: &[Arc<str>] = check.list("columns");
    check.flag("validated") && columns.iter().all(|column| asked.iter().any(|c| **c == **column))
}

fn finding(scene: &Scene, table: &Object, rule: &str, columns: &[&str]) -> RuleFinding {
    let name = table.id.dotted();
    let finding = RuleFinding::new(
        "share-inconsistent",
        Severity::Warning,
        &table.id,
        format!(
            "{name} has no check that ties {} together: a row can be shared by one and private by the other",
            columns.join(" and ")
        ),
        "the expected SQL does not declare the check either",
    );
    let Some(declared) = scene.declared_children(ObjectKind::Check, table).iter().find(|check| ties(check, columns))
    else {
        return finding.help(format!("declare CHECK ({rule}) for {name} in the expected SQL"));
    };
    let whole = scene.catalog.get(&declared.id).is_none();
    RuleFinding {
        help: "add and validate it with `drift fix --additive`".to_owned(),
        supersedes: vec![(declared.id.clone(), (!whole).then_some("validated"))],
        fix: Fix::Additive,
        ..finding
    }
}
