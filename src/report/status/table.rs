//! The status for a person at a terminal: one line per migration, then what is
//! wrong with each.

use std::io;
use std::io::Write;

use comfy_table::Cell;
use comfy_table::CellAlignment;
use comfy_table::ContentArrangement;
use comfy_table::Table;
use comfy_table::presets;

use crate::history::ledger::status::LedgerStatus;
use crate::history::status::EffectState;
use crate::history::status::MigrationStatus;
use crate::history::status::SilentStatus;
use crate::history::status::Status;
use crate::history::status::Verdict;
use crate::report::Style;
use crate::report::status;
use crate::report::status::ledgers;
use crate::report::text;

/// Writes the report as text of a given width.
pub fn write(report: &Status, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let style = Style { width: style.width.max(40), ..style };
    let headline = text::visible(&status::headline(report));
    for line in text::wrap("", 2, &headline, style.width) {
        writeln!(out, "{}", paint(style, "\x1b[1m", &line))?;
    }
    overview(report, style, out)?;
    for one in &report.ledgers {
        writeln!(out)?;
        ledger(one, style, out)?;
    }
    for migration in report.migrations.iter().filter(|m| says_more(m)) {
        writeln!(out)?;
        section(migration, style, out)?;
    }
    if !report.by_hand.is_empty() {
        writeln!(out, "\nmade by hand: no migration explains")?;
        for found in &report.by_hand {
            writeln!(out, "    {}", text::visible(&status::by_hand(found)))?;
        }
    }
    Ok(())
}

fn says_more(migration: &MigrationStatus) -> bool {
    status::is_told(migration) || migration.verdict == Verdict::WithoutEffect
}

fn overview(report: &Status, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width((style.width - 1).min(u16::MAX as usize) as u16).force_no_tty();
    let right = |text: String| Cell::new(text).set_alignment(CellAlignment::Right);
    let shown = |n: u64| if n == 0 { String::new() } else { text::number(n) };
    let judged = ledgers::any_judged(report);
    table.set_header(
        [Cell::new(""), Cell::new("Migration")]
            .into_iter()
            .chain(judged.then(|| Cell::new("Recorded")))
            .chain(["There", "Silent", "Fails"].map(|word| right(word.to_owned()))),
    );
    for migration in &report.migrations {
        let (there, all) = status::counts(migration);
        let there = if all == 0 { String::new() } else { format!("{}/{}", text::number(there), text::number(all)) };
        let recorded = judged.then(|| Cell::new(text::visible(&ledgers::recorded(report, &migration.file))));
        let cells = [Cell::new(status::marked(report, migration)), Cell::new(text::visible(&migration.file))];
        let counts = [
            right(there),
            right(shown(status::silent(migration).len() as u64)),
            right(shown(status::failing(migration))),
        ];
        table.add_row(cells.into_iter().chain(recorded).chain(counts).collect::<Vec<_>>());
    }
    writeln!(out)?;
    for line in table.trim_fmt().lines().filter(|line| !line.is_empty()) {
        let color = match line.trim_start().chars().next() {
            Some('✗') => "\x1b[31m",
            Some('≠' | '∅') => "\x1b[33m",
            _ => "",
        };
        writeln!(out, " {}", paint(style, color, line))?;
    }
    Ok(())
}

fn ledger(ledger: &LedgerStatus, style: Style, out: &mut dyn Write) -> io::Result<()> {
    for line in text::wrap("", 2, &text::visible(&ledgers::title(ledger)), style.width) {
        writeln!(out, "{}", paint(style, "\x1b[1m", &line))?;
    }
    if let Some(because) = &ledger.because {
        wrapped(2, because, style, out)?;
    }
    if let Some(help) = ledgers::help(ledger) {
        wrapped(2, &format!("help: {help}"), style, out)?;
    }
    for one in &ledger.contradictions {
        wrapped(2, &format!("{} {}  {}", ledgers::mark(one.kind), one.kind.word(), one.title()), style, out)?;
        wrapped(6, &one.message, style, out)?;
        wrapped(6, &format!("help: {}", one.help), style, out)?;
    }
    Ok(())
}

