//! Which migration should have done what a finding misses, or did what it finds.

use std::path::Path;

use anyhow::Result;

use crate::history::Effect;
use crate::history::History;
use crate::history::Statement;
use crate::jobs::compare::Comparison;
use crate::jobs::status;
use crate::model::finding::Finding;
use crate::model::finding::ObjectRef;
use crate::model::object::Location;
use crate::scratch::replay::Progress;

/// Runs the migrations of a directory in a scratch Postgres and says of each finding which statement of
/// them makes the object, or gives it the attributes that differ.
///
/// # Errors
/// The migrations cannot be read or run.
pub async fn blame(
    comparison: &mut Comparison,
    directory: &Path,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<()> {
    let (history, notes) = status::history(directory, &comparison.options, progress).await?;
    comparison.notes.extend(notes);
    for finding in &mut comparison.report.findings {
        finding.migration = maker(&history, finding);
    }
    let unknown = comparison.report.findings.iter().filter(|finding| finding.migration.is_none()).count();
    if unknown > 0 {
        comparison.notes.push(format!(
            "no migration of {} does what {unknown} of {} findings are about",
            directory.display(),
            comparison.report.findings.len()
        ));
    }
    Ok(())
}

/// The last statement that gave an object the attributes that differ; of what is missing or
/// unexpected as a whole, the one that made it, or would have made it.
fn maker(history: &History, finding: &Finding) -> Option<Location> {
    let differing = |effect: &Effect| {
        let names = effect.attributes();
        effect.before.is_none() || finding.attributes.iter().any(|drift| names.contains(&drift.attribute.as_str()))
    };
    let counts = |effect: &&Effect| {
        effect.after.is_some()
            && ObjectRef::from(&effect.id) == finding.object
            && if finding.attributes.is_empty() { effect.before.is_none() } else { differing(effect) }
    };
    let makes = |statement: &&Statement| statement.effects.iter().any(|effect| counts(&effect));
    // What found something in place should have made the rest of it.
    let should = |statement: &&Statement| {
        let mut wanted = statement.silent.iter().flat_map(|silent| silent.wanted.iter().flatten());
        wanted.any(|object| ObjectRef::from(&object.id) == finding.object)
    };
    let statements = &history.statements;
    let found = statements.iter().rfind(makes).or_else(|| statements.iter().rfind(should));
    found.map(|statement| statement.at.clone())
}
