//! Drops, changes and creations in one order, and which of them share a
//! transaction: neighbours do, unless a step cannot run in one or would hold
//! its lock while rows are read.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::Draft;
use super::away::Away;
use super::room;
use crate::kinds;
use crate::kinds::Spare;
use crate::model::catalog::Catalog;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::step::Hazard;
use crate::model::step::Phase;
use crate::model::step::Step;
use crate::plan::order;
use crate::plan::order::Graph;
use crate::plan::order::Unit;
use crate::plan::stage::Group;
use crate::plan::stage::Stage;
use crate::plan::stage::Wrap;

/// What steps are sorted by where dependencies leave a choice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    stage: Stage,
    /// Drops come before what is made.
    makes: bool,
    pub phase: Phase,
    id: ObjectId,
    number: usize,
}

pub struct Node {
    pub key: Key,
    step: Step,
}

impl Node {
    /// True where it fails if some row is not as it should be.
    pub fn reads_rows(&self) -> bool {
        self.step.hazards.contains(&Hazard::FullScan)
    }
}

/// All steps as nodes, with what has to come before what.
pub struct Nodes {
    pub nodes: Vec<Node>,
    pub edges: BTreeSet<(usize, usize)>,
}

impl Nodes {
    fn add(&mut self, id: &ObjectId, stage: Stage, makes: bool, step: Step) -> usize {
        let number = self.nodes.len();
        self.nodes.push(Node { key: Key { stage, makes, phase: step.phase, id: id.clone(), number }, step });
        number
    }

    /// A chain of steps.
    fn chain(&mut self, id: &ObjectId, stage: Stage, makes: bool, steps: Vec<Step>) -> Vec<usize> {
        let chain: Vec<usize> = steps.into_iter().map(|step| self.add(id, stage, makes, step)).collect();
        self.edges.extend(chain.windows(2).map(|pair| (pair[0], pair[1])));
        chain
    }

    pub fn all_before(&mut self, before: &[usize], after: &[usize]) {
        for one in before {
            self.edges.extend(after.iter().filter(|other| *other != one).map(|other| (*one, *other)));
        }
    }
}

/// Puts everything in order and into groups.
pub fn sequence(draft: &Draft, away: &Away, units: Vec<Unit<Step>>) -> Vec<Group<Step>> {
    let graph = Graph::new(draft.expected, &units);
    let mut nodes = Nodes { nodes: Vec::new(), edges: graph.edges().clone() };
    let mut made: BTreeMap<ObjectId, Vec<usize>> = BTreeMap::new();
    for at in &graph.steps {
        let unit = &units[at.unit];
        let step = unit.steps[at.step].clone();
        let stage = stage(&step, Birth::of(draft, away, &unit.id), draft.offline);
        let number = nodes.add(&unit.id, stage, true, step);
        made.entry(unit.id.clone()).or_default().push(number);
    }
    let drops = drops(draft, away, &mut nodes);
    let around = Arounds::new(draft, away, &mut nodes);
    order_drops(draft, away, &drops, &mut nodes);
    room::make(draft, &drops, &made, &mut nodes);
    room::clear(draft, away, &drops, &made, &mut nodes);
    room::free_names(draft, away, &drops, &made, &mut nodes);
    room::out_before_in(draft, &made, &mut nodes);
    room::parts_before_indexes(draft, &made, &mut nodes);
    room::spare_the_lost(draft, away, &drops, &made, &mut nodes);
    around.order(draft, away, &drops, &made, &mut nodes);
    for (keeper, gone) in &away.freed {
        let steps = room::reaching(draft.actual, *keeper, &made);
        if let Some(drop) = drops.get(&away.carrier(*gone)) {
            nodes.all_before(&steps, &[*drop]);
        }
    }
    groups(nodes)
}

/// Where an object comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Birth {
    /// It is there.
    There,
    /// It was in the way, and comes back in the transaction that took it away.
    Back,
    /// The plan brings it about, or what it hangs on.
    New,
}

impl Birth {
    fn of(draft: &Draft, away: &Away, id: &ObjectId) -> Birth {
        let there = |id: &ObjectId| draft.actual.get(id).is_some() && !away.is_gone(id);
        let holder = |kind: &ObjectKind| there(&ObjectId::new(*kind, &id.schema, "", &id.parent));
        match id.parent.is_empty() {
            true if there(id) => Birth::There,
            false if !ObjectKind::ALL.iter().any(holder) => Birth::New,
            true => Birth::New,
            false if away.is_gone(id) => Birth::Back,
            false => Birth::There,
        }
    }
}

