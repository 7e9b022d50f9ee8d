//! Rows for a clone: made up from types, so that a patch meets tables that are
//! not empty. Meant to run with `session_replication_role = replica`, where
//! foreign keys and triggers are silent but checks, keys and NOT NULL hold.

use std::collections::BTreeMap;

use crate::model::catalog::Catalog;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::plan::order;
use crate::plan::values;
use crate::plan::values::Values;

/// One row to insert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeedStatement {
    pub schema: String,
    pub table: String,
    /// From 1.
    pub row: usize,
    /// INSERT statements to try one after the other until one is accepted:
    /// checks can be read only so far.
    pub candidates: Vec<String>,
}

/// How many ways to fill one row are offered.
const CANDIDATES: usize = 40;

/// How far a foreign key is followed to the value it points at.
const HOPS: usize = 8;

/// Made-up rows for the tables that `only` accepts; what rows refer to comes
/// first. `fixed` are values, as SQL, that a column has in its first rows: the
/// tenants that a patch expects ([`crate::plan::additive::AdditivePlan::assumed`]).
pub fn seed(
    catalog: &Catalog,
    rows_per_table: usize,
    only: &dyn Fn(&ObjectId) -> bool,
    fixed: &BTreeMap<ObjectId, Vec<String>>,
) -> Vec<SeedStatement> {
    let seeder = Seeder { values: Values::new(catalog), fixed };
    let mut statements = Vec::new();
    for (schema, table) in order::relations(catalog) {
        let id = ObjectId::new(ObjectKind::Table, schema, "", table);
        let Some(object) = catalog.get(&id) else { continue };
        // A row of a partition goes in through its parent.
        if object.text("partition_of").is_some() || !only(&id) {
            continue;
        }
        let columns = fixed.iter().filter(|(column, _)| column.group() == (schema, table));
        let rows = columns.map(|(_, values)| values.len()).max().unwrap_or(0).max(rows_per_table);
        for row in 1..=rows {
            let candidates = seeder.row(object, row);
            statements.push(SeedStatement { schema: schema.to_owned(), table: table.to_owned(), row, candidates });
        }
    }
    statements
}

struct Seeder<'a> {
    values: Values<'a>,
    fixed: &'a BTreeMap<ObjectId, Vec<String>>,
}

impl<'a> Seeder<'a> {
    /// What a row states. A row that may stand alone is not made its own parent:
    /// checks often refuse that.
    fn columns(&self, table: &Object) -> Vec<&'a Object> {
        let own = |column: &&Object| {
            let target = self.values.reference(column);
            target.is_some_and(|(schema, name, _)| **schema == *table.id.schema && **name == *table.id.name)
        };
        let mut columns = self.values.needed(table);
        columns.retain(|column| column.flag("not_null") || !own(column));
        let fixed = self.values.columns(table).iter().filter(|column| self.fixed.contains_key(&column.id));
        for column in fixed {
            if !columns.iter().any(|known| known.id == column.id) {
                columns.push(column);
            }
        }
        columns
    }

    /// All the ways to write row `n` of a table.
    fn row(&self, table: &Object, n: usize) -> Vec<String> {
        let pools = self.values.pools(table);
        let columns = self.columns(table);
        let choices: Vec<Vec<String>> = columns
            .iter()
            .map(|column| {
                let own = self.value(column, n, HOPS);
                let pool = pools.get(&*column.id.name).filter(|_| self.values.reference(column).is_none());
                let (before, after) = pool.map(|pool| (&*pool.before, &*pool.after)).unwrap_or_default();
                [before, &[own], after].concat()
            })
            .collect();
        combinations(&choices).into_iter().map(|values| values::insert(table, &columns, &values)).collect()
    }

    /// The value of a column in row `n`, as SQL. A column that refers to
    /// another has the value of that one in its row `n`.
    fn value(&self, column: &Object, n: usize, hops: usize) -> String {
        if let (Some((schema, table, name)), 1..) = (self.values.reference(column), hops) {
            let target = ObjectId::new(ObjectKind::Column, schema, table, name);
            if let Some(target) = self.values.catalog.get(&target).filter(|target| target.id != column.id) {
                return self.value(target, n, hops - 1);
            }
        }
        match self.fixed.get(&column.id).and_then(|values| values.get(n - 1)) {
            Some(value) => value.clone(),
            None => self.values.of_type(column.text("type").unwrap_or("text"), n),
        }
    }
}

