//! `[[allow]]` of `drift.toml`: findings that somebody has looked at and accepts.
//! They leave the list, never the report; and an exception that is over, or that
//! excuses nothing, is a finding of its own, as is an `[[ignore]]` that leaves out nothing.

use std::collections::BTreeSet;

use anyhow::Result;
use chrono::Datelike;

use crate::explain;
use crate::model::catalog::Catalog;
use crate::model::failure::failure;
use crate::model::finding::Finding;
use crate::model::finding::Fix;
use crate::model::finding::ObjectRef;
use crate::model::finding::Severity;
use crate::model::finding::Side;
use crate::model::kind::ObjectKind;
use crate::model::object::Location;
use crate::model::object::ObjectId;
use crate::model::report::Allowed;
use crate::model::report::LeftOut;
use crate::spec;
use crate::spec::Allow;
use crate::spec::Date;
use crate::spec::IgnoreRule;
use crate::spec::Spec;
use crate::spec::TableClass;

/// The kinds of such findings' objects: a line of `drift.toml`, nothing in a database.
const ALLOW: &str = "allow";
const IGNORE: &str = "ignore";

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
        &entry.at,
        (ALLOW, format!("{} on {}", entry.rule, entry.which)),
        "allow-expired",
        Severity::Error,
        format!("{} on {} was allowed until {day}: that day is over, and {back}", entry.rule, entry.which),
        "repair what it excused and remove the entry, or give it a new day and a reason that holds",
    )
}

fn unused(entry: &Allow) -> Finding {
    finding(
        &entry.at,
        (ALLOW, format!("{} on {}", entry.rule, entry.which)),
        "allow-unused",
        Severity::Warning,
        format!(
            "{} on {} is allowed, and there is no such finding: the exception would hide the next one",
            entry.rule, entry.which
        ),
        "remove the entry from drift.toml, or correct the name in `on`",
    )
}

/// What is wrong with a line of `drift.toml`; `named` is the kind of its entry and what it says.
fn finding(
    at: &Location,
    (kind, name): (&str, String),
    code: &str,
    severity: Severity,
    message: String,
    help: &str,
) -> Finding {
    Finding {
        code: code.to_owned(),
        severity,
        side: Side::Declared,
        object: ObjectRef { kind: kind.to_owned(), schema: String::new(), parent: String::new(), name },
        message,
        help: help.to_owned(),
        expected: None,
        actual: None,
        attributes: Vec::new(),
        includes: Vec::new(),
        declared_at: Some(at.clone()),
        near: None,
        migration: None,
        fix: Fix::None { reason: "drift.toml has to change".to_owned() },
    }
}

/// What each rule and each exception leaves out, for a person who asks; and the
/// findings about rules that leave out nothing, where everything was looked at.
pub fn ignored(spec: &Spec, catalogs: [&Catalog; 2], complete: bool) -> (Vec<LeftOut>, Vec<Finding>) {
    let mut left_out = Vec::new();
    let mut findings = Vec::new();
    for rule in &spec.ignore {
        let IgnoreRule { which, why, at } = rule;
        let all: BTreeSet<&ObjectId> = catalogs
            .iter()
            .flat_map(|catalog| catalog.objects())
            .map(|object| &object.id)
            .filter(|id| which.matches(id))
            .collect();
        if all.is_empty() && complete {
            findings.push(finding(
                at,
                (IGNORE, which.to_string()),
                "ignore-unused",
                Severity::Warning,
                format!("[[ignore]] of {which} leaves out nothing: the rule would hide the next object of that name"),
                "remove the entry from drift.toml, or correct what it names",
            ));
        }
        let what = format!("[[ignore]] {which}");
        let names = all.iter().map(ToString::to_string).collect();
        left_out.push(LeftOut { what, why: why.clone(), at: Some(at.clone()), names });
    }
    left_out.extend(by_itself(spec, catalogs));
    (left_out, findings)
}

/// What no rule has to name: tables of class `ignore`, and the books of migration tools.
fn by_itself(spec: &Spec, catalogs: [&Catalog; 2]) -> Vec<LeftOut> {
    let of = |wanted: &dyn Fn(&ObjectId) -> bool| -> Vec<String> {
        let tables = catalogs.iter().flat_map(|catalog| catalog.of_kind(ObjectKind::Table));
        let names: BTreeSet<String> =
            tables.map(|table| &table.id).filter(|id| wanted(id)).map(ToString::to_string).collect();
        names.into_iter().collect()
    };
    let class = |id: &ObjectId| {
        let (schema, table) = id.group();
        spec.tenancy.as_ref().is_some_and(|tenancy| tenancy.class_of(schema, table) == Some(TableClass::Ignore))
    };
    let with = |what: &str, why: &str, names: Vec<String>| LeftOut {
        what: what.to_owned(),
        why: why.to_owned(),
        at: None,
        names,
    };
    [
        with("[tables] class ignore", "drift.toml says that they are not ours", of(&class)),
        with("migration tools", "the tables in which they keep their books", of(&|id| spec::is_ledger(id.group().1))),
    ]
    .into_iter()
    .filter(|one| !one.names.is_empty())
    .collect()
}

fn id_of(object: &ObjectRef) -> Option<ObjectId> {
    let kind = ObjectKind::from_word(&object.kind)?;
    Some(ObjectId::new(kind, &object.schema, &object.parent, &object.name))
}
