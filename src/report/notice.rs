//! What a forge wants to know of a report: each finding as a text, a place, a
//! level and a name that stays the same, and what went well.

use crate::explain;
use crate::model::finding::Finding;
use crate::model::finding::ObjectRef;
use crate::model::finding::Severity;
use crate::model::finding::fingerprints;
use crate::model::object::Location;
use crate::model::report::Report;
use crate::report::Frame;
use crate::report::outline;
use crate::report::runs;
use crate::report::text;

/// One finding. All texts are fit to be shown: on one line, and nothing in them acts.
pub struct Notice {
    pub code: String,
    pub severity: Severity,
    pub object: ObjectRef,
    pub message: String,
    /// What there is to say beside it, line by line.
    pub more: Vec<String>,
    pub place: Option<Location>,
    /// Stays the same from run to run.
    pub fingerprint: String,
}

impl Notice {
    /// The name as people write it.
    pub fn name(&self) -> String {
        text::visible(&self.object.dotted())
    }
}

/// A finding that does not count, and why.
pub struct Excused {
    pub code: String,
    pub name: String,
    pub why: String,
}

/// One report, as forges want it.
pub struct Batch {
    /// `check`, `diff` or `prove`.
    pub command: String,
    pub headline: String,
    pub notices: Vec<Notice>,
    pub excused: Vec<Excused>,
    /// `(schema, name)` of what there is nothing to say about.
    pub well: Vec<(String, String)>,
    /// What was not covered.
    pub limits: Vec<String>,
    /// The page of a code, as Markdown.
    pub page: fn(&str) -> Option<String>,
}

impl Batch {
    pub fn of(report: &Report, frame: &Frame) -> Batch {
        let notices = report.findings.iter().zip(fingerprints(&report.findings));
        let clean = report.tables.iter().filter(|table| table.findings == 0);
        let excused = report.allowed.iter().map(|one| Excused {
            code: text::visible(&one.code),
            name: text::visible(&one.object.dotted()),
            why: text::visible(&format!("{} ({})", one.why, one.allowed_at)),
        });
        let baseline =
            report.baseline.iter().flat_map(|baseline| baseline.known.iter().map(move |one| (baseline, one)));
        let known = baseline.map(|(baseline, one)| Excused {
            code: text::visible(&one.code),
            name: text::visible(&one.object.dotted()),
            why: text::visible(&format!("{} ({})", one.why.as_deref().unwrap_or("known"), baseline.name)),
        });
        Batch {
            command: report.command.clone(),
            headline: outline::headline(report),
            notices: notices.map(|(finding, fingerprint)| notice(finding, fingerprint, frame)).collect(),
            excused: excused.chain(known).collect(),
            well: clean.map(|table| (text::visible(&table.schema), text::visible(&table.table))).collect(),
            limits: outline::coverage(report),
            page: explain::page,
        }
    }
}

fn notice(finding: &Finding, fingerprint: String, frame: &Frame) -> Notice {
    let mut more = Vec::new();
    for drift in &finding.attributes {
        let side = |value: &Option<String>| value.as_ref().map_or("nothing".to_owned(), |text| text::short(text, 200));
        let (expected, actual) = (side(&drift.expected), side(&drift.actual));
        more.push(format!("{}: expected {expected}, actual {actual}", text::visible(&drift.attribute)));
    }
    if finding.attributes.is_empty() {
        let side = |word: &str, value: &Option<String>| {
            value.as_ref().map(|value| format!("{word} {}", text::short(value, 200)))
        };
        more.extend(side("expected", &finding.expected));
        more.extend(side("actual", &finding.actual));
    }
    more.extend(outline::with_it(&finding.includes));
    more.extend(outline::shared_fault(finding).map(str::to_owned));
    more.push(runs::repair_of(finding));
    more.push(format!("help: {}", text::visible(&finding.help)));
    Notice {
        code: text::visible(&finding.code),
        severity: finding.severity,
        object: finding.object.clone(),
        message: text::visible(&finding.message),
        more,
        place: frame.places.of(finding.declared_at.as_ref().or(finding.near.as_ref())),
        fingerprint,
    }
}
