//! The recommendation, by rules that `docs/report.md` states. The first rule
//! that applies decides; nothing else does.

use crate::report::review::facts::Choice;
use crate::report::review::facts::Decision;
use crate::report::review::facts::Planned;
use crate::report::review::facts::Recommendation;
use crate::report::review::facts::RowsAre;
use crate::report::review::facts::Rule;
use crate::report::review::facts::Way;
use crate::report::text;

/// What the rules ask about.
pub struct Case<'a> {
    /// True where nothing differs and no rule is broken.
    pub clean: bool,
    pub rows: &'a RowsAre,
    /// What a repair that keeps the rows waits for.
    pub decisions: &'a [Decision],
    pub options: &'a [Choice],
}

/// Names of tables in a sentence.
const NAMES: usize = 3;

/// What to do, and why.
pub fn advise(case: &Case) -> Recommendation {
    let (additive, full, reset) = (case.of(Way::Additive), case.of(Way::Full), case.of(Way::Reset));
    let works = |choice: Option<&Choice>| choice.is_some_and(Choice::works);
    let lossless = |choice: Option<&Choice>| choice.is_some_and(|one| one.works() && one.losses.is_empty());
    if case.clean {
        return told(
            Rule::NothingToDo,
            None,
            "Nothing has to be done.",
            vec!["The database is as declared, and no tenancy rule is broken.".to_owned()],
        );
    }
    if let Some(reason) = nothing_to_lose(case.rows).filter(|_| works(reset)) {
        let reasons = vec![
            reason,
            "Every statement of the reset ran in an empty scratch Postgres, and the declared schema came out."
                .to_owned(),
            "What starts from nothing carries no history: no column in an odd place, no name from before.".to_owned(),
        ];
        return told(Rule::NothingToLose, Some(Way::Reset), "Reset: there is nothing to lose.", reasons);
    }
    let keeping = match (works(additive), lossless(full)) {
        (true, _) => Some(Way::Additive),
        (false, true) => Some(Way::Full),
        (false, false) => None,
    };
    if !case.decisions.is_empty() {
        return decide_first(case, keeping);
    }
    let mut reasons = vec![rows_to_keep(case.rows)];
    match keeping {
        Some(Way::Additive) => {
            reasons.push(
                "The additive repair drops nothing: it was applied to a clone with rows, and all are still there."
                    .to_owned(),
            );
            let rest = additive.map_or(0, |choice| choice.left.len() as u64);
            reasons.extend(after(rest, full));
            told(Rule::KeepTheRows, Some(Way::Additive), "Additive repair: the rows cannot be made again.", reasons)
        }
        Some(Way::Full) => {
            reasons.push("Nothing can be added any more, and the full repair leads to the declared schema without losing anything.".to_owned());
            told(
                Rule::AddingIsNotEnough,
                Some(Way::Full),
                "Full repair: what is left cannot be done by adding.",
                reasons,
            )
        }
        Some(Way::Reset) | None => {
            reasons.extend(case.options.iter().filter_map(why_not));
            told(Rule::NoWayYet, None, "None of the three yet: no plan both works and keeps the rows.", reasons)
        }
    }
}

impl<'a> Case<'a> {
    fn of(&self, way: Way) -> Option<&'a Choice> {
        self.options.iter().find(|choice| choice.way == way)
    }
}

fn told(rule: Rule, take: Option<Way>, headline: &str, reasons: Vec<String>) -> Recommendation {
    Recommendation { rule, take, then: None, headline: headline.to_owned(), reasons, decisions: Vec::new() }
}

/// Why a reset loses nothing; `None`: it does, or nobody knows.
fn nothing_to_lose(rows: &RowsAre) -> Option<String> {
    match rows {
        RowsAre::Absent => Some("No table holds a row.".to_owned()),
        RowsAre::Seeds { rows } => Some(format!(
            "All {} that are there come from INSERTs of the SQL that the reset runs: they come back with it.",
            text::count(*rows, "row")
        )),
        RowsAre::Own { .. } | RowsAre::Unknown { .. } => None,
    }
}

fn rows_to_keep(rows: &RowsAre) -> String {
    match rows {
        RowsAre::Own { tables } => {
            let names: Vec<String> = tables.iter().map(|name| text::visible(name)).collect();
            format!(
                "Nothing can make the rows of {} again: no SQL that is known inserts them.",
                text::list_cut(&names, NAMES)
            )
        }
        RowsAre::Unknown { why } => {
            format!(
                "Whether the rows can be made again is not known ({}), so they are taken to be worth keeping.",
                text::visible(why)
            )
        }
        RowsAre::Absent | RowsAre::Seeds { .. } => {
            "There is nothing to lose, but a reset does not lead to the declared schema.".to_owned()
        }
    }
}

fn decide_first(case: &Case, then: Option<Way>) -> Recommendation {
    let n = case.decisions.len() as u64;
    let open =
        if n == 1 { "one decision is open".to_owned() } else { format!("{} decisions are open", text::number(n)) };
    let headline = match then {
        Some(way) => format!("Neither yet: {open}. Then: {}.", way.title().to_lowercase()),
        None => format!("Neither yet: {open}."),
    };
    let mut reasons = vec![rows_to_keep(case.rows)];
    reasons.push(
        "A repair that ran now would leave them as they are, and the database would be half-migrated once more."
            .to_owned(),
    );
    reasons.extend(then.map(|way| format!("With the answers, the {} does the rest.", way.title().to_lowercase())));
    let decisions = case.decisions.to_vec();
    Recommendation { rule: Rule::DecideFirst, take: None, then, headline, reasons, decisions }
}

