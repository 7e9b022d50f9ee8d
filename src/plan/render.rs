//! A patch as one `.sql` text for plain `psql -v ON_ERROR_STOP=1 -f`, and as
//! the list of its statements for whoever runs it one by one. The text holds
//! no time, no host and no meta-command: the same plan gives the same bytes.

use serde::Deserialize;
use serde::Serialize;

use crate::kinds::Left;
use crate::model::ident::comment_line;
use crate::model::object::ObjectId;
use crate::model::step::Hazard;
use crate::model::step::Lock;
use crate::model::step::Step;
use crate::plan::additive::AdditivePlan;
use crate::plan::full::FullPlan;
use crate::plan::stage::Group;
use crate::plan::stage::Stage;
use crate::plan::stage::Wrap;

/// One statement of a rendered patch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub sql: String,
    /// The line of the patch on which it starts, from 1.
    pub line: usize,
    /// The findings it answers; empty for settings and transaction control.
    pub answers: Vec<String>,
    /// What the step does to others; `None` for settings and transaction control.
    pub facts: Option<Facts>,
}

/// What a step does to those who use the database meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    pub lock: Lock,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relation: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hazards: Vec<Hazard>,
    /// True for what cannot run inside of a transaction block.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub alone: bool,
}

impl From<&Step> for Facts {
    fn from(step: &Step) -> Facts {
        let (relation, hazards) = (step.relation.clone(), step.hazards.clone());
        Facts { lock: step.lock, relation, hazards, alone: !step.transactional }
    }
}

/// A rendered patch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    pub text: String,
    pub statements: Vec<Statement>,
    /// Where in the text what follows the renaming begins; 0 where nothing is renamed.
    pub renamed: usize,
    /// The line of each group's title, and the title.
    pub titles: Vec<(usize, String)>,
}

/// The session that a patch runs in.
const SETTINGS: &[&str] = &[
    "SET client_min_messages = warning;",
    "SET standard_conforming_strings = on;",
    "SET check_function_bodies = off;",
    "SET search_path = pg_catalog;",
    "SET row_security = off;",
    "SET statement_timeout = 0;",
    "SET lock_timeout = '2s';",
];

/// A part of a patch, in a file of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What an application that knows nothing of it can live with.
    Expand,
    /// Values for the rows that exist.
    Backfill,
    /// What is required of every row from then on.
    Contract,
}

impl Part {
    pub const ALL: &'static [Part] = &[Part::Expand, Part::Backfill, Part::Contract];

    /// The end of its file's name.
    pub const fn word(self) -> &'static str {
        match self {
            Part::Expand => "1_expand",
            Part::Backfill => "2_backfill",
            Part::Contract => "3_contract",
        }
    }

    const fn about(self) -> &'static [&'static str] {
        match self {
            Part::Expand => &[
                "Part 1 of 3, expand: the old application goes on as before; what it writes gets a tenant as far as",
                "that can be told. Then deploy the application that sets the tenant, or go on with part 2 at once.",
            ],
            Part::Backfill => &[
                "Part 2 of 3, backfill: values for the rows that exist, batch by batch, each in its own transaction.",
                "It can be stopped at any time and run again: a row that has a value is never written again.",
            ],
            Part::Contract => &[
                "Part 3 of 3, contract: from here on every row must have its tenant, and row-level security holds.",
                "Run it once the application that sets the tenant is everywhere, and part 2 has ended. Of what is there",
                "it takes back only what part 1 brought for the time between (a trigger drift_fill_…, a default).",
            ],
        }
    }
}

/// The groups of a part: what comes before the first value is written, the
/// writing, and all that follows.
fn groups(plan: &AdditivePlan, part: Part) -> &[Group] {
    let first = plan.groups.iter().position(|group| group.stage > Stage::Expand).unwrap_or(plan.groups.len());
    let rest = &plan.groups[first..];
    let filled = rest.iter().position(|group| group.stage != Stage::Backfill).unwrap_or(rest.len());
    match part {
        Part::Expand => &plan.groups[..first],
        Part::Backfill => &rest[..filled],
        Part::Contract => &rest[filled..],
    }
}

/// Renders the parts of a plan that have anything to do, in their order.
pub fn parts(plan: &AdditivePlan) -> Vec<(Part, Patch)> {
    let parts = Part::ALL.iter().filter(|part| !groups(plan, **part).is_empty());
    parts.map(|part| (*part, write(plan, groups(plan, *part), Some(*part)))).collect()
}

