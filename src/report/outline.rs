//! What a person reads, before it has a form: the overview, and the sentences at head and foot.

use crate::model::catalog::Coverage;
use crate::model::finding::AttributeDrift;
use crate::model::finding::Finding;
use crate::model::finding::Fix;
use crate::model::finding::ObjectRef;
use crate::model::finding::Severity;
use crate::model::finding::Side;
use crate::model::ident::shell_word;
use crate::model::report::Allowed;
use crate::model::report::Baseline;
use crate::model::report::Probes;
use crate::model::report::Report;
use crate::model::report::SourceSummary;
use crate::model::report::TableState;
use crate::model::report::TableSummary;
use crate::report::runs::Block;
use crate::report::runs::of_block;
use crate::report::text;

/// The heading of what the declared side is wrong about; nothing where it is not.
pub fn declared_heading(report: &Report) -> Option<String> {
    let findings: Vec<&Finding> = of_block(report, Block::Declared).collect();
    let expected = text::visible(&report.expected.name);
    (!findings.is_empty()).then(|| format!("{expected} breaks its own rules: {}", counted(findings.into_iter())))
}

/// Whether the database shares a fault of the declared SQL.
pub const fn shared_fault(finding: &Finding) -> Option<&'static str> {
    match finding.side {
        Side::Both => Some("the database has the same fault"),
        Side::Declared | Side::Database => None,
    }
}

/// A relation's name; what is in no schema, such as a role, has only its own.
pub fn qualified(schema: &str, name: &str) -> String {
    if schema.is_empty() { name.to_owned() } else { format!("{schema}.{name}") }
}

/// The first line of a report.
pub fn headline(report: &Report) -> String {
    let (actual, expected) = (text::visible(&report.actual.name), text::visible(&report.expected.name));
    let but = but(report);
    let all = counted(report.findings.iter());
    let drift = of_block(report, Block::Database).next().is_some();
    if let Some(baseline) = report.baseline.as_ref().filter(|one| report.findings.is_empty() && !one.known.is_empty()) {
        let (known, name) = (text::count(baseline.known.len() as u64, "finding"), text::visible(&baseline.name));
        return format!("nothing new: of {actual} against {expected} there are {known}, all known to {name}");
    }
    match (report.rules_only, report.findings.is_empty(), drift) {
        (false, true, _) => format!("no drift: {actual} matches {expected}{but}"),
        (true, true, _) => format!("no finding: {actual} keeps the tenancy rules of {expected}{but}"),
        (false, false, true) => format!("{actual} does not match {expected}: {all}"),
        (false, false, false) => format!("{actual} matches {expected}, which breaks its own rules: {all}"),
        (true, false, true) => format!("{actual} breaks the tenancy rules of {expected}: {all}"),
        (true, false, false) => format!("{actual} keeps the tenancy rules of {expected}, which has faults: {all}"),
    }
}

/// What does not count and is there all the same.
fn but(report: &Report) -> String {
    let but = match report.allowed.len() as u64 {
        0 => String::new(),
        1 => ", but for 1 finding that is allowed".to_owned(),
        many => format!(", but for {} that are allowed", text::count(many, "finding")),
    };
    let known = report.baseline.as_ref().map_or(0, |baseline| baseline.known.len() as u64);
    match (known, but.is_empty()) {
        (0, _) => but,
        (known, true) => format!(", but for {} that the baseline knows", text::count(known, "finding")),
        (known, false) => format!("{but} and {} that the baseline knows", text::number(known)),
    }
}

/// What became of the findings that a baseline knows.
pub fn baseline(report: &Report) -> Vec<String> {
    const NAMES: usize = 10;
    let Some(Baseline { name, known, gone, expired, changed }) = &report.baseline else { return Vec::new() };
    let all: Vec<String> = gone.iter().chain(expired).chain(changed).map(|text| text::visible(text)).collect();
    let (gone, rest) = all.split_at(gone.len());
    let (expired, changed) = rest.split_at(expired.len());
    let (new, name) = (report.findings.len() as u64, text::visible(name));
    let mut said = vec![format!(
        "{name} knows {} of these findings, {} are new",
        text::number(known.len() as u64),
        text::number(new)
    )];
    if known.is_empty() && new == 0 {
        said[0] = format!("{name} knows of nothing that is still there");
    }
    for (what, names) in [("gone", gone), ("their day is over", expired), ("worse or other than recorded", changed)] {
        if !names.is_empty() {
            let all = text::number(names.len() as u64);
            said.push(format!("{what}: {all}: {}", text::list_cut(names, NAMES)));
        }
    }
    said
}

/// `31 findings (24 errors, 5 warnings, 2 notes)`, or `3 warnings`.
fn counted<'a>(findings: impl Iterator<Item = &'a Finding>) -> String {
    let mut counts = [(0, Severity::Error), (0, Severity::Warning), (0, Severity::Note)];
    for finding in findings {
        for (n, severity) in &mut counts {
            *n += u64::from(*severity == finding.severity);
        }
    }
    let said: Vec<String> =
        counts.iter().filter(|(n, _)| *n > 0).map(|(n, severity)| text::count(*n, severity.word())).collect();
    match said.as_slice() {
        [one] => one.clone(),
        several => {
            let all = counts.iter().map(|(n, _)| n).sum();
            format!("{} ({})", text::count(all, "finding"), several.join(", "))
        }
    }
}