fn stage(step: &Step, birth: Birth, offline: bool) -> Stage {
    match step.phase {
        Phase::Validate | Phase::Index if offline && step.transactional => Stage::Born,
        Phase::Prepare if !step.transactional => Stage::Adjust,
        Phase::Remove => Stage::Remove,
        // Nobody waits while the rows of a table that is in use are read.
        Phase::Validate if birth == Birth::Back => Stage::Validate,
        _ if birth != Birth::There && step.transactional => Stage::Born,
        Phase::Prepare | Phase::Define | Phase::Expand | Phase::Constrain => Stage::Born,
        Phase::Backfill => Stage::Backfill,
        Phase::Validate => Stage::Validate,
        Phase::Index => Stage::Index,
        Phase::Secure | Phase::Protect => Stage::Secure,
        Phase::Describe => Stage::Describe,
    }
}

/// The statements that drop, by position in the actual catalog.
fn drops(draft: &Draft, away: &Away, nodes: &mut Nodes) -> BTreeMap<u32, usize> {
    let mut drops = BTreeMap::new();
    for at in away.explicit() {
        let object = draft.actual.at(at);
        let loses = away.is_emptied(at) && (kinds::of(object.id.kind).loses)(object).is_some();
        let stage = match loses {
            true => Stage::Remove,
            // What guards rows goes when what takes its place comes.
            false if guards(draft, object) && draft.dropped.contains(&object.id) => Stage::Secure,
            false => Stage::Born,
        };
        drops.insert(at, nodes.add(&object.id, stage, false, draft.drop_step(object, loses)));
    }
    drops
}

/// True for what is made once all else of its relation is there: policies, triggers, rules.
fn guards(draft: &Draft, object: &Object) -> bool {
    let repair = (kinds::of(object.id.kind).create)(object, &draft.context());
    repair.steps.first().is_some_and(|step| step.as_step().phase == Phase::Secure)
}

/// What needs something is dropped before that is.
fn order_drops(draft: &Draft, away: &Away, drops: &BTreeMap<u32, usize>, nodes: &mut Nodes) {
    for edge in draft.actual.dependencies() {
        if !away.is_gone_at(edge.from) || !away.is_gone_at(edge.to) {
            continue;
        }
        let (from, to) = (away.carrier(edge.from), away.carrier(edge.to));
        // What is owned may go before its owner, but its owner takes it along too.
        if let (true, Some(before), Some(after)) = (from != to, drops.get(&from), drops.get(&to)) {
            nodes.edges.insert((*before, *after));
        }
    }
}

/// What is done around drops and creations.
struct Arounds {
    /// `(whose, what it is about, steps before, steps after)`, positions in the actual catalog.
    all: Vec<(u32, u32, Vec<usize>, Vec<usize>)>,
}

impl Arounds {
    fn new(draft: &Draft, away: &Away, nodes: &mut Nodes) -> Arounds {
        let mut all = Vec::new();
        // What lets go of several things in the same way does so once.
        let mut known: BTreeMap<(u32, bool, Vec<String>), Vec<usize>> = BTreeMap::new();
        let mut chain = |at: u32, makes: bool, steps: Vec<Step>| {
            let sql = steps.iter().map(|step| step.sql.clone()).collect();
            let id = &draft.actual.at(at).id;
            let chain = || nodes.chain(id, Stage::Born, makes, steps);
            known.entry((at, makes, sql)).or_insert_with(chain).clone()
        };
        let replaced = draft.replaced.iter().filter_map(|(id, around)| {
            let at = draft.actual.position(id)? as u32;
            Some((at, at, around))
        });
        let released = away.released.iter().map(|(holder, by, around)| (*holder, *by, around));
        for (holder, by, around) in replaced.chain(released) {
            // What goes itself, with a table that is made anew too, is in nobody's way.
            let spares = || around.spares.iter().filter(|spare| !away.is_gone(&spare.id));
            let before = around.before.iter().chain(spares().flat_map(|spare| &spare.before)).cloned().collect();
            let after = spares().flat_map(|spare| &spare.after).chain(&around.after).cloned().collect();
            all.push((holder, by, chain(holder, false, before), chain(holder, true, after)));
        }
        Arounds { all }
    }