/// Renders a plan.
pub fn render(plan: &AdditivePlan) -> Patch {
    write(plan, &plan.groups, None)
}

fn write(plan: &AdditivePlan, groups: &[Group], part: Option<Part>) -> Patch {
    let mut writer = Writer::default();
    header(&mut writer, plan, groups, part);
    writer.comment("A statement that waits longer than this for a lock fails, so that nobody queues behind it;");
    writer.comment("then run the patch again. With row_security off, rows are never filtered in silence.");
    for setting in SETTINGS {
        writer.statement(setting);
    }
    for (number, group) in groups.iter().enumerate() {
        render_group(&mut writer, number + 1, group);
    }
    writer.patch()
}

/// Renders a full plan: what it loses first.
pub fn full(plan: &FullPlan) -> Patch {
    let mut writer = Writer::default();
    writer.comment("A full plan, written and proved by `drift fix --full`: it leads to just what is declared.");
    writer.comment("");
    for loss in &plan.losses {
        writer.comment(&format!("LOSES {}: {}", loss.id, loss.what));
    }
    if plan.losses.is_empty() {
        writer.comment("It loses nothing that a row or a counter holds.");
    }
    for renaming in &plan.renames {
        writer.comment(&format!("RENAMES {}", renaming.describe()));
    }
    writer.comment("");
    writer.comment("Run it:    psql \"$DATABASE_URL\" -v ON_ERROR_STOP=1 -f <this file>");
    writer.comment(
        "once, and not with --single-transaction. If it stops, what was committed stays: write the plan anew,",
    );
    writer.comment("which then holds the rest.");
    if !plan.put_back.is_empty() {
        writer.comment("");
        writer.comment("In the way, so dropped and made again as they are:");
        for id in &plan.put_back {
            writer.comment(&format!("  {id}"));
        }
    }
    if !plan.left.is_empty() {
        writer.comment("");
        writer.comment(&format!("It leaves {}:", count(plan.left.len(), "thing")));
        for (id, left) in &plan.left {
            left_over(&mut writer, id, left);
        }
    }
    writer.blank();
    writer.comment("A statement that waits longer than this for a lock fails, so that nobody queues behind it.");
    writer.comment("With row_security off, rows are never filtered in silence.");
    for setting in SETTINGS {
        writer.statement(setting);
    }
    let mut renamed = 0;
    for (number, group) in plan.groups.iter().enumerate() {
        render_group(&mut writer, number + 1, group);
        if number == 0 && !plan.renames.is_empty() {
            renamed = writer.text.len();
        }
    }
    Patch { renamed, ..writer.patch() }
}

/// The statements of a plan, with their lines in the rendered text.
pub fn statements(plan: &AdditivePlan) -> Vec<Statement> {
    render(plan).statements
}

/// `20251026000005_add_tenants.sql`: `stamp` is fourteen digits, `name` is
/// brought into the form that migration tools accept.
pub fn file_name(stamp: &str, name: &str) -> String {
    let mut words = String::new();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            words.push(c.to_ascii_lowercase());
        } else if !words.ends_with('_') && !words.is_empty() {
            words.push('_');
        }
    }
    format!("{stamp}_{}.sql", words.trim_end_matches('_'))
}

fn header(writer: &mut Writer, plan: &AdditivePlan, groups: &[Group], part: Option<Part>) {
    let steps = groups.iter().flat_map(|group| &group.steps);
    let mut answers: Vec<&str> = steps.flat_map(|step| &step.as_step().answers).map(String::as_str).collect();
    answers.sort_unstable();
    answers.dedup();
    writer.comment("An additive repair, written and proved by `drift fix --additive`.");
    writer.comment("It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.");
    writer.comment("");
    for line in part.map_or(&[][..], Part::about) {
        writer.comment(line);
    }
    if part.is_some() {
        writer.comment("");
    }
    writer.comment("Run it:    psql \"$DATABASE_URL\" -v ON_ERROR_STOP=1 -f <this file>");
    writer.comment("not with --single-transaction: some statements cannot run inside one.");
    writer.comment("If it stops, nothing is half done: correct what the message names and run it again.");
    writer.comment("Verify it: drift check \"$DATABASE_URL\"");
    writer.comment("");
    writer.comment(&format!("It answers {}:", count(answers.len(), "finding")));
    for answer in &answers {
        writer.comment(&format!("  {answer}"));
    }
    // What is left is left at the end.
    let last = part.is_none_or(|part| part == Part::Contract);
    if !plan.left.is_empty() && last {
        writer.comment("");
        writer.comment(&format!("It leaves {}:", count(plan.left.len(), "thing")));
        for (id, left) in &plan.left {
            left_over(writer, id, left);
        }
    }
    for warning in plan.warnings.iter().filter(|_| part.is_none_or(|part| part == Part::Expand)) {
        writer.comment("");
        writer.wrapped("Warning: ", warning);
    }
    writer.blank();
}