/// The sign of a table's state.
pub const fn mark(state: TableState) -> &'static str {
    match state {
        TableState::Missing => "✗",
        TableState::Differs => "≠",
        TableState::Unexpected => "+",
        TableState::Matches => "✓",
    }
}

pub const fn state_word(state: TableState) -> &'static str {
    match state {
        TableState::Missing => "missing",
        TableState::Differs => "differs",
        TableState::Unexpected => "unexpected",
        TableState::Matches => "matches",
    }
}

/// The codes of a table's worst findings, for its line in the overview; nothing
/// where its state says it all.
pub fn worst(report: &Report, summary: &TableSummary) -> String {
    match summary.state {
        TableState::Missing | TableState::Matches => return String::new(),
        TableState::Differs | TableState::Unexpected => {}
    }
    let of_table = |f: &&Finding| f.object.group() == (summary.schema.as_str(), summary.table.as_str());
    let Some(severity) = report.findings.iter().filter(of_table).map(|f| f.severity).min() else {
        return String::new();
    };
    let mut codes: Vec<String> = Vec::new();
    for finding in report.findings.iter().filter(of_table).filter(|f| f.severity == severity) {
        let code = text::visible(&finding.code);
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    let more = if codes.len() > WORST { ", …" } else { "" };
    codes.truncate(WORST);
    format!("{}{more}", codes.join(", "))
}

/// So many codes stand in a line of the overview.
const WORST: usize = 3;

/// The lines of the overview, worst first, and what is said of the tables that
/// have no line.
pub struct Overview<'a> {
    pub lines: Vec<&'a TableSummary>,
    pub rest: Vec<String>,
}

/// So many tables that match, or that do not, have lines of their own.
const LINES_THAT_MATCH: usize = 8;
const LINES_THAT_DO_NOT: usize = 40;

pub fn overview(report: &Report) -> Overview<'_> {
    let mut tables: Vec<&TableSummary> = report.tables.iter().collect();
    tables.sort_by_key(|t| (t.state, &t.schema, &t.table));
    let (mut matches, mut lines): (Vec<_>, Vec<_>) = tables.into_iter().partition(|t| t.state == TableState::Matches);
    let mut rest = Vec::new();
    let cut = lines.split_off(lines.len().min(LINES_THAT_DO_NOT));
    if !cut.is_empty() {
        let more = text::number(cut.len() as u64);
        rest.push(format!("and {more} more that {} not match", if cut.len() == 1 { "does" } else { "do" }));
    }
    if matches.len() > LINES_THAT_MATCH {
        let names: Vec<String> = matches.drain(..).map(|t| text::visible(&t.table)).collect();
        let said = text::list_cut(&names, LINES_THAT_MATCH);
        let all = text::number(names.len() as u64);
        rest.push(format!("{} {all} tables match: {said}", mark(TableState::Matches)));
    }
    lines.append(&mut matches);
    Overview { lines, rest }
}

/// What a missing or unexpected object takes along: names where they are few,
/// numbers where they are many.
pub fn with_it(includes: &[ObjectRef]) -> Option<String> {
    const NAMES: usize = 3;
    let mut kinds: Vec<(String, Vec<String>)> = Vec::new();
    for object in includes {
        let (kind, name) = (object.kind.replace('-', " "), text::visible(&object.name));
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, names)) => names.push(name),
            None => kinds.push((kind, vec![name])),
        }
    }
    let few = kinds.iter().all(|(_, names)| names.len() <= NAMES);
    let said: Vec<String> = kinds
        .iter()
        .map(|(kind, names)| match names.as_slice() {
            [name] if few => format!("{kind} {name}"),
            names if few => format!("{} {}", text::plural(kind), text::list(names)),
            names => text::count(names.len() as u64, kind),
        })
        .collect();
    if said.is_empty() { None } else { Some(format!("with it: {}", said.join(if few { "; " } else { ", " }))) }
}

/// True for what reads better as a diff: several lines, or a long one.
pub fn is_text(drift: &AttributeDrift) -> bool {
    let long = |value: &Option<String>| value.as_ref().is_some_and(|v| v.trim_end().contains('\n') || v.len() > 60);
    long(&drift.expected) || long(&drift.actual)
}

/// What the comparison did not cover, on both sides; and that it covered
/// everything, where it did.
pub fn coverage(report: &Report) -> Vec<String> {
    let actual = text::number(report.actual.objects);
    let mut said = vec![match report.rules_only {
        true => {
            format!("{actual} objects held against the tenancy rules; nothing is declared, so nothing was compared")
        }
        false => format!("{} declared and {actual} actual objects compared", text::number(report.expected.objects)),
    }];
    let gaps: Vec<String> = [gaps(&report.actual), gaps(&report.expected)].concat();
    let nothing = gaps.is_empty();
    said.extend(gaps);
    said.extend(report.probes.as_ref().map_or(Vec::new(), asked));
    if nothing {
        said.push("nothing was invisible or left out".to_owned());
    }
    said
}

