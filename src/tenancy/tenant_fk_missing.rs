//! `tenant-fk-missing`: tenants that nobody has heard of.

use crate::model::finding::Fix;
use crate::model::finding::Severity;
use crate::model::ident::split_qualified;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::keys::base_type;
use crate::tenancy::tenant_column_type;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    // Between two types there can be no foreign key: that is the finding then.
    let wanted = tenant_column_type::wanted(scene);
    let fits = |table| scene.tenant_column(table).map(base_type) == wanted || wanted.is_none();
    scene
        .tables_with_tenant()
        .filter(|(table, _)| fits(table))
        .filter(|(table, _)| !scene.children(ObjectKind::ForeignKey, table).iter().any(|key| is_tied(scene, key)))
        .map(|(table, _)| finding(scene, table))
        .collect()
}

/// True for the foreign key from the tenant column alone to the registry.
pub(super) fn is_tied(scene: &Scene, key: &Object) -> bool {
    let to = key.text("references").and_then(split_qualified);
    matches!(key.list("columns"), [column] if **column == *scene.tenancy.column)
        && to.is_some_and(|(schema, table)| scene.tenancy.is_registry(&schema, &table))
}

fn finding(scene: &Scene, table: &Object) -> RuleFinding {
    let (name, column, registry) = (table.id.dotted(), &scene.tenancy.column, &scene.tenancy.registry);
    let declared = scene.declared_children(ObjectKind::ForeignKey, table).iter().find(|key| is_tied(scene, key));
    let tables = scene.catalog.of_kind(ObjectKind::Table);
    let harm = if tables.iter().any(|t| scene.tenancy.is_registry(&t.id.schema, &t.id.name)) {
        "a typing error becomes a tenant, and rows outlive the tenant they belong to"
    } else {
        "there is no such table here, so no row can be shown to belong to a tenant that exists"
    };
    let message = format!("{name}.{column} has no foreign key to {registry}: {harm}");
    let finding = RuleFinding::new(
        "tenant-fk-missing",
        Severity::Error,
        &table.id,
        message,
        "the expected SQL does not declare the foreign key either",
    );
    match declared {
        Some(key) => RuleFinding {
            help: "add and validate it with `drift fix --additive`".to_owned(),
            supersedes: vec![(key.id.clone(), None)],
            fix: Fix::Additive,
            ..finding
        },
        None => {
            finding.help(format!("declare a foreign key from {column} of {name} to {registry} in the expected SQL"))
        }
    }
}
