//! The report as a versioned contract for machines. The types are the
//! contract; `docs/report.schema.json` is what [`schema`] says.

use std::io;
use std::io::Write;

use serde_json::Value;

use crate::model::report::REPORT_VERSION;
use crate::model::report::Report;

/// Writes the report as indented JSON.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, report)?;
    writeln!(out)
}

/// The JSON Schema of the contract.
pub fn schema() -> Value {
    super::schema_of::<Report>(
        REPORT_VERSION,
        "drift report",
        "What `drift check --format json` and `drift diff --format json` write.",
    )
}
