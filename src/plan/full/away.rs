//! What has to be away while a plan runs: what is dropped for good, what is
//! made anew, and whatever depends on either.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::Draft;
use super::Loss;
use super::needs;
use super::needs::Groups;
use super::room;
use crate::kinds;
use crate::kinds::Around;
use crate::kinds::Held;
use crate::model::catalog::Catalog;
use crate::model::catalog::Dependency;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::step::Hazard;
use crate::model::step::Step;
use crate::plan::circles;
use crate::plan::order::Unit;

/// A replacement that cannot be: something that holds data would go with it.
pub struct Refusal {
    pub replacement: ObjectId,
    pub reason: String,
}

/// Positions are those of the actual catalog.
#[derive(Default)]
pub struct Away {
    /// Everything that is not there for a while, or ever again.
    gone: BTreeSet<u32>,
    ids: BTreeSet<ObjectId>,
    /// What goes along by itself, and with what.
    carried: BTreeMap<u32, u32>,
    /// `(holder, held back by)`: what lets go of something and takes it up again.
    pub released: Vec<(u32, u32, Around)>,
    /// `(keeper, gone)`: what stops needing it by being altered first.
    pub freed: Vec<(u32, u32)>,
    /// `(gone, disturbed)`: in the way of it without needing it.
    pub behind: Vec<(u32, u32)>,
    /// Made anew, with nothing that carries over what it holds.
    emptied: BTreeSet<u32>,
    for_good: BTreeSet<u32>,
}

impl Away {
    /// Finds all of it.
    ///
    /// # Errors
    /// A replacement would take along something whose data nothing brings back.
    pub fn find(expected: &Catalog, actual: &Catalog, draft: &Draft) -> Result<Away, Refusal> {
        let mut search = Search {
            expected,
            actual,
            draft,
            dependents: needs::dependents(actual),
            groups: needs::groups(actual),
            away: Away::default(),
            causes: BTreeMap::new(),
        };
        let position = |id: &ObjectId| actual.position(id).map(|n| n as u32);
        let mut queue = Vec::new();
        for at in draft.dropped.iter().filter_map(position) {
            search.away.for_good.insert(at);
            search.take(at, at, None, &mut queue);
        }
        for (id, around) in &draft.replaced {
            let Some(at) = position(id) else { continue };
            if around.is_empty() {
                search.away.emptied.insert(at);
            }
            search.take(at, at, None, &mut queue);
        }
        for at in draft.disturbed.iter().filter_map(position) {
            search.disturb(at, at, &mut queue)?;
        }
        for (id, around) in &draft.replaced {
            let Some(cause) = position(id) else { continue };
            for spared in around.spares.iter().filter_map(|spare| position(&spare.id)) {
                search.disturb(spared, cause, &mut queue)?;
            }
        }
        while let Some(at) = queue.pop() {
            search.follow(at, &mut queue)?;
        }
        let mut away = search.away;
        away.carry_only_what_stays_away(expected, actual, draft);
        away.break_circles(actual);
        away.ids = away.gone.iter().map(|at| actual.at(*at).id.clone()).collect();
        away.freed.retain(|(keeper, _)| !away.gone.contains(keeper));
        away.released.retain(|(holder, _, _)| !away.gone.contains(holder));
        Ok(away)
    }

