//! `tenant-column-missing`: rows that belong to nobody.

use crate::model::finding::Fix;
use crate::model::finding::Severity;
use crate::model::object::Object;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::junction_missing_tenant;
use crate::tenancy::tenant_child_hidden;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    scene
        .tenant_tables()
        .filter(|(table, _)| !scene.has_tenant_column(table) && !is_told_better(scene, table))
        .map(|(table, _)| finding(scene, table))
        .collect()
}

/// True where the foreign keys of the table say more: one fact, one finding.
fn is_told_better(scene: &Scene, table: &Object) -> bool {
    let declared = scene.declared(&scene.column(table, &scene.tenancy.column)).is_some();
    !declared
        && (junction_missing_tenant::links(scene, table).is_some()
            || tenant_child_hidden::hidden(scene, table).is_some())
}

fn finding(scene: &Scene, table: &Object) -> RuleFinding {
    let (name, column) = (table.id.dotted(), &scene.tenancy.column);
    let id = scene.column(table, column);
    let harm = match scene.rows(table) {
        Some(0) => "no row in it can belong to a tenant, and no policy can tell tenants apart".to_owned(),
        Some(1) => "its 1 row belongs to no tenant, and no policy can tell tenants apart".to_owned(),
        Some(rows) => format!("its {rows} rows belong to no tenant, and no policy can tell tenants apart"),
        None => "nothing says to which tenant a row belongs, so no policy can tell tenants apart".to_owned(),
    };
    let (help, fix) = repair(scene, table);
    RuleFinding {
        code: "tenant-column-missing",
        severity: Severity::Error,
        message: format!("{name} has no {column}: {harm}"),
        help,
        expected: None,
        supersedes: vec![(id.clone(), None)],
        object: id,
        fix,
    }
}

fn repair(scene: &Scene, table: &Object) -> (String, Fix) {
    let (name, column) = (table.id.dotted(), &scene.tenancy.column);
    let short = scene.short_name(table);
    let Some(declared) = scene.declared(&scene.column(table, column)) else {
        let help = format!(
            "declare {column} for {name} in the expected SQL, or class the table as \"global\" under [tables] of drift.toml"
        );
        return (help, Fix::None { reason: "the expected SQL does not declare the column either".into() });
    };
    let has_rows = scene.rows(table) != Some(0);
    if !has_rows || !declared.flag("not_null") || scene.spec.backfill_of(&table.id.schema, &table.id.name).is_some() {
        return ("add the column with `drift fix --additive`".into(), Fix::Additive);
    }
    let help = format!("say whose rows these are: `drift fix --additive --backfill '{short}=<tenant id or SQL>'`");
    let reason = "without a backfill the column is added nullable, because the rows that exist have no tenant";
    (help, Fix::Partial { reason: reason.into() })
}
