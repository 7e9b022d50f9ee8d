//! Asks the rows before a repair is planned: which way gives every row its
//! tenant, and whether the rows allow the keys that the plan would add. What
//! they refuse, or do not answer, is left with the reason.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::jobs::compare::Comparison;
use crate::jobs::rows::Rows;
use crate::jobs::source::Source;
use crate::model::kind::ObjectKind;
use crate::model::object::ObjectId;
use crate::pg::probe;
use crate::pg::probe::Answer;
use crate::plan::additive::Options;
use crate::plan::backfill::Backfill;
use crate::plan::derive;
use crate::plan::derive::Ground;
use crate::plan::measured::Count;
use crate::plan::measured::Measured;
use crate::plan::order;
use crate::plan::ready;
use crate::plan::ready::Claim;

/// What was counted about tables whose rows have no tenant.
#[derive(Debug, Default)]
pub struct Measurements {
    tables: Vec<Measured>,
    /// Tables that could not be counted, and why.
    unanswered: BTreeMap<String, String>,
    /// True where there was something to ask, and only a snapshot to be asked.
    no_rows: bool,
}

/// Measures, and puts what came of it into `options`: ways that give every row
/// a tenant, and what the rows refuse.
///
/// # Errors
/// A backfill cannot be understood; the rows cannot be reached.
pub async fn measure(source: &Source, comparison: &Comparison, options: &mut Options) -> Result<Measurements> {
    let mut measurements = Measurements::default();
    let tables = undecided(comparison, options)?;
    if tables.is_empty() && claims(comparison, options)?.is_empty() {
        return Ok(measurements);
    }
    let Some(rows) = Rows::open(source, &comparison.options).await? else {
        measurements.no_rows = true;
        return Ok(measurements);
    };
    let timeout_s = comparison.options.statement_timeout_s;
    let outcome = async {
        for table in &tables {
            derive_one(&rows, comparison, options, table, &mut measurements).await?;
        }
        for claim in claims(comparison, options)? {
            let Some(sql) = &claim.sql else {
                options.unready.push(claim.unanswered("the tenants of the rows that they name are not known yet"));
                continue;
            };
            let answer = probe::counts(rows.client(), sql, timeout_s).await?;
            options.unready.extend(match answer {
                Answer::Said(counts) => match counts.first() {
                    Some(count) => claim.refused_by(*count),
                    None => Some(claim.unanswered("the server counted nothing")),
                },
                Answer::Refused(words) => Some(claim.unanswered(&words)),
            });
        }
        Ok(())
    }
    .await;
    rows.close().await;
    outcome.map(|()| measurements)
}

fn claims(comparison: &Comparison, options: &Options) -> Result<Vec<Claim>> {
    let (expected, actual) = (&comparison.expected, &comparison.actual);
    let backfill = Backfill::new(expected, actual, options, false)?;
    Ok(ready::claims(expected, actual, &comparison.differences, options, &backfill))
}

/// The tables with rows that have no tenant, and of which nobody said where to
/// get one; parents before children.
fn undecided(comparison: &Comparison, options: &Options) -> Result<Vec<ObjectId>> {
    let (expected, actual) = (&comparison.expected, &comparison.actual);
    let backfill = Backfill::new(expected, actual, options, false)?;
    let Some(tenancy) = &options.tenancy else { return Ok(Vec::new()) };
    let open = |table: &ObjectId| {
        let column = derive::column_id(table, &tenancy.column);
        let declared = expected.get(&column).is_some_and(|column| column.flag("not_null"));
        let held = actual.get(&column).is_some_and(|column| column.flag("not_null"));
        let rows = actual.get(table).is_some() && actual.rows_of(&table.schema, &table.name) != Some(0);
        declared && !held && rows && !backfill.has(&column)
    };
    let tables = order::relations(expected).into_iter();
    let tables = tables.map(|(schema, name)| ObjectId::new(ObjectKind::Table, schema, "", name));
    Ok(tables.filter(|table| expected.get(table).is_some() && open(table)).collect())
}