fn section(migration: &MigrationStatus, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let label = format!("{} {}", status::mark(migration.verdict), migration.verdict.word());
    writeln!(out, "{}  {}", paint(style, "\x1b[1m", &label), text::visible(&migration.file))?;
    let states = [
        (EffectState::There, "there"),
        (EffectState::Missing, "missing"),
        (EffectState::Undone, "undone by hand"),
        (EffectState::Altered, "altered by hand"),
    ];
    for (state, word) in states {
        // What is complete needs no list of what is there.
        if migration.verdict == Verdict::Complete && state == EffectState::There {
            continue;
        }
        effects(migration, state, word, style, out)?;
    }
    for silent in status::silent(migration) {
        silently(silent, migration.verdict == Verdict::NotApplied, style, out)?;
    }
    for failures in status::failures(migration) {
        wrapped(2, &failures.says(), style, out)?;
        let first = failures.all[0];
        wrapped(6, &format!("{}: {}", first.line, first.message), style, out)?;
    }
    for seed in &migration.seeds {
        wrapped(2, &text::visible(&status::seed(seed)), style, out)?;
    }
    let lines = status::unseen(migration);
    if !lines.is_empty() {
        wrapped(2, &format!("rows, not verifiable from the schema: {}", status::lines(&lines)), style, out)?;
    }
    Ok(())
}

fn effects(
    migration: &MigrationStatus,
    state: EffectState,
    word: &str,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let groups = status::groups(migration, state);
    for (i, group) in groups.iter().enumerate() {
        if i == 0 {
            writeln!(out, "  {word}")?;
        }
        wrapped(4, &format!("{} ({})", group.words, status::lines(&group.lines)), style, out)?;
        if let Some(because) = group.because {
            let name = because.object.dotted();
            let why = format!("{name} is not there: {}, which makes it, was never applied here", because.made_at);
            wrapped(8, &why, style, out)?;
        }
        for (object, attribute) in &group.attributes {
            wrapped(8, &format!("{}: {}", object.dotted(), status::differs(attribute)), style, out)?;
        }
    }
    Ok(())
}

fn silently(silent: &SilentStatus, not_applied: bool, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let verb = if not_applied { "would do nothing, silently" } else { "did nothing, silently" };
    let head = format!("line {} {verb}: {}", silent.at.line, silent.statement);
    wrapped(2, &head, style, out)?;
    wrapped(6, &status::found(silent, not_applied), style, out)?;
    let mut kind = "";
    for lack in &silent.lacks {
        if lack.object.kind != kind {
            kind = &lack.object.kind;
            let n = silent.lacks.iter().filter(|other| other.object.kind == kind).count() as u64;
            writeln!(out, "      it lacks {}", text::count(n, &kind.replace('-', " ")))?;
        }
        let room = style.width.saturating_sub(10 + text::width(&lack.object.name) + 2);
        let name = text::visible(&lack.object.name);
        writeln!(out, "          {name}  {}", text::short(&lack.shape, room.max(10)))?;
    }
    for differs in &silent.differs {
        for attribute in &differs.attributes {
            let what = format!("{} {}", differs.object.kind.replace('-', " "), differs.object.dotted());
            wrapped(6, &format!("{what} differs in {}", status::differs(attribute)), style, out)?;
        }
    }
    Ok(())
}

fn wrapped(indent: usize, words: &str, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let first = " ".repeat(indent);
    text::wrap(&first, indent + 2, &text::visible(words), style.width)
        .iter()
        .try_for_each(|line| writeln!(out, "{line}"))
}

fn paint(style: Style, code: &str, text: &str) -> String {
    if style.color && !code.is_empty() { format!("{code}{text}\x1b[0m") } else { text.to_owned() }
}
