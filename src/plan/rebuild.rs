//! The plan from nothing: every object of a catalog, created in an empty
//! database. Used to bring a read or recorded schema to life in a scratch
//! server, so that a repair can be proved on it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::kinds;
use crate::kinds::Change;
use crate::kinds::Context;
use crate::kinds::Left;
use crate::kinds::Repair;
use crate::model::catalog::Catalog;
use crate::model::catalog::Dependency;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::role;
use crate::model::role::Role;
use crate::model::step::Additive;
use crate::model::step::Phase;
use crate::model::step::Step;
use crate::plan::circles;
use crate::plan::order;
use crate::plan::order::Graph;
use crate::plan::order::Unit;

/// What brings a catalog about in an empty database, and in which order.
pub struct Rebuild {
    pub units: Vec<Unit>,
    pub graph: Graph,
    /// What no statement brings about.
    pub left: Vec<(ObjectId, Left)>,
}

/// All statements that create the catalog in an empty database, in an order
/// that works with `check_function_bodies = off`. The roles it needs are not
/// part of it: see [`roles_needed`].
pub fn rebuild(catalog: &Catalog) -> Vec<Step> {
    let Rebuild { units, graph, .. } = parts(catalog);
    let ranks: Vec<_> = graph.steps.iter().map(|step| order::rank(&units, *step)).collect();
    order::sort(&ranks, graph.edges())
        .into_iter()
        .map(|n| graph.steps[n])
        .map(|at| units[at.unit].steps[at.step].as_step().clone())
        .collect()
}

/// The same before it is put in order.
pub fn parts(catalog: &Catalog) -> Rebuild {
    let whole = created(catalog, catalog, &BTreeSet::new());
    let circles = circles(&whole.graph);
    if circles.is_empty() { whole } else { apart(catalog, &whole, &circles) }
}

/// Every unit that creates something in an empty database: what is in `early`,
/// and `late`, as declared, once its table is there.
fn created(declared: &Catalog, early: &Catalog, late: &BTreeSet<ObjectId>) -> Rebuild {
    let mut nothing = Catalog::default();
    nothing.server_version = declared.server_version;
    let context = Context { expected: early, actual: &nothing, fill: &|_| None, offline: false };
    let mut left = Vec::new();
    let mut units: BTreeMap<ObjectId, Vec<Additive>> = BTreeMap::new();
    let mut add = |id: &ObjectId, repair: Repair| {
        left.extend(repair.left.into_iter().map(|left| (id.clone(), left)));
        units.entry(id.clone()).or_default().extend(repair.steps);
    };
    for object in early.objects() {
        add(&object.id, (kinds::of(object.id.kind).create)(object, &context));
    }
    if !late.is_empty() {
        let tables = early.clone().retain(|object| kinds::of(object.id.kind).relation);
        let context = Context { expected: declared, actual: &tables, fill: &|_| None, offline: false };
        for object in late.iter().filter_map(|id| declared.get(id)) {
            let repair = added_late(object, early, &context);
            // Nothing that needs the table waits for it.
            let steps = repair.steps.into_iter().map(|step| step.phase(Phase::Secure)).collect();
            add(&object.id, Repair { steps, left: repair.left });
        }
    }
    let units: Vec<Unit> =
        units.into_iter().filter(|(_, steps)| !steps.is_empty()).map(|(id, steps)| Unit { id, steps }).collect();
    let graph = Graph::new(early, &units);
    Rebuild { units, graph, left }
}

/// What a table was born without: the default of a column, or a constraint.
fn added_late(object: &Object, early: &Catalog, context: &Context) -> Repair {
    let kind = kinds::of(object.id.kind);
    match early.get(&object.id) {
        Some(actual) => (kind.alter)(Change { expected: object, actual, attribute: "default" }, context),
        None => (kind.create)(object, context),
    }
}

/// The units that wait for each other, circle by circle.
fn circles(graph: &Graph) -> Vec<BTreeSet<usize>> {
    let circles = circles::circles(graph.steps.len(), graph.edges()).into_iter();
    circles.map(|circle| circle.into_iter().map(|n| graph.steps[n].unit).collect()).collect()
}

/// Breaks circles at the tables in them: what of a table calls another member
/// of its circle (a default, a check, an exclusion) comes once that is there.
fn apart(catalog: &Catalog, whole: &Rebuild, circles: &[BTreeSet<usize>]) -> Rebuild {
    let place: BTreeMap<&ObjectId, usize> = whole.units.iter().enumerate().map(|(n, unit)| (&unit.id, n)).collect();
    let circle = |id: &ObjectId| circles.iter().position(|circle| place.get(id).is_some_and(|n| circle.contains(n)));
    let separable = |object: &Object, to: &ObjectId| match object.id.kind {
        // Its type it cannot do without.
        ObjectKind::Column => object.text("default").is_some() && to.kind == ObjectKind::Function,
        kind => kinds::of(kind).inline && !kinds::of(to.kind).inline,
    };
    let mut waits: BTreeSet<(&ObjectId, &ObjectId)> = BTreeSet::new();
    let mut freed: BTreeSet<(ObjectId, &ObjectId)> = BTreeSet::new();
    for edge in catalog.dependencies() {
        let (from, to) = (catalog.at(edge.from), &catalog.at(edge.to).id);
        let table = ObjectId::new(ObjectKind::Table, &from.id.schema, "", &from.id.parent);
        if separable(from, to) && circle(&table).is_some() && circle(&table) == circle(to) {
            waits.insert((&from.id, to));
            freed.insert((table, to));
        }
    }
    if waits.is_empty() {
        return created(catalog, catalog, &BTreeSet::new());
    }
    let late: BTreeSet<ObjectId> = waits.iter().map(|(from, _)| (*from).clone()).collect();
    let keeps = |edge: &&Dependency| {
        let (from, to) = (&catalog.at(edge.from).id, &catalog.at(edge.to).id);
        !waits.contains(&(from, to)) && !freed.contains(&(from.clone(), to))
    };
    let edges = catalog.dependencies().iter().filter(keeps).copied().collect();
    let mut early = catalog.clone().with_dependencies(edges);
    early = early.retain(|object| object.id.kind == ObjectKind::Column || !late.contains(&object.id));
    early.map_objects(|object| {
        if late.contains(&object.id) {
            object.attributes = object.attributes.without("default");
        }
    });
    let mut rebuild = created(catalog, &early, &late);
    let place = |id: &ObjectId| rebuild.units.iter().position(|unit| unit.id == *id);
    let pairs: Vec<_> = waits.iter().filter_map(|(from, to)| Some((place(to)?, place(from)?))).collect();
    for (before, after) in pairs {
        rebuild.graph.follow(&rebuild.units, before, after);
    }
    rebuild
}

/// A catalog less what is about another server: a copy of it must not reach that.
pub fn at_home(catalog: &Catalog) -> Catalog {
    catalog.clone().retain(|object| !kinds::of(object.id.kind).elsewhere)
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

/// True for what names roles only to say what they may do.
pub fn is_about_access(kind: ObjectKind) -> bool {
    matches!(kind, ObjectKind::Grant | ObjectKind::DefaultPrivilege | ObjectKind::Database)
}

/// The roles that one object names.
pub fn roles_of(object: &Object) -> Vec<Arc<str>> {
    let mut roles: Vec<Arc<str>> = object.list("roles").to_vec();
    roles.extend(["grantee", "role"].iter().filter_map(|name| object.text(name)).map(Arc::from));
    // The owner of an object to come is no role of that name.
    roles.retain(|role| !role.is_empty() && !role.eq_ignore_ascii_case("public") && &**role != "its owner");
    roles
}
