//! Which tool a table is the ledger of. Some look alike: then the layout of the
//! files and what is beside the table decide, and it is said.

use crate::history::folder::Layout;
use crate::history::ledger::Found;
use crate::history::ledger::Shape;
use crate::history::ledger::TOOLS;
use crate::history::ledger::Tool;
use crate::history::ledger::plain;

/// A tool, and why it was taken where others would do.
pub struct Chosen {
    pub tool: &'static Tool,
    pub because: Option<String>,
}

/// True for a table that is worth reading.
pub fn is_ledger(shape: &Shape) -> bool {
    !fitting(shape).is_empty()
}

/// The tool of a table; `None` where it is no ledger.
pub fn choose(found: &Found, layout: Layout) -> Option<Chosen> {
    let fitting = fitting(&found.shape);
    let beside = |tool: &Tool| tool.companions.iter().find(|name| found.beside.iter().any(|other| other == *name));
    let rank = |tool: &Tool| (tool.layouts.contains(&layout), beside(tool).is_some(), tool.table == found.shape.name);
    // The first of the best.
    let best = fitting.iter().map(|tool| rank(tool)).max()?;
    let mut equals = fitting.iter().filter(|tool| rank(tool) == best);
    let tool = *equals.next()?;
    let tied = equals.next().is_some();
    let others: Vec<&str> = fitting.iter().filter(|other| other.name != tool.name).map(|other| other.name).collect();
    let because = (!others.is_empty()).then(|| {
        let why = match (tied, best.0, beside(tool)) {
            (true, _, _) => "nothing tells them apart".to_owned(),
            (false, _, Some(companion)) if *companion != "*" => format!("{companion} is beside it"),
            (false, true, _) => format!("the files are those of {}", tool.name),
            (false, false, _) => format!("it is called {}", found.shape.name),
        };
        format!("a table of {} looks the same; taken for that of {}: {why}", others.join(" or of "), tool.name)
    });
    Some(Chosen { tool, because })
}

/// The tools whose table this may be.
pub fn fitting(shape: &Shape) -> Vec<&'static Tool> {
    let known: Vec<&Tool> = TOOLS.iter().copied().filter(|tool| is_of(shape, tool)).collect();
    if let Some(own) = known.iter().find(|tool| tool.schema.is_some()) {
        return vec![own];
    }
    match known.is_empty() && plain::fits(shape) {
        true => vec![&plain::TOOL],
        false => known,
    }
}

fn is_of(shape: &Shape, tool: &Tool) -> bool {
    let has = |(name, of): &(&str, &str)| shape.column(name).is_some_and(|actual| actual.starts_with(of));
    // A table of one column is told by its name too.
    let named = tool.columns.len() > 1 || shape.name == tool.table;
    !tool.columns.is_empty()
        && named
        && tool.schema.is_none_or(|schema| schema == shape.schema && tool.table == shape.name)
        && tool.columns.iter().all(has)
        && (!tool.exact || shape.columns.len() == tool.columns.len())
}
