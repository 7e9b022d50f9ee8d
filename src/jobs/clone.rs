//! A clone of a database in the scratch: the schema rebuilt, with made-up rows
//! where the real ones are elsewhere.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::files::SqlFile;
use crate::history::folder;
use crate::jobs::compare;
use crate::jobs::compare::Comparison;
use crate::jobs::source;
use crate::jobs::source::Source;
use crate::model::catalog::Catalog;
use crate::model::object::ObjectId;
use crate::pg::introspect;
use crate::pg::introspect::Scope;
use crate::plan::seed;
use crate::scratch::Scratch;
use crate::scratch::compile;
use crate::scratch::compile::Platform;

/// Rows per table in a clone whose real rows are elsewhere.
const ROWS: usize = 3;

/// The SQL that makes the clone: the source's own where it is SQL, else the
/// catalog, rebuilt.
pub(super) fn files(
    source: &Source,
    comparison: &Comparison,
    actual: &Catalog,
    limits: &mut Vec<String>,
) -> Result<Vec<SqlFile>> {
    match source {
        Source::Sql(path) => folder::sql(path),
        Source::Database(_) | Source::Snapshot(_) => {
            let not_compared: u64 = comparison.actual.coverage.not_compared.values().map(|n| n.count).sum();
            if not_compared > 0 {
                limits
                    .push(format!("{not_compared} objects of kinds that drift does not compare are not in the clone"));
            }
            let text = source::roles_of_server(&comparison.actual, &comparison.expected) + &source::script(actual);
            Ok(vec![SqlFile { name: "rebuilt schema".to_owned(), text }])
        }
    }
}

/// Puts a few rows into every table that may hold some, with foreign keys and
/// triggers silent; checks and keys hold.
pub(super) async fn fill(
    scratch: &Scratch,
    actual: &Catalog,
    assumed: &BTreeMap<ObjectId, Vec<String>>,
    limits: &mut Vec<String>,
) -> Result<()> {
    let wanted = |table: &ObjectId| actual.rows_of(&table.schema, &table.name) != Some(0);
    let mut empty: BTreeMap<String, String> = BTreeMap::new();
    for row in seed::seed(actual, ROWS, &wanted, assumed) {
        let mut refusal = None;
        for candidate in &row.candidates {
            let statements = ["SET LOCAL session_replication_role = replica".to_owned(), candidate.clone()];
            match compile::try_batch(scratch, &statements).await {
                Ok(()) => {
                    refusal = None;
                    break;
                }
                Err(error) => refusal = Some(format!("{error:#}")),
            }
        }
        if let (Some(refusal), 1) = (refusal, row.row) {
            empty.insert(format!("{}.{}", row.schema, row.table), refusal);
        }
    }
    for (table, refusal) in empty {
        limits.push(format!("{table} has no rows in the clone, because none could be made up: {refusal}"));
    }
    Ok(())
}

/// What is in the clone, of the schemas under comparison.
///
/// # Errors
/// The catalog cannot be read.
pub(super) async fn read(scratch: &Scratch, comparison: &Comparison) -> Result<Catalog> {
    let catalog = introspect::introspect(scratch.client(), &Scope::default(), introspect::Reader::PgCatalog).await?;
    // The clone stands on the platform's stand-ins too, and not all of them are in a schema.
    let platform = comparison.options.platform.unwrap_or(Platform::None);
    let catalog = source::without_platform(catalog, platform, &comparison.options).await?;
    Ok(compare::keep_managed(catalog, &comparison.spec, &comparison.managed))
}
