//! Which steps of a patch share a transaction. New things appear complete, in
//! one transaction; a table that exists is changed in short steps, so that no
//! lock that blocks its users is held while rows are read.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::kinds;
use crate::model::catalog::Catalog;
use crate::model::object::ObjectId;
use crate::model::step::Additive;
use crate::model::step::Phase;
use crate::plan::order;
use crate::plan::order::Graph;
use crate::plan::order::Rank;
use crate::plan::order::Unit;

/// The part of a patch that a step belongs to, in the order of the patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Values of types that exist: a new value cannot be used in its own transaction.
    Adjust,
    /// New objects with everything that hangs on them.
    Born,
    /// The row of the tenant that rows are given to.
    Tenant,
    Expand,
    Backfill,
    Constrain,
    Validate,
    Index,
    Secure,
    Describe,
    Remove,
}

impl Stage {
    /// The stage of a step; `new` where the same plan creates what it is about.
    pub fn of(phase: Phase, new: bool) -> Stage {
        match phase {
            _ if new => Stage::Born,
            Phase::Prepare => Stage::Adjust,
            Phase::Define => Stage::Born,
            Phase::Expand => Stage::Expand,
            Phase::Backfill => Stage::Backfill,
            Phase::Constrain => Stage::Constrain,
            Phase::Validate => Stage::Validate,
            Phase::Index => Stage::Index,
            Phase::Secure | Phase::Protect => Stage::Secure,
            Phase::Describe => Stage::Describe,
            Phase::Remove => Stage::Remove,
        }
    }

    /// How its steps are wrapped.
    pub fn wrap(self) -> Wrap {
        match self {
            Stage::Born | Stage::Tenant | Stage::Expand => Wrap::Together,
            Stage::Constrain | Stage::Secure | Stage::Describe => Wrap::Together,
            Stage::Adjust | Stage::Backfill | Stage::Validate | Stage::Index | Stage::Remove => Wrap::Each,
        }
    }

    /// True where each relation has a transaction of its own.
    fn by_relation(self) -> bool {
        match self {
            Stage::Adjust | Stage::Born | Stage::Tenant | Stage::Describe => false,
            Stage::Expand | Stage::Backfill | Stage::Constrain => true,
            Stage::Validate | Stage::Index | Stage::Secure | Stage::Remove => true,
        }
    }

    fn title(self, relation: &str) -> String {
        match self {
            Stage::Adjust => "New values of types that exist".to_owned(),
            Stage::Born => "New objects, complete in one transaction".to_owned(),
            Stage::Tenant => "The tenant that rows are given to".to_owned(),
            Stage::Expand => format!("Columns of {relation}"),
            Stage::Backfill => format!("Values for the rows of {relation}"),
            Stage::Constrain => format!("Constraints of {relation}, not yet valid"),
            Stage::Validate => format!("Validation on {relation}; reads and writes go on"),
            Stage::Index => format!("Indexes of {relation}, built while reads and writes go on"),
            Stage::Secure => format!("Triggers, policies, row-level security and grants of {relation}"),
            Stage::Describe => "Comments".to_owned(),
            Stage::Remove => format!("What is gone afterwards: {relation}"),
        }
    }
}

/// How the steps of a group are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrap {
    /// All in one transaction.
    Together,
    /// Each by itself.
    Each,
}

/// Steps that belong together.
#[derive(Debug, Clone)]
pub struct Group<S = Additive> {
    pub title: String,
    pub stage: Stage,
    pub wrap: Wrap,
    /// True where the steps run what the application defined, which may rely
    /// on the session's own `search_path`.
    pub own_path: bool,
    pub steps: Vec<S>,
}

