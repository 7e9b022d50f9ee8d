//! The formats of a report. Each writes one [`Report`] and names no kind of
//! object: what a kind means was said when the findings were made.

mod forge;
pub mod isolation;
pub mod json;
pub mod left_out;
pub mod markdown;
mod notice;
mod outline;
pub mod place;
pub mod plan;
pub mod review;
mod runs;
pub mod status;
pub mod table;
pub mod text;

use std::io;
use std::io::Write;

use schemars::JsonSchema;
use serde_json::Value;
use serde_json::json;

use crate::model::finding::Severity;
use crate::model::report::Report;
use crate::report::notice::Batch;
use crate::report::place::Places;

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Table,
    Json,
    Markdown,
    /// SARIF 2.1.0, as GitHub code scanning takes it.
    Sarif,
    /// JUnit XML, as CI systems show tests.
    Junit,
    /// Workflow commands that GitHub Actions shows as annotations.
    Github,
    /// The code quality report of GitLab.
    Gitlab,
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

/// What a format is told beside the report.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Of the table.
    pub style: Style,
    /// How files are named for a forge.
    pub places: Places,
    /// The least severity that counts as a failed test; `None`: nothing does.
    pub fails: Option<Severity>,
}

impl Default for Frame {
    fn default() -> Self {
        Frame { style: Style::default(), places: Places::default(), fails: Some(Severity::Note) }
    }
}

/// Writes the report in one format.
///
/// # Errors
/// What `out` says when it cannot be written.
pub fn write(report: &Report, format: Format, frame: &Frame, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Table => table::write(report, frame.style, out),
        Format::Json => json::write(report, out),
        Format::Markdown => markdown::write(report, out),
        Format::Sarif => forge::sarif::write(&Batch::of(report, frame), out),
        Format::Junit => forge::junit::write(&Batch::of(report, frame), frame.fails, out),
        Format::Github => forge::github::write(&Batch::of(report, frame), out),
        Format::Gitlab => forge::gitlab::write(&Batch::of(report, frame), out),
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
