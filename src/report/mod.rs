//! The formats of a report. Each writes one [`Report`] and names no kind of
//! object: what a kind means was said when the findings were made.

pub mod isolation;
pub mod json;
pub mod markdown;
mod outline;
pub mod plan;
pub mod table;
mod text;

use std::io;
use std::io::Write;

use schemars::JsonSchema;
use serde_json::Value;
use serde_json::json;

use crate::model::report::Report;

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Table,
    Json,
    Markdown,
}

/// What the table format may use of the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// In columns; less than 40 counts as 40.
    pub width: usize,
    pub color: bool,
}

impl Default for Style {
    fn default() -> Self {
        Style { width: 100, color: false }
    }
}

/// Writes the report in one format. Only the table has a style.
pub fn write(report: &Report, format: Format, style: Style, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Table => table::write(report, style, out),
        Format::Json => json::write(report, out),
        Format::Markdown => markdown::write(report, out),
    }
}

/// The JSON Schema of a contract, from its types.
fn schema_of<T: JsonSchema>(version: u32, title: &str, description: &str) -> Value {
    let mut of_types = schemars::schema_for!(T).to_value();
    of_types["properties"]["version"]["const"] = json!(version);
    let mut schema = json!({ "$schema": of_types["$schema"], "title": title, "description": description });
    if let (Value::Object(schema), Value::Object(of_types)) = (&mut schema, of_types) {
        for (key, value) in of_types {
            schema.entry(key).or_insert(value);
        }
    }
    schema
}
