//! The plan from nothing: every object of a catalog, created in an empty
//! database. Used to bring a read or recorded schema to life in a scratch
//! server, so that a repair can be proved on it.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::kinds;
use crate::kinds::Context;
use crate::model::catalog::Catalog;
use crate::model::object::Object;
use crate::model::role;
use crate::model::role::Role;
use crate::model::step::Step;
use crate::plan::order;
use crate::plan::order::Graph;
use crate::plan::order::Unit;

/// All statements that create the catalog in an empty database, in an order
/// that works with `check_function_bodies = off`. The roles it needs are not
/// part of it: see [`roles_needed`].
pub fn rebuild(catalog: &Catalog) -> Vec<Step> {
    let mut nothing = Catalog::default();
    nothing.server_version = catalog.server_version;
    let context = Context { expected: catalog, actual: &nothing, fill: &|_| None };
    let units: Vec<Unit> = catalog
        .objects()
        .iter()
        .map(|object| Unit { id: object.id.clone(), steps: (kinds::of(object.id.kind).create)(object, &context).steps })
        .filter(|unit| !unit.steps.is_empty())
        .collect();
    let graph = Graph::new(catalog, &units);
    let ranks: Vec<_> = graph.steps.iter().map(|step| order::rank(&units, *step)).collect();
    order::sort(&ranks, graph.edges())
        .into_iter()
        .map(|n| graph.steps[n])
        .map(|at| units[at.unit].steps[at.step].as_step().clone())
        .collect()
}

/// The roles that grants and policies of a catalog name, and those that they
/// are members of, as far as they are known. They belong to the whole server,
/// so a plan requires them and never creates them.
pub fn roles_needed(catalog: &Catalog) -> Vec<Role> {
    with_memberships(catalog, catalog.objects().iter().flat_map(roles_of).collect())
}

/// As [`roles_needed`], and the roles that own something.
pub fn roles_and_owners(catalog: &Catalog) -> Vec<Role> {
    let owners = catalog.objects().iter().filter_map(|object| object.text("owner").map(Arc::from));
    with_memberships(catalog, catalog.objects().iter().flat_map(roles_of).chain(owners).collect())
}

fn with_memberships(catalog: &Catalog, names: BTreeSet<Arc<str>>) -> Vec<Role> {
    let all: BTreeSet<Arc<str>> = names.iter().flat_map(|name| role::closure(&catalog.roles, name, false)).collect();
    let known = |name: &Arc<str>| role::find(&catalog.roles, name).cloned().unwrap_or_else(|| Role::plain(name));
    all.iter().filter(|name| !name.starts_with("pg_")).map(known).collect()
}

/// The roles that one object names.
pub fn roles_of(object: &Object) -> Vec<Arc<str>> {
    let mut roles: Vec<Arc<str>> = object.list("roles").to_vec();
    roles.extend(["grantee", "role"].iter().filter_map(|name| object.text(name)).map(Arc::from));
    // The owner of an object to come is no role of that name.
    roles.retain(|role| !role.is_empty() && !role.eq_ignore_ascii_case("public") && &**role != "its owner");
    roles
}
