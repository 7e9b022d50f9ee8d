//! What the Markdown and the HTML of a review say alike, before it has a form.

use crate::model::finding::ObjectRef;
use crate::model::plan_report::PlanLeft;
use crate::model::reach::RowSecurity;
use crate::model::reach::TableReach;
use crate::model::report::TableState;
use crate::model::step::Lock;
use crate::report::review::facts::Amount;
use crate::report::review::facts::Choice;
use crate::report::review::facts::Decision;
use crate::report::review::facts::Planned;
use crate::report::review::facts::Review;
use crate::report::review::facts::TableCost;
use crate::report::review::facts::TableFacts;
use crate::report::review::facts::Way;
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
        rows => {
            format!("{} in {}, {}", text::count(rows, "row"), text::tables(amount.tables), text::bytes(amount.bytes))
        }
    };
    let uncounted = || format!("the rows of {} that nobody could count", text::tables(amount.unknown));
    match (amount.rows, amount.unknown) {
        (_, 0) => known,
        (0, _) => uncounted(),
        (_, _) => format!("{known}, and {}", uncounted()),
    }
}

/// An estimate; where sizes are not known it is less than what comes.
pub fn time(choice: &Choice, milliseconds: u64) -> String {
    let known = choice.kept.unknown + choice.lost.unknown == 0;
    match (known, milliseconds) {
        (true, _) => text::duration(milliseconds),
        (false, 0..=1_000) => "unknown".to_owned(),
        (false, _) => format!("unknown, at least {}", text::duration(milliseconds)),
    }
}

/// Whether row-level security is on.
pub const fn security_word(security: RowSecurity) -> &'static str {
    match security {
        RowSecurity::Off => "off",
        RowSecurity::On => "on, but for the owner",
        RowSecurity::Forced => "on",
    }
}

/// What the table of who reaches what is.
pub const REACH: &str = "Whose rows each role reaches. What is not proved to be confined counts as open.";

/// Why there is no such table; `None`: there is one.
pub fn no_reach(review: &Review) -> Option<&'static str> {
    if review.reach.is_empty() {
        return Some(
            "`drift.toml` says nothing about tenants, or none of their tables is there: there is nobody to keep apart.",
        );
    }
    let nobody = review.reach.iter().all(|table| table.roles.is_empty());
    nobody.then_some("No role of `[tenancy]` is on this server, so nothing is known of who would see what.")
}

/// The decisions that an earlier option does not wait for too, and the earlier option that waits for the others.
pub fn own_decisions<'a>(review: &'a Review, choice: &'a Choice) -> (Option<Way>, Vec<&'a Decision>) {
    let earlier = review.options.iter().take_while(|other| other.way != choice.way);
    let same = earlier
        .filter(|other| !other.decisions.is_empty())
        .find(|other| other.decisions.iter().all(|decision| choice.decisions.contains(decision)));
    let own = |decision: &&Decision| same.is_none_or(|other| !other.decisions.contains(decision));
    (same.map(|other| other.way), choice.decisions.iter().filter(own).collect())
}

/// The foreign keys of tables that are there, and that are not as declared.
pub fn keys(review: &Review) -> Vec<String> {
    let there = |name: &(String, String)| {
        let table = review.tables.iter().find(|table| (&table.schema, &table.table) == (&name.0, &name.1));
        table.is_some_and(|table| matches!(table.state, TableState::Differs | TableState::Matches))
    };
    let other = review.references.iter().filter(|one| one.state != TableState::Matches && there(&one.from));
    other
        .map(|one| {
            let (from, to) = (format!("{}.{}", one.from.0, one.from.1), format!("{}.{}", one.to.0, one.to.1));
            format!("{} of {from}, to {to}, is {}", one.name, state_word(one.state))
        })
        .collect()
}

/// `17 columns, 2 uniques and 6 checks`
pub fn counted<'a>(objects: impl Iterator<Item = &'a ObjectRef>) -> String {
    let mut kinds: Vec<(String, u64)> = Vec::new();
    for object in objects {
        let kind = object.kind.replace('-', " ");
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, n)) => *n += 1,
            None => kinds.push((kind, 1)),
        }
    }
    text::list(&kinds.iter().map(|(kind, n)| text::count(*n, kind)).collect::<Vec<_>>())
}

/// The name of a way in a link.
pub const fn way_id(way: Way) -> &'static str {
    match way {
        Way::Reset => "reset",
        Way::Additive => "additive",
        Way::Full => "full",
    }
}

/// What the time of one table is spent with.
pub const fn takes(way: Way) -> &'static str {
    match way {
        Way::Reset => "backup, estimated",
        Way::Additive | Way::Full => "takes, estimated",
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
        line("Takes, estimated", &|choice| time(choice, choice.milliseconds)),
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

/// So many tables have lines of their own; the JSON has all of them.
const LINES: usize = 60;

/// So many tables have lines in the costs of an option, the dearest first.
const COSTS: usize = 20;

/// What is said of the rest of a list.
fn rest(left: usize, what: &str) -> Option<String> {
    let said = |left: u64| format!("{} {what}; the JSON has them all.", text::count(left, "more table"));
    (left > 0).then(|| said(left as u64))
}

/// The tables that have lines: where there are many, those that are not as declared before the others.
pub fn tables(review: &Review) -> (Vec<&TableFacts>, Option<String>) {
    let mut tables: Vec<&TableFacts> = review.tables.iter().collect();
    if tables.len() > LINES {
        tables.sort_by_key(|table| {
            let rows = std::cmp::Reverse(table.rows.unwrap_or(0));
            (table.state == TableState::Matches, std::cmp::Reverse(table.findings), rows)
        });
    }
    let left = tables.split_off(tables.len().min(LINES));
    (tables, rest(left.len(), "with fewer findings and rows"))
}

/// Who reaches what: where there are many tables, those with open doors before the others.
pub fn reach(review: &Review) -> (Vec<&TableReach>, Option<String>) {
    let mut tables: Vec<&TableReach> = review.reach.iter().collect();
    if tables.len() > LINES {
        tables.sort_by_key(|table| (!table.is_open(), table.row_security != RowSecurity::Off));
    }
    let left = tables.split_off(tables.len().min(LINES));
    let open = left.iter().filter(|table| table.is_open()).count();
    let said = match open {
        0 => "where no confined role reaches another tenant's rows".to_owned(),
        n => format!("of which {n} are open"),
    };
    (tables, rest(left.len(), &said))
}

/// The costs of an option that have lines.
pub fn costs(choice: &Choice) -> (Vec<&TableCost>, Option<String>) {
    let mut costs: Vec<&TableCost> = choice.costs.iter().collect();
    let left = if costs.len() > COSTS + 1 { costs.drain(COSTS..choice.costs.len() - 1).count() } else { 0 };
    (costs, rest(left, "that take less"))
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
