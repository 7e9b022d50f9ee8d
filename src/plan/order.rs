//! The one order of creation: a topological sort of steps over the catalog's
//! dependencies. Deterministic: ties are broken by phase, kind and identity,
//! never by the order in which a server happened to answer.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::kinds;
use crate::model::catalog::Catalog;
use crate::model::kind::ObjectKind;
use crate::model::object::ObjectId;
use crate::model::step::Additive;
use crate::model::step::Phase;
use crate::model::step::Step;

/// The steps that bring about one object, in the order its kind gave them.
/// An object that is created with its table has no unit: the table's covers it.
#[derive(Debug, Clone)]
pub struct Unit<S = Additive> {
    pub id: ObjectId,
    pub steps: Vec<S>,
}

/// A step by position: which unit, and which of its steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct StepRef {
    pub unit: usize,
    pub step: usize,
}

/// What has to come before what: pairs of positions in [`Self::steps`].
#[derive(Debug)]
pub struct Graph {
    pub steps: Vec<StepRef>,
    first: Vec<usize>,
    edges: BTreeSet<(usize, usize)>,
}

impl Graph {
    /// Lifts the catalog's dependencies between objects to the steps of units.
    pub fn new<S: AsRef<Step>>(catalog: &Catalog, units: &[Unit<S>]) -> Graph {
        let mut graph = Graph { steps: Vec::new(), first: Vec::new(), edges: BTreeSet::new() };
        for (unit, content) in units.iter().enumerate() {
            graph.first.push(graph.steps.len());
            for step in 0..content.steps.len() {
                if step > 0 {
                    graph.edges.insert((graph.steps.len() - 1, graph.steps.len()));
                }
                graph.steps.push(StepRef { unit, step });
            }
        }
        let carriers = Carriers::new(units);
        // A serial column's sequence exists before its table, and only then becomes the column's own.
        let serial = |from: &ObjectId, to: &ObjectId, owned| owned && from.parent.is_empty() && !to.parent.is_empty();
        let pairs = || catalog.dependencies().iter().map(|d| (&catalog.at(d.from).id, &catalog.at(d.to).id, d.owned));
        let serials: BTreeSet<usize> = pairs()
            .filter(|(f, t, owned)| serial(f, t, *owned))
            .filter_map(|(from, _, _)| carriers.exact(from))
            .collect();
        // One that is there already becomes another column's by its first step.
        let is_made = |unit: usize| units[unit].steps.first().is_some_and(|s| s.as_ref().phase <= Phase::Define);
        for (from, to, owned) in pairs() {
            let skip = usize::from(serial(from, to, owned) && carriers.exact(from).is_some_and(is_made));
            for before in carriers.through(catalog, to) {
                let until = if serials.contains(&before) { 1 } else { usize::MAX };
                for after in carriers.of(from) {
                    // What is added to a relation afterwards is nothing that it is born with.
                    if carriers.parent(&units[before].id) == Some(after) {
                        continue;
                    }
                    graph.unit_edge(units, (before, until), (after, skip));
                }
            }
        }
        for (position, unit) in units.iter().enumerate() {
            if let Some(parent) = carriers.parent(&unit.id) {
                graph.follow(units, parent, position);
            }
            // What has no row of its own, as what is granted on a schema, has no edge either.
            if let Some(schema) = unit.id.namespace().and_then(|id| carriers.exact(&id)) {
                graph.follow(units, schema, position);
            }
        }
        graph.secure(units, &carriers);
        graph.end(units);
        graph
    }

    /// What acts on all that is made after it waits for everything else, also
    /// where a circle of other objects has to be broken first.
    fn end<S: AsRef<Step>>(&mut self, units: &[Unit<S>]) {
        let (late, others): (Vec<usize>, Vec<usize>) = (0..units.len())
            .filter(|unit| !units[*unit].steps.is_empty())
            .partition(|unit| comes_last(units[*unit].id.kind));
        let Some(first) = late.first().map(|unit| self.first[*unit]) else { return };
        for unit in others {
            self.edges.insert((self.first[unit] + units[unit].steps.len() - 1, first));
        }
        for pair in late.windows(2) {
            self.edges.insert((self.first[pair[0]] + units[pair[0]].steps.len() - 1, self.first[pair[1]]));
        }
    }

