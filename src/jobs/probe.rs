//! `drift check --probe`: asks the rows what the catalog cannot say, and adds
//! what they answered to a comparison. Reads only; what could not be answered
//! is said, and is never taken for a good answer.

use anyhow::Result;

use crate::jobs::compare;
use crate::jobs::compare::Comparison;
use crate::jobs::rows::Rows;
use crate::jobs::source::Reader;
use crate::jobs::source::Source;
use crate::model::failure::failure;
use crate::model::finding::Finding;
use crate::model::finding::Fix;
use crate::model::finding::ObjectRef;
use crate::model::finding::Side;
use crate::model::report::Probes;
use crate::pg::probe;
use crate::pg::probe::Answer;
use crate::pg::probe::Found;
use crate::pg::probe::Sizes;
use crate::probes;
use crate::probes::question::Big;
use crate::probes::question::Find;
use crate::probes::question::LIMIT;
use crate::probes::question::Question;
use crate::probes::question::SHOWN;

/// A table of more blocks (of usually 8 kB: 128 MB) is not read whole.
const BIG: u64 = 16_384;

/// How many blocks of a big table are read.
const SAMPLED: u64 = 2_048;

/// Asks the rows of the source that `comparison` was made of, and adds the
/// findings and what could not be answered to its report.
///
/// # Errors
/// The source has no rows; there is no connection; the server is gone.
pub async fn probe(source: &Source, comparison: &mut Comparison) -> Result<()> {
    if comparison.options.reader == Reader::InformationSchema {
        return Err(failure(
            "information_schema does not show enough to know what to ask the rows",
            "leave out --reader information-schema, or --probe",
        ));
    }
    let questions = probes::questions(&comparison.actual, &comparison.expected, &comparison.spec);
    if comparison.spec.tenancy.is_none() && questions.is_empty() {
        return Err(failure(
            "--probe has nothing to ask: the spec says nothing about tenants, and no sequence numbers rows",
            "add [tenancy] to drift.toml beside the declared SQL, or leave out --probe",
        ));
    }
    let rows = Rows::required(source, &comparison.options).await?;
    let outcome = ask(&rows, &questions, comparison.options.statement_timeout_s).await;
    rows.close().await;
    let (findings, probes) = outcome?;
    compare::add(comparison, findings, probes);
    Ok(())
}

async fn ask(rows: &Rows, questions: &[Question], timeout_s: u64) -> Result<(Vec<Finding>, Probes)> {
    let sizes = probe::sizes(rows.client(), timeout_s).await?;
    let mut findings = Vec::new();
    let mut probes = Probes { asked: questions.len() as u64, ..Probes::default() };
    for question in questions {
        let reading = Reading::of(question, &sizes);
        let sql = question.sql(reading.percent, reading.by_index);
        let about = format!("{} of {}", question.code, question.object.dotted());
        match probe::count(rows.client(), &question.table, &sql, timeout_s).await? {
            Answer::Refused(why) => probes.unanswered.push(format!("{about}: {why}")),
            Answer::Said(found) => {
                if let Some(percent) = reading.percent {
                    probes.sampled.push(format!("{about}: {percent:.1} % of the table was read"));
                }
                if found.count > 0 {
                    findings.push(finding(question, &found, reading.percent));
                }
            }
        }
    }
    Ok((findings, probes))
}

/// How much of a table is read.
struct Reading {
    percent: Option<f64>,
    by_index: bool,
}

impl Reading {
    fn of(question: &Question, sizes: &Sizes) -> Reading {
        let place = (question.table.schema.to_string(), question.table.name.to_string());
        let blocks = sizes.get(&place).copied().unwrap_or(0);
        let sampled = Reading { percent: Some(100.0 * SAMPLED as f64 / blocks.max(1) as f64), by_index: false };
        match &question.find {
            _ if blocks <= BIG => Reading { percent: None, by_index: false },
            Find::Rows { big: Big::Index | Big::Condition(_), .. } => Reading { percent: None, by_index: true },
            Find::Rows { big: Big::Sample, .. } => sampled,
            // A sample shows no duplicates: read whole, or say that the time ran out.
            Find::Groups { .. } => Reading { percent: None, by_index: false },
        }
    }
}

fn finding(question: &Question, found: &Found, percent: Option<f64>) -> Finding {
    let noun = match (&question.find, found.count) {
        (Find::Rows { .. }, 1) => "row",
        (Find::Rows { .. }, _) => "rows",
        (Find::Groups { .. }, 1) => "value",
        (Find::Groups { .. }, _) => "values",
    };
    let count = match (found.count > LIMIT, percent) {
        (true, _) => format!("more than {LIMIT} {noun}"),
        (false, None) => format!("{} {noun}", found.count),
        (false, Some(percent)) => format!("at least {} {noun} (sampled: {percent:.1} % of the table)", found.count),
    };
    Finding {
        code: question.code.to_owned(),
        severity: question.severity,
        object: ObjectRef::from(&question.object),
        message: question.message.replace("{rows}", &count),
        help: question.help.clone(),
        expected: None,
        actual: shown(question, found),
        attributes: Vec::new(),
        includes: Vec::new(),
        declared_at: None,
        near: None,
        migration: None,
        side: Side::Database,
        fix: Fix::None { reason: question.no_repair.clone() },
    }
}

/// `rows with id a, b, c, …`: keys, and never anything else of a row.
fn shown(question: &Question, found: &Found) -> Option<String> {
    if found.keys.is_empty() {
        return None;
    }
    let more = if found.count > SHOWN { ", …" } else { "" };
    let (open, close) = if question.key.len() > 1 { ("(", ")") } else { ("", "") };
    let keys: Vec<String> = found.keys.iter().map(|key| format!("{open}{key}{close}")).collect();
    Some(format!("rows with {open}{}{close} {}{more}", question.key.join(", "), keys.join(", ")))
}
