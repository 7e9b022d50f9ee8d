//! `tenant-column-mutable`: rows that can be carried to another tenant.

use crate::model::catalog::Catalog;
use crate::model::finding::Fix;
use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::spec::TableClass;
use crate::tenancy::Confined;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::names;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let column = &*scene.tenancy.column;
    let is_watched = |table: &Object| {
        let mut triggers = scene.children(ObjectKind::Trigger, table).iter();
        triggers.any(|trigger| watches(scene.catalog, trigger, column))
    };
    scene
        .tables_with_tenant()
        .filter(|(table, _)| !is_watched(table))
        .filter_map(|(table, _)| Some((table, mover(scene, table)?)))
        .map(|(table, role)| finding(scene, table, role))
        .collect()
}

/// The first confined role that may change the tenant of a row it can reach.
fn mover<'a>(scene: &'a Scene, table: &Object) -> Option<&'a Confined<'a>> {
    scene.confined.iter().find(|role| {
        // Whom no policy binds, or who owns the table, may do that and more: other rules say so.
        !role.is_unbound()
            && !role.access.owns(table)
            && role.access.may_column(table, &scene.tenancy.column, "UPDATE")
            && (!bound(table, role) || reaches(scene, table, role))
    })
}

fn bound(table: &Object, role: &Confined) -> bool {
    table.flag("row_security") && role.access.unbound_role().is_none()
}

/// True where a policy lets the role update rows at all.
fn reaches(scene: &Scene, table: &Object, role: &Confined) -> bool {
    scene.children(ObjectKind::Policy, table).iter().any(|policy| {
        policy.flag("permissive")
            && matches!(policy.text("command"), Some("all" | "update"))
            && policy.list("roles").iter().any(|to| &**to == "public" || role.access.acts_as(to))
    })
}

/// True for a trigger that sees every change of the column before it happens, and
/// whose function names the column. What it refuses is shown by the proof, not here.
fn watches(catalog: &Catalog, trigger: &Object, column: &str) -> bool {
    let columns = trigger.list("columns");
    trigger.text("timing") == Some("before")
        && trigger.flag("for_each_row")
        && trigger.list("events").iter().any(|event| &**event == "update")
        && matches!(trigger.text("enabled"), Some("enabled" | "always"))
        && (columns.is_empty() || columns.iter().any(|c| **c == *column))
        && trigger.text("function").is_some_and(|function| names(catalog, function, column))
}

fn finding(scene: &Scene, table: &Object, role: &Confined) -> RuleFinding {
    let (name, column, role) = (table.id.dotted(), &scene.tenancy.column, &role.name);
    let by_membership = asks_memberships(scene, table);
    let (severity, whose) = match by_membership {
        true => (Severity::Error, "its policies admit every tenant that a user is a member of, so"),
        false => (Severity::Warning, "where a policy admits both tenants,"),
    };
    let message = format!(
        "{role} may update {name}.{column} and nothing refuses it: {whose} a row can be carried from one tenant to another"
    );
    let id = scene.column(table, column);
    let finding = RuleFinding::new(
        "tenant-column-mutable",
        severity,
        &id,
        message,
        "the expected SQL declares neither column grants nor a trigger that refuses it",
    );
    let missing: Vec<&Object> = scene
        .declared_children(ObjectKind::Trigger, table)
        .iter()
        .filter(|trigger| scene.declared.is_some_and(|declared| watches(declared, trigger, column)))
        .filter(|trigger| scene.catalog.get(&trigger.id).is_none())
        .collect();
    if missing.is_empty() {
        let help = format!(
            "grant UPDATE only on the other columns, or declare a BEFORE UPDATE OF {column} trigger that refuses another value"
        );
        return finding.help(help);
    }
    RuleFinding {
        help: "create the declared trigger with `drift fix --additive`".to_owned(),
        supersedes: missing.into_iter().map(|trigger| (trigger.id.clone(), None)).collect(),
        fix: Fix::Additive,
        ..finding
    }
}

/// True where a policy of the table asks a table of memberships: then a user of
/// two tenants is let through for both.
fn asks_memberships(scene: &Scene, table: &Object) -> bool {
    scene.children(ObjectKind::Policy, table).iter().any(|policy| {
        scene.depends_on_tables(policy).any(|(schema, relation)| {
            (schema, relation) != (&*table.id.schema, &*table.id.name)
                && scene.tenancy.class_of(schema, relation) == Some(TableClass::Member)
        })
    })
}
