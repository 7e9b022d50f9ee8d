//! The proof for a person at a terminal: one line per relation, then what
//! broke in, in full, and the rows that it needs to be seen again.

use std::io;
use std::io::Write;

use comfy_table::Cell;
use comfy_table::CellAlignment;
use comfy_table::ContentArrangement;
use comfy_table::Table;
use comfy_table::presets;

use crate::model::isolation::IsolationReport;
use crate::model::isolation::RelationProof;
use crate::model::isolation::Verdict;
use crate::report::Style;
use crate::report::isolation;
use crate::report::text;

/// Writes the report as text of a given width.
pub fn write(report: &IsolationReport, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let style = Style { width: style.width.max(40), ..style };
    for line in text::wrap("", 2, &text::visible(&isolation::headline(report)), style.width) {
        let color = if report.proven() { "\x1b[1;32m" } else { "\x1b[1;31m" };
        writeln!(out, "{}", paint(style, color, &line))?;
    }
    overview(report, style, out)?;
    for relation in &report.relations {
        for said in isolation::said(&relation.probes) {
            writeln!(out)?;
            finding(relation, &said, style, out)?;
        }
    }
    if isolation::needs_setup(report) {
        writeln!(out, "\nto see it: load the schema into an empty database, run these rows, then what is above")?;
        for line in &report.setup {
            writeln!(out, "    {}", text::visible_line(line))?;
        }
    }
    for (i, note) in report.notes.iter().enumerate() {
        if i == 0 {
            writeln!(out)?;
        }
        for line in text::wrap("note: ", 6, &text::visible(note), style.width) {
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}

fn overview(report: &IsolationReport, style: Style, out: &mut dyn Write) -> io::Result<()> {
    if report.relations.is_empty() {
        return Ok(());
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width((style.width - 1).min(u16::MAX as usize) as u16).force_no_tty();
    let right = |text: String| Cell::new(text).set_alignment(CellAlignment::Right);
    let counts = |n: u64| if n == 0 { String::new() } else { text::number(n) };
    let head = ["Proven", "Failed", "Unproven"].map(|word| right(word.to_owned()));
    table.set_header([Cell::new(""), Cell::new("Relation"), Cell::new("Class")].into_iter().chain(head));
    for relation in &report.relations {
        let name = text::visible(&format!("{}.{}", relation.schema, relation.name));
        table.add_row(vec![
            Cell::new(format!("{} {}", isolation::mark(relation.verdict), isolation::word(relation.verdict))),
            Cell::new(name),
            Cell::new(relation.class.word()),
            right(counts(relation.counts.proven)),
            right(counts(relation.counts.failed)),
            right(counts(relation.counts.unproven)),
        ]);
    }
    writeln!(out)?;
    for line in table.trim_fmt().lines().filter(|line| !line.is_empty()) {
        let color = match line.trim_start().chars().next() {
            Some('✗') => "\x1b[31m",
            Some('?') => "\x1b[33m",
            _ => "",
        };
        writeln!(out, " {}", paint(style, color, line))?;
    }
    Ok(())
}

fn finding(relation: &RelationProof, said: &isolation::Said, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let result = said.result;
    let label = format!("{}[{}]:", isolation::word(result.verdict), said.probes.join(", "));
    let name = format!("{}.{}", relation.schema, relation.name);
    let message = text::visible(&format!("{name} as {}: {}", text::list(&said.roles), result.reason));
    let color = if result.verdict == Verdict::Failed { "\x1b[31m" } else { "\x1b[33m" };
    for line in text::wrap(&format!("{label} "), 2, &message, style.width) {
        writeln!(out, "{}", line.replacen(&label, &paint(style, color, &label), 1))?;
    }
    // Statements are to be pasted, so they are not wrapped.
    isolation::transcript(&result.transcript).iter().try_for_each(|line| writeln!(out, "    {line}"))
}

fn paint(style: Style, code: &str, text: &str) -> String {
    if style.color && !code.is_empty() { format!("{code}{text}\x1b[0m") } else { text.to_owned() }
}
