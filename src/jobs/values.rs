//! What the rows of a scratch hold, column by column, before and after a plan.
//! The order of rows does not matter, nor which partition of a table they are
//! in, nor that a column got more values.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use anyhow::Result;
use anyhow::anyhow;

use crate::model::catalog::Catalog;
use crate::model::failure::failure;
use crate::model::ident::quote;
use crate::model::ident::split_qualified;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::plan::full::Loss;
use crate::scratch::Scratch;
use crate::scratch::act;

/// What one column of one table holds, its children not included.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Held {
    /// With the parts that it has.
    type_name: String,
    values: u64,
    /// The sum of hashes of the values as text.
    digest: i128,
}

/// What all rows hold, by column.
#[derive(Debug, Default)]
pub struct Contents {
    columns: BTreeMap<ObjectId, Held>,
    /// By table, the table that its rows are rows of.
    roots: BTreeMap<(String, String), (String, String)>,
}

/// Reads every table by itself: a partition may be foreign, and have no rows here.
///
/// # Errors
/// A table cannot be read.
pub async fn read(scratch: &Scratch, catalog: &Catalog) -> Result<Contents> {
    let mut contents = Contents::default();
    for table in catalog.of_kind(ObjectKind::Table) {
        contents.roots.insert(place(&table.id), root(table, catalog));
        let columns = catalog.children(ObjectKind::Column, &table.id.schema, &table.id.name);
        let columns: Vec<&Object> = columns.iter().filter(|column| column.text("generated").is_none()).collect();
        if columns.is_empty() || table.text("partition_key").is_some() {
            continue;
        }
        let list: Vec<String> = columns.iter().map(|column| counted(&column.id.name)).collect();
        let sql = format!("SELECT {} FROM ONLY {};", list.join(", "), table.id.qualified());
        let reply = act::send(scratch, &sql).await?;
        let rows = reply.map_err(|refusal| anyhow!("{} cannot be read: {}", table.id, refusal.message))?.rows;
        let mut values = rows.into_iter().flatten();
        for column in columns {
            let mut next = || values.next().flatten().ok_or_else(|| anyhow!("{} was not counted", column.id));
            let (values, digest) = (next()?.parse()?, next()?.parse()?);
            let type_name = shape(column.text("type").unwrap_or_default(), catalog);
            contents.columns.insert(column.id.clone(), Held { type_name, values, digest });
        }
    }
    Ok(contents)
}

/// A type with all of its parts: values of one that got another part have another text.
fn shape(of_type: &str, catalog: &Catalog) -> String {
    let bare = of_type.strip_suffix("[]").unwrap_or(of_type);
    let is_it = |object: &&Object| {
        let name = object.id.qualified();
        bare == name || bare.strip_suffix(&name).is_some_and(|before| before.ends_with(' '))
    };
    let parts = catalog.of_kind(ObjectKind::CompositeType).iter().filter(is_it).flat_map(|object| {
        object.list("attributes").iter().map(|attribute| shape(attribute, catalog)).collect::<Vec<_>>()
    });
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() { of_type.to_owned() } else { format!("{of_type} ({})", parts.join(", ")) }
}

fn counted(column: &str) -> String {
    let name = quote(column);
    format!(
        "pg_catalog.count({name}), COALESCE(pg_catalog.sum(pg_catalog.hashtextextended({name}::text, 0)::numeric), 0)"
    )
}

fn place(table: &ObjectId) -> (String, String) {
    (table.schema.to_string(), table.name.to_string())
}

/// The partitioned table that a partition belongs to in the end, or the table itself.
fn root(table: &Object, catalog: &Catalog) -> (String, String) {
    let mut at = table;
    while let Some(parent) = at.text("partition_of").and_then(split_qualified)
        && let Some(parent) = catalog.get(&ObjectId::new(ObjectKind::Table, &parent.0, "", &parent.1))
    {
        at = parent;
    }
    place(&at.id)
}

/// Holds what was there against what is there: columns that are still there
/// have their values, unless the plan says that it loses some.
///
/// # Errors
/// Names the first column that lost something.
pub fn kept(before: &Contents, after: &Contents, losses: &[Loss]) -> Result<()> {
    let named: BTreeSet<(&str, &str)> = losses.iter().map(|loss| loss.id.group()).collect();
    for root in before.roots.values().collect::<BTreeSet<_>>() {
        // A partition that left took its rows along, and one that joined brought some.
        let was = |id: &ObjectId| before.roots.get(&group(id)) == Some(root);
        let is = |id: &ObjectId| was(id) || after.roots.get(&group(id)) == Some(root);
        let family = before.roots.iter().filter(|(_, of)| *of == root).map(|(table, _)| table).chain([root]);
        if family.into_iter().any(|(schema, name)| named.contains(&(schema, name))) {
            continue;
        }
        let (then, now) = (sums(before, &was), sums(after, &is));
        for (name, (types, values, digest)) in &then {
            let Some((types_now, values_now, digest_now)) = now.get(name) else {
                // Dropped from a parent it is gone from its children too, so its name is enough.
                let said = losses.iter().any(|loss| loss.id.kind == ObjectKind::Column && &*loss.id.name == *name);
                if *values > 0 && !said && is_there(after, root) {
                    return Err(lost(root, name, *values, 0));
                }
                continue;
            };
            let other = types == types_now && values == values_now && digest != digest_now;
            if values_now < values || other {
                return Err(lost(root, name, *values, *values_now));
            }
        }
    }
    Ok(())
}

/// True where a table is still there, under its name.
fn is_there(contents: &Contents, table: &(String, String)) -> bool {
    contents.roots.contains_key(table)
}

fn lost(table: &(String, String), column: &str, before: u64, after: u64) -> anyhow::Error {
    failure(
        format!(
            "values of column {}.{}.{column} would be lost ({before} before, {after} after); nothing was written",
            table.0, table.1
        ),
        "please report this with the output of `drift snapshot`: a plan must say what it loses",
    )
}

fn group(column: &ObjectId) -> (String, String) {
    let (schema, table) = column.group();
    (schema.to_owned(), table.to_owned())
}

/// By name of column: the types that it has, how many values, and their digest.
type Sums<'a> = BTreeMap<&'a str, (BTreeSet<&'a str>, u64, i128)>;

fn sums<'a>(contents: &'a Contents, of: &dyn Fn(&ObjectId) -> bool) -> Sums<'a> {
    let mut sums = Sums::new();
    for (id, held) in contents.columns.iter().filter(|(id, _)| of(id)) {
        let sum = sums.entry(&*id.name).or_default();
        sum.0.insert(held.type_name.as_str());
        sum.1 += held.values;
        sum.2 = sum.2.wrapping_add(held.digest);
    }
    sums
}
