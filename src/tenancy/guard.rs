//! Guards: restrictive policies of drift's own, named `drift_guard…`, that
//! hold a table's rows to the tenant of the session whatever its other policies
//! say. They can only narrow, so adding one can never open a hole. Where one in
//! its stock form is in the database it is as good as declared, and is no drift.

use std::collections::BTreeSet;

use crate::kinds;
use crate::model::ident::quote;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::object::Value;
use crate::spec::TableClass;
use crate::tenancy::Scene;

/// All guards have names that start with it.
pub const PREFIX: &str = "drift_guard";

/// True where a guard would hold: the context is declared, the table's rows are
/// one tenant's, and there is a permissive policy for it to narrow.
pub(super) fn is_possible(scene: &Scene, table: &Object, class: TableClass) -> bool {
    let kept = match class {
        TableClass::Owned => true,
        TableClass::Shareable => scene.tenancy.shareable.read.is_some(),
        // To see one's own memberships of other tenants is what those tables are for.
        TableClass::Member | TableClass::Global | TableClass::Ignore => false,
    };
    let permissive = scene.children(ObjectKind::Policy, table).iter().any(|policy| policy.flag("permissive"));
    kept && permissive && scene.tenancy.context.is_some() && scene.policies.tenant_column(table).is_some()
}

/// The guards of a table, as they would be declared.
pub(super) fn stock(scene: &Scene, table: &Object, class: TableClass) -> Vec<Object> {
    let (Some(context), Some(column)) = (&scene.tenancy.context, scene.policies.tenant_column(table)) else {
        return Vec::new();
    };
    let own = format!("{} = {context}", quote(&column));
    let mut roles: Vec<String> = scene.held_back().map(|role| role.name.clone()).collect();
    roles.sort();
    let guard = |name: &str, command: &str, using: Option<&str>, check: Option<&str>| {
        policy(table, &format!("{PREFIX}{name}"), command, &roles, (using, check))
    };
    match (class, &scene.tenancy.shareable.read) {
        (TableClass::Shareable, Some(read)) => vec![
            guard("_select", "select", Some(&format!("{own} OR ({read})")), None),
            guard("_insert", "insert", None, Some(&own)),
            guard("_update", "update", Some(&own), Some(&own)),
            guard("_delete", "delete", Some(&own), None),
        ],
        _ => vec![guard("", "all", Some(&own), Some(&own))],
    }
}

fn policy(
    table: &Object,
    name: &str,
    command: &str,
    roles: &[String],
    (using, check): (Option<&str>, Option<&str>),
) -> Object {
    let text = |text: &str| Value::Text(text.into());
    let comment = "Made by drift: keeps the rows of each tenant to it, whatever other policies say.";
    let values = [
        ("command", Some(text(command))),
        ("permissive", Some(Value::Bool(false))),
        ("roles", Some(Value::List(roles.iter().map(|role| role.as_str().into()).collect()))),
        ("using", using.map(text)),
        ("check", check.map(text)),
        ("comment", Some(text(comment))),
    ];
    let of_kind = kinds::of(ObjectKind::Policy).attributes.iter();
    let value = |name: &str| values.iter().find(|(known, _)| *known == name).and_then(|(_, value)| value.clone());
    let attributes = of_kind.filter_map(|attribute| value(attribute.name).map(|value| (attribute, value))).collect();
    Object::new(ObjectId::new(ObjectKind::Policy, &table.id.schema, &table.id.name, name), attributes)
}

/// The guards that count as declared: those that the database has, and with
/// `wanted` those that would close what its policies let through.
pub(super) fn of_scene(scene: &Scene, wanted: bool) -> Vec<Object> {
    let weak: BTreeSet<&ObjectId> = match wanted {
        true => scene.verdicts().iter().map(|verdict| &verdict.table.id).collect(),
        false => BTreeSet::new(),
    };
    let mut guards = Vec::new();
    for (table, class) in scene.tables_with_policies() {
        if !is_possible(scene, table, class) {
            continue;
        }
        let weak = weak.contains(&table.id);
        let there = |guard: &Object| scene.catalog.get(&guard.id).is_some();
        guards.extend(stock(scene, table, class).into_iter().filter(|guard| weak || there(guard)));
    }
    guards
}