/// Choices of one value per column, the first of each first; as many as are offered.
fn combinations(choices: &[Vec<String>]) -> Vec<Vec<String>> {
    let mut at = vec![0usize; choices.len()];
    let mut all = Vec::new();
    while all.len() < CANDIDATES {
        all.push(choices.iter().zip(&at).map(|(values, i)| values[*i].clone()).collect());
        let Some(next) = (0..choices.len()).find(|i| at[*i] + 1 < choices[*i].len()) else { break };
        at[..next].fill(0);
        at[next] += 1;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds;
    use crate::model::catalog::Dependency;
    use crate::model::object::Value;

    fn object(kind: ObjectKind, parent: &str, name: &str, values: &[(&str, Value)]) -> Object {
        let attribute = |name: &str| kinds::attribute(kind, name).expect("declared");
        let values = values.iter().map(|(name, value)| (attribute(name), value.clone())).collect();
        Object::new(ObjectId::new(kind, "public", parent, name), values)
    }

    fn column(table: &str, name: &str, data_type: &str) -> Object {
        let values = [("type", Value::Text(data_type.into())), ("not_null", Value::Bool(true))];
        object(ObjectKind::Column, table, name, &values)
    }

    fn list(items: &[&str]) -> Value {
        Value::List(items.iter().map(|item| (*item).into()).collect())
    }

    #[test]
    fn a_row_refers_to_its_parents_row_and_takes_literals_from_checks() {
        let definition = "CHECK ((mode = ANY (ARRAY['private'::text, 'global'::text])))";
        let objects = vec![
            object(ObjectKind::Table, "", "child", &[]),
            column("child", "id", "bigint"),
            column("child", "mode", "text"),
            column("child", "parent_id", "uuid"),
            object(
                ObjectKind::Check,
                "child",
                "mode",
                &[("definition", Value::Text(definition.into())), ("columns", list(&["mode"]))],
            ),
            object(
                ObjectKind::ForeignKey,
                "child",
                "fk",
                &[
                    ("columns", list(&["parent_id"])),
                    ("references", Value::Text("public.parent".into())),
                    ("referenced_columns", list(&["id"])),
                ],
            ),
            object(ObjectKind::Table, "", "parent", &[]),
            column("parent", "id", "uuid"),
        ];
        let catalog = Catalog::new(150000, objects, vec![Dependency { from: 5, to: 7, owned: false }]).unwrap();
        let rows = seed(&catalog, 1, &|_| true, &BTreeMap::new());
        let first: Vec<&str> = rows.iter().map(|row| row.candidates[0].as_str()).collect();
        assert_eq!(
            first,
            [
                "INSERT INTO public.parent (id) VALUES \
                 ('00000000-0000-4000-8000-000000000001');",
                "INSERT INTO public.child (id, mode, parent_id) VALUES \
                 (1, 'private', '00000000-0000-4000-8000-000000000001');",
            ]
        );
        assert_eq!(rows[1].candidates.len(), 3);
        let key = ObjectId::new(ObjectKind::Column, "public", "parent", "id");
        let fixed = BTreeMap::from([(key, vec!["'a'".to_owned(), "'b'".to_owned()])]);
        let rows = seed(&catalog, 1, &|_| true, &fixed);
        let values: Vec<&str> =
            rows.iter().map(|row| row.candidates[0].split_once("VALUES ").expect("has values").1).collect();
        assert_eq!(values, ["('a');", "('b');", "(1, 'private', 'a');"]);
        assert_eq!(seed(&catalog, 2, &|id| &*id.name == "parent", &BTreeMap::new()).len(), 2);
    }
}
