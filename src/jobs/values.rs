//! What the rows of a scratch hold, column by column, before and after a plan.
//! The order of rows does not matter, nor that a column got more values.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::model::catalog::Catalog;
use crate::model::failure::failure;
use crate::model::ident::quote;
use crate::model::kind::ObjectKind;
use crate::model::object::ObjectId;
use crate::plan::full::Loss;
use crate::scratch::Scratch;
use crate::scratch::act;

/// What one column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    type_name: String,
    values: u64,
    /// The sum of hashes of the values as text.
    digest: String,
}

/// By column, what all rows hold. Partitions are read through their parents.
///
/// # Errors
/// A table cannot be read.
pub async fn read(scratch: &Scratch, catalog: &Catalog) -> Result<BTreeMap<ObjectId, Held>> {
    let mut all = BTreeMap::new();
    for table in catalog.of_kind(ObjectKind::Table).iter().filter(|table| table.text("partition_of").is_none()) {
        let columns = catalog.children(ObjectKind::Column, &table.id.schema, &table.id.name);
        let columns: Vec<_> = columns.iter().filter(|column| column.text("generated").is_none()).collect();
        if columns.is_empty() {
            continue;
        }
        let list = columns.iter().map(|column| {
            let name = quote(&column.id.name);
            format!(
                "pg_catalog.count({name}), \
                 COALESCE(pg_catalog.sum(pg_catalog.hashtextextended({name}::text, 0)::numeric), 0)"
            )
        });
        let sql = format!("SELECT {} FROM ONLY {};", list.collect::<Vec<_>>().join(", "), table.id.qualified());
        let sql = if table.text("partition_key").is_some() { sql.replace(" FROM ONLY ", " FROM ") } else { sql };
        let reply = act::send(scratch, &sql).await?;
        let rows = reply.map_err(|refusal| anyhow::anyhow!("{} cannot be read: {}", table.id, refusal.message))?.rows;
        let mut values = rows.into_iter().flatten();
        for column in columns {
            let mut next = || values.next().flatten().ok_or_else(|| anyhow::anyhow!("{} was not counted", column.id));
            let (count, digest) = (next()?.parse()?, next()?);
            let type_name = column.text("type").unwrap_or_default().to_owned();
            all.insert(column.id.clone(), Held { type_name, values: count, digest });
        }
    }
    Ok(all)
}

/// Holds what was there against what is there: columns that are still there
/// have their values, unless the plan says that it loses some.
///
/// # Errors
/// Names the first column that lost something.
pub fn kept(before: &BTreeMap<ObjectId, Held>, after: &BTreeMap<ObjectId, Held>, losses: &[Loss]) -> Result<()> {
    for (id, was) in before {
        let Some(is) = after.get(id) else { continue };
        let named =
            losses.iter().any(|loss| loss.id == *id || loss.id.parent.is_empty() && loss.id.group() == id.group());
        let other = was.type_name == is.type_name && was.values == is.values && was.digest != is.digest;
        if !named && (is.values < was.values || other) {
            return Err(failure(
                format!(
                    "values of {id} would be lost ({} before, {} after); nothing was written",
                    was.values, is.values
                ),
                "please report this with the output of `drift snapshot`: a plan must say what it loses",
            ));
        }
    }
    Ok(())
}
