//! The findings, table by table, with the differences of texts line by line.

use maud::Markup;
use maud::html;

use super::name;
use super::prose;
use super::tables::badge;
use crate::model::finding::AttributeDrift;
use crate::model::finding::Finding;
use crate::model::report::Report;
use crate::report::outline;
use crate::report::runs;
use crate::report::runs::Block;
use crate::report::runs::Run;
use crate::report::runs::Unit;
use crate::report::text;

pub fn section(report: &Report) -> Markup {
    html! {
        section #findings {
            h2 { "Findings by table" }
            @if report.findings.is_empty() { p { "None." } }
            @if let Some(heading) = outline::declared_heading(report) {
                h3 { (prose(&heading)) }
                @for unit in runs::units(report, Block::Declared) {
                    ul.findings { @for one in &unit.runs { (run(one, true)) } }
                }
            }
            @for unit in runs::units(report, Block::Database) { (of_unit(report, &unit)) }
            h3 { "What was covered" }
            ul { @for line in outline::coverage(report) { li { (prose(&line)) } } }
            @let allowed = outline::allowed(report);
            @if !allowed.is_empty() {
                h3 { "Allowed by drift.toml" }
                ul { @for line in &allowed { li { (prose(line)) } } }
            }
        }
    }
}

fn of_unit(report: &Report, unit: &Unit) -> Markup {
    html! {
        @if let Some((schema, relation)) = unit.relation {
            h3 {
                (name(&outline::qualified(schema, relation)))
                @if let Some(table) = report.tables.iter().find(|t| t.schema == schema && t.table == relation) {
                    (badge(table.state))
                }
                span.muted { " " (text::count(unit.findings as u64, "finding")) }
            }
        }
        ul.findings { @for one in &unit.runs { (run(one, unit.relation.is_none())) } }
    }
}

fn run(run: &Run, alone: bool) -> Markup {
    let severity = run.severity().word();
    html! {
        li {
            p {
                span class={ "badge " (severity) } { (severity) } " " code.code { (text::visible(run.code())) } " "
                @if run.findings.len() > 1 { (run.findings.len()) " × " }
                (prose(&run.message))
            }
            @if let [finding] = run.findings.as_slice() {
                (facts(finding))
            } @else {
                ul { @for finding in &run.findings {
                    li {
                        (name(if alone { finding.object.dotted() } else { finding.object.name.clone() }.as_str())) " "
                        (facts(finding))
                    }
                } }
            }
            @if let Some(shared) = outline::shared_fault(run.findings[0]) { p.muted { (shared) } }
            p.muted {
                (prose(&runs::repair(run)))
                @if !run.help.is_empty() { " · " (prose(&run.help)) }
            }
        }
    }
}

/// What one finding says beside its message.
fn facts(finding: &Finding) -> Markup {
    html! {
        @if finding.attributes.is_empty() && (finding.expected.is_some() || finding.actual.is_some()) {
            @if let Some(expected) = &finding.expected { span.fact { "expected " (name(&text::short(expected, 160))) } }
            @if let Some(actual) = &finding.actual { span.fact { "actual " (name(&text::short(actual, 160))) } }
        }
        @for drift in finding.attributes.iter().filter(|drift| !outline::is_text(drift)) { (attribute(drift)) }
        @if let Some(at) = &finding.declared_at { span.fact { "declared at " (name(&at.to_string())) } }
        @if let Some(said) = outline::with_it(&finding.includes) { span.fact { (prose(&said)) } }
        @for drift in finding.attributes.iter().filter(|drift| outline::is_text(drift)) { (lines(drift)) }
    }
}

fn attribute(drift: &AttributeDrift) -> Markup {
    let side = |value: &Option<String>| match value {
        Some(value) => name(value),
        None => html! { "nothing" },
    };
    html! {
        span.fact { (name(&drift.attribute)) ": expected " (side(&drift.expected)) ", actual " (side(&drift.actual)) }
    }
}

/// A text that differs, line by line.
fn lines(drift: &AttributeDrift) -> Markup {
    let (expected, actual) =
        (drift.expected.as_deref().unwrap_or_default(), drift.actual.as_deref().unwrap_or_default());
    html! {
        p.muted { (name(&drift.attribute)) ", expected (−) and actual (+):" }
        pre.diff {
            @for (sign, line) in text::diff(expected, actual) { span class=(class(sign)) { (sign) " " (line) "\n" } }
        }
    }
}

const fn class(sign: char) -> &'static str {
    match sign {
        '-' => "gone",
        '+' => "new",
        _ => "same",
    }
}
