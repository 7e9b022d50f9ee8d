//! Applies that are interrupted, everywhere and in every way, while somebody
//! goes on writing: run again, each must end as if nothing had happened, with
//! every row that was ever acknowledged.
//!
//! A few of them by default; `DRIFT_FAULTS=200` runs so many, and with
//! `DRIFT_BLESS=1` writes what came of them into docs/reliability.md.
#![allow(clippy::disallowed_macros)]

mod common;
#[path = "common/faults/mod.rs"]
mod faults;

use std::collections::BTreeMap;
use std::time::Duration;

use faults::Fault;
use faults::disk::Disk;
use faults::scenario::Scenario;
use faults::scenario::scenarios;

/// How many interruptions there are where nobody says a number.
const BY_DEFAULT: usize = 10;

/// What came of the faults of one kind.
#[derive(Default)]
struct Tally {
    interrupted: usize,
    steps: std::collections::BTreeSet<(usize, usize)>,
    recovered: usize,
    longest: Duration,
}

#[test]
fn whatever_interrupts_it_an_apply_ends_well_when_it_is_run_again() {
    let Some(server) = common::server::start() else { return };
    let asked = std::env::var("DRIFT_FAULTS").ok().map(|n| n.parse::<usize>().expect("DRIFT_FAULTS is a number"));
    let wanted = asked.unwrap_or(BY_DEFAULT);
    let scenarios = scenarios(&server);
    let disk = Disk::mount(&server);
    let mut tallies: BTreeMap<(usize, &'static str), Tally> = BTreeMap::new();
    let mut interrupted = 0;
    let mut round = 0;
    while interrupted < wanted {
        assert!(round < 4 * wanted + 40, "only {interrupted} of {round} applies could be interrupted");
        // Each scenario has every kind of fault before the first has its next one.
        let scenario = &scenarios[round % scenarios.len()];
        let turn = round / scenarios.len();
        let fault = Fault::of(turn, scenario);
        round += 1;
        if matches!(fault, Fault::Full { .. }) && disk.is_none() {
            continue;
        }
        let outcome = faults::run(&server, disk.as_ref(), scenario, &fault, round);
        let place =
            outcome.interrupted_at.map_or_else(|| "not interrupted".to_owned(), |step| format!("in step {step}"));
        eprintln!("{round}: {}: {fault:?}: {place}; {} ms", scenario.template, outcome.longest_block.as_millis());
        let tally = tallies.entry((fault.order(), fault.words())).or_default();
        tally.longest = tally.longest.max(outcome.longest_block);
        // Before the first step there was nothing to interrupt: it had to end well, and does not count.
        if let Some(step) = outcome.interrupted_at.filter(|step| *step > 0) {
            interrupted += 1;
            tally.interrupted += 1;
            tally.recovered += 1;
            tally.steps.insert((round % scenarios.len(), step));
        }
    }
    let table = table(&tallies, &scenarios);
    eprintln!("{table}");
    let longest = tallies.values().map(|tally| tally.longest).max().unwrap_or_default();
    // The time that a lock may be waited for, and a machine that has other things to do.
    assert!(longest < Duration::from_secs(4), "somebody was kept from writing for {longest:?}");
    if interrupted >= 200 && std::env::var_os("DRIFT_BLESS").is_some() {
        write(&table);
    }
}

/// What the few faults above leave out by default.
#[test]
fn a_full_disk_a_restart_and_time_outs_are_survived() {
    let Some(server) = common::server::start() else { return };
    let scenario = faults::scenario::rewriting(&server);
    let disk = Disk::mount(&server);
    let mut faults = vec![Fault::Restarted { step: 3, after_ms: 3 }];
    if disk.is_some() {
        // Before the first step there is not even room for the journal.
        faults.extend([0, 256 << 10].map(|but| Fault::Full { but }));
    }
    for (number, fault) in faults.iter().enumerate() {
        let outcome = faults::run(&server, disk.as_ref(), &scenario, fault, number + 1);
        let first = if matches!(fault, Fault::Full { but: 0 }) { 0 } else { 1 };
        assert!(outcome.interrupted_at.is_some_and(|step| step >= first), "{fault:?} interrupted nothing");
    }
    if let Some(disk) = disk {
        disk.unmount(&server);
    }
    let scenario = faults::scenario::adding(&server);
    for (number, fault) in [Fault::Held, Fault::TimedOut].iter().enumerate() {
        let outcome = faults::run(&server, None, &scenario, fault, faults.len() + number + 1);
        assert!(outcome.interrupted_at.is_some(), "{fault:?} interrupted nothing");
    }
}

fn table(tallies: &BTreeMap<(usize, &'static str), Tally>, scenarios: &[Scenario]) -> String {
    let mut text = String::from(
        "| what happened | interrupted | at different steps | recovered | longest a writer waited |\n|---|---|---|---|---|\n",
    );
    let line = |words: &str, of: &[&Tally]| {
        let sum = |part: fn(&Tally) -> usize| of.iter().map(|tally| part(tally)).sum::<usize>();
        let longest = of.iter().map(|tally| tally.longest).max().unwrap_or_default();
        let (interrupted, recovered) = (sum(|tally| tally.interrupted), sum(|tally| tally.recovered));
        let places = sum(|tally| tally.steps.len());
        format!("| {words} | {interrupted} | {places} | {recovered} | {} ms |\n", longest.as_millis())
    };
    for ((_, words), tally) in tallies {
        text.push_str(&line(words, &[tally]));
    }
    text.push_str(&line("**all**", &tallies.values().collect::<Vec<_>>()));
    text.push_str("\nPlans: ");
    let plans: Vec<String> = scenarios.iter().map(|s| format!("{} ({} steps)", s.words, s.steps)).collect();
    text + &plans.join("; ") + ".\n"
}

/// Puts a table between its two marks.
fn write(table: &str) {
    let path = common::root().join("docs/reliability.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (head, rest) = text.split_once("<!-- table -->\n").expect("docs/reliability.md has a place for the table");
    let (_, tail) = rest.split_once("<!-- end of table -->").expect("the table has an end");
    std::fs::write(&path, format!("{head}<!-- table -->\n{table}<!-- end of table -->{tail}")).unwrap();
}
