//! A gate on what is new: findings that a file has recorded, or that another
//! source has too, do not count. They leave the list, never the report; what is
//! gone, what is over and what became worse is said.

use std::path::Path;

use anyhow::Result;

use crate::files;
use crate::jobs::allow;
use crate::jobs::compare;
use crate::jobs::compare::Comparison;
use crate::model::failure::failure;
use crate::model::finding::Finding;
use crate::model::finding::fingerprints;
use crate::model::ident::shell_word;
use crate::model::report::Baseline;
use crate::model::report::Known;
use crate::spec::Date;
use crate::spec::baseline;
use crate::spec::baseline::Entry;

/// What new entries say beside the finding.
pub struct Words {
    pub why: String,
    pub owner: Option<String>,
    pub until: Option<Date>,
}

/// Records the findings of a comparison in a file. An existing one is written anew only
/// with `replace`; then entries whose findings are still there keep what people wrote.
/// Gives back what to tell a person.
///
/// # Errors
/// The file is there already, or cannot be read or written.
pub fn record(comparison: &Comparison, file: &Path, words: &Words, replace: bool) -> Result<String> {
    let before = match files::exists(file) {
        false => Vec::new(),
        true if replace => read(file)?.1,
        true => {
            return Err(failure(
                format!("there is a baseline at {} already", file.display()),
                "take out what is gone with `drift check --baseline FILE --update`, or record today's findings in its \
                 place with --replace",
            ));
        }
    };
    let findings = &comparison.report.findings;
    let mut entries = Vec::new();
    let mut kept = 0;
    for (finding, id) in findings.iter().zip(fingerprints(findings)) {
        let mut entry = Entry::of(finding, &id, &words.why, words.owner.as_deref(), words.until);
        if let Some(old) = before.iter().find(|old| old.names(finding, &id)) {
            kept += 1;
            let Entry { why, owner, until, .. } = old.clone();
            entry = Entry { why, owner, until, ..entry };
        }
        entries.push(entry);
    }
    files::write_atomically(file, baseline::render(&entries).as_bytes())?;
    let (all, new, gone) = (entries.len(), entries.len() - kept, before.len() - kept);
    let noun = if all == 1 { "finding" } else { "findings" };
    Ok(match replace && !before.is_empty() {
        true => format!("wrote {} with {all} {noun}: {new} new, {gone} gone\n", file.display()),
        false => format!("wrote {} with {all} {noun}\n", file.display()),
    })
}

/// Takes what a file knows out of the findings. With `update` the file is written
/// without what is gone; it never grows. Gives back what to tell a person.
///
/// # Errors
/// The file cannot be read or written, or is not understood.
pub fn hold(comparison: &mut Comparison, file: &Path, update: bool) -> Result<Option<String>> {
    let (text, entries) = read(file)?;
    let gone = apply(comparison, &file.display().to_string(), &entries, true);
    if !update {
        return Ok(None);
    }
    let name = file.display();
    if !judged(comparison) {
        return Ok(Some(format!("{name} is as it was: only a part was looked at, so nobody knows what is gone")));
    }
    if gone.is_empty() {
        return Ok(Some(format!("{name} is as it was: nothing is gone")));
    }
    files::write_atomically(file, baseline::without(&text, &gone)?.as_bytes())?;
    Ok(Some(format!("took {} of {} entries out of {name}", gone.len(), entries.len())))
}

/// Takes what another comparison has found too out of the findings.
pub fn hold_against(comparison: &mut Comparison, base: &Comparison) {
    let findings = &base.report.findings;
    let of = |(finding, id): (&Finding, String)| Entry::of(finding, &id, "", None, None);
    let entries: Vec<Entry> = findings.iter().zip(fingerprints(findings)).map(of).collect();
    apply(comparison, &base.report.actual.name, &entries, false);
}

fn read(file: &Path) -> Result<(String, Vec<Entry>)> {
    if !files::exists(file) {
        return Err(failure(
            format!("there is no baseline at {}", file.display()),
            format!(
                "record today's findings with `drift baseline --output {}`",
                shell_word(&file.display().to_string())
            ),
        ));
    }
    let text = files::read_text(file)?;
    let entries = baseline::parse(&file.display().to_string(), &text)?;
    Ok((text, entries))
}

/// True where a finding that is not there is really gone: everything was looked at.
fn judged(comparison: &Comparison) -> bool {
    comparison.complete && comparison.report.actual.coverage.invisible.is_empty()
}

/// Parts the findings, and gives back the entries that speak of none.
fn apply<'a>(comparison: &mut Comparison, name: &str, entries: &'a [Entry], reasons: bool) -> Vec<&'a Entry> {
    let today = allow::today();
    let judged = judged(comparison);
    let probed = comparison.report.probes.as_ref().is_some_and(|probes| probes.unanswered.is_empty());
    let mut said = Baseline {
        name: name.to_owned(),
        known: Vec::new(),
        gone: Vec::new(),
        expired: Vec::new(),
        changed: Vec::new(),
    };
    let mut there = vec![false; entries.len()];
    let findings = std::mem::take(&mut comparison.report.findings);
    let ids = fingerprints(&findings);
    for (finding, id) in findings.into_iter().zip(ids) {
        let Some(at) = entries.iter().position(|entry| entry.names(&finding, &id)) else {
            comparison.report.findings.push(finding);
            continue;
        };
        there[at] = true;
        let entry = &entries[at];
        let counts = match (entry.expired(today), entry.covers(&finding, &id)) {
            (true, _) => Some(&mut said.expired),
            (false, false) => Some(&mut said.changed),
            (false, true) => None,
        };
        match counts {
            Some(list) => {
                list.push(entry.to_string());
                comparison.report.findings.push(finding);
            }
            None => said.known.push(known(finding, entry, reasons)),
        }
    }
    // What was not asked cannot be gone.
    let gone: Vec<&Entry> = entries
        .iter()
        .zip(there)
        .filter(|(entry, there)| !there && judged && (probed || !compare::of_rows(&entry.code)))
        .map(|(entry, _)| entry)
        .collect();
    said.gone = gone.iter().map(ToString::to_string).collect();
    comparison.report.baseline = Some(said);
    compare::count(comparison);
    gone
}

fn known(finding: Finding, entry: &Entry, reasons: bool) -> Known {
    let Finding { code, severity, object, message, .. } = finding;
    Known {
        code,
        severity,
        object,
        message,
        why: reasons.then(|| entry.why.clone()),
        owner: entry.owner.clone(),
        until: entry.until.map(|day| day.to_string()),
    }
}
