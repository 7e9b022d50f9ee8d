//! Tenant isolation at a glance: for each table and confined role whose rows
//! each command reaches. Concluded by the same proofs as the findings; what is
//! not proved to be confined counts as open.

use crate::model::catalog::Catalog;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::reach::Reach;
use crate::model::reach::RoleReach;
use crate::model::reach::RowSecurity;
use crate::model::reach::TableReach;
use crate::spec::Spec;
use crate::spec::TableClass;
use crate::tenancy::Confined;
use crate::tenancy::Scene;
use crate::tenancy::command_uncovered;
use crate::tenancy::policies::Command;
use crate::tenancy::shows_security;

/// The tables of a catalog that hold rows of tenants, tell who is one, or are
/// declared to be everybody's. Nothing without `[tenancy]`.
pub fn glance(catalog: &Catalog, declared: &Catalog, spec: &Spec) -> Vec<TableReach> {
    let Some(scene) = Scene::of(catalog, Some(declared), spec) else { return Vec::new() };
    let tables = catalog.of_kind(ObjectKind::Table).iter().filter(|table| shows_security(table));
    tables.filter_map(|table| class(&scene, table).map(|class| of_table(&scene, table, class))).collect()
}

/// The class of a table that tenants have to do with.
fn class(scene: &Scene, table: &Object) -> Option<TableClass> {
    let (schema, name) = (&*table.id.schema, &*table.id.name);
    if scene.tenancy.is_registry(schema, name) {
        return scene.spec.schemas.iter().any(|managed| managed == schema).then_some(TableClass::Owned);
    }
    scene.is_ruled(table).then(|| scene.class(table).unwrap_or(TableClass::Owned))
}

fn of_table<'a>(scene: &Scene<'a>, table: &'a Object, class: TableClass) -> TableReach {
    let role = |role: &Confined<'a>| {
        let reach = |command| reach(scene, table, class, role, command);
        RoleReach {
            role: role.name.clone(),
            select: reach(Command::Select),
            insert: reach(Command::Insert),
            update: reach(Command::Update),
            delete: reach(Command::Delete),
        }
    };
    TableReach {
        schema: table.id.schema.to_string(),
        table: table.id.name.to_string(),
        row_security: match (table.flag("row_security"), table.flag("force_row_security")) {
            (false, _) => RowSecurity::Off,
            (true, false) => RowSecurity::On,
            (true, true) => RowSecurity::Forced,
        },
        roles: scene.held_back().map(role).collect(),
    }
}

fn reach<'a>(scene: &Scene<'a>, table: &'a Object, class: TableClass, role: &Confined<'a>, command: Command) -> Reach {
    let access = &role.access;
    if !access.may_in_schema(&table.id.schema, "USAGE") || !access.may_some_column(table, command.word()) {
        return Reach::NoPrivilege;
    }
    if class == TableClass::Global {
        return Reach::Global;
    }
    let held = table.flag("row_security") && command_uncovered::is_bound(table, role);
    match () {
        () if !held => Reach::Every,
        () if !command_uncovered::is_covered(scene, table, role, command) => Reach::NoRow,
        () if scene.policies.reaches_others(table, class, role, command) => Reach::Others,
        () if class == TableClass::Shareable && command == Command::Select => Reach::OwnAndShared,
        () => Reach::Own,
    }
}
