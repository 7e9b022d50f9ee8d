//! The situation in three sentences: what is there, how it came about and who
//! sees what, and what to do.

use crate::history::status::Verdict;
use crate::model::reach::RowSecurity;
use crate::model::report::TableState;
use crate::report::review::facts::Review;
use crate::report::text;

/// Names in a sentence.
const NAMES: usize = 4;

/// The three sentences of a review; what it recommends is known already.
pub fn sentences(review: &Review) -> Vec<String> {
    vec![there(review), format!("{}; {}.", history(review), isolation(review)), review.recommendation.headline.clone()]
}

/// `app holds 7 of 11 declared tables and 9 rows: …`
fn there(review: &Review) -> String {
    let of = |state| review.tables.iter().filter(|table| table.state == state).count() as u64;
    let (missing, differs, unexpected) = (of(TableState::Missing), of(TableState::Differs), of(TableState::Unexpected));
    let there = differs + of(TableState::Matches);
    let source = text::visible(&review.check.actual.name);
    let states: Vec<String> = [(missing, "missing"), (differs, "altered"), (unexpected, "not declared")]
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| format!("{} {word}", text::number(n)))
        .collect();
    let states = match states.is_empty() {
        true => "none is missing or altered".to_owned(),
        false => text::list(&states),
    };
    let findings = match review.check.findings.len() as u64 {
        0 => "no finding".to_owned(),
        n => format!("{}, {} of them errors", text::count(n, "finding"), text::number(review.check.counts.error)),
    };
    format!(
        "{source} has {} of {} and {}: {states}; {findings}.",
        text::number(there),
        text::count(there + missing, "declared table"),
        rows(review)
    )
}

/// `9 rows in 3 tables (98 kB)`
fn rows(review: &Review) -> String {
    let there = || review.tables.iter().filter(|table| table.state != TableState::Missing);
    if there().count() > 0 && there().all(|table| table.rows.is_none()) {
        return "rows that nobody counted".to_owned();
    }
    let filled: Vec<_> = there().filter(|table| table.rows.is_some_and(|rows| rows > 0)).collect();
    if filled.is_empty() {
        return "no row".to_owned();
    }
    let rows = filled.iter().filter_map(|table| table.rows).sum();
    let bytes = filled.iter().filter_map(|table| table.bytes).sum();
    let (rows, tables) = (text::count(rows, "row"), text::tables(filled.len() as u64));
    format!("{rows} in {tables} ({})", text::bytes(bytes))
}

fn history(review: &Review) -> String {
    let Some(status) = &review.migrations else { return "No migrations were looked at".to_owned() };
    let of = |verdict| status.migrations.iter().filter(|m| m.verdict == verdict).count() as u64;
    let parts: Vec<String> = Verdict::ALL
        .iter()
        .filter(|verdict| of(**verdict) > 0)
        .map(|verdict| format!("{} {}", text::number(of(*verdict)), verdict.word()))
        .collect();
    let silent = status.migrations.iter().flat_map(|m| &m.silent).filter(|silent| silent.matters()).count() as u64;
    let silent = match silent {
        0 => String::new(),
        n => format!(", and {} did nothing without a word", text::count(n, "statement")),
    };
    format!("Of {}, {}{silent}", text::count(status.migrations.len() as u64, "migration"), text::list(&parts))
}

fn isolation(review: &Review) -> String {
    if review.reach.iter().all(|table| table.roles.is_empty()) {
        return "nothing is known of who sees whose rows".to_owned();
    }
    let open: Vec<String> = review
        .reach
        .iter()
        .filter(|table| table.is_open())
        .map(|table| text::visible(&format!("{}.{}", table.schema, table.table)))
        .collect();
    if !open.is_empty() {
        return format!("tenants are not kept apart in {}", text::list_cut(&open, NAMES));
    }
    let off: Vec<String> = review
        .reach
        .iter()
        .filter(|table| table.row_security == RowSecurity::Off && !table.is_global())
        .map(|table| text::visible(&format!("{}.{}", table.schema, table.table)))
        .collect();
    let but = match off.is_empty() {
        true => String::new(),
        false => format!(", but only missing privileges protect {}", text::list_cut(&off, NAMES)),
    };
    format!("no confined role reaches another tenant's rows{but}")
}