    /// `after`, from its step `skip` on, comes after `before` exists, which the
    /// first `until` of its defining steps see to.
    fn unit_edge<S: AsRef<Step>>(
        &mut self,
        units: &[Unit<S>],
        (before, until): (usize, usize),
        (after, skip): (usize, usize),
    ) {
        if before == after || skip >= units[after].steps.len() {
            return;
        }
        for step in defining(&units[before]).take(until) {
            self.edges.insert((self.first[before] + step, self.first[after] + skip));
        }
    }

    /// Row-level security is enabled after the policies are there, and nobody
    /// is granted anything before it is enabled.
    fn secure<S: AsRef<Step>>(&mut self, units: &[Unit<S>], carriers: &Carriers<S>) {
        for (position, unit) in units.iter().enumerate() {
            let Some(relation) = carriers.parent(&unit.id) else { continue };
            for (own, _) in secure_steps(&units[relation]) {
                for (child, _) in secure_steps(unit) {
                    let (own, child) = (self.first[relation] + own, self.first[position] + child);
                    let edge = if unit.id.kind == ObjectKind::Grant { (own, child) } else { (child, own) };
                    self.edges.insert(edge);
                }
            }
        }
    }

    /// The unit `after` comes after the unit `before` exists.
    pub fn follow<S: AsRef<Step>>(&mut self, units: &[Unit<S>], before: usize, after: usize) {
        self.unit_edge(units, (before, usize::MAX), (after, 0));
    }

    /// What the unit `after` does in a phase comes after what `before` does in it.
    pub fn follow_in<S: AsRef<Step>>(&mut self, units: &[Unit<S>], phase: Phase, before: usize, after: usize) {
        let first = self.first.clone();
        let of = |unit: usize| {
            let steps = units[unit].steps.iter().enumerate();
            let steps = steps.filter(move |(_, step)| step.as_ref().phase == phase);
            steps.map(|(step, _)| first[unit] + step).collect::<Vec<_>>()
        };
        for before in of(before) {
            self.edges.extend(of(after).into_iter().map(|after| (before, after)));
        }
    }

    /// What has to come before what.
    pub fn edges(&self) -> &BTreeSet<(usize, usize)> {
        &self.edges
    }
}

/// Event triggers fire on what is made later, and default privileges grant it.
fn comes_last(kind: ObjectKind) -> bool {
    kind == ObjectKind::DefaultPrivilege || kind == ObjectKind::EventTrigger
}

fn secure_steps<S: AsRef<Step>>(unit: &Unit<S>) -> impl Iterator<Item = (usize, &S)> {
    let secures = |step: &S| matches!(step.as_ref().phase, Phase::Secure | Phase::Protect);
    unit.steps.iter().enumerate().filter(move |(_, step)| secures(step))
}

/// The steps after which a unit's object exists, though it may not be filled,
/// validated, secured or described yet. None where it exists already.
fn defining<S: AsRef<Step>>(unit: &Unit<S>) -> impl Iterator<Item = usize> {
    let phase = |step: &S| step.as_ref().phase;
    let until = unit.steps.first().map_or(Phase::Expand, phase).max(Phase::Expand);
    let defines = move |step: &S| phase(step) <= until && phase(step) < Phase::Secure;
    unit.steps.iter().enumerate().filter(move |(_, step)| defines(step)).map(|(position, _)| position)
}

/// Which unit brings an object about.
struct Carriers<'a, S> {
    units: &'a [Unit<S>],
    by_id: BTreeMap<&'a ObjectId, usize>,
}

impl<'a, S: AsRef<Step>> Carriers<'a, S> {
    fn new(units: &'a [Unit<S>]) -> Self {
        Carriers { units, by_id: units.iter().enumerate().map(|(position, unit)| (&unit.id, position)).collect() }
    }

