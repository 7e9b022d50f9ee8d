//! Whether the SQL of a reset brings the rows of a database back. A row counts
//! as a seed where running that SQL in an empty database makes the same row,
//! moments aside. What cannot be asked counts as a row of its own.

use std::collections::BTreeMap;

use anyhow::Result;

use super::own_tables;
use crate::files::SqlFile;
use crate::jobs::compare::Comparison;
use crate::jobs::rows::Rows;
use crate::model::ident::quote;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::pg::connect::Client;
use crate::pg::probe;
use crate::pg::probe::Answer;
use crate::report::review::facts::RowsAre;
use crate::scratch::Engine;
use crate::scratch::Needs;
use crate::scratch::Scratch;
use crate::scratch::compile;
use crate::scratch::compile::Platform;

/// Nobody seeds more rows into a table than this.
const MANY: u64 = 1_000;

/// What the rows are, as far as a reset with `steps` is concerned.
///
/// # Errors
/// A connection is gone, or the scratch does not start.
pub async fn rows_are(rows: &Rows, steps: &[SqlFile], comparison: &Comparison) -> Result<RowsAre> {
    let actual = &comparison.actual;
    if actual.rows.is_none() {
        return Ok(RowsAre::Unknown { why: "nobody could count them".to_owned() });
    }
    let count = |table: &Object| actual.rows_of(&table.id.schema, &table.id.name);
    let filled: Vec<&Object> = own_tables(actual).filter(|table| count(table) != Some(0)).collect();
    if filled.is_empty() {
        return Ok(RowsAre::Absent);
    }
    let (few, mut own): (Vec<&Object>, Vec<&Object>) =
        filled.iter().partition(|table| count(table).is_some_and(|rows| rows <= MANY));
    if !few.is_empty() && !steps.is_empty() {
        let scratch = loaded(steps, comparison).await?;
        let outcome = not_seeded(rows.client(), scratch.client(), &few, comparison).await;
        scratch.stop().await;
        own.extend(outcome?);
    } else {
        own.extend(few);
    }
    own.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(match own.is_empty() {
        true => RowsAre::Seeds { rows: filled.iter().filter_map(|table| count(table)).sum() },
        false => RowsAre::Own { tables: own.iter().map(|table| table.id.dotted()).collect() },
    })
}

/// A scratch database in which the steps ran, going on after errors.
async fn loaded(steps: &[SqlFile], comparison: &Comparison) -> Result<Scratch> {
    let platform = comparison.options.platform.unwrap_or(Platform::None);
    let (engine, _) = Engine::choose(comparison.options.engine.as_ref(), steps)?;
    let scratch = Scratch::start(&engine, &Needs::of(steps)).await?;
    match compile::load_collecting(&scratch, steps, platform).await {
        Ok(_) => Ok(scratch),
        Err(error) => {
            scratch.stop().await;
            Err(error)
        }
    }
}

/// The tables with a row that the scratch database does not have.
async fn not_seeded<'a>(
    there: &Client,
    seeded: &Client,
    tables: &[&'a Object],
    comparison: &Comparison,
) -> Result<Vec<&'a Object>> {
    let timeout_s = comparison.options.statement_timeout_s;
    let mut own = Vec::new();
    for table in tables {
        let Some(sql) = rows_sql(comparison, table) else {
            own.push(*table);
            continue;
        };
        let there = probe::texts(there, &sql, timeout_s).await?;
        match (there, probe::texts(seeded, &sql, timeout_s).await?) {
            (Answer::Said(there), Answer::Said(seeded)) if is_part(&there, &seeded) => {}
            (Answer::Said(_) | Answer::Refused(_), _) => own.push(*table),
        }
    }
    Ok(own)
}

/// A query that gives each row as one text, less the columns that hold moments: when a seed
/// was planted is no difference. `None`: no column is on both sides.
fn rows_sql(comparison: &Comparison, table: &Object) -> Option<String> {
    let (schema, name) = (&table.id.schema, &table.id.name);
    let columns = comparison.actual.children(ObjectKind::Column, schema, name).iter();
    let moment = |column: &Object| {
        column.text("type").is_some_and(|of| ["timestamp", "date", "time"].iter().any(|word| of.starts_with(word)))
    };
    let kept: Vec<String> = columns
        .filter(|column| !moment(column) && comparison.expected.get(&column.id).is_some())
        .map(|column| quote(&column.id.name))
        .collect();
    (!kept.is_empty())
        .then(|| format!("SELECT pg_catalog.md5(ROW({})::text) FROM {}", kept.join(", "), table.id.qualified()))
}

/// True where each text is among the others, as often.
fn is_part(texts: &[String], others: &[String]) -> bool {
    let mut left: BTreeMap<&String, usize> = BTreeMap::new();
    for other in others {
        *left.entry(other).or_default() += 1;
    }
    texts.iter().all(|text| match left.get_mut(text) {
        Some(n) if *n > 0 => {
            *n -= 1;
            true
        }
        Some(_) | None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_there_as_often_as_it_was_planted() {
        let texts = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert!(is_part(&texts(&["a"]), &texts(&["a", "b"])));
        assert!(is_part(&[], &texts(&["a"])));
        assert!(!is_part(&texts(&["a", "a"]), &texts(&["a", "b"])));
        assert!(!is_part(&texts(&["c"]), &texts(&["a"])));
    }
}
