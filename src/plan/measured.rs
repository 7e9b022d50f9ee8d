//! What the rows of one table say about the ways to their tenants: the query
//! that counts it, and what follows from the counts. Never runs the query.

use crate::model::ident::quote;
use crate::model::object::ObjectId;
use crate::plan::derive::Ground;
use crate::plan::derive::Way;
use crate::plan::derive::column_id;

/// What was counted about the ways of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    pub table: ObjectId,
    /// Rows without a tenant.
    pub rows: u64,
    pub ways: Vec<Count>,
    /// Rows that at least one way gives a tenant, and all that do the same one.
    pub together: u64,
}

/// What one way does for the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    pub text: String,
    pub resolved: u64,
    /// Rows that it gives several tenants.
    pub ambiguous: u64,
    /// Rows to which another way gives another tenant.
    pub conflicting: u64,
}

impl Measured {
    /// The query whose one row [`Measured::of`] reads.
    pub fn sql(ground: &Ground, table: &ObjectId, ways: &[Way]) -> String {
        let column = column_id(table, &ground.tenancy.column);
        let rows = if ground.actual.get(&column).is_some() {
            format!(" WHERE {}.{} IS NULL", quote(&table.name), quote(&column.name))
        } else {
            String::new()
        };
        let mut inner = Vec::new();
        let mut counted = vec!["pg_catalog.count(*)".to_owned()];
        let filtered = |condition: &str| format!("pg_catalog.count(*) FILTER (WHERE {condition})");
        let disagree = |i: usize| {
            let others = (0..ways.len()).filter(|j| *j != i);
            let each: Vec<String> = others.map(|j| format!("w{i} <> w{j}")).collect();
            if each.is_empty() { "false".to_owned() } else { each.join(" OR ") }
        };
        for (i, way) in ways.iter().enumerate() {
            inner.push(format!("{} AS w{i}", way.measured.as_deref().unwrap_or("NULL")));
            inner.push(format!("{} AS a{i}", way.ambiguous.as_deref().unwrap_or("false")));
            counted.extend([
                filtered(&format!("w{i} IS NOT NULL")),
                filtered(&format!("a{i}")),
                filtered(&disagree(i)),
            ]);
        }
        let any: Vec<String> = (0..ways.len()).map(|i| format!("w{i} IS NOT NULL")).collect();
        let conflict: Vec<String> = (0..ways.len()).map(|i| format!("COALESCE({}, false)", disagree(i))).collect();
        counted.push(filtered(&format!("({}) AND NOT ({})", any.join(" OR "), conflict.join(" OR "))));
        format!(
            "SELECT {}\nFROM (SELECT {}\n  FROM {}{rows}) AS measured",
            counted.join(",\n  "),
            inner.join(",\n    "),
            table.qualified()
        )
    }

    /// What the query counted.
    pub fn of(table: &ObjectId, ways: &[Way], counts: &[u64]) -> Measured {
        let count = |(way, n): (&Way, &[u64])| Count {
            text: way.text.clone(),
            resolved: n[0],
            ambiguous: n[1],
            conflicting: n[2],
        };
        let each = counts[1..counts.len() - 1].chunks(3);
        Measured {
            table: table.clone(),
            rows: counts[0],
            ways: ways.iter().zip(each).map(count).collect(),
            together: counts[counts.len() - 1],
        }
    }

    /// The best way, where it gives every row a tenant and no way another one.
    pub fn chosen(&self) -> Option<&Count> {
        self.ways.iter().find(|way| way.resolved == self.rows && way.ambiguous == 0).filter(|way| way.conflicting == 0)
    }
}