/// Counts the ways of one table, and takes the best one if it is without a flaw.
async fn derive_one(
    rows: &Rows,
    comparison: &Comparison,
    options: &mut Options,
    table: &ObjectId,
    measurements: &mut Measurements,
) -> Result<()> {
    let Some(tenancy) = options.tenancy.clone() else { return Ok(()) };
    let (expected, actual) = (&comparison.expected, &comparison.actual);
    let (ways, sql) = {
        let backfill = Backfill::new(expected, actual, options, false)?;
        let known = |table: &ObjectId| backfill.measured(&derive::column_id(table, &tenancy.column));
        let ground = Ground { actual, expected, tenancy: &tenancy, known: &known };
        let ways = derive::ways(&ground, table);
        let sql = Measured::sql(&ground, table, &ways);
        (ways, sql)
    };
    if ways.is_empty() {
        return Ok(());
    }
    match probe::counts(rows.client(), &sql, comparison.options.statement_timeout_s).await? {
        Answer::Refused(words) => {
            measurements.unanswered.insert(table.dotted(), words);
        }
        Answer::Said(counts) => {
            let measured = Measured::of(table, &ways, &counts);
            if let Some(way) = measured.chosen() {
                let column = derive::column_id(table, &tenancy.column);
                options.derived.insert(column.dotted(), way.text.clone());
            }
            measurements.tables.push(measured);
        }
    }
    Ok(())
}

impl Measurements {
    /// The ways that were taken, a line each, and whether the rows could be asked at all.
    pub fn chosen(&self) -> String {
        let chosen = self.tables.iter().filter_map(|measured| Some((measured, measured.chosen()?)));
        let line = |(measured, way): (&Measured, &Count)| {
            format!(
                "  {} gets its tenants by `{}`: measured, all {} rows get one, and no other way says otherwise\n",
                measured.table.dotted(),
                way.text,
                measured.rows
            )
        };
        let mut text: String = chosen.map(line).collect();
        if self.no_rows {
            text.push_str("  not asked: whether the rows allow all of it, because a snapshot has none\n");
        }
        text
    }

    /// The ways that were not taken, with what was counted, and what is asked for.
    pub fn open(&self) -> String {
        let mut text = String::new();
        for measured in self.tables.iter().filter(|measured| measured.chosen().is_none()) {
            text.push_str(&table(measured));
        }
        for (table, words) in &self.unanswered {
            text.push_str(&format!("{table}: how its rows find their tenant could not be measured: {words}\n"));
        }
        text
    }
}

fn table(measured: &Measured) -> String {
    let name = measured.table.dotted();
    // A way that leads nowhere at all is only noise beside one that does.
    let any = measured.ways.iter().any(|way| way.resolved + way.ambiguous > 0);
    let ways: Vec<(&str, [u64; 4])> = measured
        .ways
        .iter()
        .filter(|way| !any || way.resolved + way.ambiguous > 0)
        .map(|w| (&*w.text, [w.resolved, measured.rows - w.resolved, w.ambiguous, w.conflicting]))
        .collect();
    let width = ways.iter().map(|(way, _)| way.chars().count()).max().unwrap_or(0).max("all together".len());
    let mut text = format!(
        "{name}: {} rows, and no way gives each of them one tenant; none is taken\n  {:width$}  resolved  unresolved  ambiguous  conflicting\n",
        measured.rows, "way"
    );
    for (way, [resolved, unresolved, ambiguous, conflicting]) in &ways {
        text.push_str(&format!("  {way:width$}  {resolved:>8}  {unresolved:>10}  {ambiguous:>9}  {conflicting:>11}\n"));
    }
    if ways.len() > 1 {
        let (resolved, unresolved) = (measured.together, measured.rows - measured.together);
        text.push_str(&format!("  {:width$}  {resolved:>8}  {unresolved:>10}\n", "all together"));
    }
    text.push_str(&format!(
        "  say whose the rows are by one line under [backfill] of drift.toml: {} = \"…\"\n",
        measured.table.name
    ));
    text
}