    fn order(
        &self,
        draft: &Draft,
        away: &Away,
        drops: &BTreeMap<u32, usize>,
        made: &BTreeMap<ObjectId, Vec<usize>>,
        nodes: &mut Nodes,
    ) {
        let none = Vec::new();
        for (holder, by, before, after) in &self.all {
            let id = &draft.actual.at(*by).id;
            let drop: Vec<usize> = drops.get(&away.carrier(*by)).copied().into_iter().collect();
            let make = made.get(id).unwrap_or(&none).clone();
            let make: Vec<usize> = make.into_iter().filter(|n| nodes.nodes[*n].key.phase < Phase::Secure).collect();
            nodes.all_before(before, &drop);
            nodes.all_before(&drop, &make);
            nodes.all_before(before, &make);
            nodes.all_before(&make, after);
            // What lets go of something spared does so before that is touched.
            for (other, _, touch, settle) in &self.all {
                let around = draft.replaced.get(&draft.actual.at(*other).id);
                if other != holder && around.is_some_and(|around| around.spares(id)) {
                    nodes.all_before(before, touch);
                    nodes.all_before(settle, after);
                }
            }
            self.order_carried(draft, away, *by, (made, after), nodes);
            let spares =
                draft.replaced.get(&draft.actual.at(*holder).id).map(|around| &around.spares[..]).unwrap_or_default();
            self.order_spared(draft, away, (drops, made), (*holder, spares, before, after), nodes);
        }
    }

    /// What goes along with something and comes back with it: relations before
    /// anything is put into them, what acts on rows afterwards.
    fn order_carried(
        &self,
        draft: &Draft,
        away: &Away,
        by: u32,
        (made, after): (&BTreeMap<ObjectId, Vec<usize>>, &[usize]),
        nodes: &mut Nodes,
    ) {
        // Its partitions, whether they are new or not.
        let at = draft.expected.position(&draft.actual.at(by).id);
        let parts = draft.expected.dependencies().iter().filter(|edge| edge.owned && Some(edge.to as usize) == at);
        for part in parts.map(|edge| &draft.expected.at(edge.from).id).filter(|id| kinds::of(id.kind).relation) {
            let steps = made.get(part).into_iter().flatten().copied();
            let born: Vec<usize> = steps.filter(|n| nodes.nodes[*n].key.phase < Phase::Secure).collect();
            nodes.all_before(&born, after);
        }
        for (at, object) in (0u32..).zip(draft.actual.objects()) {
            if at == by || !away.is_gone_at(at) || away.carrier(at) != by {
                continue;
            }
            for step in made.get(&object.id).into_iter().flatten().copied() {
                let relation = kinds::of(object.id.kind).relation && nodes.nodes[step].key.phase < Phase::Secure;
                match relation {
                    true => nodes.all_before(&[step], after),
                    false => nodes.all_before(after, &[step]),
                }
            }
        }
    }

    /// What needs something spared is away before it is touched, and comes back afterwards.
    fn order_spared(
        &self,
        draft: &Draft,
        away: &Away,
        (drops, made): (&BTreeMap<u32, usize>, &BTreeMap<ObjectId, Vec<usize>>),
        (holder, spares, before, after): (u32, &[Spare], &[usize], &[usize]),
        nodes: &mut Nodes,
    ) {
        let spared: BTreeSet<u32> =
            spares.iter().filter_map(|spare| draft.actual.position(&spare.id)).map(|at| at as u32).collect();
        for spare in spares {
            let own = made.get(&spare.id).cloned().unwrap_or_default();
            nodes.all_before(after, &own);
        }
        for new in needing_anew(draft, spares) {
            let steps = made.get(new).cloned().unwrap_or_default();
            nodes.all_before(after, &steps);
        }
        // A type in between goes and comes as well.
        for edge in draft.actual.dependencies().iter().filter(|edge| spared.contains(&edge.from)) {
            let id = &draft.actual.at(edge.to).id;
            if kinds::of(id.kind).inline || !away.is_gone_at(edge.to) {
                continue;
            }
            let drop: Vec<usize> = drops.get(&away.carrier(edge.to)).copied().into_iter().collect();
            nodes.all_before(before, &drop);
            let made = made.get(id).into_iter().flatten().copied();
            let made: Vec<usize> = made.filter(|n| nodes.nodes[*n].key.phase < Phase::Secure).collect();
            nodes.all_before(&made, after);
        }
        let needs = draft.actual.dependencies().iter().map(|edge| (edge.from, edge.to));
        let needs = needs.chain(away.behind.iter().copied()).filter(|(_, to)| spared.contains(to));
        // What goes with the replaced object itself is not in its own way.
        for (from, _) in needs.filter(|(from, _)| away.is_gone_at(*from) && away.carrier(*from) != holder) {
            let drop: Vec<usize> = drops.get(&away.carrier(from)).copied().into_iter().collect();
            nodes.all_before(&drop, before);
            let back = made.get(&draft.actual.at(from).id).cloned().unwrap_or_default();
            nodes.all_before(after, &back);
        }
    }
}

