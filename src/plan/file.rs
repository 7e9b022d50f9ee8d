//! A plan's file as the steps that `drift apply` takes: what happens whole or
//! not at all is one step. Only what `drift fix` wrote is ever read as one.

use anyhow::Context;
use anyhow::Result;
use anyhow::bail;

use crate::model::step::Hazard;
use crate::model::step::Lock;
use crate::plan::render::Facts;
use crate::plan::seal;
use crate::plan::seal::Opened;
use crate::plan::seal::Seal;

/// A plan, ready to be run.
#[derive(Debug)]
pub struct PlanFile {
    /// Names the plan, whatever its file is called.
    pub digest: String,
    pub seal: Seal,
    /// The settings that every step relies on.
    pub session: Vec<String>,
    pub steps: Vec<PlanStep>,
}

/// What happens whole or not at all, or cannot be in a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanStep {
    /// From 1.
    pub number: usize,
    /// The title of its group, and its first statement where it is one of several.
    pub title: String,
    /// The line on which its first statement starts.
    pub line: usize,
    /// Settings of its transaction among them.
    pub statements: Vec<PlanStatement>,
    /// True for the one statement that cannot be in a transaction.
    pub alone: bool,
}

/// One statement of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanStatement {
    /// The line of the file on which it starts.
    pub line: usize,
    pub sql: String,
    /// `None` for a setting of the transaction.
    pub facts: Option<Facts>,
}

impl PlanStep {
    fn facts(&self) -> impl Iterator<Item = &Facts> {
        self.statements.iter().filter_map(|statement| statement.facts.as_ref())
    }

    /// The statements that change something.
    pub fn sql(&self) -> impl Iterator<Item = &str> {
        self.statements.iter().filter(|s| s.facts.is_some()).map(|s| s.sql.as_str())
    }

    /// What it does, in one line: its statement, or how many it has.
    pub fn gist(&self) -> String {
        let mut statements = self.sql();
        match (statements.next(), statements.count()) {
            (Some(sql), 0) => gist(sql),
            (_, more) => format!("{} statements in one transaction", more + 1),
        }
    }

    /// The strongest lock on each relation that is there before, in the order of the step.
    pub fn locks(&self) -> Vec<(String, Lock)> {
        let mut locks: Vec<(String, Lock)> = Vec::new();
        for facts in self.facts().filter(|facts| facts.lock != Lock::None) {
            let Some(relation) = &facts.relation else { continue };
            match locks.iter_mut().find(|(known, _)| known == relation) {
                Some((_, lock)) => *lock = facts.lock.max(*lock),
                None => locks.push((relation.clone(), facts.lock)),
            }
        }
        locks
    }

    /// What it may do to others.
    pub fn hazards(&self) -> Vec<Hazard> {
        let mut hazards: Vec<Hazard> = self.facts().flat_map(|facts| facts.hazards.iter().copied()).collect();
        hazards.sort_unstable();
        hazards.dedup();
        hazards
    }

    /// True where its time depends on how many rows there are.
    pub fn may_take_long(&self) -> bool {
        self.hazards().iter().any(|hazard| match hazard {
            Hazard::FullScan | Hazard::TableRewrite | Hazard::IndexBuild | Hazard::WritesRows => true,
            Hazard::HidesRows | Hazard::DataLoss | Hazard::OldName => false,
        })
    }

    /// True where it writes as much as the rows that there are.
    pub fn writes_much(&self) -> bool {
        self.hazards().iter().any(|hazard| match hazard {
            Hazard::TableRewrite | Hazard::IndexBuild | Hazard::WritesRows => true,
            Hazard::FullScan | Hazard::HidesRows | Hazard::DataLoss | Hazard::OldName => false,
        })
    }

    /// True where it gives rows their values a batch at a time, and can be kept from going on.
    pub fn fills_in_batches(&self) -> bool {
        self.alone && self.hazards().contains(&Hazard::WritesRows)
    }

    /// The index that it builds while writes go on, as SQL names it: what an
    /// interrupted build leaves behind has that name.
    pub fn builds(&self) -> Option<String> {
        let statement = self.statements.first().filter(|_| self.alone)?;
        let rest = statement.sql.split_once(" INDEX CONCURRENTLY IF NOT EXISTS ")?.1;
        if !statement.sql.starts_with("CREATE ") {
            return None;
        }
        // An index lives in the schema of its table, which stands behind its name.
        let name = &rest[..name_end(rest)];
        let on = rest[name.len()..].strip_prefix(" ON ")?;
        let on = on.strip_prefix("ONLY ").unwrap_or(on);
        Some(format!("{}.{name}", &on[..name_end(on)]))
    }
}

