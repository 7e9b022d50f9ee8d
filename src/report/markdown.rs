//! The report as Markdown, for a pull request. Every text that comes from a
//! database is escaped: a name cannot become a heading, a link or a mention.

use std::collections::BTreeSet;
use std::io;
use std::io::Write;

use crate::model::finding::Finding;
use crate::model::object::Location;
use crate::model::report::Report;
use crate::report::outline;
use crate::report::runs;
use crate::report::runs::Block;
use crate::report::runs::Run;
use crate::report::runs::Unit;
use crate::report::text;

/// Writes the report as GitHub-flavoured Markdown.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "## {}", prose(&outline::headline(report)))?;
    let mut helped = BTreeSet::new();
    declared(report, &mut helped, out)?;
    if !report.findings.is_empty() {
        overview(report, out)?;
        findings(report, &mut helped, out)?;
    }
    coverage(report, out)?;
    let allowed = outline::allowed(report);
    if !allowed.is_empty() {
        writeln!(out, "\n### Allowed\n")?;
    }
    for line in allowed {
        writeln!(out, "- {}", prose(&line))?;
    }
    let baseline = outline::baseline(report);
    if !baseline.is_empty() {
        writeln!(out, "\n### Baseline\n")?;
    }
    for line in baseline {
        writeln!(out, "- {}", prose(&line))?;
    }
    let next = outline::next(report);
    if !next.is_empty() {
        writeln!(out, "\n### Next\n")?;
    }
    for (command, does) in next {
        writeln!(out, "- {}: {}", code(&command), prose(&does))?;
    }
    Ok(())
}

/// The findings alone, relation by relation, and what was not covered.
pub(super) fn details_of(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut helped = BTreeSet::new();
    declared(report, &mut helped, out)?;
    findings(report, &mut helped, out)?;
    coverage(report, out)
}

/// What the declared SQL itself is wrong about.
fn declared(report: &Report, helped: &mut BTreeSet<String>, out: &mut dyn Write) -> io::Result<()> {
    let Some(heading) = outline::declared_heading(report) else { return Ok(()) };
    writeln!(out, "\n### {}\n", prose(&heading))?;
    for unit in runs::units(report, Block::Declared) {
        unit.runs.iter().try_for_each(|run| helped_run(run, true, helped, out))?;
    }
    Ok(())
}

fn coverage(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n### Coverage\n")?;
    outline::coverage(report).iter().try_for_each(|line| writeln!(out, "- {}", prose(line)))
}

fn overview(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let overview = outline::overview(report);
    if !overview.lines.is_empty() {
        writeln!(out, "\n| state | table | findings | rows | worst |\n|:--|:--|--:|--:|:--|")?;
    }
    for line in overview.lines {
        let name = cell(&code(&format!("{}.{}", line.schema, line.table)));
        let rows = line.rows.map(text::number).unwrap_or_default();
        let (mark, state) = (outline::mark(line.state), outline::state_word(line.state));
        let worst = cell(&prose(&outline::worst(report, line)));
        writeln!(out, "| {mark} {state} | {name} | {} | {rows} | {worst} |", text::number(line.findings))?;
    }
    for line in overview.rest {
        writeln!(out, "\n{}", prose(&line))?;
    }
    Ok(())
}

fn findings(report: &Report, helped: &mut BTreeSet<String>, out: &mut dyn Write) -> io::Result<()> {
    let mut alone_before = false;
    for (i, unit) in runs::units(report, Block::Database).iter().enumerate() {
        match heading(report, unit) {
            Some(heading) => writeln!(out, "\n### {heading}\n")?,
            None if !alone_before => writeln!(out, "\n### {}\n", if i == 0 { "Findings" } else { "Further findings" })?,
            None => {}
        }
        alone_before = unit.relation.is_none();
        for run in &unit.runs {
            helped_run(run, alone_before, helped, out)?;
        }
    }
    Ok(())
}

/// A run, and its help where nobody has read that yet.
fn helped_run(run: &Run, alone: bool, helped: &mut BTreeSet<String>, out: &mut dyn Write) -> io::Result<()> {
    write_run(run, alone, out)?;
    match !run.help.is_empty() && helped.insert(run.help.clone()) {
        true => writeln!(out, "  - help: {}", prose(&run.help)),
        false => Ok(()),
    }
}

/// The relation of a unit, its state and how much there is to say.
fn heading(report: &Report, unit: &Unit) -> Option<String> {
    let (schema, name) = unit.relation?;
    let state = report.tables.iter().find(|t| t.schema == schema && t.table == name);
    let state = state.map(|table| format!(" {}", outline::state_word(table.state))).unwrap_or_default();
    let findings = text::count(unit.findings as u64, "finding");
    Some(format!("{}{state}: {findings}", code(&outline::qualified(schema, name))))
}

fn write_run(run: &Run, alone: bool, out: &mut dyn Write) -> io::Result<()> {
    let head = format!("- **{}** {}:", run.severity().word(), code(run.code()));
    if let [finding] = run.findings.as_slice() {
        writeln!(out, "{head} {}", message(finding))?;
        let shared = outline::shared_fault(finding).map(str::to_owned);
        for phrase in [sides(finding), place(finding), shared].into_iter().flatten() {
            writeln!(out, "  - {phrase}")?;
        }
        details(finding, "  ", out)?;
    } else {
        writeln!(out, "{head} {} × {}", run.findings.len(), prose(&run.message))?;
        for finding in &run.findings {
            let name = if alone { finding.object.dotted() } else { finding.object.name.clone() };
            let said: Vec<String> = [sides(finding), place(finding)].into_iter().flatten().collect();
            let said = if said.is_empty() { String::new() } else { format!(": {}", said.join(", ")) };
            writeln!(out, "  - {}{said}", code(&name))?;
            details(finding, "    ", out)?;
        }
        if let Some(shared) = outline::shared_fault(run.findings[0]) {
            writeln!(out, "  - {shared}")?;
        }
    }
    writeln!(out, "  - {}", prose(&runs::repair(run)))
}

