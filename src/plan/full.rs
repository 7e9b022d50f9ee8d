//! The full plan: from any catalog to any other. What has to be away while
//! something is replaced follows from the dependencies of the actual catalog,
//! what is put back from those of the declared one. It never drops with CASCADE.

mod away;
mod needs;
mod parts;
mod room;
mod sequence;

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::diff;
use crate::kinds;
use crate::kinds::Around;
use crate::kinds::Change;
use crate::kinds::Context;
use crate::kinds::Fill;
use crate::kinds::Left;
use crate::kinds::Repair;
use crate::kinds::Rework;
use crate::model::catalog::Catalog;
use crate::model::difference::Difference;
use crate::model::ident::quote;
use crate::model::kind::ObjectKind;
use crate::model::object::Attributes;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::step::Additive;
use crate::model::step::Hazard;
use crate::model::step::Lock;
use crate::model::step::Phase;
use crate::model::step::Step;
use crate::plan::order::Unit;
use crate::plan::renames::Renaming;
use crate::plan::stage::Group;

use away::Away;

/// A plan that may lose something, and says what.
#[derive(Debug, Clone, Default)]
pub struct FullPlan {
    pub groups: Vec<Group<Step>>,
    /// What stays different, and why.
    pub left: Vec<(ObjectId, Left)>,
    /// What is gone for good afterwards.
    pub losses: Vec<Loss>,
    /// What is dropped and made again as it was, because something that it needs is replaced.
    pub put_back: Vec<ObjectId>,
    /// What gets another name first, in the first group.
    pub renames: Vec<Renaming>,
    /// Columns that must hold something in every row, and to which it gives nothing:
    /// rows that are made up for the proof must do so too.
    pub assumed: BTreeMap<ObjectId, Vec<String>>,
}

/// One thing that a plan loses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Loss {
    pub id: ObjectId,
    /// `its rows`; or what a statement does to values.
    pub what: String,
}

impl FullPlan {
    /// All steps in order.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.groups.iter().flat_map(|group| &group.steps)
    }

    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// The same plan, which was made for what is there under its new names, with the renaming before it.
    pub fn after_renaming(mut self, renames: Vec<Renaming>, group: Group<Step>) -> FullPlan {
        self.renames = renames;
        self.groups.insert(0, group);
        self
    }
}

/// Plans the way from `actual` to `expected`. `fill` gives rows that exist the
/// value of a column that must have one; `offline` where nobody uses the
/// database meanwhile, so that one statement does what several would.
pub fn full(
    expected: &Catalog,
    actual: &Catalog,
    differences: &[Difference],
    fill: &dyn Fn(&Object) -> Option<Fill>,
    offline: bool,
) -> FullPlan {
    let expected = &with_what_is_unsaid(expected, actual);
    let mut draft = Draft::new(expected, actual, fill, offline);
    let context = Context { expected, actual, fill, offline };
    let mut kept_as_is: BTreeMap<ObjectId, String> = kinds::held(&context).into_iter().collect();
    loop {
        draft.clear();
        for difference in differences {
            draft.answer(difference, &kept_as_is);
        }
        match Away::find(expected, actual, &draft) {
            Ok(away) => return draft.finish(&away),
            // Each round forbids one more replacement or drop, so this ends.
            Err(away::Refusal { replacement, reason }) => {
                kept_as_is.insert(replacement, reason);
            }
        }
    }
}

/// What is made again belongs to whom it belonged, where nothing else is declared,
/// and stays where it was kept, where nothing is said of that at all.
fn with_what_is_unsaid(expected: &Catalog, actual: &Catalog) -> Catalog {
    let left_to_server = diff::left_to_server(expected);
    let mut expected = expected.clone();
    expected.map_objects(|object| {
        let Some(there) = actual.get(&object.id) else { return };
        let owner = there.attributes.iter().filter(|(attribute, _)| attribute.name == "owner");
        let place = diff::stated_anywhere(there).filter(|_| left_to_server);
        let unsaid: Vec<_> = owner
            .chain(place)
            .filter(|(attribute, _)| object.attributes.get(attribute.name).is_none())
            .map(|(attribute, value)| (attribute, value.clone()))
            .collect();
        if !unsaid.is_empty() {
            let said = object.attributes.iter().map(|(attribute, value)| (attribute, value.clone()));
            object.attributes = Attributes::new(said.chain(unsaid).collect());
        }
    });
    expected
}

/// What the differences ask for, before anything is put in order.
struct Draft<'a> {
    expected: &'a Catalog,
    actual: &'a Catalog,
    fill: &'a dyn Fn(&Object) -> Option<Fill>,
    offline: bool,
    /// Steps in place, by object.
    in_place: BTreeMap<ObjectId, Vec<Step>>,
    /// What is dropped for good.
    dropped: BTreeSet<ObjectId>,
    /// What is dropped and made anew.
    replaced: BTreeMap<ObjectId, Around>,
    /// What is changed in place while its dependents are away.
    disturbed: BTreeSet<ObjectId>,
    left: Vec<(ObjectId, Left)>,
    /// The finding that each object's steps answer.
    answers: BTreeMap<ObjectId, String>,
}

