//! Random schemas and random changes of them. From a seed follow two sides
//! that are valid by construction; what differs must be found, the plan from
//! one to the other and the plan back must lead there, keep the rows, and leave
//! nothing.
//!
//! Not drawn: the kinds of [`NOT_DRAWN`], foreign tables that inherit, tables of
//! a type, other owners than the one who runs it, what only servers after 15
//! have, and names that two things of different schemas share.
//!
//! `DRIFT_SEEDS=N` runs the first N seeds instead of a fixed two hundred
//! (with `DRIFT_FIRST=M` those from the Mth on),
//! `DRIFT_SEED=S` just one, or a list of them. Every seed is tried, and those that fail are named at
//! once; then a small case of each is looked for during `DRIFT_SHRINK` seconds
//! (60), and printed.

#[path = "../common/mod.rs"]
mod common;

mod build;
mod check;
mod model;
mod mutate;
mod random;
mod render;
mod rows;
mod shrink;
mod small;

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use drift::jobs::source::ReadOptions;
use drift::model::ident::quote;
use drift::model::kind::ObjectKind;
use drift::pg::connect::Target;
use drift::scratch::Engine;

use check::Failure;
use check::Manner;
use check::Place;
use model::Model;
use mutate::Mutation;
use random::Random;

/// How many seeds a plain test run takes.
const SEEDS: u64 = 200;
/// No more failures than that are made small: it takes its time.
const ENOUGH: usize = 25;

/// Kinds that no seed draws, and why.
const NOT_DRAWN: &[(ObjectKind, &str)] = &[
    (ObjectKind::Extension, "what one brings is its own"),
    (ObjectKind::Language, "its handler has to be compiled, or is another language's"),
    (ObjectKind::AccessMethod, "its handler has to be compiled, or is another method's"),
    (ObjectKind::TextSearchParser, "its functions have to be compiled, or are another parser's"),
    (ObjectKind::TextSearchTemplate, "its functions have to be compiled, or are another template's"),
    (ObjectKind::Database, "there is one, and it is neither made nor dropped"),
];

/// A schema and what is changed in it.
#[derive(Clone)]
pub struct Case {
    pub base: Model,
    pub mutations: Vec<Mutation>,
    manner: Manner,
}

impl Case {
    fn of(seed: u64) -> Case {
        let (mut random, modern) = (Random::new(seed), is_modern(seed));
        let mut builder = build::Builder { model: Model::default(), random: &mut random, taken: Vec::new(), modern };
        builder.found();
        let (base, taken) = (builder.model, builder.taken);
        let mutations = mutate::mutations(&base, &taken, &mut random, modern);
        let manner = Manner { settles_all: seed.is_multiple_of(8), offline: !seed.is_multiple_of(2) };
        Case { base, mutations, manner }
    }

    fn mutated(&self) -> Model {
        let mut model = self.base.clone();
        self.mutations.iter().for_each(|mutation| mutation.apply(&mut model));
        model
    }

    pub async fn check(&self, place: &Place) -> Result<(), Failure> {
        check::check(place, &self.base, &self.mutated(), self.manner).await
    }
}

/// What a person needs to see why it fails.
fn report(seed: u64, case: &Case, failure: &Failure) -> String {
    let sql = |model: &Model, other: &Model| {
        let script = render::render(model);
        [script.structure, rows::inserts(model, other), script.rest, script.last].concat().join(";\n")
    };
    let words: Vec<&str> = case.mutations.iter().map(|mutation| &*mutation.word).collect();
    format!(
        "seed {seed} ({}) fails: {}\n{}\n\n-- one side\n{};\n\n-- the other\n{};\n\n-- plan\n{}\n",
        words.join(", "),
        failure.check,
        failure.said,
        sql(&case.base, &case.mutated()),
        sql(&case.mutated(), &case.base),
        failure.plan,
    )
}

/// One in eight is tried on the newest server, with what only that has.
fn is_modern(seed: u64) -> bool {
    seed % 8 == 5
}

fn asked(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}

