//! `unique-not-tenant-scoped`: names that only one tenant can have.

use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::spec::TableClass;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::keys::UniqueKey;
use crate::tenancy::keys::base_type;
use crate::tenancy::role_grant_not_tenant_scoped;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let mut findings = Vec::new();
    for (table, class) in scene.tables_with_tenant() {
        let keys = shared(scene, table, class).into_iter();
        findings.extend(keys.filter(|key| is_chosen(scene, table, key)).map(|key| finding(scene, table, &key)));
    }
    findings
}

/// The keys in which rows of different tenants can collide.
pub(super) fn shared<'a>(scene: &Scene<'a>, table: &Object, class: TableClass) -> Vec<UniqueKey<'a>> {
    let mut keys = scene.unique_keys(table);
    keys.retain(|key| {
        !key.has(&scene.tenancy.column)
            && !role_grant_not_tenant_scoped::is_grant(scene, class, key)
            && !settles_tenant(scene, table, key)
    });
    keys
}

/// True where the key names a row of one tenant: a composite foreign key leads
/// there, and the rest of its columns is unique at the other end.
fn settles_tenant(scene: &Scene, table: &Object, key: &UniqueKey) -> bool {
    let tenant = &*scene.tenancy.column;
    scene.foreign_keys(table).iter().filter(|foreign| foreign.carries(tenant)).any(|foreign| {
        let beside = foreign.columns().iter().filter(|column| ***column != *tenant);
        let referenced = foreign.referenced_beside(tenant);
        let Some((parent, _)) = scene.tenant_parent(foreign) else { return false };
        let alone = |unique: &UniqueKey| unique.is_total() && unique.columns.iter().all(|c| referenced.contains(c));
        !referenced.is_empty()
            && beside.into_iter().all(|column| key.has(column))
            && scene.unique_keys(parent).iter().any(alone)
    })
}

/// True where people choose a part of the key. What the server makes up, a uuid
/// and what refers to another tenant table nobody chooses for its meaning.
pub(super) fn is_chosen(scene: &Scene, table: &Object, key: &UniqueKey) -> bool {
    let foreign = scene.foreign_keys(table);
    let refers = |column: &str| {
        let mut keys = foreign.iter().filter(|key| key.columns().iter().any(|c| **c == *column));
        keys.any(|key| scene.tenant_parent(key).is_some())
    };
    // Many applications number rows themselves; then the column has no default.
    let numbers = |column: &str| {
        let column = scene.catalog.get(&scene.column(table, column));
        key.object.id.kind == ObjectKind::PrimaryKey
            && column.is_some_and(|c| matches!(&*base_type(c), "smallint" | "integer" | "bigint"))
    };
    let chosen = |column: &&str| !scene.is_surrogate(table, column) && !numbers(column) && !refers(column);
    !key.expressions.is_empty() || key.columns.iter().any(chosen)
}

fn finding(scene: &Scene, table: &Object, key: &UniqueKey) -> RuleFinding {
    let (name, column, list, object) = (table.id.dotted(), &scene.tenancy.column, key.list(), &key.object.id);
    let message = format!(
        "{} of {name} is unique by ({list}) across all tenants: one tenant cannot use what another one uses, \
         and the refusal tells that the other one does",
        object.name
    );
    let reason = format!("dropping {} is a step of its own, once the other key is there", object.name);
    RuleFinding::new("unique-not-tenant-scoped", Severity::Error, object, message, &reason)
        .help(format!(
            "declare UNIQUE ({column}, {list}) instead in the expected SQL; if it is global by intent, allow it with `[[allow]]`"
        ))
        .covers_key(scene)
}
