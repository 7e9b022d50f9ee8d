//! What the Markdown and the HTML of a review say alike, before it has a form.

use crate::model::plan_report::PlanLeft;
use crate::model::report::TableState;
use crate::model::step::Lock;
use crate::report::review::facts::Amount;
use crate::report::review::facts::Choice;
use crate::report::review::facts::Planned;
use crate::report::review::facts::Review;
use crate::report::text;

/// The state of a table or a key in a review's words.
pub const fn state_word(state: TableState) -> &'static str {
    match state {
        TableState::Missing => "missing",
        TableState::Differs => "altered",
        TableState::Unexpected => "unexpected",
        TableState::Matches => "present",
    }
}

/// Whether there is a plan, in a few words.
pub fn planned(choice: &Choice) -> String {
    match &choice.planned {
        Planned::Proved => "planned and proved".to_owned(),
        Planned::Nothing => "nothing to do".to_owned(),
        Planned::Fails { failures } => format!("fails: {}", text::count(failures.len() as u64, "problem")),
        Planned::Refused { .. } => "cannot be planned".to_owned(),
    }
}

/// True where there are numbers to show.
pub fn has_numbers(choice: &Choice) -> bool {
    match choice.planned {
        Planned::Proved | Planned::Fails { .. } => true,
        Planned::Nothing | Planned::Refused { .. } => false,
    }
}

/// `9 rows in 3 tables, 98 kB`
pub fn amount(amount: Amount) -> String {
    let known = match amount.rows {
        0 => "no rows".to_owned(),
        rows => format!(
            "{} in {}, {}",
            text::count(rows, "row"),
            text::count(amount.tables, "table"),
            text::bytes(amount.bytes)
        ),
    };
    match amount.unknown {
        0 => known,
        n => format!("{known}, and the rows of {} that could not be counted", text::count(n, "table")),
    }
}

/// The lock's name alone: `ACCESS EXCLUSIVE`.
pub fn lock(lock: Lock) -> &'static str {
    match lock {
        Lock::None => "none",
        other => other.describe().split(" (").next().unwrap_or_default(),
    }
}

/// One line of the comparison of the options.
pub struct Line {
    pub what: &'static str,
    /// In the order of the options.
    pub cells: Vec<String>,
}

/// The options side by side.
pub fn side_by_side(review: &Review) -> Vec<Line> {
    let line = |what, cell: &dyn Fn(&Choice) -> String| {
        let cell = |choice: &Choice| if has_numbers(choice) { cell(choice) } else { "–".to_owned() };
        Line { what, cells: review.options.iter().map(cell).collect() }
    };
    let number = |n: usize| if n == 0 { "nothing".to_owned() } else { text::number(n as u64) };
    vec![
        Line { what: "Plan", cells: review.options.iter().map(planned).collect() },
        line("Keeps", &|choice| amount(choice.kept)),
        line("Loses", &|choice| match (choice.lost.rows + choice.lost.unknown, choice.losses.len()) {
            (0, 0) => "nothing".to_owned(),
            (0, n) => format!("no rows; {}, named below", text::count(n as u64, "other thing")),
            (_, _) => amount(choice.lost),
        }),
        line("Statements", &|choice| text::number(choice.statements)),
        line("Strongest lock", &|choice| lock(choice.strongest_lock).to_owned()),
        line("Takes, estimated", &|choice| text::duration(choice.milliseconds)),
        line("Needs a decision", &|choice| number(choice.decisions.len())),
        line("Stays different", &|choice| match &choice.planned {
            Planned::Fails { failures } => text::count(failures.len() as u64, "problem"),
            Planned::Proved | Planned::Nothing | Planned::Refused { .. } => number(choice.left.len()),
        }),
    ]
}

/// What stays, with things that stay for one reason on one line.
pub fn left(left: &[PlanLeft]) -> Vec<(Vec<String>, &str)> {
    let mut groups: Vec<(Vec<String>, &str)> = Vec::new();
    for one in left {
        let attribute = match one.attribute.as_str() {
            "" => String::new(),
            attribute => format!(" ({})", attribute.replace('_', " ")),
        };
        let name = format!("{} {}{attribute}", one.object.kind.replace('-', " "), one.object.dotted());
        match groups.iter_mut().find(|(_, reason)| *reason == one.reason) {
            Some((names, _)) => names.push(name),
            None => groups.push((vec![name], &one.reason)),
        }
    }
    groups
}

/// What a table refers to: `public.tenants, auth.users`.
pub fn refers_to(review: &Review, schema: &str, table: &str) -> Vec<String> {
    let mut names: Vec<String> = review
        .references
        .iter()
        .filter(|reference| (reference.from.0.as_str(), reference.from.1.as_str()) == (schema, table))
        .map(|reference| format!("{}.{}", reference.to.0, reference.to.1))
        .collect();
    names.sort();
    names.dedup();
    names
}
