//! What ledgers say, in words that all formats share.

use crate::history::ledger::State;
use crate::history::ledger::status::Conflict;
use crate::history::ledger::status::LedgerStatus;
use crate::history::ledger::status::Reading;
use crate::history::ledger::status::readable;
use crate::history::status::Status;
use crate::model::finding::Severity;
use crate::report::text;

/// True where a ledger was held against the files.
pub fn any_judged(status: &Status) -> bool {
    judged(status).next().is_some()
}

fn judged(status: &Status) -> impl Iterator<Item = &LedgerStatus> {
    status.ledgers.iter().filter(|ledger| ledger.reading == Reading::Judged)
}

/// What the ledgers say of a file, in a word or two: when it was applied, `failed`, `no`.
pub fn recorded(status: &Status, file: &str) -> String {
    let records: Vec<_> = judged(status)
        .flat_map(|ledger| &ledger.records)
        .filter(|record| record.file.as_deref() == Some(file))
        .collect();
    let other = records.iter().find(|record| !record.state.is_applied());
    match (other, records.last()) {
        (_, None) => "no".to_owned(),
        (Some(record), _) => record.state.word().to_owned(),
        (None, Some(record)) => match (&record.at, record.state) {
            (_, State::Assumed) => "assumed".to_owned(),
            // To the minute.
            (Some(at), _) => readable(at).chars().take(16).collect(),
            (None, _) => "yes".to_owned(),
        },
    }
}

/// `ledger of sqlx, public._sqlx_migrations: 7 records`.
pub fn title(ledger: &LedgerStatus) -> String {
    let of = match ledger.tool.as_str() {
        "plain" => String::new(),
        tool => format!(" of {tool}"),
    };
    format!("ledger{of}, {}: {}", ledger.table, outcome(ledger))
}

fn outcome(ledger: &LedgerStatus) -> String {
    let (implied, named): (Vec<_>, Vec<_>) = ledger.records.iter().partition(|record| record.implied);
    let more = match implied.len() as u64 {
        0 => String::new(),
        n => format!(" for {} more", text::count(n, "migration")),
    };
    let records = format!("{}{more}", text::count(named.len() as u64, "record"));
    match &ledger.reading {
        Reading::Unreadable { message } => format!("cannot be read: {message}"),
        Reading::OfOthers => format!("{records}, none of which is a file of these; it is not held against them"),
        Reading::Judged if ledger.contradictions.is_empty() => {
            format!("{records}, in agreement with the files and the database")
        }
        Reading::Judged => {
            format!("{records}, {}", text::count(ledger.contradictions.len() as u64, "contradiction"))
        }
    }
}

/// What to do about a ledger as a whole.
pub fn help(ledger: &LedgerStatus) -> Option<String> {
    match &ledger.reading {
        Reading::Unreadable { .. } => {
            Some("let the role read it (GRANT SELECT), or find out what else is wrong with it".to_owned())
        }
        Reading::Judged | Reading::OfOthers => None,
    }
}

/// The mark in front of a contradiction.
pub fn mark(kind: Conflict) -> &'static str {
    match kind.severity() {
        Severity::Error => "✗",
        Severity::Warning => "≠",
        Severity::Note => "·",
    }
}
