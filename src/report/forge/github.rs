//! Workflow commands of GitHub Actions: each line of a log that is one becomes an
//! annotation, at its file and line. Nothing else is written, so that no name
//! can start a line of its own.

use std::io;
use std::io::Write;

use crate::model::finding::Severity;
use crate::report::notice::Batch;
use crate::report::notice::Notice;
use crate::report::text;

/// Writes one command for each finding, worst first, after one that says what it comes to.
/// GitHub shows ten of a level for each step.
pub fn write(batch: &Batch, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "::notice title=drift {}::{}", property(&batch.command), data(&batch.headline))?;
    let mut notices: Vec<&Notice> = batch.notices.iter().collect();
    notices.sort_by_key(|notice| notice.severity);
    for notice in notices {
        let level = match notice.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let place = notice.place.as_ref();
        let place = place
            .map(|at| format!("file={},line={},", property(&text::visible(&at.file)), at.line))
            .unwrap_or_default();
        let said = [std::slice::from_ref(&notice.message), &notice.more].concat().join("\n");
        writeln!(out, "::{level} {place}title={}::{}", property(&notice.code), data(&said))?;
    }
    Ok(())
}

/// The text of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A value among the properties of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