#[test]
fn whatever_is_mutated_is_found_and_led_back() {
    let Some(server) = common::server::shared() else { return };
    let Some(newest) = common::matrix::newest() else { return };
    let url = |seed: u64| {
        let server = if is_modern(seed) { newest.server } else { server };
        server.url("postgres", "postgres")
    };
    for role in render::ROLES {
        for server in [server, newest.server] {
            server.psql("postgres", &["-c", &format!("CREATE ROLE {}", quote(role))]);
        }
    }
    let seeds: Vec<u64> = match std::env::var("DRIFT_SEED") {
        Ok(list) => list.split(',').map(|seed| seed.trim().parse().expect("DRIFT_SEED is a list of numbers")).collect(),
        Err(_) => {
            let first = asked("DRIFT_FIRST").unwrap_or(0);
            (first..first + asked("DRIFT_SEEDS").unwrap_or(SEEDS)).collect()
        }
    };
    let (modern, usual): (Vec<u64>, Vec<u64>) = seeds.into_iter().partition(|seed| is_modern(*seed));
    let try_one = |place: &Place, runtime: &tokio::runtime::Runtime, seed: u64| {
        let case = Case::of(seed);
        let failure = runtime.block_on(case.check(place)).err()?;
        let said = failure.said.lines().next().unwrap_or_default();
        tell(&format!("seed {seed} fails: {}: {said}\n", failure.check));
        Some((seed, case, failure))
    };
    let mut failures = Vec::new();
    for seeds in [usual, modern] {
        let Some(first) = seeds.first() else { continue };
        failures.extend(spread(&url(*first), seeds, try_one));
    }
    let summary: Vec<String> = failures.iter().map(|(seed, _, failure)| format!("{seed}: {}", failure.check)).collect();
    let shrinking = Duration::from_secs(asked("DRIFT_SHRINK").unwrap_or(60));
    let (modern, usual): (Vec<_>, Vec<_>) = failures.into_iter().take(ENOUGH).partition(|(seed, ..)| is_modern(*seed));
    for failures in [usual, modern] {
        let Some((first, ..)) = failures.first() else { continue };
        spread(&url(*first), failures, |place, runtime, (seed, case, failure)| {
            let (case, failure) = runtime.block_on(shrink::shrink(place, case, failure, shrinking));
            tell(&report(seed, &case, &failure));
            Some(())
        });
    }
    assert!(summary.is_empty(), "{} seeds fail:\n{}", summary.len(), summary.join("\n"));
}

/// Both that it is drawn, and that some mutation is about it.
#[test]
fn every_kind_is_drawn_and_mutated() {
    let (mut drawn, mut mutated) = (BTreeSet::new(), BTreeSet::new());
    for case in (0..SEEDS).map(Case::of) {
        let (here, there) = (render::render(&case.base).facts, render::render(&case.mutated()).facts);
        mutated.extend(here.keys().chain(there.keys()).filter(|id| here.get(id) != there.get(id)).map(|id| id.kind));
        drawn.extend(here.into_keys().map(|id| id.kind));
    }
    let expected: BTreeSet<ObjectKind> =
        ObjectKind::ALL.iter().copied().filter(|kind| NOT_DRAWN.iter().all(|(not, _)| not != kind)).collect();
    assert_eq!(drawn, expected);
    assert_eq!(mutated, expected);
}

/// Does a piece of work for each of many, on two threads with databases of their own.
fn spread<T: Send, R: Send>(
    url: &str,
    many: Vec<T>,
    work: impl Fn(&Place, &tokio::runtime::Runtime, T) -> Option<R> + Sync,
) -> Vec<R> {
    static WORKERS: AtomicUsize = AtomicUsize::new(0);
    let todo = Mutex::new(many.into_iter());
    let done = Mutex::new(Vec::new());
    let next = || todo.lock().unwrap().next();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let Some(mut one) = next() else { return };
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                let options = ReadOptions {
                    engine: Some(Engine::parse(url).unwrap()),
                    use_cache: false,
                    ..ReadOptions::default()
                };
                let worker = WORKERS.fetch_add(1, Ordering::Relaxed);
                let place = runtime.block_on(Place::new(&Target::parse(url).unwrap(), &options, worker));
                loop {
                    let result = work(&place, &runtime, one);
                    done.lock().unwrap().extend(result);
                    let Some(more) = next() else { return };
                    one = more;
                }
            });
        }
    });
    done.into_inner().unwrap()
}

/// At once: a long run may be ended before it ends by itself.
fn tell(text: &str) {
    std::io::stderr().write_all(text.as_bytes()).expect("stderr takes it");
}