/// What comes after an additive repair that leaves something.
fn after(left: u64, full: Option<&Choice>) -> Option<String> {
    let left = match left {
        0 => return None,
        1 => "One thing stays".to_owned(),
        n => format!("{} things stay", text::number(n)),
    };
    Some(match full {
        Some(full) if full.works() && full.losses.is_empty() => {
            format!("{left} afterwards, which the full repair does without losing anything.")
        }
        Some(full) if full.works() => {
            format!("{left} afterwards; the full repair does it, and loses what is named there.")
        }
        Some(_) | None => format!("{left} afterwards, named under the option."),
    })
}

fn why_not(choice: &Choice) -> Option<String> {
    let title = choice.way.title();
    match &choice.planned {
        Planned::Proved if choice.way == Way::Full => Some(format!("{title}: it would lose data.")),
        Planned::Proved => None,
        Planned::Nothing => Some(format!("{title}: there is nothing that it could do.")),
        Planned::Fails { failures } => Some(format!(
            "{title}: it does not lead to the declared schema ({}).",
            text::count(failures.len() as u64, "problem")
        )),
        Planned::Refused { reason, .. } => Some(format!("{title}: {}.", text::visible(reason).trim_end_matches('.'))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choices(reset: Planned, additive: Planned, full: Planned) -> Vec<Choice> {
        [(Way::Reset, reset), (Way::Additive, additive), (Way::Full, full)]
            .into_iter()
            .map(|(way, planned)| Choice::empty(way, planned))
            .collect()
    }

    fn all_work() -> Vec<Choice> {
        choices(Planned::Proved, Planned::Proved, Planned::Proved)
    }

    fn refused() -> Planned {
        Planned::Refused { reason: "it cannot be".to_owned(), help: String::new() }
    }

    fn own() -> RowsAre {
        RowsAre::Own { tables: vec!["public.agents".to_owned()] }
    }

    fn question() -> Decision {
        Decision { question: "Whose are they?".to_owned(), how: String::new(), object: None }
    }

    fn rule(rows: &RowsAre, decisions: &[Decision], options: &[Choice]) -> (Rule, Option<Way>, Option<Way>) {
        let advice = advise(&Case { clean: false, rows, decisions, options });
        assert!(!advice.reasons.is_empty());
        (advice.rule, advice.take, advice.then)
    }

    #[test]
    fn what_is_as_declared_needs_nothing() {
        let options = all_work();
        let advice = advise(&Case { clean: true, rows: &own(), decisions: &[question()], options: &options });
        assert_eq!((advice.rule, advice.take), (Rule::NothingToDo, None));
    }

    #[test]
    fn an_empty_or_seeded_database_is_reset() {
        for rows in [RowsAre::Absent, RowsAre::Seeds { rows: 2 }] {
            // Nobody has to decide about rows that come back by themselves.
            assert_eq!(rule(&rows, &[question()], &all_work()), (Rule::NothingToLose, Some(Way::Reset), None));
        }
    }

    #[test]
    fn a_reset_that_fails_is_not_recommended() {
        let failing = || Planned::Fails { failures: vec!["a.sql:1: no".to_owned()] };
        let options = choices(failing(), Planned::Proved, Planned::Proved);
        assert_eq!(rule(&RowsAre::Absent, &[], &options), (Rule::KeepTheRows, Some(Way::Additive), None));
        let options = choices(failing(), refused(), refused());
        assert_eq!(rule(&RowsAre::Absent, &[], &options), (Rule::NoWayYet, None, None));
    }

    #[test]
    fn rows_that_cannot_be_made_again_are_kept() {
        assert_eq!(rule(&own(), &[], &all_work()), (Rule::KeepTheRows, Some(Way::Additive), None));
        let unknown = RowsAre::Unknown { why: "a snapshot has none".to_owned() };
        assert_eq!(rule(&unknown, &[], &all_work()), (Rule::KeepTheRows, Some(Way::Additive), None));
    }

    #[test]
    fn open_decisions_come_first_and_are_named() {
        let options = all_work();
        assert_eq!(rule(&own(), &[question()], &options), (Rule::DecideFirst, None, Some(Way::Additive)));
        let advice = advise(&Case { clean: false, rows: &own(), decisions: &[question()], options: &options });
        assert_eq!(advice.decisions, [question()]);
        let options = choices(Planned::Proved, refused(), refused());
        assert_eq!(rule(&own(), &[question()], &options), (Rule::DecideFirst, None, None));
    }

    #[test]
    fn where_nothing_can_be_added_the_full_repair_is_taken_if_it_loses_nothing() {
        let mut options = choices(Planned::Proved, Planned::Nothing, Planned::Proved);
        assert_eq!(rule(&own(), &[], &options), (Rule::AddingIsNotEnough, Some(Way::Full), None));
        options[2].losses.push("table public.old: its rows".to_owned());
        assert_eq!(rule(&own(), &[], &options), (Rule::NoWayYet, None, None));
    }
}
