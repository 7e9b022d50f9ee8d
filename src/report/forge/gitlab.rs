//! The code quality report of GitLab: a merge request shows what is in it and was
//! not in the target branch's, by fingerprint.

use std::io;
use std::io::Write;

use serde::Serialize;

use crate::model::finding::Severity;
use crate::report::notice::Batch;
use crate::report::notice::Notice;

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: &'a str,
    fingerprint: &'a str,
    severity: &'static str,
    location: Place,
}

#[derive(Serialize)]
struct Place {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
}

/// Writes the findings. One that no file explains is left to the other formats: GitLab refuses it.
pub fn write(batch: &Batch, out: &mut dyn Write) -> io::Result<()> {
    let issues: Vec<Issue> = batch.notices.iter().filter_map(issue).collect();
    serde_json::to_writer_pretty(&mut *out, &issues)?;
    writeln!(out)
}

fn issue(notice: &Notice) -> Option<Issue<'_>> {
    let at = notice.place.as_ref()?;
    Some(Issue {
        description: [std::slice::from_ref(&notice.message), &notice.more].concat().join(" · "),
        check_name: &notice.code,
        fingerprint: &notice.fingerprint,
        severity: match notice.severity {
            Severity::Error => "critical",
            Severity::Warning => "major",
            Severity::Note => "info",
        },
        location: Place { path: at.file.clone(), lines: Lines { begin: at.line } },
    })
}
