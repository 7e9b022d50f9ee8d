//! Which findings stand together: by relation, and by what they say.

use std::collections::BTreeMap;

use crate::model::finding::Finding;
use crate::model::finding::Fix;
use crate::model::finding::ObjectRef;
use crate::model::finding::Severity;
use crate::model::report::Report;
use crate::report::text;

/// Findings that say the same of several objects.
pub struct Run<'a> {
    pub findings: Vec<&'a Finding>,
    /// The message; of several findings, with `…` for what differs.
    pub message: String,
    pub help: String,
    shared: Shared,
}

/// What the findings of a run have in common, so that its name can stay.
#[derive(Clone, Copy)]
enum Shared {
    Nothing,
    Relation,
}

impl Run<'_> {
    pub fn severity(&self) -> Severity {
        self.findings[0].severity
    }

    pub fn code(&self) -> &str {
        &self.findings[0].code
    }
}

/// A relation with more than one finding, or findings that stand alone.
pub struct Unit<'a> {
    pub relation: Option<(&'a str, &'a str)>,
    pub findings: usize,
    pub runs: Vec<Run<'a>>,
}

/// Which findings stand together under one heading.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Block {
    /// What the declared SQL itself is wrong about, and drift.toml.
    Declared,
    /// What the database is wrong about.
    Database,
}

/// Groups the findings of a block by relation, in the order of the report. Relations
/// with one finding need no heading, and the same finding on many of them is said once.
pub fn units(report: &Report, block: Block) -> Vec<Unit<'_>> {
    let mut order = Vec::new();
    let mut groups: BTreeMap<(&str, &str), Vec<&Finding>> = BTreeMap::new();
    for finding in of_block(report, block) {
        let group = groups.entry(finding.object.group()).or_default();
        if group.is_empty() {
            order.push(finding.object.group());
        }
        group.push(finding);
    }
    let alone: Vec<&Finding> =
        order.iter().filter_map(|key| <[_; 1]>::try_from(groups[key].as_slice()).ok()).map(|[f]| f).collect();
    let mut alone = runs(&alone, Shared::Nothing);
    let mut units = Vec::new();
    for key in order {
        let findings = groups[&key].as_slice();
        if let [finding] = findings {
            if let Some(at) =
                alone.iter().position(|run| run.findings.iter().any(|other| std::ptr::eq(*other, *finding)))
            {
                let run = alone.remove(at);
                units.push(Unit { relation: None, findings: run.findings.len(), runs: vec![run] });
            }
        } else {
            units.push(Unit { relation: Some(key), findings: findings.len(), runs: runs(findings, Shared::Relation) });
        }
    }
    units
}

/// The findings of a block.
pub(super) fn of_block(report: &Report, block: Block) -> impl Iterator<Item = &Finding> {
    report.findings.iter().filter(move |finding| finding.side.is_declared() == (block == Block::Declared))
}

/// Puts findings together that differ only in the name of their object.
fn runs<'a>(findings: &[&'a Finding], shared: Shared) -> Vec<Run<'a>> {
    let mut runs: Vec<(Run, String)> = Vec::new();
    for finding in findings {
        let message = nameless(&finding.message, &finding.object, shared);
        let help = nameless(&finding.help, &finding.object, shared);
        let same = |(run, template): &&mut (Run, String)| {
            run.severity() == finding.severity
                && run.code() == finding.code
                && run.findings[0].side == finding.side
                && *template == message
                && nameless(&run.findings[0].help, &run.findings[0].object, shared) == help
        };
        match runs.iter_mut().find(same) {
            Some((run, template)) => {
                run.findings.push(finding);
                run.message = template.clone();
                run.help = help;
            }
            None => {
                let said = (finding.message.clone(), finding.help.clone());
                runs.push((Run { findings: vec![finding], message: said.0, help: said.1, shared }, message));
            }
        }
    }
    for (run, _) in &mut runs {
        run.findings.sort_by(|a, b| a.declared_at.cmp(&b.declared_at));
    }
    runs.into_iter().map(|(run, _)| run).collect()
}

/// The text with `…` for every name of the object that is not shared.
fn nameless(text: &str, object: &ObjectRef, shared: Shared) -> String {
    let (schema, relation) = object.group();
    let (dotted, qualified) = (object.dotted(), format!("{schema}.{relation}"));
    let names: &[&str] = match shared {
        Shared::Nothing => &[&dotted, &qualified, &object.name, relation],
        Shared::Relation if dotted == qualified => &[],
        Shared::Relation => &[&dotted, &object.name],
    };
    names.iter().fold(text.to_owned(), |text, name| replace_word(&text, name))
}

/// Replaces a name by `…` where it stands as a word of its own.
fn replace_word(text: &str, name: &str) -> String {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(name).filter(|_| !name.is_empty()) {
        let (before, after) = (&rest[..at], &rest[at + name.len()..]);
        let joined = before.chars().next_back().or(out.chars().next_back()).is_some_and(inside);
        out.push_str(before);
        out.push_str(if joined || after.starts_with(inside) { name } else { "…" });
        rest = after;
    }
    out + rest
}

/// Whether an additive repair exists, said once for all findings of a run, with
/// the exceptions by name.
pub fn repair(run: &Run) -> String {
    let mut answers: Vec<(Fix, Vec<String>)> = Vec::new();
    for finding in &run.findings {
        let reason = |reason: &String| match run.findings.len() {
            1 => text::visible(reason),
            _ => text::visible(&nameless(reason, &finding.object, run.shared)),
        };
        let answer = match &finding.fix {
            Fix::Additive => Fix::Additive,
            Fix::Partial { reason: why } => Fix::Partial { reason: reason(why) },
            Fix::None { reason: why } => Fix::None { reason: reason(why) },
        };
        let name = text::visible(&finding.object.name);
        match answers.iter_mut().find(|(said, _)| *said == answer) {
            Some((_, names)) => names.push(name),
            None => answers.push((answer, vec![name])),
        }
    }
    answers.sort_by_key(|(_, names)| std::cmp::Reverse(names.len()));
    let mut said = match &answers[0].0 {
        Fix::Additive => "additive repair: yes".to_owned(),
        Fix::Partial { reason } => format!("additive repair in part: {reason}"),
        Fix::None { reason } => format!("no additive repair: {reason}"),
    };
    for (answer, names) in &answers[1..] {
        let names = text::list(names);
        said.push_str(&match answer {
            Fix::Additive => format!("; but yes for {names}"),
            Fix::Partial { reason } => format!("; in part for {names}: {reason}"),
            Fix::None { reason } => format!("; none for {names}: {reason}"),
        });
    }
    said
}

/// Whether an additive repair of one finding exists.
pub fn repair_of(finding: &Finding) -> String {
    let run = Run { findings: vec![finding], message: String::new(), help: String::new(), shared: Shared::Nothing };
    repair(&run)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_replaced_where_it_stands_alone() {
        let object = ObjectRef {
            kind: "column".into(),
            schema: "public".into(),
            parent: "workflows".into(),
            name: "tags".into(),
        };
        let text = "column public.workflows.tags is missing: tags_idx on public.workflows needs \"tags\"";
        assert_eq!(nameless(text, &object, Shared::Nothing), "column … is missing: tags_idx on … needs \"…\"");
        let said = "column … is missing: tags_idx on public.workflows needs \"…\"";
        assert_eq!(nameless(text, &object, Shared::Relation), said);
    }
}
