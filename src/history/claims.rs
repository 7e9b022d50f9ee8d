//! What migrations claim, held against a database: what each did, whether it
//! is there, and what that says of the migration.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::diff;
use crate::history::Effect;
use crate::history::History;
use crate::history::Outcome;
use crate::history::Silent;
use crate::history::Statement;
use crate::history::cause;
use crate::history::silent;
use crate::history::standing::Standing;
use crate::history::status::Because;
use crate::history::status::ByHand;
use crate::history::status::Did;
use crate::history::status::EffectState;
use crate::history::status::EffectStatus;
use crate::history::status::FailureStatus;
use crate::history::status::MigrationStatus;
use crate::history::status::SilentStatus;
use crate::history::status::Verdict;
use crate::history::words;
use crate::history::words::Class;
use crate::model::difference::AttributeChange;
use crate::model::difference::Difference;
use crate::model::finding::AttributeDrift;
use crate::model::finding::ObjectRef;
use crate::model::object::Location;
use crate::model::object::Object;
use crate::model::object::ObjectId;

/// A history with what it did in all and how a database stands to its end.
pub struct Side<'a> {
    pub history: &'a History,
    standing: Standing<'a>,
    /// By migration: what it did, with the statement that did it.
    net: Vec<Vec<(usize, Effect)>>,
    /// By object: the migrations that touch it, and how.
    touched: BTreeMap<ObjectId, Vec<(usize, Touch)>>,
}

enum Touch {
    Whole,
    Attributes(Vec<&'static str>),
}

impl<'a> Side<'a> {
    /// `counts`: which objects are under comparison at all.
    pub fn new(history: &'a History, standing: Standing<'a>, counts: impl Fn(&ObjectId) -> bool) -> Self {
        let net: Vec<Vec<(usize, Effect)>> = (0..history.migrations.len())
            .map(|migration| {
                let mut net = history.net(migration, |_| true);
                net.retain(|(_, effect)| counts(&effect.id));
                net
            })
            .collect();
        let mut touched: BTreeMap<ObjectId, Vec<(usize, Touch)>> = BTreeMap::new();
        for (migration, effects) in net.iter().enumerate() {
            for (_, effect) in effects {
                let attributes = effect.attributes();
                let touch = if attributes.is_empty() { Touch::Whole } else { Touch::Attributes(attributes) };
                touched.entry(effect.id.clone()).or_default().push((migration, touch));
            }
        }
        Side { history, standing, net, touched }
    }

    /// True where a later migration decides about an object, or about one attribute of it.
    fn superseded(&self, migration: usize, id: &ObjectId, attribute: Option<&str>) -> bool {
        let later = self.touched.get(id).into_iter().flatten().filter(|(by, _)| *by > migration);
        later.into_iter().any(|(_, touch)| match (touch, attribute) {
            (Touch::Whole, _) => true,
            (Touch::Attributes(names), Some(attribute)) => names.contains(&attribute),
            (Touch::Attributes(_), None) => false,
        })
    }

    fn effect(&self, migration: usize, position: usize, effect: &Effect) -> EffectStatus {
        let at = self.history.statements[position].at.clone();
        let object = ObjectRef::from(&effect.id);
        let now = self.standing.now(&effect.id);
        let (did, state, attributes) = match (&effect.before, &effect.after) {
            (_, None) => (Did::Removed, self.removed(migration, &effect.id, now), Vec::new()),
            (None, Some(_)) => {
                let (state, attributes) = self.created(migration, &effect.id, now);
                (Did::Created, state, attributes)
            }
            (Some(before), Some(_)) => {
                let (state, attributes) = self.changed(migration, effect, before, now);
                (Did::Changed, state, attributes)
            }
        };
        EffectStatus { object, did, at, state, attributes, because: None }
    }

    fn removed(&self, migration: usize, id: &ObjectId, now: Option<&Object>) -> EffectState {
        match (self.superseded(migration, id, None), now) {
            (true, _) => EffectState::Superseded,
            (false, Some(_)) => EffectState::Missing,
            (false, None) => EffectState::There,
        }
    }