/// What there is not yet, and is to need something spared, or a key or an index with it: the server would not
/// let that be touched then.
fn needing_anew<'a>(draft: &'a Draft, spares: &[Spare]) -> BTreeSet<&'a ObjectId> {
    if spares.is_empty() {
        return BTreeSet::new();
    }
    let spare = |id: &ObjectId| spares.iter().any(|spare| spare.id == *id);
    // A new part has its columns from the whole.
    let from_spare = |id: &ObjectId| {
        let at = draft.expected.position(id).filter(|_| id.kind == ObjectKind::Column);
        at.is_some_and(|at| with_ancestors(draft.expected, at as u32).any(|above| spare(&draft.expected.at(above).id)))
    };
    let spared = |id: &ObjectId| spare(id) || from_spare(id);
    let needing = |accept: &dyn Fn(&ObjectId) -> bool| -> BTreeSet<&'a ObjectId> {
        let edges = draft.expected.dependencies().iter().filter(|edge| accept(&draft.expected.at(edge.to).id));
        edges.map(|edge| &draft.expected.at(edge.from).id).collect()
    };
    let direct = needing(&spared);
    let riding = needing(&|id| kinds::of(id.kind).rides && direct.contains(id));
    let new = direct.into_iter().chain(riding).filter(|id| draft.actual.get(id).is_none());
    // A new part has its columns as the whole has them, then and later.
    new.filter(|id| !matches!(id.kind, ObjectKind::Table | ObjectKind::ForeignTable)).collect()
}

/// What something inherits, and what that inherits.
fn with_ancestors(catalog: &Catalog, at: u32) -> impl Iterator<Item = u32> + '_ {
    let mut work = vec![at];
    std::iter::from_fn(move || {
        let next = work.pop()?;
        work.extend(room::inherited(catalog, next));
        Some(next)
    })
}

/// Neighbours of one kind share a transaction.
fn groups(nodes: Nodes) -> Vec<Group<Step>> {
    let keys: Vec<&Key> = nodes.nodes.iter().map(|node| &node.key).collect();
    let order = order::sort(&keys, &nodes.edges);
    let mut groups: Vec<Group<Step>> = Vec::new();
    for n in order {
        let Node { key, step } = &nodes.nodes[n];
        let wrap = if step.transactional { key.stage.wrap() } else { Wrap::Each };
        match groups.last_mut() {
            Some(group) if group.wrap == wrap && (wrap == Wrap::Together || group.stage == key.stage) => {
                group.steps.push(step.clone());
            }
            Some(_) | None => groups.push(Group {
                title: title(key.stage, wrap).to_owned(),
                stage: key.stage,
                wrap,
                own_path: key.stage == Stage::Backfill,
                steps: vec![step.clone()],
            }),
        }
    }
    groups
}

fn title(stage: Stage, wrap: Wrap) -> &'static str {
    match (stage, wrap) {
        (Stage::Adjust, _) => "New values of types that exist",
        (_, Wrap::Together) => "What belongs together, in one transaction",
        (Stage::Backfill | Stage::Tenant, _) => "Values for rows that exist",
        (Stage::Validate, _) => "Validation; reads and writes go on",
        (Stage::Index, _) => "Indexes, built while reads and writes go on",
        (Stage::Remove, _) => "What is gone for good afterwards",
        (Stage::Born | Stage::Expand | Stage::Constrain | Stage::Secure | Stage::Describe, _) => {
            "One statement at a time"
        }
    }
}