    /// What is made again, on a relation that stays, needs its place before
    /// that is free by itself: it goes by a statement of its own. So does a key,
    /// whose other columns must be free of it, and what would keep something on another
    /// relation from going, or changing, in time.
    fn carry_only_what_stays_away(&mut self, expected: &Catalog, actual: &Catalog, draft: &Draft) {
        let relations: BTreeSet<(&str, &str)> = (0u32..)
            .zip(actual.objects())
            .filter(|(at, object)| kinds::of(object.id.kind).relation && !self.gone.contains(at))
            .map(|(_, object)| (&*object.id.schema, &*object.id.name))
            .collect();
        let stays = |at: u32| {
            let id = &actual.at(at).id;
            !id.parent.is_empty() && relations.contains(&(&*id.schema, &*id.parent))
        };
        let alone = |at: &u32, with: &u32| {
            let id = &actual.at(*at).id;
            let comes_back = expected.get(id).is_some() && expected.get(&actual.at(*with).id).is_none();
            let in_the_way = actual.dependencies_of(*at).iter().any(|edge| {
                let needed = &actual.at(edge.to).id;
                let goes_alone = self.gone.contains(&edge.to) && stays(edge.to);
                needed.group() != id.group() && (goes_alone || draft.disturbed.contains(needed))
            });
            let by_itself = !kinds::of(id.kind).relation && id.kind != ObjectKind::Column;
            stays(*at) && (comes_back || id.kind == ObjectKind::PrimaryKey) || in_the_way && by_itself
        };
        let mut work: Vec<u32> = self.carried.iter().filter(|(at, with)| alone(at, with)).map(|(at, _)| *at).collect();
        while let Some(at) = work.pop() {
            self.carried.remove(&at);
            // Whatever needs it has to be gone by then.
            let needing = actual.dependencies().iter().filter(|edge| edge.to == at && stays(edge.from));
            work.extend(needing.map(|edge| edge.from).filter(|from| self.carried.contains_key(from)));
        }
    }

    /// Where two that go need one another by what goes along with them (tables by
    /// their policies or foreign keys), that goes first.
    fn break_circles(&mut self, actual: &Catalog) {
        let gone = |edge: &&Dependency| self.gone.contains(&edge.from) && self.gone.contains(&edge.to);
        let lifted: Vec<(u32, (usize, usize))> = actual
            .dependencies()
            .iter()
            .filter(gone)
            .map(|edge| (edge.from, (self.carrier(edge.from) as usize, self.carrier(edge.to) as usize)))
            .filter(|(_, (from, to))| from != to)
            .collect();
        let edges = lifted.iter().map(|(_, edge)| *edge).collect();
        for circle in circles::circles(actual.objects().len(), &edges) {
            for (holder, (from, to)) in &lifted {
                let kind = kinds::of(actual.at(*holder).id.kind);
                let separable = !kind.relation && actual.at(*holder).id.kind != ObjectKind::Column;
                if separable && circle.contains(from) && circle.contains(to) {
                    self.carried.remove(holder);
                }
            }
        }
    }

    pub fn is_gone(&self, id: &ObjectId) -> bool {
        self.ids.contains(id)
    }

    /// What needs a statement of its own to go.
    pub fn explicit(&self) -> impl Iterator<Item = u32> + '_ {
        self.gone.iter().copied().filter(|at| !self.carried.contains_key(at))
    }

    /// What goes along by itself, and with what.
    pub fn carried(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.carried.iter().map(|(at, with)| (*at, *with))
    }

    /// The object whose drop takes this one along; itself where it has its own.
    pub fn carrier(&self, mut at: u32) -> u32 {
        let mut steps = 0;
        while let Some(next) = self.carried.get(&at).filter(|_| steps < self.carried.len()) {
            at = *next;
            steps += 1;
        }
        at
    }

    pub fn is_gone_at(&self, at: u32) -> bool {
        self.gone.contains(&at)
    }

    /// True where what it holds is gone with it.
    pub fn is_emptied(&self, at: u32) -> bool {
        self.for_good.contains(&at) || self.emptied.contains(&at)
    }

    /// What is gone for good: data of what is dropped, and what statements narrow.
    pub fn losses(&self, actual: &Catalog, units: &[Unit<Step>], replaced: &BTreeMap<ObjectId, Around>) -> Vec<Loss> {
        let own = |at: &u32| {
            let object = actual.at(*at);
            let inside = self.carried.get(at).is_some_and(|with| loses(actual, *with));
            let what = (kinds::of(object.id.kind).loses)(object).filter(|_| self.is_emptied(*at) && !inside)?;
            Some(Loss { id: object.id.clone(), what: what.to_owned() })
        };
        let narrows = |step: &Step| step.hazards.contains(&Hazard::DataLoss);
        let narrowed = units.iter().filter(|unit| unit.steps.iter().any(narrows)).map(|unit| &unit.id);
        let around = replaced.iter().filter(|(_, around)| around.steps().any(narrows));
        let narrowed = narrowed.chain(around.map(|(id, _)| id));
        let narrowed = narrowed.map(|id| Loss { id: id.clone(), what: "what does not fit".to_owned() });
        let mut losses: Vec<Loss> = self.gone.iter().filter_map(own).chain(narrowed).collect();
        losses.sort();
        losses
    }

    /// What was only in the way, and is made again, with all that hangs on it.
    pub fn put_back(
        &self,
        expected: &Catalog,
        actual: &Catalog,
        replaced: &BTreeMap<ObjectId, Around>,
    ) -> Vec<ObjectId> {
        let ids = self.explicit().map(|at| &actual.at(at).id);
        ids.filter(|id| expected.get(id).is_some() && !replaced.contains_key(*id)).cloned().collect()
    }
}

