//! The proof as Markdown, for a pull request.

use std::io;
use std::io::Write;

use crate::model::isolation::IsolationReport;
use crate::report::isolation;
use crate::report::markdown::cell;
use crate::report::markdown::code;
use crate::report::markdown::prose;
use crate::report::markdown::sql;
use crate::report::text;

/// Writes the report as GitHub-flavoured Markdown.
pub fn write(report: &IsolationReport, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "## {}", prose(&isolation::headline(report)))?;
    if !report.relations.is_empty() {
        writeln!(out, "\n| | relation | class | proven | failed | unproven |\n|:--|:--|:--|--:|--:|--:|")?;
    }
    for relation in &report.relations {
        let name = cell(&code(&format!("{}.{}", relation.schema, relation.name)));
        let (mark, word) = (isolation::mark(relation.verdict), isolation::word(relation.verdict));
        let [proven, failed, unproven] =
            [relation.counts.proven, relation.counts.failed, relation.counts.unproven].map(text::number);
        writeln!(out, "| {mark} {word} | {name} | {} | {proven} | {failed} | {unproven} |", relation.class.word())?;
    }
    for relation in &report.relations {
        let said = isolation::said(&relation.probes);
        if !said.is_empty() {
            writeln!(out, "\n### {}\n", code(&format!("{}.{}", relation.schema, relation.name)))?;
        }
        for said in said {
            let probes: Vec<String> = said.probes.iter().map(|probe| code(probe)).collect();
            let roles: Vec<String> = said.roles.iter().map(|role| code(role)).collect();
            let (word, reason) = (isolation::word(said.result.verdict), prose(&said.result.reason));
            writeln!(out, "- **{word}** {} as {}: {reason}", text::list(&probes), text::list(&roles))?;
            sql(&isolation::transcript(&said.result.transcript), "  ", out)?;
        }
    }
    if isolation::needs_setup(report) {
        writeln!(out, "\n<details><summary>the rows that these statements need</summary>\n")?;
        sql(&report.setup.iter().map(|line| text::visible_line(line)).collect::<Vec<_>>(), "", out)?;
        writeln!(out, "\n</details>")?;
    }
    if !report.notes.is_empty() {
        writeln!(out, "\n### Notes\n")?;
    }
    report.notes.iter().try_for_each(|note| writeln!(out, "- {}", prose(note)))
}