    fn created(&self, migration: usize, id: &ObjectId, now: Option<&Object>) -> (EffectState, Vec<AttributeDrift>) {
        if self.superseded(migration, id, None) {
            return (EffectState::Superseded, Vec::new());
        }
        if now.is_none() {
            return (EffectState::Missing, Vec::new());
        }
        let altered: Vec<AttributeDrift> = self
            .standing
            .changes(id)
            .iter()
            .filter(|change| !self.superseded(migration, id, Some(change.attribute.name)))
            .map(AttributeDrift::from)
            .collect();
        (if altered.is_empty() { EffectState::There } else { EffectState::Altered }, altered)
    }

    fn changed(
        &self,
        migration: usize,
        effect: &Effect,
        before: &Object,
        now: Option<&Object>,
    ) -> (EffectState, Vec<AttributeDrift>) {
        let names: Vec<&str> = effect
            .attributes()
            .into_iter()
            .filter(|name| !self.superseded(migration, &effect.id, Some(name)))
            .collect();
        if names.is_empty() {
            return (EffectState::Superseded, Vec::new());
        }
        let Some(now) = now else { return (EffectState::Missing, Vec::new()) };
        let differing: Vec<&AttributeChange> =
            self.standing.changes(&effect.id).iter().filter(|c| names.contains(&c.attribute.name)).collect();
        let as_before = |change: &&AttributeChange| {
            before.attributes.get(change.attribute.name) == now.attributes.get(change.attribute.name)
        };
        let state = match (differing.is_empty(), differing.iter().any(as_before)) {
            (true, _) => EffectState::There,
            (false, true) => EffectState::Missing,
            (false, false) => EffectState::Altered,
        };
        (state, differing.into_iter().map(AttributeDrift::from).collect())
    }
}

/// Says what became of each migration. `run` is the history without the
/// migrations that were left out here, `all` the one with all of them; they
/// may be the same.
pub fn migrations(run: &Side, all: &Side) -> Vec<MigrationStatus> {
    (0..all.history.migrations.len()).map(|migration| status(migration, run, all)).collect()
}

/// Migrations that were left out: nothing of them is there, and something of a later one is.
pub fn left_out(statuses: &[MigrationStatus]) -> BTreeSet<usize> {
    let applied = |status: &MigrationStatus| match status.verdict {
        Verdict::Complete | Verdict::Partial | Verdict::Undone => true,
        Verdict::NotApplied | Verdict::WithoutEffect | Verdict::Unverifiable => false,
    };
    let last = statuses.iter().rposition(applied).unwrap_or(0);
    (0..last).filter(|at| statuses[*at].verdict == Verdict::NotApplied).collect()
}

fn status(migration: usize, run: &Side, all: &Side) -> MigrationStatus {
    let meta = &all.history.migrations[migration];
    let of = |side: &Side| -> Vec<Statement> {
        side.history.statements.iter().filter(|s| s.migration == migration).cloned().collect()
    };
    let (ours, whole) = (of(run), of(all));
    let mut effects = effects(migration, run, all);
    let mut silent: Vec<SilentStatus> = ours
        .iter()
        .flat_map(|s| s.silent.iter().map(move |silent| (s, silent)))
        .map(|(s, silent)| noop(s, silent, run))
        .collect();
    silent.extend(undone(&mut effects, run));
    silent.sort_by(|a, b| a.at.cmp(&b.at));
    let failures = failures(if ours.is_empty() { &whole } else { &ours }, run, all);
    let data: Vec<Location> = whole.iter().filter(|s| s.class == Class::Data).map(|s| s.at.clone()).collect();
    MigrationStatus {
        version: meta.version.clone(),
        name: meta.name.clone(),
        file: meta.file.clone(),
        program: meta.program.map(str::to_owned),
        verdict: verdict(&effects, &silent, &failures, &whole),
        statements: whole.len() as u64,
        effects,
        silent,
        failures,
        data,
        seeds: Vec::new(),
    }
}

/// The effects of a migration: as it ran here, and of what failed here as it runs where nothing was left out.
fn effects(migration: usize, run: &Side, all: &Side) -> Vec<EffectStatus> {
    let mut effects: Vec<EffectStatus> = Vec::new();
    let mut known = BTreeSet::new();
    for (position, effect) in &run.net[migration] {
        known.insert(effect.id.clone());
        effects.push(run.effect(migration, *position, effect));
    }
    for (position, effect) in &all.net[migration] {
        let at = &all.history.statements[*position].at;
        let ran = |s: &Statement| matches!(s.outcome, Outcome::Ran | Outcome::RanAgain(_));
        let ran_here = run.history.statement(at).is_some_and(ran);
        if known.contains(&effect.id) || ran_here {
            continue;
        }
        let mut status = all.effect(migration, *position, effect);
        status.because = because(&effect.id, at, run, all);
        effects.push(status);
    }
    effects.sort_by(|a, b| (&a.at, a.object.group()).cmp(&(&b.at, b.object.group())));
    effects
}

/// The relation that an object would hang on, where that is missing and another migration makes it.
fn because(id: &ObjectId, at: &Location, run: &Side, all: &Side) -> Option<Because> {
    let is_relation = |other: &ObjectId| {
        other.schema == id.schema && other.parent.is_empty() && other.name == id.parent && other.kind != id.kind
    };
    if id.parent.is_empty() {
        return None;
    }
    let maker = all.history.maker(is_relation).filter(|maker| maker.at.file != at.file)?;
    let relation = maker.effects.iter().map(|effect| &effect.id).find(|id| is_relation(id))?;
    let left_out = run.history.statement(&maker.at).is_none();
    left_out.then(|| Because { object: ObjectRef::from(relation), made_at: maker.at.clone() })
}

fn noop(statement: &Statement, silent: &Silent, run: &Side) -> SilentStatus {
    let since = run.history.maker(|id| *id == silent.id).map(|maker| maker.at.clone());
    silent::status(statement, silent, since, |id| run.standing.now(id))
}

/// A statement happens whole or not at all. Where a part of what one did is
/// missing, that part was taken away later; or the statement guards itself,
/// and found something that somebody had made by hand.
fn undone(effects: &mut [EffectStatus], run: &Side) -> Vec<SilentStatus> {
    let is_there = |effect: &EffectStatus| match effect.state {
        EffectState::There | EffectState::Altered => effect.did != Did::Removed,
        EffectState::Missing | EffectState::Undone | EffectState::Superseded => false,
    };
    let here: BTreeSet<Location> = effects.iter().filter(|e| is_there(e)).map(|e| e.at.clone()).collect();
    let mut found: BTreeMap<Location, SilentStatus> = BTreeMap::new();
    for effect in effects.iter_mut().filter(|e| e.state == EffectState::Missing && here.contains(&e.at)) {
        let Some(statement) = run.history.statement(&effect.at) else { continue };
        let guards = words::guarded(&statement.words);
        match guards.iter().find(|target| target.column.is_none()) {
            Some(target) if statement.class != Class::Block => {
                let made = |e: &&Effect| e.before.is_none() && e.id.parent.is_empty() && *e.id.name == *target.name;
                let Some(made) = statement.effects.iter().find(made) else { continue };
                let status = found.entry(effect.at.clone()).or_insert_with(|| {
                    let wanted = statement.effects.iter().filter_map(|e| e.after.clone()).collect();
                    let silent = Silent { id: made.id.clone(), wanted: Some(wanted) };
                    silent::status(statement, &silent, None, |id| run.standing.now(id))
                });
                status.since = None;
            }
            _ if statement.class == Class::Schema && guards.is_empty() => effect.state = EffectState::Undone,
            Some(_) | None => {}
        }
    }
    found.into_values().collect()
}

fn failures(statements: &[Statement], run: &Side, all: &Side) -> Vec<FailureStatus> {
    let mut failures = Vec::new();
    for statement in statements {
        let (refusal, resolved) = match &statement.outcome {
            Outcome::Failed(refusal) => (refusal, false),
            Outcome::RanAgain(refusal) => (refusal, true),
            Outcome::Ran | Outcome::Passed => continue,
        };
        let ran = |s: &Statement| matches!(s.outcome, Outcome::Ran);
        failures.push(FailureStatus {
            at: statement.at.clone(),
            line: refusal.line,
            statement: statement.head.clone(),
            code: refusal.code.clone(),
            message: refusal.message.clone(),
            cause: cause::cause(statement, refusal, run.history, all.history),
            resolved,
            only_here: all.history.statement(&statement.at).is_some_and(ran),
        });
    }
    failures
}

fn verdict(
    effects: &[EffectStatus],
    silent: &[SilentStatus],
    failures: &[FailureStatus],
    statements: &[Statement],
) -> Verdict {
    let count = |state: EffectState| effects.iter().filter(|e| e.state == state).count();
    let seen = |e: &&EffectStatus| {
        e.did != Did::Removed && matches!(e.state, EffectState::There | EffectState::Altered | EffectState::Undone)
    };
    let evidence = effects.iter().filter(seen).count();
    let missing = count(EffectState::Missing);
    // A statement about rows, or one that is no SQL, leaves nothing in the schema.
    let of_schema = |failure: &&FailureStatus| {
        let statement = statements.iter().find(|s| s.at == failure.at);
        !failure.resolved
            && statement
                .is_some_and(|s| matches!(s.class, Class::Schema | Class::Block) && !words::is_procedural(&s.words))
    };
    let failed = failures.iter().filter(of_schema).count();
    let in_the_way = silent.iter().any(SilentStatus::matters);
    let by_hand = count(EffectState::Undone) + count(EffectState::Altered);
    if evidence == 0 {
        return match (missing + failed, effects.is_empty(), silent.is_empty()) {
            (0, true, true) => Verdict::Unverifiable,
            (0, true, false) => Verdict::WithoutEffect,
            // What it takes away is not there, and what it made others have replaced.
            (0, false, _) if effects.iter().any(|e| e.did == Did::Removed && e.state == EffectState::There) => {
                Verdict::Complete
            }
            (0, false, _) => Verdict::Unverifiable,
            (_, _, _) => Verdict::NotApplied,
        };
    }
    match (missing + failed, in_the_way, by_hand) {
        (0, false, 0) => Verdict::Complete,
        (0, false, _) => Verdict::Undone,
        (_, _, _) => Verdict::Partial,
    }
}

/// What is there and no migration ever made.
pub fn by_hand(differences: &[Difference], histories: [&History; 2]) -> Vec<ByHand> {
    let made: BTreeSet<&ObjectId> = histories
        .iter()
        .flat_map(|history| &history.statements)
        .flat_map(|statement| {
            let wanted = statement.silent.iter().filter_map(|silent| silent.wanted.as_ref()).flatten().map(|o| &o.id);
            statement.effects.iter().map(|effect| &effect.id).chain(wanted)
        })
        .collect();
    let mut found = Vec::new();
    for difference in differences {
        let (actual, includes) = match difference {
            Difference::Unexpected { actual, includes } => (actual, includes.as_slice()),
            Difference::Renamed { actual, .. } => (actual, &[][..]),
            Difference::Missing { .. } | Difference::Changed { .. } => continue,
        };
        if !made.contains(&actual.id) {
            found.push(ByHand {
                object: ObjectRef::from(&actual.id),
                changed: None,
                with: includes.iter().map(ObjectRef::from).collect(),
            });
        }
    }
    found
}

/// What differs in an object from what a statement makes of it.
pub fn differs(wanted: &Object, now: &Object) -> Vec<AttributeDrift> {
    diff::changes(wanted, now).iter().map(AttributeDrift::from).collect()
}
