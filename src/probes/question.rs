//! A question to the rows of one table, as the parts of a query: whoever asks
//! decides how much of a big table is read.

use crate::model::finding::Severity;
use crate::model::ident::quote;
use crate::model::object::ObjectId;

/// How many rows are counted; more than that is "more than".
pub const LIMIT: u64 = 1000;

/// How many keys are shown.
pub const SHOWN: u64 = 3;

/// One question. The table is called `r` in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub code: &'static str,
    pub severity: Severity,
    /// What the finding is about: the column, the key, the table.
    pub object: ObjectId,
    /// The table whose rows are asked for.
    pub table: ObjectId,
    /// The columns of its primary key: all that is ever shown of a row.
    pub key: Vec<String>,
    pub find: Find,
    /// Names the object and the harm; `{rows}` stands for how many.
    pub message: String,
    /// An imperative.
    pub help: String,
    /// Why no patch repairs it by itself.
    pub no_repair: String,
}

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Find {
    /// Rows for which `condition` holds; `from` follows the table.
    Rows { from: String, condition: String, big: Big },
    /// Values that several rows share where each may occur once.
    Groups { by: Vec<String>, nulls_are_equal: bool },
}

/// How a table is read that is too big to be read whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Big {
    /// A part of it.
    Sample,
    /// Whole: an index finds the rows.
    Index,
    /// Whole, by another condition that an index answers.
    Condition(String),
}

impl Question {
    /// The query: how many there are, up to one more than the limit, and the
    /// keys of the first. `percent`: read only that much of the table.
    pub fn sql(&self, percent: Option<f64>, whole_by_index: bool) -> String {
        let relation = self.table.qualified();
        let sample = percent.map(|p| format!(" TABLESAMPLE SYSTEM ({p:.4}) REPEATABLE (1)")).unwrap_or_default();
        let key = self.key_text();
        let found = match &self.find {
            Find::Rows { from, condition, big } => {
                let condition = match (big, whole_by_index) {
                    (Big::Condition(other), true) => other,
                    (Big::Sample | Big::Index | Big::Condition(_), _) => condition,
                };
                let from = if from.is_empty() { String::new() } else { format!("\n  {from}") };
                format!("SELECT {key} AS key\n  FROM {relation} AS r{sample}{from}\n  WHERE {condition}")
            }
            Find::Groups { by, nulls_are_equal } => {
                let columns: Vec<String> = by.iter().map(|column| format!("r.{}", quote(column))).collect();
                let filled: Vec<String> = columns.iter().map(|column| format!("{column} IS NOT NULL")).collect();
                let filled = if *nulls_are_equal { "true".to_owned() } else { filled.join(" AND ") };
                let by = columns.join(", ");
                format!(
                    "SELECT pg_catalog.min({key}) AS key\n  FROM {relation} AS r\n  WHERE {filled}\n  GROUP BY {by}\n  \
                     HAVING pg_catalog.count(*) > 1"
                )
            }
        };
        format!(
            "WITH found AS MATERIALIZED (\n  {found}\n  LIMIT {}\n)\nSELECT (SELECT pg_catalog.count(*) FROM found),\n  \
             ARRAY(SELECT f.key FROM found AS f WHERE f.key IS NOT NULL ORDER BY f.key LIMIT {SHOWN})",
            LIMIT + 1
        )
    }

    fn key_text(&self) -> String {
        let columns: Vec<String> = self.key.iter().map(|column| format!("r.{}::text", quote(column))).collect();
        match columns.as_slice() {
            [] => "NULL::text".to_owned(),
            [one] => one.clone(),
            several => format!("pg_catalog.concat_ws(', ', {})", several.join(", ")),
        }
    }
}
