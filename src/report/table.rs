//! The report for a person at a terminal: a headline, the tables worst first,
//! the findings by relation, what was not covered, and what to do next. What
//! holds for many findings is said once.

use std::collections::BTreeSet;
use std::io;
use std::io::Write;

use comfy_table::Cell;
use comfy_table::CellAlignment;
use comfy_table::Color;
use comfy_table::ContentArrangement;
use comfy_table::Table;
use comfy_table::presets;

use crate::model::finding::AttributeDrift;
use crate::model::finding::Finding;
use crate::model::finding::Severity;
use crate::model::report::Report;
use crate::model::report::TableState;
use crate::report::Style;
use crate::report::outline;
use crate::report::runs;
use crate::report::runs::Block;
use crate::report::runs::Run;
use crate::report::runs::Unit;
use crate::report::text;

/// Writes the report as text of a given width.
pub fn write(report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let style = Style { width: style.width.max(40), ..style };
    let mut page = Page { style, helped: BTreeSet::new(), out };
    page.headline(report)?;
    page.declared(report)?;
    if !report.findings.is_empty() {
        page.overview(report)?;
        for unit in runs::units(report, Block::Database) {
            page.unit(report, &unit)?;
        }
    }
    page.foot(report)
}

/// The page being written.
struct Page<'a> {
    style: Style,
    /// Help lines that were given: nobody reads one twice.
    helped: BTreeSet<String>,
    out: &'a mut dyn Write,
}

