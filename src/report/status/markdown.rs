//! The status as Markdown, for a pull request or an issue.

use std::io;
use std::io::Write;

use crate::history::ledger::status::LedgerStatus;
use crate::history::status::EffectState;
use crate::history::status::MigrationStatus;
use crate::history::status::SilentStatus;
use crate::history::status::Status;
use crate::history::status::Verdict;
use crate::report::markdown::cell;
use crate::report::markdown::code;
use crate::report::markdown::prose;
use crate::report::status;
use crate::report::status::ledgers;
use crate::report::text;

/// Writes the report as GitHub-flavoured Markdown.
pub fn write(report: &Status, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "## {}\n", prose(&status::headline(report)))?;
    body(report, out)
}

/// The report without its headline.
pub fn body(report: &Status, out: &mut dyn Write) -> io::Result<()> {
    let judged = ledgers::any_judged(report);
    let (head, line) = if judged { (" recorded |", ":--|") } else { ("", "") };
    writeln!(out, "| | migration |{head} there | silent | fails | rows |\n|:--|:--|{line}--:|--:|--:|--:|")?;
    for migration in &report.migrations {
        let (there, all) = status::counts(migration);
        let recorded = judged.then(|| format!(" {} |", cell(&prose(&ledgers::recorded(report, &migration.file)))));
        writeln!(
            out,
            "| {} | {} |{} {} of {} | {} | {} | {} |",
            status::marked(report, migration),
            cell(&code(&migration.file)),
            recorded.unwrap_or_default(),
            text::number(there),
            text::number(all),
            status::silent(migration).len(),
            status::failing(migration),
            migration.data.len()
        )?;
    }
    report.ledgers.iter().try_for_each(|one| ledger(one, out))?;
    for migration in &report.migrations {
        let silent = status::silent(migration);
        if status::is_told(migration) {
            section(migration, &silent, out)?;
        }
    }
    if !report.by_hand.is_empty() {
        writeln!(out, "\n### Made by hand: no migration explains\n")?;
    }
    report.by_hand.iter().try_for_each(|found| writeln!(out, "- {}", prose(&status::by_hand(found))))
}

fn ledger(ledger: &LedgerStatus, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n### {}\n", prose(&text::visible(&ledgers::title(ledger))))?;
    for line in ledger.because.iter().chain(&ledgers::help(ledger)) {
        writeln!(out, "{}\n", prose(line))?;
    }
    for one in &ledger.contradictions {
        writeln!(
            out,
            "- {} **{}** {}: {}",
            ledgers::mark(one.kind),
            one.kind.word(),
            code(&one.title()),
            prose(&one.message)
        )?;
        writeln!(out, "  - help: {}", prose(&one.help))?;
    }
    Ok(())
}

fn section(migration: &MigrationStatus, silent: &[&SilentStatus], out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "\n### {} {}: {}\n",
        status::mark(migration.verdict),
        code(&migration.file),
        migration.verdict.word()
    )?;
    let states = [
        (EffectState::There, "there"),
        (EffectState::Missing, "missing"),
        (EffectState::Undone, "undone by hand"),
        (EffectState::Altered, "altered by hand"),
    ];
    for (state, word) in states {
        if migration.verdict == Verdict::Complete && state == EffectState::There {
            continue;
        }
        for group in status::groups(migration, state) {
            writeln!(out, "- **{word}** {} ({})", prose(&group.words), status::lines(&group.lines))?;
            if let Some(because) = group.because {
                let (object, made_at) = (code(&because.object.dotted()), code(&because.made_at.to_string()));
                writeln!(out, "  - {object} is not there: {made_at}, which makes it, was never applied here")?;
            }
            for (object, attribute) in &group.attributes {
                writeln!(out, "  - {}: {}", code(&object.dotted()), prose(&status::differs(attribute)))?;
            }
        }
    }
    for silent in silent {
        silently(silent, migration.verdict == Verdict::NotApplied, out)?;
    }
    for failures in status::failures(migration) {
        writeln!(out, "- **fails** {}", prose(&failures.says()))?;
        for failure in failures.all {
            let (line, statement) = (failure.at.line, code(&failure.statement));
            writeln!(out, "  - line {line} {statement}: {}", prose(&failure.message))?;
        }
    }
    migration.seeds.iter().try_for_each(|seed| writeln!(out, "- {}", prose(&status::seed(seed))))
}

fn silently(silent: &SilentStatus, not_applied: bool, out: &mut dyn Write) -> io::Result<()> {
    let verb = if not_applied { "would do nothing, silently" } else { "did nothing, silently" };
    writeln!(out, "- **line {}** {verb}: {}", silent.at.line, code(&silent.statement))?;
    writeln!(out, "  - {}", prose(&status::found(silent, not_applied)))?;
    for lack in &silent.lacks {
        let kind = lack.object.kind.replace('-', " ");
        writeln!(out, "  - it lacks {kind} {}: {}", code(&lack.object.name), prose(&text::short(&lack.shape, 100)))?;
    }
    for differs in &silent.differs {
        for attribute in &differs.attributes {
            writeln!(out, "  - {} differs in {}", code(&differs.object.dotted()), prose(&status::differs(attribute)))?;
        }
    }
    Ok(())
}
