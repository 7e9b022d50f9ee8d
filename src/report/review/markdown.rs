//! The review as GitHub-flavoured Markdown. Every text that comes from a
//! database is escaped, as in `report/markdown.rs`.

use std::io;
use std::io::Write;

use crate::report;
use crate::report::isolation;
use crate::report::markdown::cell;
use crate::report::markdown::code;
use crate::report::markdown::prose;
use crate::report::markdown::sql;
use crate::report::outline::mark;
use crate::report::review::facts::Choice;
use crate::report::review::facts::Decision;
use crate::report::review::facts::Planned;
use crate::report::review::facts::Review;
use crate::report::review::outline;
use crate::report::status;
use crate::report::text;

/// Writes the whole document.
pub fn write(review: &Review, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "# Review of {}\n", code(&review.check.actual.name))?;
    writeln!(out, "{}", review.situation.iter().map(|sentence| prose(sentence)).collect::<Vec<_>>().join(" "))?;
    tables(review, out)?;
    if let Some(status) = &review.migrations {
        writeln!(out, "\n## Migrations\n")?;
        status::markdown::body(status, out)?;
    }
    writeln!(out, "\n## Findings by table")?;
    if review.check.findings.is_empty() {
        writeln!(out, "\nNone.")?;
    }
    report::markdown::details_of(&review.check, out)?;
    reach(review, out)?;
    options(review, out)?;
    recommendation(review, out)?;
    list("\n## Also to know\n", &review.notes, out)
}

fn tables(review: &Review, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "\n## Tables and foreign keys\n\n| state | table | whose rows | rows | size | refers to | findings |"
    )?;
    writeln!(out, "|:--|:--|:--|--:|--:|:--|--:|")?;
    let (tables, rest) = outline::tables(review);
    for table in tables {
        let (sign, state) = (mark(table.state), outline::state_word(table.state));
        let class = table.class.map(|class| class.words()).unwrap_or_default();
        let rows = table.rows.map(text::number).unwrap_or_default();
        let bytes = table.bytes.map(text::bytes).unwrap_or_default();
        let refers = outline::refers_to(review, &table.schema, &table.table);
        let refers: Vec<String> = refers.iter().map(|name| code(name)).collect();
        let (name, refers) = (cell(&code(&table.dotted())), cell(&refers.join(", ")));
        writeln!(out, "| {sign} {state} | {name} | {class} | {rows} | {bytes} | {refers} | {} |", table.findings)?;
    }
    paragraph(rest, out)?;
    list("\nForeign keys of tables that are there, and not as declared:\n", &outline::keys(review), out)?;
    writeln!(out, "\nThe HTML document has a drawing of them.")
}

fn reach(review: &Review, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n## Tenant isolation at a glance\n")?;
    if let Some(why) = outline::no_reach(review) {
        writeln!(out, "{why}")?;
    } else {
        writeln!(out, "{}\n", outline::REACH)?;
        writeln!(
            out,
            "| table | row security | role | read | insert | update | delete |\n|:--|:--|:--|:--|:--|:--|:--|"
        )?;
    }
    let (tables, rest) = outline::reach(review);
    for table in tables {
        let security = outline::security_word(table.row_security);
        let name = cell(&code(&format!("{}.{}", table.schema, table.table)));
        for role in &table.roles {
            let cells = role.all().map(|(_, reach)| match reach.is_open() {
                true => format!("**{}**", reach.words()),
                false => reach.words().to_owned(),
            });
            writeln!(out, "| {name} | {security} | {} | {} |", cell(&code(&role.role)), cells.join(" | "))?;
        }
    }
    paragraph(rest, out)?;
    match &review.proof {
        None => Ok(()),
        Some(proof) => {
            writeln!(out, "\n### Demonstrated\n\n{}", prose(&isolation::headline(proof)))
        }
    }
}

fn options(review: &Review, out: &mut dyn Write) -> io::Result<()> {
    let titles: Vec<&str> = review.options.iter().map(|choice| choice.way.title()).collect();
    writeln!(
        out,
        "\n## The options side by side\n\n| | {} |\n|:--{}|",
        titles.join(" | "),
        "|:--".repeat(titles.len())
    )?;
    for line in outline::side_by_side(review) {
        let cells: Vec<String> = line.cells.iter().map(|text| cell(&prose(text))).collect();
        writeln!(out, "| **{}** | {} |", line.what, cells.join(" | "))?;
    }
    for choice in &review.options {
        writeln!(out, "\n### {}\n\nIt {}.", choice.way.title(), choice.way.does())?;
        option(review, choice, out)?;
    }
    writeln!(out, "\n### How durations are estimated\n")?;
    review.rates.says().iter().try_for_each(|line| writeln!(out, "{}", prose(line)))
}