impl Page<'_> {
    fn headline(&mut self, report: &Report) -> io::Result<()> {
        let (worst, findings) = (report.findings.iter().map(|f| f.severity).min(), outline::headline(report));
        let ink = worst.map_or(Ink::Good, Ink::of);
        for line in text::wrap("", 2, &findings, self.style.width) {
            writeln!(self.out, "{}", self.style.paint(Ink::Bold, &self.style.paint(ink, &line)))?;
        }
        Ok(())
    }

    /// What the declared side is wrong about: whoever compares with it should know first.
    fn declared(&mut self, report: &Report) -> io::Result<()> {
        let Some(heading) = outline::declared_heading(report) else { return Ok(()) };
        writeln!(self.out)?;
        for line in text::wrap("", 2, &heading, self.style.width) {
            writeln!(self.out, "{}", self.style.paint(Ink::Bold, &line))?;
        }
        for unit in runs::units(report, Block::Declared) {
            unit.runs.iter().try_for_each(|run| self.run(run, 2, true))?;
        }
        Ok(())
    }

    fn overview(&mut self, report: &Report) -> io::Result<()> {
        let overview = outline::overview(report);
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width((self.style.width - 1).min(u16::MAX as usize) as u16).force_no_tty();
        if self.style.color {
            table.enforce_styling();
        }
        let right = |text: String| Cell::new(text).set_alignment(CellAlignment::Right);
        let wide = self.style.width >= WIDE && overview.lines.iter().any(|s| !outline::worst(report, s).is_empty());
        if !overview.lines.is_empty() {
            let mut header = vec![Cell::new(""), Cell::new("Table"), right("Findings".into()), right("Rows".into())];
            header.extend(wide.then(|| Cell::new("Worst")));
            table.set_header(header);
        }
        for summary in &overview.lines {
            let state = format!("{} {}", outline::mark(summary.state), outline::state_word(summary.state));
            let name = text::visible(&format!("{}.{}", summary.schema, summary.table));
            let findings = if summary.findings > 0 { text::number(summary.findings) } else { String::new() };
            let rows = summary.rows.map(text::number).unwrap_or_default();
            let mut row =
                vec![Cell::new(state).fg(state_color(summary.state)), Cell::new(name), right(findings), right(rows)];
            row.extend(wide.then(|| Cell::new(outline::worst(report, summary))));
            table.add_row(row);
        }
        if !report.tables.is_empty() {
            writeln!(self.out)?;
        }
        for line in table.trim_fmt().lines().filter(|line| !line.is_empty()) {
            writeln!(self.out, " {line}")?;
        }
        for line in overview.rest {
            self.lines(text::wrap("  ", 4, &line, self.style.width))?;
        }
        Ok(())
    }

    fn unit(&mut self, report: &Report, unit: &Unit) -> io::Result<()> {
        writeln!(self.out)?;
        let Some((schema, name)) = unit.relation else {
            return unit.runs.iter().try_for_each(|run| self.run(run, 0, true));
        };
        let summary = report.tables.iter().find(|t| t.schema == schema && t.table == name);
        let mut head = text::visible(&outline::qualified(schema, name));
        if let Some(summary) = summary {
            head = format!("{} {head} {}", outline::mark(summary.state), outline::state_word(summary.state));
        }
        head.push_str(&format!(": {}", text::count(unit.findings as u64, "finding")));
        if let Some(rows) = summary.and_then(|summary| summary.rows) {
            head.push_str(&format!(", {}", text::count(rows, "row")));
        }
        writeln!(self.out, "{}", self.style.paint(Ink::Bold, &head))?;
        unit.runs.iter().try_for_each(|run| self.run(run, 2, false))
    }

    /// One finding, or several that say the same.
    fn run(&mut self, run: &Run, indent: usize, alone: bool) -> io::Result<()> {
        let label = format!("{}[{}]:", run.severity().word(), text::visible(run.code()));
        let times = if run.findings.len() > 1 { format!("{} × ", run.findings.len()) } else { String::new() };
        let first = format!("{}{label} {times}", " ".repeat(indent));
        for line in text::wrap(&first, indent + 2, &text::visible(&run.message), self.style.width) {
            let painted = self.style.paint(Ink::of(run.severity()), &label);
            writeln!(self.out, "{}", line.replacen(&label, &painted, 1))?;
        }
        let indent = indent + 4;
        if let [finding] = run.findings.as_slice() {
            self.attributes(finding, indent)?;
            let mut facts = short_form(finding).map_or(Vec::new(), |short| vec![short]);
            facts.extend(finding.declared_at.as_ref().map(|at| text::visible(&format!("declared at {at}"))));
            facts.extend(finding.migration.as_ref().map(|at| text::visible(&format!("migration {at}"))));
            facts.extend(outline::shared_fault(finding).map(str::to_owned));
            facts.push(runs::repair(run));
            self.lines(text::flow(indent, &facts, self.style.width))?;
            self.includes(finding, indent)?;
        } else {
            self.rows(run, indent, alone)?;
            let mut facts: Vec<String> =
                outline::shared_fault(run.findings[0]).map(str::to_owned).into_iter().collect();
            facts.push(runs::repair(run));
            self.lines(text::flow(indent, &facts, self.style.width))?;
        }
        self.help(&run.help, indent)
    }

    /// One line for each finding of a run: its name, its short form, and where
    /// it is declared; in columns where they fit.
    fn rows(&mut self, run: &Run, indent: usize, alone: bool) -> io::Result<()> {
        let cells: Vec<[String; 3]> = run.findings.iter().map(|finding| row(finding, alone)).collect();
        let widest = |column: usize| cells.iter().map(|row| text::width(&row[column])).max().unwrap_or_default();
        let (name, short, at) = (widest(0).min(40), widest(1), widest(2));
        let columns = indent + name + 2 + short + 2 + at <= self.style.width;
        for (finding, [title, said, place]) in run.findings.iter().zip(&cells) {
            let mut line = format!("{}{}", " ".repeat(indent), text::pad(title, name));
            if short > 0 {
                line.push_str(&format!("  {}", if columns { text::pad(said, short) } else { said.clone() }));
            }
            if columns || text::width(&line) + 2 + text::width(place) <= self.style.width {
                line.push_str(&format!("  {place}"));
                writeln!(self.out, "{}", line.trim_end())?;
            } else {
                self.lines(text::wrap("", indent + 4, line.trim_end(), self.style.width))?;
                writeln!(self.out, "{}{place}", " ".repeat(indent + 4))?;
            }
            self.attributes(finding, indent + 4)?;
            self.includes(finding, indent + 4)?;
        }
        Ok(())
    }

    fn attributes(&mut self, finding: &Finding, indent: usize) -> io::Result<()> {
        for drift in &finding.attributes {
            let name = text::visible(&drift.attribute);
            let side = |value: &Option<String>| value.as_deref().map_or("nothing".to_owned(), text::visible);
            let line = format!("{name}: expected {}, actual {}", side(&drift.expected), side(&drift.actual));
            if outline::is_text(drift) || indent + text::width(&line) > self.style.width + 40 {
                writeln!(self.out, "{}{name}: - expected, + actual", " ".repeat(indent))?;
                self.diff(drift, indent + 2)?;
            } else {
                self.lines(text::wrap(&" ".repeat(indent), indent + 2, &line, self.style.width))?;
            }
        }
        Ok(())
    }

    fn diff(&mut self, drift: &AttributeDrift, indent: usize) -> io::Result<()> {
        let (expected, actual) = (drift.expected.as_deref(), drift.actual.as_deref());
        for (sign, line) in text::diff(expected.unwrap_or_default(), actual.unwrap_or_default()) {
            let ink = match sign {
                '-' => Ink::Bad,
                '+' => Ink::Good,
                _ => Ink::Plain,
            };
            let line = format!("{sign} {line}").replacen("@ ", "", 1);
            writeln!(self.out, "{}{}", " ".repeat(indent), self.style.paint(ink, line.trim_end()))?;
        }
        Ok(())
    }

    fn includes(&mut self, finding: &Finding, indent: usize) -> io::Result<()> {
        let Some(said) = outline::with_it(&finding.includes) else { return Ok(()) };
        self.lines(text::wrap(&" ".repeat(indent), indent + 2, &said, self.style.width))
    }

    fn help(&mut self, help: &str, indent: usize) -> io::Result<()> {
        if help.is_empty() || !self.helped.insert(help.to_owned()) {
            return Ok(());
        }
        let lines =
            text::wrap(&format!("{}help: ", " ".repeat(indent)), indent + 6, &text::visible(help), self.style.width);
        for line in lines {
            writeln!(self.out, "{}", line.replacen("help:", &self.style.paint(Ink::Hint, "help:"), 1))?;
        }
        Ok(())
    }

    fn foot(&mut self, report: &Report) -> io::Result<()> {
        writeln!(self.out)?;
        for (i, line) in outline::coverage(report).iter().enumerate() {
            let head = if i == 0 { "coverage: " } else { "          " };
            self.lines(text::wrap(head, 12, line, self.style.width))?;
        }
        for (i, line) in outline::allowed(report).iter().enumerate() {
            let head = if i == 0 { "allowed:  " } else { "          " };
            self.lines(text::wrap(head, 12, line, self.style.width))?;
        }
        for (i, line) in outline::baseline(report).iter().enumerate() {
            let head = if i == 0 { "baseline: " } else { "          " };
            self.lines(text::wrap(head, 12, line, self.style.width))?;
        }
        let next = outline::next(report);
        let widest = next.iter().map(|(command, _)| text::width(command)).max().unwrap_or_default();
        for (i, (command, does)) in next.iter().enumerate() {
            let head = if i == 0 { "next:     " } else { "          " };
            let columns = 10 + widest + 2 + text::width(does) <= self.style.width;
            let painted = self.style.paint(Ink::Bold, command);
            if columns {
                writeln!(self.out, "{head}{painted}{}  {does}", " ".repeat(widest - text::width(command)))?;
            } else {
                writeln!(self.out, "{head}{painted}")?;
                self.lines(text::wrap(&" ".repeat(12), 12, does, self.style.width))?;
            }
        }
        Ok(())
    }

    fn lines(&mut self, lines: Vec<String>) -> io::Result<()> {
        lines.iter().try_for_each(|line| writeln!(self.out, "{line}"))
    }
}