/// The message, with the object's name as code.
fn message(finding: &Finding) -> String {
    let name = finding.object.dotted();
    match finding.message.split_once(&name) {
        Some((before, after)) => format!("{}{}{}", prose(before), code(&name), prose(after)),
        None => prose(&finding.message),
    }
}

/// `expected …, actual …`, where the attributes do not say it.
fn sides(finding: &Finding) -> Option<String> {
    if !finding.attributes.is_empty() {
        return None;
    }
    let side = |word: &str, value: &Option<String>| {
        value.as_ref().map(|value| format!("{word} {}", code(&text::short(value, 160))))
    };
    let said: Vec<String> =
        [side("expected", &finding.expected), side("actual", &finding.actual)].into_iter().flatten().collect();
    if said.is_empty() { None } else { Some(said.join(", ")) }
}

fn place(finding: &Finding) -> Option<String> {
    let said = |word: &str, at: &Option<Location>| at.as_ref().map(|at| format!("{word} {}", code(&at.to_string())));
    let said = [said("declared at", &finding.declared_at), said("migration", &finding.migration)];
    let said: Vec<String> = said.into_iter().flatten().collect();
    (!said.is_empty()).then(|| said.join(", "))
}

/// Attribute by attribute, then what the object takes along.
fn details(finding: &Finding, indent: &str, out: &mut dyn Write) -> io::Result<()> {
    for drift in &finding.attributes {
        let name = code(&drift.attribute);
        if outline::is_text(drift) {
            let (expected, actual) = (drift.expected.as_deref(), drift.actual.as_deref());
            let lines = text::diff(expected.unwrap_or_default(), actual.unwrap_or_default());
            let fence = "`".repeat(lines.iter().map(|(_, line)| ticks(line)).max().unwrap_or_default().max(2) + 1);
            writeln!(out, "{indent}- {name}, expected (-) and actual (+):\n{indent}  {fence}diff")?;
            for (sign, line) in lines {
                writeln!(out, "{}", format!("{indent}  {sign} {line}").trim_end())?;
            }
            writeln!(out, "{indent}  {fence}")?;
        } else {
            let side = |value: &Option<String>| value.as_deref().map_or("nothing".to_owned(), code);
            writeln!(out, "{indent}- {name}: expected {}, actual {}", side(&drift.expected), side(&drift.actual))?;
        }
    }
    match outline::with_it(&finding.includes) {
        Some(said) => writeln!(out, "{indent}- {}", prose(&said)),
        None => Ok(()),
    }
}

/// A block of SQL; nothing where there are no lines.
pub(super) fn sql(lines: &[String], indent: &str, out: &mut dyn Write) -> io::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let fence = "`".repeat(lines.iter().map(|line| ticks(line)).max().unwrap_or_default().max(2) + 1);
    writeln!(out, "{indent}{fence}sql")?;
    for line in lines {
        writeln!(out, "{indent}{line}")?;
    }
    writeln!(out, "{indent}{fence}")
}

/// The longest run of backticks.
fn ticks(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

/// Text that is shown as code, whatever is in it.
pub(super) fn code(text: &str) -> String {
    let text = text::visible(text);
    let fence = "`".repeat(ticks(&text) + 1);
    let space = if text.is_empty() || text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

/// A cell of a table: there a pipe ends even code.
pub(super) fn cell(markdown: &str) -> String {
    markdown.replace('|', "\\|")
}

/// A sentence of ours, which may mark commands with backticks, around names
/// that are not ours.
pub(super) fn prose(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return escape(text);
    }
    parts.iter().enumerate().map(|(i, part)| if i % 2 == 1 { code(part) } else { escape(part) }).collect()
}

/// Text that is shown as it is: no emphasis, links, HTML, mentions or references.
fn escape(text: &str) -> String {
    let text = text::visible(text);
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let inside_word = before.is_alphanumeric() && rest.peek().is_some_and(|next| next.is_alphanumeric());
        match c {
            '_' if inside_word => out.push(c),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&' => out.extend(['\\', c]),
            '@' | '#' => out.extend([c].into_iter().chain("<!-- -->".chars())),
            '/' if before == ':' => out.push_str("<!-- -->/"),
            '.' if out.ends_with("www") => out.push_str("<!-- -->."),
            c => out.push(c),
        }
        before = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_names() {
        assert_eq!(prose("tenant_id and _x_"), "tenant_id and \\_x\\_");
        assert_eq!(
            prose("<b> @team #1 http://x [a](b)"),
            "\\<b\\> @<!-- -->team #<!-- -->1 http:<!-- -->//x \\[a\\](b)"
        );
        assert_eq!(prose("a\n# b"), "a\\\\n#<!-- --> b");
        assert_eq!(prose("run `drift fix` on a_"), "run `drift fix` on a\\_");
        assert_eq!(prose("a `lone <one>"), "a \\`lone \\<one\\>");
        assert_eq!(code("a``b"), "```a``b```");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(cell(&code("a|b")), "`a\\|b`");
    }
}