    fn exact(&self, id: &ObjectId) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// The object's own unit, or that of the relation it is created with; both
    /// where something is added to what the relation was created with.
    fn of(&self, id: &ObjectId) -> Vec<usize> {
        let (exact, parent) = (self.exact(id), self.parent(id));
        let first = |unit: usize| self.units[unit].steps.first().map(|step| step.as_ref().phase);
        let born = |unit: &usize| kinds::of(id.kind).inline && first(*unit) <= Some(Phase::Define);
        match (exact, parent.filter(born)) {
            (Some(exact), None) => vec![exact],
            (Some(exact), Some(parent)) if first(exact) < Some(Phase::Secure) => vec![parent, exact],
            (Some(_) | None, Some(parent)) => vec![parent],
            (None, None) => parent.into_iter().collect(),
        }
    }

    /// As [`Self::of`]; for what comes along with another of its kind, as what is
    /// inherited does, those of that.
    fn through(&self, catalog: &Catalog, id: &ObjectId) -> Vec<usize> {
        let own = self.of(id);
        let Some(at) = catalog.position(id).filter(|_| own.is_empty()) else { return own };
        let above = catalog.dependencies_of(at as u32).iter().filter(|edge| edge.owned && edge.to as usize != at);
        let above = above.map(|edge| &catalog.at(edge.to).id).filter(|above| above.kind == id.kind);
        above.flat_map(|above| self.through(catalog, above)).collect()
    }

    /// The unit of what the object hangs on.
    fn parent(&self, id: &ObjectId) -> Option<usize> {
        if id.parent.is_empty() {
            return None;
        }
        let named = |kind: &ObjectKind| self.exact(&ObjectId::new(*kind, &id.schema, "", &id.parent));
        let (relations, others): (Vec<ObjectKind>, Vec<ObjectKind>) =
            ObjectKind::ALL.iter().copied().partition(|kind| kinds::of(*kind).relation);
        relations.iter().find_map(named).or_else(|| others.iter().find_map(named))
    }
}

/// Where a step stands among those that could come next.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank<'a> {
    phase: Phase,
    /// Among what secures a relation: triggers and policies, its own, grants.
    within: u8,
    id: &'a ObjectId,
    step: usize,
}

/// The rank of a step by phase, kind and identity.
pub fn rank<S: AsRef<Step>>(units: &[Unit<S>], step: StepRef) -> Rank<'_> {
    let unit = &units[step.unit];
    let within = match (unit.id.kind, unit.id.parent.is_empty()) {
        (ObjectKind::Grant, _) => 2,
        (_, true) => 1,
        (_, false) => 0,
    };
    let phase = unit.steps[step.step].as_ref().phase;
    Rank { phase, within: if phase == Phase::Protect { within } else { 0 }, id: &unit.id, step: step.step }
}

/// Positions of `keys` in an order that respects the edges (before, after) and
/// otherwise follows the keys. A cycle is broken before its smallest member.
pub fn sort<K: Ord>(keys: &[K], edges: &BTreeSet<(usize, usize)>) -> Vec<usize> {
    let mut waits = vec![0usize; keys.len()];
    let mut followers = vec![Vec::new(); keys.len()];
    let mut leaders = vec![Vec::new(); keys.len()];
    for (before, after) in edges {
        waits[*after] += 1;
        followers[*before].push(*after);
        leaders[*after].push(*before);
    }
    let mut ready: BTreeSet<(&K, usize)> = (0..keys.len()).filter(|n| waits[*n] == 0).map(|n| (&keys[n], n)).collect();
    let mut waiting: BTreeSet<(&K, usize)> = (0..keys.len()).filter(|n| waits[*n] > 0).map(|n| (&keys[n], n)).collect();
    let mut order = Vec::with_capacity(keys.len());
    while let Some((key, next)) = ready.pop_first().or_else(|| least_in_cycle(keys, &waiting, &leaders)) {
        waiting.remove(&(key, next));
        order.push(next);
        for follower in &followers[next] {
            if waiting.contains(&(&keys[*follower], *follower)) {
                waits[*follower] -= 1;
                if waits[*follower] == 0 {
                    waiting.remove(&(&keys[*follower], *follower));
                    ready.insert((&keys[*follower], *follower));
                }
            }
        }
    }
    order
}

