//! The report as a versioned contract for machines. The types are the
//! contract; `docs/report.schema.json` is what [`schema`] says.

use std::io;
use std::io::Write;

use serde_json::Value;
use serde_json::json;

use crate::model::report::REPORT_VERSION;
use crate::model::report::Report;

/// Writes the report as indented JSON.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, report)?;
    writeln!(out)
}

/// The JSON Schema of the contract.
pub fn schema() -> Value {
    let mut of_types = schemars::schema_for!(Report).to_value();
    of_types["properties"]["version"]["const"] = json!(REPORT_VERSION);
    let mut schema = json!({
        "$schema": of_types["$schema"],
        "title": "drift report",
        "description": "What `drift check --format json` and `drift diff --format json` write.",
    });
    if let (Value::Object(schema), Value::Object(of_types)) = (&mut schema, of_types) {
        for (key, value) in of_types {
            schema.entry(key).or_insert(value);
        }
    }
    schema
}