fn left_over(writer: &mut Writer, id: &ObjectId, left: &Left) {
    let what =
        if left.attribute.is_empty() { String::new() } else { format!(" ({})", left.attribute.replace('_', " ")) };
    writer.comment(&format!("  {id}{what}:"));
    writer.wrapped("    ", &left.reason);
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn render_group<S: AsRef<Step>>(writer: &mut Writer, number: usize, group: &Group<S>) {
    writer.blank();
    writer.rule();
    writer.titles.push((writer.lines + 1, group.title.clone()));
    writer.comment(&format!("{number}. {}", group.title));
    writer.rule();
    match group.wrap {
        Wrap::Together => {
            writer.statement("BEGIN;");
            if group.own_path {
                own_path(writer);
            }
            for step in &group.steps {
                render_step(writer, step.as_ref());
            }
            writer.blank();
            writer.statement("COMMIT;");
        }
        Wrap::Each => {
            for step in &group.steps {
                render_single(writer, group.own_path, step.as_ref());
            }
        }
    }
}

/// A step by itself: in its own transaction, unless it cannot be in one.
fn render_single(writer: &mut Writer, own_path_of_group: bool, content: &Step) {
    let own = own_path_of_group || content.hazards.contains(&Hazard::WritesRows);
    if content.transactional && (own || content.sql.contains(";\n") && !content.sql.starts_with("DO ")) {
        writer.blank();
        writer.statement("BEGIN;");
        if own {
            own_path(writer);
        }
        render_step(writer, content);
        writer.statement("COMMIT;");
    } else if content.hazards.contains(&Hazard::IndexBuild) && !content.transactional {
        writer.blank();
        writer.comment("Waits for older transactions to end, without blocking anybody meanwhile.");
        writer.statement("SET lock_timeout = 0;");
        render_step(writer, content);
        writer.statement("SET lock_timeout = '2s';");
    } else {
        render_step(writer, content);
    }
}

fn own_path(writer: &mut Writer) {
    writer.comment("Triggers and expressions see the path that the application sees.");
    writer.statement("SET LOCAL search_path TO DEFAULT;");
}

fn render_step(writer: &mut Writer, step: &Step) {
    writer.blank();
    for answer in &step.answers {
        writer.comment(&format!("Answers {answer}"));
    }
    if let Some(lock) = lock(step) {
        writer.comment(&lock);
    }
    for hazard in &step.hazards {
        writer.comment(hazard.describe());
    }
    writer.step(step);
}

fn lock(step: &Step) -> Option<String> {
    match (step.lock, &step.relation) {
        (Lock::None, _) => None,
        (lock, Some(relation)) => Some(format!("Locks {relation}: {}", lock.describe())),
        (lock, None) => Some(format!("Locks: {}", lock.describe())),
    }
}

/// Collects text and knows on which line it is.
#[derive(Default)]
struct Writer {
    text: String,
    lines: usize,
    statements: Vec<Statement>,
    titles: Vec<(usize, String)>,
}

/// The width at which prose in comments is broken.
const WIDTH: usize = 100;

impl Writer {
    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
        self.lines += 1 + text.matches('\n').count();
    }

    fn comment(&mut self, text: &str) {
        self.line(format!("-- {}", comment_line(text)).trim_end());
    }

    fn rule(&mut self) {
        self.comment(&"-".repeat(WIDTH - 3));
    }

    fn blank(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.line("");
        }
    }

    /// Prose over several lines, each behind the same indent.
    fn wrapped(&mut self, indent: &str, text: &str) {
        let mut line = indent.to_owned();
        for word in comment_line(text).split_whitespace() {
            if line.chars().count() + word.chars().count() > WIDTH && line.trim() != indent.trim() {
                self.comment(line.trim_end());
                line = " ".repeat(indent.chars().count());
            }
            line.push_str(word);
            line.push(' ');
        }
        self.comment(line.trim_end());
    }

    fn step(&mut self, step: &Step) {
        self.add(&step.sql, step.answers.clone(), Some(Facts::from(step)));
    }

    /// A setting, or what begins or ends a transaction.
    fn statement(&mut self, sql: &str) {
        self.add(sql, Vec::new(), None);
    }

    fn add(&mut self, sql: &str, answers: Vec<String>, facts: Option<Facts>) {
        self.statements.push(Statement { sql: sql.to_owned(), line: self.lines + 1, answers, facts });
        self.line(sql);
    }

    fn patch(self) -> Patch {
        Patch { text: self.text, statements: self.statements, titles: self.titles, renamed: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::kind::ObjectKind;
    use crate::model::step::Additive;
    use crate::model::step::Phase;

    fn plan() -> AdditivePlan {
        let create = Additive::create(Phase::Define, "TABLE a (\n  id int\n)").answers("table-missing public.a".into());
        let index = Additive::create_index_concurrently(false, "i ON public.b (c)").answers("index-missing x.i".into());
        let fill = Additive::fill("public.b", "tenant_id", "(f())").answers("tenant-column-missing public.b.c".into());
        let group = |title: &str, stage, wrap, own_path, step| Group {
            title: title.into(),
            stage,
            wrap,
            own_path,
            steps: vec![step],
        };
        AdditivePlan {
            groups: vec![
                group("New", Stage::Born, Wrap::Together, false, create),
                group("Fill", Stage::Backfill, Wrap::Each, true, fill),
                group("Index", Stage::Index, Wrap::Each, false, index),
            ],
            left: vec![(
                ObjectId::new(ObjectKind::Column, "public", "b", "evil\n; DROP TABLE x"),
                Left { attribute: "not_null", reason: "a\nreason".into() },
            )],
            assumed: Default::default(),
            filled: Default::default(),
            warnings: vec!["careful".into()],
            phased: false,
        }
    }

    #[test]
    fn every_statement_is_where_its_line_says_and_nothing_else_is_sql() {
        let patch = render(&plan());
        let lines: Vec<&str> = patch.text.lines().collect();
        let mut rest: Vec<Option<&str>> = lines.iter().map(|line| Some(*line)).collect();
        for statement in &patch.statements {
            for (offset, line) in statement.sql.lines().enumerate() {
                assert_eq!(lines[statement.line - 1 + offset], line);
                rest[statement.line - 1 + offset] = None;
            }
        }
        for line in rest.into_iter().flatten() {
            assert!(line.is_empty() || line.starts_with("--"), "{line}");
        }
        assert_eq!(patch, render(&plan()));
        assert_eq!(statements(&plan()), patch.statements);
    }

    #[test]
    fn parts_hold_every_step_once_and_in_order() {
        let parts = parts(&plan());
        let words: Vec<&str> = parts.iter().map(|(part, _)| part.word()).collect();
        assert_eq!(words, ["1_expand", "2_backfill", "3_contract"]);
        let first = |n: usize| parts[n].1.statements.iter().find(|s| !s.answers.is_empty()).unwrap().sql.clone();
        assert!(first(0).starts_with("CREATE TABLE") && first(1).starts_with("UPDATE") && first(2).contains("INDEX"));
        assert!(parts[2].1.text.contains("It leaves 1 thing") && !parts[0].1.text.contains("It leaves"));
    }

    #[test]
    fn concurrent_builds_are_outside_of_transactions() {
        let sql: Vec<String> = statements(&plan()).into_iter().map(|s| s.sql).collect();
        let at = sql.iter().position(|s| s.contains("CONCURRENTLY")).unwrap();
        let open = sql[..at].iter().filter(|s| *s == "BEGIN;").count();
        let closed = sql[..at].iter().filter(|s| *s == "COMMIT;").count();
        assert_eq!(open, closed);
        assert_eq!(sql[at - 1], "SET lock_timeout = 0;");
    }

    #[test]
    fn file_names_are_what_migration_tools_accept() {
        assert_eq!(file_name("20251026000005", "Add tenants!"), "20251026000005_add_tenants.sql");
        assert_eq!(file_name("20251026000005", "  x--y  "), "20251026000005_x_y.sql");
    }
}