/// How far the rows answered.
fn asked(probes: &Probes) -> Vec<String> {
    let Probes { asked, sampled, unanswered } = probes;
    if *asked == 0 {
        return vec!["the rows were asked nothing: no question applies to them".to_owned()];
    }
    let answered = match unanswered.len() as u64 {
        0 => "all were answered".to_owned(),
        n => format!("{} of them without an answer", text::number(n)),
    };
    let mut said = vec![format!("the rows were asked {}: {answered}", text::count(*asked, "question"))];
    said.extend(sampled.iter().map(|what| format!("sampled: {}", text::visible(what))));
    said.extend(unanswered.iter().map(|what| format!("no answer: {}", text::visible(what))));
    said
}

/// What `[[allow]]` excuses, with the reasons: one line for each code and reason.
pub fn allowed(report: &Report) -> Vec<String> {
    const NAMES: usize = 10;
    let mut groups: Vec<(&Allowed, Vec<String>)> = Vec::new();
    for one in &report.allowed {
        let same = |(first, _): &&mut (&Allowed, Vec<String>)| {
            (&first.code, &first.why, &first.until) == (&one.code, &one.why, &one.until)
        };
        let name = text::visible(&one.object.dotted());
        match groups.iter_mut().find(same) {
            Some((_, names)) => names.push(name),
            None => groups.push((one, vec![name])),
        }
    }
    let line = |(one, names): (&Allowed, Vec<String>)| {
        let until = one.until.as_ref().map(|day| format!(", until {day}")).unwrap_or_default();
        let (code, why) = (text::visible(&one.code), text::visible(&one.why));
        format!(
            "{code} on {}: {why} ({}{until})",
            text::list_cut(&names, NAMES),
            text::visible(&one.allowed_at.to_string())
        )
    };
    groups.into_iter().map(line).collect()
}

fn gaps(source: &SourceSummary) -> Vec<String> {
    let Coverage { not_compared, invisible, relations, limits } = &source.coverage;
    let name = text::visible(&source.name);
    let mut said = Vec::new();
    if !invisible.is_empty() {
        let names: Vec<String> = invisible.iter().map(|name| text::visible(name)).collect();
        said.push(format!(
            "{name}: {} of {} relations are invisible to the connected role ({}): pg_catalog describes them all the same, \
             information_schema does not",
            text::number(invisible.len() as u64),
            text::number(*relations),
            text::list_cut(&names, 10)
        ));
    }
    let kinds: Vec<String> = not_compared
        .iter()
        .map(|(kind, gap)| {
            let mut names: Vec<String> = gap.examples.iter().map(|name| text::visible(name)).collect();
            // Where not all are named, a few are enough.
            if gap.count > names.len() as u64 {
                names.truncate(3);
            }
            let more = if gap.count > names.len() as u64 { ", …" } else { "" };
            // Kinds are named in the plural.
            format!("{} {} ({}{more})", text::number(gap.count), kind.replace('-', " "), names.join(", "))
        })
        .collect();
    if !kinds.is_empty() {
        said.push(format!("{name}: not compared: {}", kinds.join(", ")));
    }
    said.extend(limits.iter().map(|limit| format!("{name}: {}", text::visible(limit))));
    said
}

/// The commands that come next, each with what it does.
pub fn next(report: &Report) -> Vec<(String, String)> {
    let mut commands = Vec::new();
    let total = report.findings.len() as u64;
    let whole = report.findings.iter().filter(|f| matches!(f.fix, Fix::Additive)).count() as u64;
    let part = report.findings.iter().filter(|f| matches!(f.fix, Fix::Partial { .. })).count() as u64;
    if report.command != "diff" && whole + part > 0 {
        let mut does = format!("repairs {} of {}", text::number(whole), text::count(total, "finding"));
        if part > 0 {
            does.push_str(&format!(", {} more in part", text::number(part)));
        }
        commands.push((fix_command(report), does));
    }
    if let Some(finding) = report.findings.first() {
        let does = "says why it matters and how to fix it".to_owned();
        commands.push((format!("drift explain {}", text::visible(&finding.code)), does));
    }
    commands
}

/// The command with the names that can be given again: a connection has none.
fn fix_command(report: &Report) -> String {
    // Nor is a name that acts where it is shown.
    let again = |name: &str| !name.is_empty() && text::visible(name) == name && !name.contains(['@', ':']);
    let source = if again(&report.actual.name) { shell_word(&report.actual.name) } else { "…".to_owned() };
    let spec = &report.expected.name;
    match again(spec) && spec.trim_end_matches('/') != "expected-schema" {
        true => format!("drift fix --additive {source} --spec {}", shell_word(spec)),
        false => format!("drift fix --additive {source}"),
    }
}
