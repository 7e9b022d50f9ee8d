//! The migrations as a timeline: what is there of each, which statement did
//! nothing without a word, and why one fails.

use maud::Markup;
use maud::html;

use super::name;
use super::prose;
use crate::history::ledger::status::LedgerStatus;
use crate::history::status::EffectState;
use crate::history::status::MigrationStatus;
use crate::history::status::SilentStatus;
use crate::history::status::Status;
use crate::history::status::Verdict;
use crate::report::review::outline;
use crate::report::status;
use crate::report::status::ledgers;
use crate::report::text;

pub fn section(report: &Status) -> Markup {
    html! {
        section #migrations {
            h2 { "Migrations" }
            p { (prose(&status::headline(report))) "." }
            ol.timeline { @for migration in &report.migrations { (entry(report, migration)) } }
            @for ledger in &report.ledgers { (recorded(ledger)) }
            @if !report.by_hand.is_empty() {
                h3 { "Made by hand: no migration explains" }
                ul { @for found in &report.by_hand { li { (prose(&status::by_hand(found))) } } }
            }
        }
    }
}

/// The class of a verdict, which gives it its colour.
const fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Complete => "present",
        Verdict::Partial | Verdict::Undone => "altered",
        Verdict::NotApplied => "missing",
        Verdict::WithoutEffect | Verdict::Unverifiable => "unexpected",
    }
}

fn entry(report: &Status, migration: &MigrationStatus) -> Markup {
    let (there, all) = status::counts(migration);
    let silent = status::silent(migration);
    let failing = status::failing(migration);
    let verdict = class(migration.verdict);
    html! {
        li class=(verdict) {
            span.dot aria-hidden="true" { (status::mark(migration.verdict)) }
            h3 { (name(&migration.file)) span class={ "badge " (verdict) } { (status::verdict(report, migration)) } }
            p.muted {
                (text::number(there)) " of " (text::count(all, "effect")) " there"
                @if !silent.is_empty() { " · " (text::count(silent.len() as u64, "silent statement")) }
                @if failing > 0 { " · " (text::count(failing, "failing statement")) }
                @if ledgers::any_judged(report) { " · recorded: " (text::visible(&ledgers::recorded(report, &migration.file))) }
                @if !migration.data.is_empty() { " · " (text::count(migration.data.len() as u64, "statement")) " about rows" }
            }
            (details(migration, &silent))
        }
    }
}

/// What a ledger says, and where it is contradicted.
fn recorded(ledger: &LedgerStatus) -> Markup {
    html! {
        h3 { (text::visible(&ledgers::title(ledger))) }
        @for line in ledger.because.iter().chain(&ledgers::help(ledger)) { p { (prose(line)) } }
        ul { @for one in &ledger.contradictions {
            li {
                (ledgers::mark(one.kind)) " " b { (one.kind.word()) } " " (name(&one.title())) ": " (prose(&one.message))
                br;
                span.muted { (prose(&one.help)) }
            }
        } }
    }
}

fn details(migration: &MigrationStatus, silent: &[&SilentStatus]) -> Markup {
    let states = [
        (EffectState::There, "there"),
        (EffectState::Missing, "missing"),
        (EffectState::Undone, "undone by hand"),
        (EffectState::Altered, "altered by hand"),
    ];
    let states = states.into_iter().filter(|(state, _)| migration.is_drift() || *state != EffectState::There);
    let groups: Vec<_> = states
        .flat_map(|(state, word)| status::groups(migration, state).into_iter().map(move |group| (word, group)))
        .collect();
    let failures = status::failures(migration);
    html! {
        @if !groups.is_empty() || status::is_told(migration) {
            ul {
                @for seed in &migration.seeds { li { (prose(&status::seed(seed))) } }
                @for (word, group) in &groups {
                    li {
                        b { (word) } " " (prose(&group.words)) " "
                        span.muted { "(" (status::lines(&group.lines)) ")" }
                        @if let Some(because) = group.because {
                            br;
                            span.muted {
                                (name(&because.object.dotted())) " is not there: " (name(&because.made_at.to_string()))
                                ", which makes it, was never applied here"
                            }
                        }
                        @for (object, attribute) in &group.attributes {
                            br;
                            span.muted { (name(&object.dotted())) ": " (prose(&status::differs(attribute))) }
                        }
                    }
                }
                @for one in silent { (silently(one, migration.verdict == Verdict::NotApplied)) }
                @for group in &failures {
                    li {
                        (prose(&group.says()))
                        details {
                            summary { "the statements" }
                            ul { @for failure in group.statements() {
                                li { "line " (failure.at.line) " " (name(&failure.statement)) ": " (prose(&failure.message)) }
                            } }
                        }
                    }
                }
            }
        }
    }
}

fn silently(silent: &SilentStatus, not_applied: bool) -> Markup {
    html! {
        li {
            b { @if not_applied { "would do nothing, silently" } @else { "did nothing, silently" } }
            ", line " (silent.at.line) ": " (name(&silent.statement))
            br;
            span.muted { (prose(&status::found(silent, not_applied))) }
            @if !silent.lacks.is_empty() {
                details open {
                    summary { "it lacks " (outline::counted(silent.lacks.iter().map(|lack| &lack.object))) }
                    ul.columns { @for lack in &silent.lacks {
                        li { (name(&lack.object.name)) " " span.muted { (text::short(&lack.shape, 60)) } }
                    } }
                }
            }
            @for differs in &silent.differs { @for attribute in &differs.attributes {
                br;
                span.muted { (name(&differs.object.dotted())) " differs in " (prose(&status::differs(attribute))) }
            } }
        }
    }
}
