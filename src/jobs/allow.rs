//! `[[allow]]` of `drift.toml`: findings that somebody has looked at and accepts.
//! They leave the list, never the report; and an exception that is over, or that
//! excuses nothing, is a finding of its own.

use anyhow::Result;
use chrono::Datelike;

use crate::explain;
use crate::model::failure::failure;
use crate::model::finding::Finding;
use crate::model::finding::Fix;
use crate::model::finding::ObjectRef;
use crate::model::finding::Severity;
use crate::model::finding::Side;
use crate::model::kind::ObjectKind;
use crate::model::object::ObjectId;
use crate::model::report::Allowed;
use crate::spec::Allow;
use crate::spec::Date;

/// The kind of such a finding's object: a line of `drift.toml`, nothing in a database.
const KIND: &str = "allow";

/// Refuses a code that drift does not have: a misspelt exception excuses nothing.
///
/// # Errors
/// The first such entry, with file and line.
pub fn known(entries: &[Allow]) -> Result<()> {
    let codes = explain::codes();
    let Some(entry) = entries.iter().find(|entry| !codes.contains(&entry.rule)) else { return Ok(()) };
    let near = explain::nearest(&entry.rule).join(", ");
    let help =
        if near.is_empty() { "`drift explain` lists all codes".to_owned() } else { format!("did you mean {near}?") };
    Err(failure(format!("{}: `{}` of [[allow]] is not a finding code", entry.at, entry.rule), help))
}

/// The day by which exceptions are judged.
pub fn today() -> Date {
    let now = chrono::Utc::now();
    Date { year: now.year().clamp(0, u16::MAX.into()) as u16, month: now.month() as u8, day: now.day() as u8 }
}

/// Takes what is allowed out of the findings, and adds what is wrong with the
/// exceptions. `asked` is false for a code that was not asked of everything: then an
/// exception that matches nothing may match what was not looked at.
pub fn apply(
    findings: &mut Vec<Finding>,
    entries: &[Allow],
    today: Date,
    asked: impl Fn(&str) -> bool,
) -> Vec<Allowed> {
    let mut allowed = Vec::new();
    let mut matched = vec![0u64; entries.len()];
    findings.retain(|finding| {
        let Some(id) = id_of(&finding.object) else { return true };
        let mut excused = None;
        for (at, entry) in entries.iter().enumerate().filter(|(_, entry)| entry.matches(&finding.code, &id)) {
            matched[at] += 1;
            excused = excused.or((!entry.expired(today)).then_some(entry));
        }
        allowed.extend(excused.map(|entry| of(finding, entry)));
        excused.is_none()
    });
    for (entry, matched) in entries.iter().zip(matched) {
        match (matched, entry.expired(today)) {
            (0, _) if asked(&entry.rule) => findings.push(unused(entry)),
            (0, _) | (_, false) => {}
            (_, true) => findings.push(expired(entry, matched)),
        }
    }
    allowed
}

fn of(finding: &Finding, entry: &Allow) -> Allowed {
    Allowed {
        code: finding.code.clone(),
        severity: finding.severity,
        object: finding.object.clone(),
        message: finding.message.clone(),
        why: entry.why.clone(),
        until: entry.until.map(|day| day.to_string()),
        allowed_at: entry.at.clone(),
    }
}

fn expired(entry: &Allow, matched: u64) -> Finding {
    let day = entry.until.map(|day| day.to_string()).unwrap_or_default();
    let back = match matched {
        1 => "the finding that it excused is back".to_owned(),
        more => format!("the {more} findings that it excused are back"),
    };
    finding(
        entry,
        "allow-expired",
        Severity::Error,
        format!("{} on {} was allowed until {day}: that day is over, and {back}", entry.rule, entry.on),
        "repair what it excused and remove the entry, or give it a new day and a reason that holds",
    )
}

fn unused(entry: &Allow) -> Finding {
    finding(
        entry,
        "allow-unused",
        Severity::Warning,
        format!(
            "{} on {} is allowed, and there is no such finding: the exception would hide the next one",
            entry.rule, entry.on
        ),
        "remove the entry from drift.toml, or correct the name in `on`",
    )
}

fn finding(entry: &Allow, code: &str, severity: Severity, message: String, help: &str) -> Finding {
    let name = format!("{} on {}", entry.rule, entry.on);
    Finding {
        code: code.to_owned(),
        severity,
        side: Side::Declared,
        object: ObjectRef { kind: KIND.to_owned(), schema: String::new(), parent: String::new(), name },
        message,
        help: help.to_owned(),
        expected: None,
        actual: None,
        attributes: Vec::new(),
        includes: Vec::new(),
        declared_at: Some(entry.at.clone()),
        near: None,
        fix: Fix::None { reason: "drift.toml has to change".to_owned() },
    }
}

fn id_of(object: &ObjectRef) -> Option<ObjectId> {
    let kind = ObjectKind::from_word(&object.kind)?;
    Some(ObjectId::new(kind, &object.schema, &object.parent, &object.name))
}