/// The smallest member of a cycle among those that wait for each other.
pub(super) fn least_in_cycle<'a, K: Ord>(
    keys: &'a [K],
    waiting: &BTreeSet<(&'a K, usize)>,
    leaders: &[Vec<usize>],
) -> Option<(&'a K, usize)> {
    let mut path = vec![waiting.first()?.1];
    loop {
        let last = *path.last()?;
        let leader =
            leaders[last].iter().copied().filter(|n| waiting.contains(&(&keys[*n], *n))).min_by_key(|n| &keys[*n])?;
        if let Some(start) = path.iter().position(|n| *n == leader) {
            return path[start..].iter().map(|n| (&keys[*n], *n)).min();
        }
        path.push(leader);
    }
}

/// Relations in the order in which their rows depend on each other: what a
/// foreign key points at comes first. Names are `(schema, relation)`.
pub fn relations(catalog: &Catalog) -> Vec<(&str, &str)> {
    let names: BTreeSet<(&str, &str)> = catalog.objects().iter().map(|object| object.id.group()).collect();
    let names: Vec<(&str, &str)> = names.into_iter().collect();
    let position = |id: &'_ ObjectId| names.binary_search(&id.group()).ok();
    let edges: BTreeSet<(usize, usize)> = catalog
        .dependencies()
        .iter()
        .filter_map(|d| Some((position(&catalog.at(d.to).id)?, position(&catalog.at(d.from).id)?)))
        .filter(|(to, from)| to != from)
        .collect();
    sort(&names, &edges).into_iter().map(|n| names[n]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::catalog::Dependency;
    use crate::model::object::Object;

    fn id(kind: ObjectKind, parent: &str, name: &str) -> ObjectId {
        ObjectId::new(kind, "public", parent, name)
    }

    fn unit(id: &ObjectId, phases: &[Phase]) -> Unit {
        let step = |phase: &Phase| Additive::create(*phase, &format!("{id} {phase:?}"));
        Unit { id: id.clone(), steps: phases.iter().map(step).collect() }
    }

    /// A catalog of the given objects; edges are positions (from, to, owned).
    fn catalog(ids: &[ObjectId], edges: &[(u32, u32, bool)]) -> Catalog {
        let objects = ids.iter().map(|id| Object::new(id.clone(), Vec::new())).collect();
        let edges = edges.iter().map(|(from, to, owned)| Dependency { from: *from, to: *to, owned: *owned }).collect();
        Catalog::new(150000, objects, edges).expect("each occurs once")
    }

    fn order(catalog: &Catalog, units: &[Unit]) -> Vec<String> {
        let graph = Graph::new(catalog, units);
        let ranks: Vec<Rank> = graph.steps.iter().map(|at| rank(units, *at)).collect();
        let sql = |n: usize| units[graph.steps[n].unit].steps[graph.steps[n].step].as_step().sql.clone();
        sort(&ranks, graph.edges())
            .into_iter()
            .map(|n| sql(n).trim_start_matches("CREATE ").trim_end_matches(';').to_owned())
            .collect()
    }

    #[test]
    fn ties_follow_the_keys_and_cycles_break_at_their_least_member() {
        let edges = |pairs: &[(usize, usize)]| pairs.iter().copied().collect::<BTreeSet<_>>();
        assert_eq!(sort(&["c", "a", "b"], &edges(&[])), [1, 2, 0]);
        assert_eq!(sort(&["c", "a", "b"], &edges(&[(0, 1)])), [2, 0, 1]);
        // a waits for the cycle b ⇄ c, so b is first though a is smaller.
        assert_eq!(sort(&["c", "a", "b"], &edges(&[(0, 2), (2, 0), (2, 1)])), [2, 1, 0]);
    }

    #[test]
    fn a_table_comes_after_what_its_columns_need_and_foreign_keys_after_all_tables() {
        let ids = [
            id(ObjectKind::Table, "", "a"),
            id(ObjectKind::Column, "a", "b_id"),
            id(ObjectKind::ForeignKey, "a", "a_b"),
            id(ObjectKind::Table, "", "b"),
            id(ObjectKind::Column, "b", "a_id"),
            id(ObjectKind::ForeignKey, "b", "b_a"),
            id(ObjectKind::Function, "", "f()"),
        ];
        let edges = [(1, 6, false), (2, 1, true), (2, 4, false), (5, 4, true), (5, 1, false)];
        let units = [
            unit(&ids[0], &[Phase::Define]),
            unit(&ids[2], &[Phase::Constrain]),
            unit(&ids[3], &[Phase::Define]),
            unit(&ids[5], &[Phase::Constrain]),
            unit(&ids[6], &[Phase::Define]),
        ];
        let expected = [
            "table public.b Define",
            "function public.f() Define",
            "table public.a Define",
            "foreign key public.a.a_b Constrain",
            "foreign key public.b.b_a Constrain",
        ];
        assert_eq!(order(&catalog(&ids, &edges), &units), expected);
    }

    #[test]
    fn a_serial_sequence_exists_before_its_table_and_is_owned_after_it() {
        let ids =
            [id(ObjectKind::Sequence, "", "s"), id(ObjectKind::Table, "", "t"), id(ObjectKind::Column, "t", "id")];
        let edges = [(0, 2, true), (2, 0, false)];
        let units = [unit(&ids[0], &[Phase::Define, Phase::Define]), unit(&ids[1], &[Phase::Define])];
        let expected = ["sequence public.s Define", "table public.t Define", "sequence public.s Define"];
        assert_eq!(order(&catalog(&ids, &edges), &units), expected);
    }

    #[test]
    fn policies_come_before_row_level_security_and_grants_after_it() {
        let ids = [id(ObjectKind::Grant, "t", "app"), id(ObjectKind::Policy, "t", "p"), id(ObjectKind::Table, "", "t")];
        let units = [
            unit(&ids[0], &[Phase::Protect]),
            unit(&ids[1], &[Phase::Secure]),
            unit(&ids[2], &[Phase::Define, Phase::Protect]),
        ];
        let expected = [
            "table public.t Define",
            "policy public.t.p Secure",
            "table public.t Protect",
            "grant public.t.app Protect",
        ];
        assert_eq!(order(&catalog(&ids, &[]), &units), expected);
    }

    #[test]
    fn what_an_existing_table_changes_holds_up_nothing_that_hangs_on_it() {
        let ids = [id(ObjectKind::Table, "", "t"), id(ObjectKind::Column, "t", "c"), id(ObjectKind::Policy, "t", "p")];
        let units =
            [unit(&ids[0], &[Phase::Protect]), unit(&ids[1], &[Phase::Expand]), unit(&ids[2], &[Phase::Secure])];
        let expected = ["column public.t.c Expand", "policy public.t.p Secure", "table public.t Protect"];
        assert_eq!(order(&catalog(&ids, &[(2, 1, false)]), &units), expected);
    }

    #[test]
    fn default_privileges_wait_for_circles_too() {
        let ids = [
            id(ObjectKind::DefaultPrivilege, "", "tables to app"),
            id(ObjectKind::Function, "", "f()"),
            id(ObjectKind::View, "", "v"),
        ];
        let units =
            [unit(&ids[0], &[Phase::Describe]), unit(&ids[1], &[Phase::Define]), unit(&ids[2], &[Phase::Define])];
        let expected =
            ["view public.v Define", "function public.f() Define", "default privilege public.tables to app Describe"];
        assert_eq!(order(&catalog(&ids, &[(1, 2, false), (2, 1, false)]), &units), expected);
    }

    #[test]
    fn rows_depend_on_what_their_foreign_keys_point_at() {
        let ids =
            [id(ObjectKind::Table, "", "a"), id(ObjectKind::ForeignKey, "a", "f"), id(ObjectKind::Table, "", "b")];
        assert_eq!(relations(&catalog(&ids, &[(1, 2, false)])), [("public", "b"), ("public", "a")]);
    }
}
