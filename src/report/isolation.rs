//! The formats of an isolation proof. Each writes one [`IsolationReport`].

mod markdown;
mod table;

use std::io;
use std::io::Write;

use serde_json::Value;

use crate::model::finding::ObjectRef;
use crate::model::finding::Severity;
use crate::model::finding::fingerprint;
use crate::model::isolation::Exchange;
use crate::model::isolation::ISOLATION_VERSION;
use crate::model::isolation::IsolationReport;
use crate::model::isolation::ProbeCounts;
use crate::model::isolation::ProbeResult;
use crate::model::isolation::Verdict;
use crate::report::Format;
use crate::report::Frame;
use crate::report::forge;
use crate::report::notice::Batch;
use crate::report::notice::Notice;
use crate::report::text;

/// Writes the report in one format.
///
/// # Errors
/// What `out` says when it cannot be written.
pub fn write(report: &IsolationReport, format: Format, frame: &Frame, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Table => table::write(report, frame.style, out),
        Format::Json => json(report, out),
        Format::Markdown => markdown::write(report, out),
        Format::Sarif => forge::sarif::write(&batch(report, frame), out),
        Format::Junit => forge::junit::write(&batch(report, frame), Some(Severity::Note), out),
        Format::Github => forge::github::write(&batch(report, frame), out),
        Format::Gitlab => forge::gitlab::write(&batch(report, frame), out),
    }
}

/// The report as forges want it: a notice for each probe of each role that is not proven. Where
/// a relation is declared the proof does not know.
fn batch(report: &IsolationReport, frame: &Frame) -> Batch {
    let mut notices = Vec::new();
    for relation in &report.relations {
        let object = ObjectRef {
            kind: relation.class.word().to_owned(),
            schema: relation.schema.clone(),
            parent: String::new(),
            name: relation.name.clone(),
        };
        for result in relation.probes.iter().filter(|probe| probe.verdict != Verdict::Proven) {
            let code = format!("{ISOLATION}{}", result.probe.word());
            let role = text::visible(&result.role);
            notices.push(Notice {
                severity: match result.verdict {
                    Verdict::Failed => Severity::Error,
                    Verdict::Unproven | Verdict::Proven => Severity::Warning,
                },
                message: format!(
                    "{}: {} as {role}: {}",
                    text::visible(&object.dotted()),
                    word(result.verdict),
                    text::visible(&result.reason)
                ),
                more: transcript(&result.transcript),
                place: frame.places.of(None),
                fingerprint: fingerprint(&format!("{code} as {}", result.role), &object, 1),
                object: object.clone(),
                code,
            });
        }
    }
    let proven = report.relations.iter().filter(|relation| relation.verdict == Verdict::Proven);
    Batch {
        command: "prove".to_owned(),
        headline: headline(report),
        notices,
        excused: Vec::new(),
        well: proven.map(|relation| (text::visible(&relation.schema), text::visible(&relation.name))).collect(),
        limits: report.notes.iter().map(|note| text::visible(note)).collect(),
        page: |code| code.strip_prefix(ISOLATION).map(page),
    }
}

/// What the codes of probes begin with.
const ISOLATION: &str = "isolation-";

fn page(probe: &str) -> String {
    format!(
        "# {ISOLATION}{probe}\n\n## What it checks\n`drift prove` builds the schema in a scratch Postgres with two made-up \
         tenants and acts as a role of one of them. The probe `{probe}` must not get through. What broke in is a failure; \
         what could not be tried is unproven, and never counts as proven.\n\n## How to fix\nRun `drift prove` with \
         `--format table`: it shows the statements to paste. `drift check` names the rule that is broken, and \
         `drift explain CODE` says how to mend it.\n"
    )
}

/// Indented JSON.
fn json(report: &IsolationReport, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, report)?;
    writeln!(out)
}

/// The JSON Schema of the contract, `docs/prove.schema.json`.
pub fn schema() -> Value {
    super::schema_of::<IsolationReport>(
        ISOLATION_VERSION,
        "drift isolation proof",
        "What `drift prove --format json` writes.",
    )
}

/// The mark in front of a relation.
fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Proven => "✓",
        Verdict::Failed => "✗",
        Verdict::Unproven => "?",
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Proven => "proven",
        Verdict::Failed => "failed",
        Verdict::Unproven => "unproven",
    }
}

/// What it comes to, in one sentence.
pub(super) fn headline(report: &IsolationReport) -> String {
    let ProbeCounts { proven, failed, unproven } = report.counts;
    let roles = text::list(&report.roles);
    let of = |verdict| report.relations.iter().filter(|r| r.verdict == verdict).count() as u64;
    let all = proven + failed + unproven;
    if report.relations.is_empty() {
        return format!("{}: there is nothing to prove", report.source);
    }
    if report.proven() {
        let relations = text::count(of(Verdict::Proven), "relation");
        return format!(
            "{} keeps its tenants apart: {relations} proven for {roles}, {} probes",
            report.source,
            text::number(all)
        );
    }
    let mut parts = Vec::new();
    for (n, word) in [(failed, "broke in"), (unproven, "could not be tried")] {
        if n > 0 {
            parts.push(format!("{} {word}", text::number(n)));
        }
    }
    let relations: Vec<String> = [(of(Verdict::Failed), "not isolated"), (of(Verdict::Unproven), "unproven")]
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| format!("{} {word}", text::count(n, "relation")))
        .collect();
    format!(
        "{}: {}; of {} probes as {roles}, {}",
        report.source,
        text::list(&relations),
        text::number(all),
        text::list(&parts)
    )
}

/// Probes of one relation that say the same of different roles, together.
struct Said<'a> {
    result: &'a ProbeResult,
    roles: Vec<String>,
    probes: Vec<&'static str>,
}

/// What is not proven, grouped by its reason; what failed stands alone.
fn said(probes: &[ProbeResult]) -> Vec<Said<'_>> {
    let mut all: Vec<Said> = Vec::new();
    for result in probes.iter().filter(|p| p.verdict != Verdict::Proven) {
        let same = all.iter_mut().find(|said| {
            result.verdict == Verdict::Unproven
                && said.result.verdict == Verdict::Unproven
                && said.result.reason == result.reason
        });
        match same {
            Some(said) => {
                if !said.roles.contains(&result.role) {
                    said.roles.push(result.role.clone());
                }
                if !said.probes.contains(&result.probe.word()) {
                    said.probes.push(result.probe.word());
                }
            }
            None => all.push(Said { result, roles: vec![result.role.clone()], probes: vec![result.probe.word()] }),
        }
    }
    all.sort_by_key(|said| said.result.verdict);
    all
}

/// The lines to paste, with what came back as comments.
fn transcript(lines: &[Exchange]) -> Vec<String> {
    let mut all = Vec::new();
    for line in lines {
        all.extend(line.sql.lines().map(text::visible_line));
        all.extend(line.answer.iter().map(|answer| format!("-- {}", text::visible(answer))));
    }
    all
}

/// True where a person needs the made-up rows to follow.
fn needs_setup(report: &IsolationReport) -> bool {
    report.counts.failed > 0
}