/// How much of a statement is shown.
const GIST: usize = 100;

/// The line of a statement that says what it does; of a block, the one inside.
fn gist(sql: &str) -> String {
    let mut lines = sql.lines().map(str::trim);
    let is_block = sql.starts_with("DO ");
    let line = if sql.starts_with("LOCK ") || is_block && !sql.ends_with("$;") {
        // What looks first says at its end what it is for.
        lines.next_back()
    } else if is_block {
        lines.find(|line| ["ALTER ", "CREATE ", "UPDATE ", "RAISE EXCEPTION "].iter().any(|w| line.starts_with(w)))
    } else {
        lines.next()
    };
    let line = line.unwrap_or_else(|| sql.lines().next().unwrap_or_default());
    let line = match line.strip_prefix("RAISE EXCEPTION USING MESSAGE = ") {
        // What it would say goes on with what to do about it.
        Some(message) => {
            format!("check, or stop: {}", message.split(": ").next().unwrap_or(message).trim_matches('\''))
        }
        None => line.trim_end_matches(';').to_owned(),
    };
    match line.char_indices().nth(GIST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// Where the name at the start of a text ends.
fn name_end(text: &str) -> usize {
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ' ' | '.' | '(' if !quoted => return at,
            _ => {}
        }
    }
    text.len()
}

/// Reads a plan. `name` is its file's, for messages.
///
/// # Errors
/// As [`seal::open`].
pub fn read(text: &str, name: &str) -> Result<PlanFile> {
    let opened = seal::open(text, name)?;
    let mut reading = Reading { opened: &opened, session: Vec::new(), steps: Vec::new(), open: None };
    for sealed in &opened.seal.statements {
        let sql = seal::statement(&opened.text, sealed).with_context(|| format!("{name} is too short"))?;
        reading.take(sealed.at, sql, sealed.step.clone())?;
    }
    let Reading { session, steps, open: None, .. } = reading else { bail!("{name} ends inside of a transaction") };
    let Opened { digest, seal, .. } = opened;
    Ok(PlanFile { digest, seal, session, steps })
}

struct Reading<'a> {
    opened: &'a Opened,
    session: Vec<String>,
    steps: Vec<PlanStep>,
    /// The transaction that was begun: its line and statements.
    open: Option<(usize, Vec<PlanStatement>)>,
}