fn option(review: &Review, choice: &Choice, out: &mut dyn Write) -> io::Result<()> {
    match &choice.planned {
        Planned::Proved => {}
        Planned::Nothing => writeln!(out, "\nThere is nothing that it could do.")?,
        Planned::Refused { reason, help } => {
            writeln!(out, "\n**It cannot be planned:** {}", prose(reason))?;
            if !help.is_empty() {
                writeln!(out, "\nWhat to do: {}", prose(help))?;
            }
        }
        Planned::Fails { failures } => {
            list("\n**It does not lead to the declared schema:**\n", failures, out)?;
        }
    }
    list("\nShown:\n", &choice.shown, out)?;
    list("\nIs lost:\n", &choice.losses, out)?;
    let (same, own) = outline::own_decisions(review, choice);
    if let Some(way) = same {
        writeln!(out, "\nNeeds the decisions of the {}.", way.title().to_lowercase())?;
    }
    decisions("\nNeeds a decision:\n", own, out)?;
    let left = outline::left(&choice.left);
    if !left.is_empty() {
        writeln!(out, "\nStays different:\n")?;
    }
    for (names, reason) in left {
        let names: Vec<String> = names.iter().map(|name| prose(name)).collect();
        writeln!(out, "- {}: {}", text::list_cut(&names, 6), prose(reason))?;
    }
    costs(choice, out)?;
    if choice.commands.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nTo take it:\n")?;
    let lines: Vec<String> =
        choice.commands.iter().flat_map(|command| [format!("# {}", command.does), command.run.clone()]).collect();
    shell(&lines, out)
}

/// A block for a shell.
fn shell(lines: &[String], out: &mut dyn Write) -> io::Result<()> {
    let lines: Vec<String> = lines.iter().map(|line| text::visible_line(line)).collect();
    let mut block = Vec::new();
    sql(&lines, "", &mut block)?;
    // The same fence, for another language.
    let block = String::from_utf8_lossy(&block).replacen("sql\n", "sh\n", 1);
    out.write_all(block.as_bytes())
}

fn costs(choice: &Choice, out: &mut dyn Write) -> io::Result<()> {
    if choice.costs.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n| table | statements | strongest lock | {} |\n|:--|--:|:--|--:|", outline::takes(choice.way))?;
    let (costs, rest) = outline::costs(choice);
    for cost in costs {
        let name = cost.table.as_ref().map_or_else(|| "all else".to_owned(), |name| cell(&code(name)));
        let (lock, takes) = (outline::lock(cost.lock), outline::time(choice, cost.milliseconds));
        let statements = if cost.statements > 0 { text::number(cost.statements) } else { "–".to_owned() };
        writeln!(out, "| {name} | {statements} | {lock} | {takes} |")?;
    }
    paragraph(rest, out)
}

fn recommendation(review: &Review, out: &mut dyn Write) -> io::Result<()> {
    let advice = &review.recommendation;
    writeln!(out, "\n## Recommendation\n\n**{}**\n", prose(&advice.headline))?;
    advice.reasons.iter().try_for_each(|reason| writeln!(out, "- {}", prose(reason)))?;
    decisions("\nTo decide:\n", &advice.decisions, out)?;
    writeln!(out, "\nBy the rule `{}` of docs/report.md.", advice.rule.word())
}

fn decisions<'a>(
    heading: &str,
    decisions: impl IntoIterator<Item = &'a Decision>,
    out: &mut dyn Write,
) -> io::Result<()> {
    for (n, decision) in decisions.into_iter().enumerate() {
        if n == 0 {
            writeln!(out, "{heading}")?;
        }
        writeln!(out, "{}. {}\n   - {}", n + 1, prose(&decision.question), prose(&decision.how))?;
    }
    Ok(())
}

fn paragraph(text: Option<String>, out: &mut dyn Write) -> io::Result<()> {
    text.map_or(Ok(()), |text| writeln!(out, "\n{}", prose(&text)))
}

fn list(heading: &str, lines: &[String], out: &mut dyn Write) -> io::Result<()> {
    if !lines.is_empty() {
        writeln!(out, "{heading}")?;
    }
    lines.iter().try_for_each(|line| writeln!(out, "- {}", prose(line)))
}