fn loses(actual: &Catalog, at: u32) -> bool {
    let object = actual.at(at);
    (kinds::of(object.id.kind).loses)(object).is_some()
}

struct Search<'a> {
    expected: &'a Catalog,
    actual: &'a Catalog,
    draft: &'a Draft<'a>,
    dependents: BTreeMap<u32, Vec<(u32, bool)>>,
    groups: Groups<'a>,
    away: Away,
    /// For whose sake each is gone.
    causes: BTreeMap<u32, u32>,
}

impl Search<'_> {
    fn take(&mut self, at: u32, cause: u32, with: Option<u32>, queue: &mut Vec<u32>) {
        if self.away.gone.insert(at) {
            self.causes.insert(at, cause);
            if self.away.for_good.contains(&cause) && self.expected.get(&self.actual.at(at).id).is_none() {
                self.away.for_good.insert(at);
            }
            queue.push(at);
        }
        if let Some(with) = with {
            self.away.carried.entry(at).or_insert(with);
        }
    }

    /// Everything that needs what is gone.
    fn follow(&mut self, at: u32, queue: &mut Vec<u32>) -> Result<(), Refusal> {
        let cause = self.causes[&at];
        let spares: BTreeSet<&ObjectId> =
            self.draft.replaced.values().flat_map(|around| &around.spares).map(|spare| &spare.id).collect();
        for (from, owned) in self.dependents.get(&at).cloned().unwrap_or_default() {
            let holder = self.actual.at(from);
            // Nothing spares it when what it hangs on is made anew.
            let target = &self.actual.at(at).id;
            let hangs = !holder.id.parent.is_empty() && kinds::of(target.kind).relation;
            if spares.contains(&holder.id) && !(hangs && holder.id.group() == target.group()) {
                continue;
            }
            if owned && self.leaves(&holder.id, &self.actual.at(at).id) {
                self.away.freed.push((from, at));
            } else if let Some(around) = self.let_go(from, at).filter(|_| owned) {
                self.away.released.push((from, at, around));
            } else if owned {
                self.take(from, cause, Some(at), queue);
            } else {
                self.send_away(from, at, cause, queue)?;
            }
        }
        Ok(())
    }

    /// What needs something that is changed in place while nobody may need it.
    fn disturb(&mut self, at: u32, cause: u32, queue: &mut Vec<u32>) -> Result<(), Refusal> {
        let kind = self.actual.at(at).id.kind;
        for (from, owned) in self.dependents.get(&at).cloned().unwrap_or_default() {
            let holder = self.actual.at(from).id.kind;
            // What inherits it is changed along with it.
            let inherits = owned && holder == kind;
            if !inherits && !kinds::of(holder).rides {
                self.send_away(from, at, cause, queue)?;
            } else if !inherits {
                self.clear_behind(from, at, cause, queue)?;
            }
        }
        Ok(())
    }

    /// What rests upon a key that is built anew along with a column, and not on the
    /// column: the server would not take it along.
    fn clear_behind(&mut self, key: u32, at: u32, cause: u32, queue: &mut Vec<u32>) -> Result<(), Refusal> {
        let resting = self.dependents.get(&key).cloned().unwrap_or_default();
        for (from, owned) in resting {
            let edges = self.actual.dependencies_of(from);
            let needs_both = edges.iter().any(|edge| edge.to == at);
            if !owned && !needs_both {
                self.send_away(from, at, cause, queue)?;
                self.away.behind.push((from, at));
            }
        }
        Ok(())
    }

    fn send_away(&mut self, from: u32, by: u32, cause: u32, queue: &mut Vec<u32>) -> Result<(), Refusal> {
        if self.away.gone.contains(&from) {
            return Ok(());
        }
        let (holder, target) = (self.actual.at(from), self.actual.at(by));
        if self.stops_needing(&holder.id, &target.id) {
            self.away.freed.push((from, by));
            return Ok(());
        }
        let kind = kinds::of(holder.id.kind);
        let held = Held { actual: holder, expected: self.expected.get(&holder.id), by: &target.id };
        // Nothing outlives its schema.
        let inside = holder.id.namespace().as_ref() == Some(&target.id);
        if let Some(around) = (kind.release)(held, &self.draft.context()).filter(|_| !inside) {
            self.away.released.push((from, by, around));
            return Ok(());
        }
        let there_again = self.expected.get(&holder.id).is_some();
        if there_again && (kind.loses)(holder).is_some() {
            let replacement = self.actual.at(cause).id.clone();
            let reason = format!("{} needs {} and would lose what it holds", holder.id, target.id);
            return Err(Refusal { replacement, reason });
        }
        self.take(from, cause, None, queue);
        Ok(())
    }

    /// True where what would go along is let go before: a partition that is to
    /// belong to another table, and with it its columns.
    fn leaves(&self, holder: &ObjectId, target: &ObjectId) -> bool {
        if self.stops_needing(holder, target) {
            return true;
        }
        match (self.relation(holder), self.relation(target)) {
            (Some(of), Some(from)) if !holder.parent.is_empty() => of != from && self.stops_needing(&of, &from),
            (Some(_) | None, _) => false,
        }
    }

    /// True where something new needs the place of what goes: what is altered
    /// to need that instead cannot wait for it.
    fn makes_way(&self, target: &ObjectId) -> bool {
        let goes = |id: &ObjectId| self.relation(id).filter(|relation| self.expected.get(relation).is_none());
        let mut seen: BTreeSet<ObjectId> = BTreeSet::new();
        let mut work: Vec<ObjectId> = goes(target).into_iter().collect();
        while let Some(relation) = work.pop() {
            if self.is_in_place_of_new(&relation) {
                return true;
            }
            if !seen.insert(relation.clone()) {
                continue;
            }
            // Before another one that goes, what refers to that does.
            let own = self.groups.get(&relation.group()).into_iter().flatten();
            let needs = own.flat_map(|at| self.actual.dependencies_of(*at)).map(|edge| &self.actual.at(edge.to).id);
            work.extend(needs.filter(|id| id.group() != relation.group()).filter_map(goes));
        }
        false
    }

    fn is_in_place_of_new(&self, relation: &ObjectId) -> bool {
        let new = |object: &&Object| self.actual.get(&object.id).is_none();
        let mut new = self.expected.objects().iter().filter(new);
        let whole = self.actual.get(relation).and_then(|table| table.text("partition_of"));
        let own = self.groups.get(&(&*relation.schema, &*relation.name)).into_iter().flatten();
        let names: BTreeSet<String> = own.filter_map(|at| room::schema_wide_name(self.actual.at(*at))).collect();
        new.any(|object| {
            let part = whole.is_some() && object.text("partition_of") == whole;
            part || room::schema_wide_name(object).is_some_and(|name| names.contains(&name))
        })
    }

    /// The relation that something is, or hangs on.
    fn relation(&self, id: &ObjectId) -> Option<ObjectId> {
        let kinds = ObjectKind::ALL.iter().filter(|kind| kinds::of(**kind).relation);
        let mut ids = kinds.map(|kind| ObjectId::new(*kind, &id.schema, "", id.group().1));
        ids.find(|id| self.actual.get(id).is_some())
    }

    /// True where something is altered in place, or what it inherits.
    fn is_altered(&self, id: &ObjectId) -> bool {
        let own = self.draft.in_place.get(id).is_some_and(|steps| !steps.is_empty());
        let Some(at) = self.actual.position(id) else { return own };
        own || room::inherited(self.actual, at as u32).any(|above| self.is_altered(&self.actual.at(above).id))
    }

    /// What has something own it (a sequence, a column) lets go of that where it stays, and would lose what it holds.
    fn let_go(&self, holder: u32, by: u32) -> Option<Around> {
        let actual = self.actual.at(holder);
        if !actual.id.parent.is_empty() || (kinds::of(actual.id.kind).loses)(actual).is_none() {
            return None;
        }
        let held = Held { actual, expected: self.expected.get(&actual.id), by: &self.actual.at(by).id };
        (kinds::of(actual.id.kind).release)(held, &self.draft.context())
    }

    /// True for what goes for good, and needs what is made anew: a column, or any of a table.
    fn goes_before_replaced(&self, target: &ObjectId) -> bool {
        let is_gone = |id: &ObjectId| self.actual.position(id).is_some_and(|at| self.away.gone.contains(&(at as u32)));
        let whole = self.relation(target).filter(|relation| is_gone(relation));
        let group = whole.iter().filter_map(|relation| self.groups.get(&relation.group())).flatten().copied();
        let own = self.actual.position(target).map(|at| at as u32).filter(|at| self.away.gone.contains(at));
        group.chain(own).any(|at| {
            let mut needs = self.actual.dependencies_of(at).iter();
            needs.any(|edge| self.draft.replaced.contains_key(&self.actual.at(edge.to).id))
        })
    }

    /// True where an object is altered in place so that it needs another no more.
    /// What it hangs on it always needs.
    fn stops_needing(&self, holder: &ObjectId, target: &ObjectId) -> bool {
        let altered = self.is_altered(holder);
        let hangs = !holder.parent.is_empty() && self.relation(holder).as_ref() == Some(target);
        if !altered
            || hangs
            || self.makes_way(target)
            || self.draft.replaced.contains_key(holder)
            || self.draft.disturbed.contains(target)
        {
            return false;
        }
        let (Some(from), to) = (self.expected.position(holder), self.expected.position(target)) else { return false };
        let edges = self.expected.dependencies_of(from as u32);
        // A column goes with its relation, and what still needs the relation cannot be altered before that is back.
        let relation = self.relation(target).filter(|_| target.kind == ObjectKind::Column);
        let gone = relation
            .and_then(|relation| self.actual.position(&relation))
            .is_some_and(|at| self.away.gone.contains(&(at as u32)));
        let needs_relation = || edges.iter().any(|edge| self.expected.at(edge.to).id.group() == target.group());
        if gone && needs_relation() {
            return false;
        }
        // It has to go before what its type is made anew, and that before what the holder is to need.
        if self.goes_before_replaced(target) {
            return false;
        }
        to.is_none_or(|to| edges.iter().all(|edge| edge.to as usize != to))
    }
}