impl Reading<'_> {
    fn take(&mut self, line: usize, sql: String, facts: Option<Facts>) -> Result<()> {
        match (sql.as_str(), &facts, &mut self.open) {
            ("BEGIN;", None, None) => self.open = Some((line, Vec::new())),
            ("COMMIT;", None, Some(_)) => {
                let (line, statements) = self.open.take().expect("it was just seen");
                if statements.is_empty() {
                    bail!("line {line} of the plan begins a transaction with nothing in it");
                }
                self.step(line, statements, false);
            }
            (_, _, Some((_, statements))) => statements.push(PlanStatement { line, sql, facts }),
            (_, Some(Facts { alone, .. }), None) => {
                let alone = *alone;
                self.step(line, vec![PlanStatement { line, sql, facts }], alone);
            }
            // How long to wait for locks is decided by whoever runs the plan.
            (setting, None, None) if setting.starts_with("SET lock_timeout = ") => {}
            (setting, None, None) if setting.starts_with("SET statement_timeout = ") => {}
            (setting, None, None) if setting.starts_with("SET ") && self.steps.is_empty() => self.session.push(sql),
            (_, None, None) => bail!("line {line} of the plan is neither a step nor a setting"),
        }
        Ok(())
    }

    fn step(&mut self, line: usize, statements: Vec<PlanStatement>, alone: bool) {
        let title = self.opened.seal.titles.iter().rev().find(|(at, _)| *at <= line);
        let title = title.map_or_else(String::new, |(_, title)| title.clone());
        self.steps.push(PlanStep { number: self.steps.len() + 1, title, line, statements, alone });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::step::Additive;
    use crate::model::step::Phase;
    use crate::plan::additive::AdditivePlan;
    use crate::plan::fingerprint::Fingerprint;
    use crate::plan::render;
    use crate::plan::render::Patch;
    use crate::plan::seal::Goal;
    use crate::plan::seal::Way;
    use crate::plan::stage::Group;
    use crate::plan::stage::Stage;
    use crate::plan::stage::Wrap;

    fn patch() -> Patch {
        let create = |rest: &str| Additive::create(Phase::Define, rest);
        let index = Additive::create_index_concurrently(true, "\"i.\"\" ON x\" ON public.\"b c\" (c)")
            .lock(Lock::ShareUpdateExclusive, "public.\"b c\"");
        let fill = Additive::fill("public.b", "tenant_id", "(f())");
        let group =
            |title: &str, stage, wrap, own_path, steps| Group { title: title.into(), stage, wrap, own_path, steps };
        render::render(&AdditivePlan {
            groups: vec![
                group(
                    "New",
                    Stage::Born,
                    Wrap::Together,
                    false,
                    vec![create("TABLE a (\n  id int\n)"), create("TABLE b ()")],
                ),
                group("Fill", Stage::Backfill, Wrap::Each, true, vec![fill]),
                group("Index", Stage::Index, Wrap::Each, false, vec![index]),
            ],
            ..AdditivePlan::default()
        })
    }

    fn sealed() -> String {
        let parts =
            (0..30).map(|n| (format!("public.a function(with, {n}   blanks)"), "12345678".to_owned())).collect();
        let seal = Seal {
            way: Way::Additive,
            live: true,
            goal: Goal::default(),
            place: None,
            losses: Vec::new(),
            filled: Default::default(),
            left: Default::default(),
            touches: Default::default(),
            made_for: Fingerprint { server_version: 150000, whole: "ab".into(), parts },
            titles: Vec::new(),
            statements: Vec::new(),
        };
        seal::seal(&patch(), seal).0
    }

    fn refusal(text: &str) -> String {
        read(text, "p.sql").unwrap_err().to_string()
    }

    #[test]
    fn a_plan_is_read_back_as_its_transactions() {
        let text = sealed();
        assert_eq!(seal::unsealed(&text), patch().text);
        let plan = read(&text, "p.sql").unwrap();
        let steps: Vec<(usize, &str, usize, bool)> =
            plan.steps.iter().map(|s| (s.number, s.title.as_str(), s.sql().count(), s.alone)).collect();
        assert_eq!(steps, [(1, "New", 2, false), (2, "Fill", 1, false), (3, "Index", 1, true)]);
        assert!(plan.session.iter().any(|sql| sql == "SET row_security = off;"), "{:?}", plan.session);
        assert!(plan.session.iter().all(|sql| !sql.contains("timeout")), "{:?}", plan.session);
        assert_eq!(plan.steps[1].statements[0].sql, "SET LOCAL search_path TO DEFAULT;");
        assert_eq!(plan.steps[1].locks(), [("public.b".to_owned(), Lock::RowExclusive)]);
        assert_eq!(plan.steps[2].builds().as_deref(), Some("public.\"i.\"\" ON x\""));
        assert_eq!(plan.steps[0].builds(), None);
        assert_eq!(plan.steps[0].gist(), "2 statements in one transaction");
        assert!(plan.steps[1].gist().starts_with("UPDATE public.b SET"), "{}", plan.steps[1].gist());
        assert_eq!(plan.seal.made_for.parts.len(), 30);
    }

    #[test]
    fn what_editors_and_checkouts_do_is_no_edit() {
        let text = sealed();
        assert!(text.lines().all(|line| line.trim_end() == line), "an editor takes blanks away at the end of a line");
        assert_eq!(read(&text.replace('\n', "\r\n"), "p.sql").unwrap().digest, read(&text, "p.sql").unwrap().digest);
    }

    #[test]
    fn what_was_edited_is_named_by_its_line() {
        let text = sealed();
        let line = 1 + text.lines().position(|line| line.starts_with("UPDATE")).unwrap();
        assert!(refusal(&text.replacen("UPDATE", "DELETE", 1)).starts_with(&format!("p.sql:{line}: ")));
        assert!(refusal(&text.replacen("It answers", "It solves", 1)).contains("not all of its text"));
        assert!(refusal(&text.replacen("-- | {", "-- | { ", 1)).contains("edited"));
        assert!(refusal(&format!("{text}DROP TABLE a;\n")).contains("last lines"));
        assert!(refusal(&text.replacen("\"live\":true", "\"live\":false", 1)).contains("edited"));
        assert!(refusal("SELECT 1;\n").contains("no plan that `drift fix` wrote"));
        assert!(refusal(&format!("{text}{text}")).contains("2 plans in one"));
    }
}
