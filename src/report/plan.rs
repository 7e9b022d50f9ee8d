//! The formats of a plan for review: JSON for machines, Markdown for a pull
//! request. The plan that is run is SQL, which `plan/render.rs` writes.

use std::io;
use std::io::Write;

use serde_json::Value;

use crate::model::finding::ObjectRef;
use crate::model::plan_report::PLAN_VERSION;
use crate::model::plan_report::PlanGroup;
use crate::model::plan_report::PlanRename;
use crate::model::plan_report::PlanReport;
use crate::model::plan_report::PlanStep;
use crate::model::plan_report::Way;
use crate::model::step::Hazard;
use crate::model::step::Lock;
use crate::report::markdown::cell;
use crate::report::markdown::code;
use crate::report::markdown::prose;
use crate::report::markdown::sql;
use crate::report::text;

/// Indented JSON.
pub fn json(report: &PlanReport, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, report)?;
    writeln!(out)
}

/// The JSON Schema of the contract, `docs/plan.schema.json`.
pub fn schema() -> Value {
    super::schema_of::<PlanReport>(
        PLAN_VERSION,
        "drift plan",
        "What `drift fix --additive --format json` and `drift fix --full --format json` write.",
    )
}

/// GitHub-flavoured Markdown: what is lost, what each group locks and risks,
/// then every statement.
pub fn markdown(report: &PlanReport, out: &mut dyn Write) -> io::Result<()> {
    let way = match report.way {
        Way::Additive => "Additive plan",
        Way::Full => "Full plan",
    };
    writeln!(out, "## {way}: from {} to {}", code(&report.from), code(&report.to))?;
    list("Loses", report.losses.iter().map(|loss| format!("{}: {}", named(&loss.object), prose(&loss.what))), out)?;
    let rename = |rename: &PlanRename| {
        let value = rename.value.as_ref().map(|value| format!("value {} of ", code(value))).unwrap_or_default();
        format!("{value}{} to {}", named(&rename.object), code(&rename.to))
    };
    list("Renames, so that whoever uses the old name fails from then on", report.renames.iter().map(rename), out)?;
    writeln!(out, "\n{}", prose(&headline(report)))?;
    if !report.groups.is_empty() {
        writeln!(out, "\n| # | what | statements | strongest lock | hazards |\n|--:|:--|--:|:--|:--|")?;
    }
    for (number, group) in report.groups.iter().enumerate() {
        let (title, count) = (cell(&prose(&group.title)), group.steps.len());
        let (lock, hazards) = (cell(&strongest(group)), hazards(group));
        writeln!(out, "| {} | {title} | {count} | {lock} | {hazards} |", number + 1)?;
    }
    for (number, group) in report.groups.iter().enumerate() {
        writeln!(
            out,
            "\n### {}. {}\n\n<details><summary>{}</summary>",
            number + 1,
            prose(&group.title),
            shared(group)
        )?;
        group.steps.iter().try_for_each(|one| step(one, out))?;
        writeln!(out, "\n</details>")?;
    }
    list("Dropped and made again as they are", report.put_back.iter().map(named), out)?;
    let limits = report.proof.iter().flat_map(|proof| &proof.limits);
    list("Not covered by the proof", limits.map(|limit| prose(limit)), out)?;
    list("Warnings", report.warnings.iter().map(|warning| prose(warning)), out)?;
    let left = report.left.iter().map(|left| {
        let attribute = match left.attribute.as_str() {
            "" => String::new(),
            attribute => format!(" ({})", prose(&attribute.replace('_', " "))),
        };
        format!("{}{attribute}: {}", named(&left.object), prose(&left.reason))
    });
    list("Left", left, out)
}

fn list(heading: &str, lines: impl Iterator<Item = String>, out: &mut dyn Write) -> io::Result<()> {
    for (n, line) in lines.enumerate() {
        if n == 0 {
            writeln!(out, "\n### {heading}\n")?;
        }
        writeln!(out, "- {line}")?;
    }
    Ok(())
}

fn named(object: &ObjectRef) -> String {
    format!("{} {}", prose(&object.kind.replace('-', " ")), code(&object.dotted()))
}

fn headline(report: &PlanReport) -> String {
    let statements: usize = report.groups.iter().map(|group| group.steps.len()).sum();
    let Some(proof) = &report.proof else { return "Nothing to do.".to_owned() };
    let (statements, groups) =
        (text::count(statements as u64, "statement"), text::count(report.groups.len() as u64, "group"));
    let (rows, held) = (text::count(proof.rows, "row"), tables(proof.tables));
    let kept = match report.losses.is_empty() {
        true => "are kept",
        false => "are kept but for what is named above",
    };
    let part = proof.part.as_ref().map(|part| {
        format!(
            " The clone has {} of {}: what the plan touches, what depends on that, and what they need.",
            part.cloned,
            tables(part.of)
        )
    });
    format!("{statements} in {groups}. Proved on a clone: {rows} in {held} {kept}.{}", part.unwrap_or_default())
}

fn tables(number: u64) -> String {
    match number {
        1 => "1 table".to_owned(),
        number => format!("{} tables", text::number(number)),
    }
}

fn shared(group: &PlanGroup) -> String {
    let statements = text::count(group.steps.len() as u64, "statement");
    match group.one_transaction {
        true => format!("{statements} in one transaction"),
        false => format!("{statements}, each by itself"),
    }
}

fn strongest(group: &PlanGroup) -> String {
    let lock = group.steps.iter().map(|step| step.lock).max().unwrap_or(Lock::None);
    lock.describe().to_owned()
}

fn hazards(group: &PlanGroup) -> String {
    let mut all: Vec<Hazard> = group.steps.iter().flat_map(|step| step.hazards.clone()).collect();
    all.sort_unstable();
    all.dedup();
    all.iter().map(|hazard| hazard.describe()).collect::<Vec<_>>().join(" ")
}

fn step(step: &PlanStep, out: &mut dyn Write) -> io::Result<()> {
    let mut about: Vec<String> = step.answers.iter().map(|answer| format!("Answers {}.", code(answer))).collect();
    let lock = step.lock.describe();
    match (&step.relation, step.lock) {
        (_, Lock::None) => {}
        (Some(relation), _) => about.push(format!("Locks {}: {lock}.", code(relation))),
        (None, _) => about.push(format!("Locks: {lock}.")),
    }
    about.extend(step.hazards.iter().map(|hazard| hazard.describe().to_owned()));
    if !step.transactional {
        about.push("Cannot run inside a transaction.".to_owned());
    }
    if !about.is_empty() {
        writeln!(out, "\n{}", about.join(" "))?;
    }
    writeln!(out)?;
    let lines: Vec<String> = step.sql.lines().map(text::visible_line).collect();
    sql(&lines, "", out)
}