impl<'a> Draft<'a> {
    fn new(
        expected: &'a Catalog,
        actual: &'a Catalog,
        fill: &'a dyn Fn(&Object) -> Option<Fill>,
        offline: bool,
    ) -> Self {
        Draft {
            expected,
            actual,
            fill,
            offline,
            in_place: BTreeMap::new(),
            dropped: BTreeSet::new(),
            replaced: BTreeMap::new(),
            disturbed: BTreeSet::new(),
            left: Vec::new(),
            answers: BTreeMap::new(),
        }
    }

    fn clear(&mut self) {
        *self = Draft::new(self.expected, self.actual, self.fill, self.offline);
    }

    fn context(&self) -> Context<'a> {
        Context { expected: self.expected, actual: self.actual, fill: self.fill, offline: self.offline }
    }

    fn answer(&mut self, difference: &Difference, kept_as_is: &BTreeMap<ObjectId, String>) {
        let id = difference.id();
        self.answers.insert(id.clone(), format!("{}-{} {}", id.kind.word(), difference.word(), id.dotted()));
        match difference {
            Difference::Missing { .. } => {}
            Difference::Unexpected { actual, includes } => {
                for id in [&actual.id].into_iter().chain(includes) {
                    self.drop_unless_kept(id, kept_as_is);
                }
            }
            // Nobody said that it is the same: what is there goes.
            Difference::Renamed { actual, .. } => self.drop_unless_kept(&actual.id, kept_as_is),
            Difference::Changed { changes, .. } => {
                // Whoever owns it is none of the plan's statements, so both sides are looked up again.
                let (Some(expected), Some(actual)) = (self.expected.get(id), self.actual.get(id)) else { return };
                if let Some(reason) = kept_as_is.get(id) {
                    self.leave(id, "", reason);
                    return;
                }
                for change in changes {
                    self.change(Change { expected, actual, attribute: change.attribute.name });
                }
            }
        }
    }

    fn drop_unless_kept(&mut self, id: &ObjectId, kept_as_is: &BTreeMap<ObjectId, String>) {
        match kept_as_is.get(id) {
            Some(reason) => self.leave(id, "", reason),
            None => _ = self.dropped.insert(id.clone()),
        }
    }

    fn leave(&mut self, id: &ObjectId, attribute: &'static str, reason: &str) {
        self.left.push((id.clone(), Left { attribute, reason: reason.to_owned() }));
    }

    /// One changed attribute: additively where that does it, else as the kind reworks it.
    fn change(&mut self, change: Change) {
        let id = change.expected.id.clone();
        let kind = kinds::of(id.kind);
        let attribute = change.attribute;
        let in_place = self.in_place.entry(id.clone()).or_default();
        let target = || (kind.target)(change.expected);
        let named = !target().is_empty();
        if attribute == "owner" && named {
            in_place.extend(owner(change.expected));
            return;
        }
        if attribute == "comment" && named && change.expected.text("comment").is_none() {
            in_place.push(Step::new(format!("COMMENT ON {} IS NULL;", target()), Phase::Describe));
            return;
        }
        let context = Context { expected: self.expected, actual: self.actual, fill: self.fill, offline: self.offline };
        let again = || Change { expected: change.expected, actual: change.actual, attribute };
        let repair = (kind.alter)(again(), &context);
        in_place.extend(repair.steps.into_iter().map(Additive::into_step));
        if repair.left.is_empty() {
            return;
        }
        match (kind.rework)(again(), &context) {
            Rework::InPlace(steps) => push_new(in_place, steps),
            Rework::Disturb(steps) => {
                push_new(in_place, steps);
                self.disturbed.insert(id);
            }
            Rework::Replace(around) => {
                let known = self.replaced.entry(id).or_default();
                push_new(&mut known.before, around.before);
                push_new(&mut known.after, around.after);
                // Two of its attributes ask for the same.
                let new = around.spares.into_iter().filter(|spare| !known.spares(&spare.id)).collect::<Vec<_>>();
                known.spares.extend(new);
            }
            Rework::Impossible(reason) => self.leave(&id, attribute, &reason),
        }
    }

    /// Makes everything that is missing once what has to be away is away, and puts all in order.
    fn finish(mut self, away: &Away) -> FullPlan {
        let remaining = self.actual.clone().retain(|object| !away.is_gone(&object.id));
        let context = Context { expected: self.expected, actual: &remaining, fill: self.fill, offline: self.offline };
        let mut units: Vec<Unit<Step>> = Vec::new();
        for object in self.expected.objects() {
            let id = &object.id;
            let mut steps = Vec::new();
            if remaining.get(id).is_some() {
                // What is replaced is in nobody's place any more.
                steps.extend(self.in_place.remove(id).unwrap_or_default());
            } else {
                let repair = self.created(object, &context);
                self.left.extend(repair.left.into_iter().map(|left| (id.clone(), left)));
                steps.extend(repair.steps.into_iter().map(|step| afresh(step.into_step())));
                // What a person has to make belongs to whoever does.
                steps.extend(owner(object).filter(|_| !steps.is_empty()));
            }
            if !steps.is_empty() {
                let answers = self.answers.get(id).cloned();
                let steps = steps.into_iter().map(|step| Step { answers: answers.iter().cloned().collect(), ..step });
                units.push(Unit { id: id.clone(), steps: steps.collect() });
            }
        }
        let losses = away.losses(self.actual, &units, &self.replaced);
        let groups = sequence::sequence(&self, away, units);
        self.left.sort_by(|a, b| (&a.0, a.1.attribute).cmp(&(&b.0, b.1.attribute)));
        self.left.dedup();
        FullPlan {
            assumed: self.assumed(),
            groups,
            left: self.left,
            losses,
            put_back: away.put_back(self.expected, self.actual, &self.replaced),
            renames: Vec::new(),
        }
    }

    /// Columns that must have a value from now on, and get none by the plan.
    fn assumed(&self) -> BTreeMap<ObjectId, Vec<String>> {
        let must = |column: &&Object| {
            let there = self.actual.get(&column.id).is_some_and(|there| !there.flag("not_null"));
            there && column.flag("not_null") && (self.fill)(column).is_none()
        };
        let columns = self.expected.of_kind(ObjectKind::Column).iter().filter(must);
        columns.map(|column| (column.id.clone(), Vec::new())).collect()
    }

    /// What additive plans leave because every row is written anew is done here.
    fn created(&self, object: &Object, context: &Context) -> Repair {
        let create = kinds::of(object.id.kind).create;
        let repair = create(object, context);
        let in_part = !repair.steps.is_empty() && !kinds::gives_all_rows_one_value(object);
        if repair.left.is_empty() || in_part || kinds::must_be_given(object, context) {
            return repair;
        }
        let mut empty = context.actual.clone();
        let tables = empty.of_kind(ObjectKind::Table).iter();
        empty.rows = Some(tables.map(|table| ((table.id.schema.clone(), table.id.name.clone()), 0)).collect());
        let again = create(
            object,
            &Context { expected: context.expected, actual: &empty, fill: self.fill, offline: self.offline },
        );
        if again.steps.is_empty() {
            return repair;
        }
        Repair { steps: again.steps.into_iter().map(|step| step.hazard(Hazard::TableRewrite)).collect(), ..again }
    }

    /// The step that drops an object, with what it locks and loses.
    fn drop_step(&self, object: &Object, loses: bool) -> Step {
        let kind = kinds::of(object.id.kind);
        let phase = if loses { Phase::Remove } else { Phase::Define };
        let mut step = Step::new((kind.drop)(object), phase);
        let (schema, relation) = object.id.group();
        if let Some(whole) = parts::to_detach_from(self.actual, object) {
            step.sql.insert_str(0, &format!("ALTER TABLE {whole} DETACH PARTITION {};\n", object.id.qualified()));
            // Of the two it is the one that goes on being used.
            step = step.lock(Lock::AccessExclusive, whole);
        } else if locks_relation(self.actual, object) {
            step = step.lock(Lock::AccessExclusive, &format!("{}.{}", quote(schema), quote(relation)));
        }
        if loses {
            step = step.hazard(Hazard::DataLoss);
        }
        for again in (kind.said_again)(object, &self.context()) {
            step.sql = format!("{}\n{}", step.sql, again.sql);
        }
        step.answers.extend(self.answers.get(&object.id).cloned());
        step
    }
}

/// True where dropping it locks a relation: itself, or what it hangs on. Who may
/// do what is no part of a relation, nor does everything hang on one.
fn locks_relation(actual: &Catalog, object: &Object) -> bool {
    let (schema, relation) = object.id.group();
    let relations = ObjectKind::ALL.iter().filter(|kind| kinds::of(**kind).relation);
    let is_there = |kind: &ObjectKind| actual.get(&ObjectId::new(*kind, schema, "", relation)).is_some();
    !object.id.kind.is_said_of_another() && relations.into_iter().any(is_there)
}

/// A plan that is run once needs no guard on what is not there.
fn afresh(step: Step) -> Step {
    let guarded = step.phase == Phase::Index && !step.transactional;
    let sql = if guarded { step.sql.clone() } else { step.afresh() };
    Step { sql, unguarded: None, ..step }
}

/// Several changed attributes may ask for the same statement.
fn push_new(steps: &mut Vec<Step>, more: Vec<Step>) {
    for step in more {
        if !steps.contains(&step) {
            steps.push(step);
        }
    }
}

/// Who it belongs to, where that is declared.
fn owner(object: &Object) -> Option<Step> {
    kinds::owned(object).map(|(target, owner)| Additive::give(&target, owner).into_step())
}