/// Puts all steps in order and into groups. `stage` says where a unit's step
/// belongs; a step that needs something from a later stage starts a new round.
pub fn group(catalog: &Catalog, units: &[Unit], graph: &Graph, stage: &dyn Fn(&Unit, Phase) -> Stage) -> Vec<Group> {
    let stages: Vec<Stage> =
        graph.steps.iter().map(|at| stage(&units[at.unit], units[at.unit].steps[at.step].as_step().phase)).collect();
    let rounds = rounds(units, graph, &stages);
    let relations: BTreeMap<(&str, &str), usize> =
        order::relations(catalog).into_iter().enumerate().map(|(position, name)| (name, position + 1)).collect();
    let keys: Vec<Key> = graph
        .steps
        .iter()
        .enumerate()
        .map(|(n, at)| Key {
            round: rounds[n],
            stage: stages[n],
            relation: if stages[n].by_relation() {
                relations.get(&units[at.unit].id.group()).copied().unwrap_or_default()
            } else {
                0
            },
            rank: order::rank(units, *at),
        })
        .collect();
    let mut groups: Vec<((usize, Stage, usize), Group)> = Vec::new();
    for n in order::sort(&keys, graph.edges()) {
        let at = graph.steps[n];
        let step = units[at.unit].steps[at.step].clone();
        let place = (keys[n].round, keys[n].stage, keys[n].relation);
        match groups.last_mut() {
            Some((last, group)) if *last == place => group.steps.push(step),
            Some(_) | None => groups.push((place, start(keys[n].stage, &units[at.unit].id, step))),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

fn start(stage: Stage, id: &ObjectId, step: Additive) -> Group {
    let of = match id.group() {
        ("", _) if id.parent.is_empty() => id.to_string(),
        ("", name) => name.to_owned(),
        (schema, relation) => format!("{schema}.{relation}"),
    };
    Group {
        title: stage.title(&of),
        stage,
        wrap: stage.wrap(),
        own_path: matches!(stage, Stage::Backfill | Stage::Tenant),
        steps: vec![step],
    }
}

/// What steps are sorted by where dependencies leave a choice.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key<'a> {
    round: usize,
    stage: Stage,
    relation: usize,
    rank: Rank<'a>,
}

/// The round of each step: most are in the first. Everything about one new
/// relation is born in one round, or it would be visible half-made.
fn rounds(units: &[Unit], graph: &Graph, stages: &[Stage]) -> Vec<usize> {
    let ranks: Vec<Rank> = graph.steps.iter().map(|at| order::rank(units, *at)).collect();
    let order = order::sort(&ranks, graph.edges());
    let mut position = vec![0; order.len()];
    for (place, n) in order.iter().enumerate() {
        position[*n] = place;
    }
    let mut leaders = vec![Vec::new(); order.len()];
    for (before, after) in graph.edges().iter().filter(|(before, after)| position[*before] < position[*after]) {
        leaders[*after].push(*before);
    }
    let mut rounds = vec![0usize; order.len()];
    // Each pass can only raise a round; two objects that wait for each other would raise for ever.
    for _ in 0..8 {
        for n in &order {
            let least = leaders[*n].iter().map(|b| rounds[*b] + usize::from(stages[*b] > stages[*n])).max();
            rounds[*n] = rounds[*n].max(least.unwrap_or(0));
        }
        if !raise_bundles(units, graph, stages, &mut rounds) {
            break;
        }
    }
    rounds
}

/// Raises the births of each new relation to the last of them. What shares no more than a
/// name with another, as a schema and a server may, is no bundle.
fn raise_bundles(units: &[Unit], graph: &Graph, stages: &[Stage], rounds: &mut [usize]) -> bool {
    let is_relation = |id: &ObjectId| kinds::of(id.kind).relation;
    let relations: BTreeSet<(&str, &str)> =
        units.iter().filter(|unit| is_relation(&unit.id)).map(|unit| unit.id.group()).collect();
    let bundle = |n: usize| {
        let id = &units[graph.steps[n].unit].id;
        let of_relation = is_relation(id) || !id.parent.is_empty();
        (stages[n] == Stage::Born && of_relation).then(|| id.group()).filter(|group| relations.contains(group))
    };
    let mut last: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (n, bundle) in (0..rounds.len()).filter_map(|n| Some((n, bundle(n)?))) {
        let round = last.entry(bundle).or_default();
        *round = (*round).max(rounds[n]);
    }
    let mut raised = false;
    for (n, bundle) in (0..rounds.len()).filter_map(|n| Some((n, bundle(n)?))) {
        raised |= rounds[n] < last[&bundle];
        rounds[n] = last[&bundle];
    }
    raised
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::catalog::Dependency;
    use crate::model::kind::ObjectKind;
    use crate::model::object::Object;

    /// `new` exists only in the plan, `old` is there already.
    fn titles(edges: &[(u32, u32)]) -> Vec<(String, usize)> {
        let id = |kind, parent: &str, name: &str| ObjectId::new(kind, "public", parent, name);
        let content = [
            (id(ObjectKind::Table, "", "new"), Phase::Define),
            (id(ObjectKind::Policy, "new", "p"), Phase::Secure),
            (id(ObjectKind::Column, "old", "c"), Phase::Expand),
            (id(ObjectKind::ForeignKey, "old", "f"), Phase::Constrain),
            (id(ObjectKind::Index, "old", "i"), Phase::Index),
        ];
        let objects = content.iter().map(|(id, _)| Object::new(id.clone(), Vec::new())).collect();
        let edges = edges.iter().map(|(from, to)| Dependency { from: *from, to: *to, owned: false }).collect();
        let catalog = Catalog::new(150000, objects, edges).expect("each occurs once");
        let units: Vec<Unit> = content
            .into_iter()
            .map(|(id, phase)| Unit { steps: vec![Additive::create(phase, &id.to_string())], id })
            .collect();
        let graph = Graph::new(&catalog, &units);
        let stage = |unit: &Unit, phase| Stage::of(phase, unit.id.group().1 == "new");
        group(&catalog, &units, &graph, &stage).into_iter().map(|g| (g.title, g.steps.len())).collect()
    }

    #[test]
    fn new_tables_are_born_complete_before_existing_ones_change() {
        let expected = [
            ("New objects, complete in one transaction".to_owned(), 2),
            ("Columns of public.old".to_owned(), 1),
            ("Constraints of public.old, not yet valid".to_owned(), 1),
            ("Indexes of public.old, built while reads and writes go on".to_owned(), 1),
        ];
        assert_eq!(titles(&[(3, 0), (3, 2), (4, 2)]), expected);
    }

    #[test]
    fn a_new_table_that_needs_a_new_column_is_born_after_it_and_still_complete() {
        let expected = [
            ("Columns of public.old".to_owned(), 1),
            ("Indexes of public.old, built while reads and writes go on".to_owned(), 1),
            ("New objects, complete in one transaction".to_owned(), 2),
            ("Constraints of public.old, not yet valid".to_owned(), 1),
        ];
        assert_eq!(titles(&[(1, 2), (3, 0)]), expected);
    }
}