/// The name, the short form and the place of one finding among several.
fn row(finding: &Finding, alone: bool) -> [String; 3] {
    let name = if alone { finding.object.dotted() } else { finding.object.name.clone() };
    let short = match (&finding.expected, &finding.actual) {
        (Some(one), None) | (None, Some(one)) if finding.attributes.is_empty() => text::short(one, 60),
        _ => short_form(finding).unwrap_or_default(),
    };
    let at = finding.migration.as_ref().or(finding.declared_at.as_ref());
    let at = at.map(|at| text::visible(&at.to_string())).unwrap_or_default();
    [text::visible(&name), short, at]
}

/// `expected …, actual …`, where the attributes do not say it.
fn short_form(finding: &Finding) -> Option<String> {
    if !finding.attributes.is_empty() {
        return None;
    }
    let short = |text: &String| text::short(text, 160);
    match (finding.expected.as_ref().map(short), finding.actual.as_ref().map(short)) {
        (Some(expected), Some(actual)) => Some(format!("expected {expected}, actual {actual}")),
        (Some(expected), None) => Some(format!("expected {expected}")),
        (None, Some(actual)) => Some(format!("actual {actual}")),
        (None, None) => None,
    }
}

/// From this width on, the overview says what is worst about a table.
const WIDE: usize = 90;

fn state_color(state: TableState) -> Color {
    match state {
        TableState::Missing => Color::Red,
        TableState::Differs | TableState::Unexpected => Color::Yellow,
        TableState::Matches => Color::Green,
    }
}

/// What a colour means.
#[derive(Clone, Copy)]
enum Ink {
    Plain,
    Bold,
    Bad,
    Doubtful,
    Good,
    Hint,
}

impl Ink {
    const fn of(severity: Severity) -> Ink {
        match severity {
            Severity::Error => Ink::Bad,
            Severity::Warning => Ink::Doubtful,
            Severity::Note => Ink::Hint,
        }
    }

    const fn code(self) -> &'static str {
        match self {
            Ink::Plain => "",
            Ink::Bold => "\x1b[1m",
            Ink::Bad => "\x1b[31m",
            Ink::Doubtful => "\x1b[33m",
            Ink::Good => "\x1b[32m",
            Ink::Hint => "\x1b[36m",
        }
    }
}

impl Style {
    fn paint(self, ink: Ink, text: &str) -> String {
        match (self.color, ink.code()) {
            (false, _) | (true, "") => text.to_owned(),
            (true, code) => format!("{code}{text}\x1b[0m"),
        }
    }
}
