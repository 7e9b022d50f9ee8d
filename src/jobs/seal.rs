//! What `drift fix` says at the end of a plan's file, for `drift apply`.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;

use crate::files::SqlFile;
use crate::jobs::compare::Comparison;
use crate::jobs::source::Source;
use crate::kinds::Left;
use crate::model::difference::Difference;
use crate::model::object::ObjectId;
use crate::plan::additive::AdditivePlan;
use crate::plan::fingerprint;
use crate::plan::fingerprint::Fingerprint;
use crate::plan::full::FullPlan;
use crate::plan::render::Patch;
use crate::plan::seal;
use crate::plan::seal::Goal;
use crate::plan::seal::LeftOver;
use crate::plan::seal::Place;
use crate::plan::seal::Seal;
use crate::plan::seal::Way;

/// The files of an additive plan, each under a seal that names the one before.
pub fn additive(
    comparison: &Comparison,
    plan: &AdditivePlan,
    spec: &Path,
    patches: &[(String, Patch)],
) -> Vec<SqlFile> {
    let mut after = None;
    let mut files = Vec::new();
    for (n, (name, patch)) in patches.iter().enumerate() {
        let mut seal = of(comparison, Way::Additive, spec, &plan.left);
        seal.filled = plan.filled.iter().map(|(column, literal)| (column.to_string(), literal.clone())).collect();
        if patches.len() > 1 {
            seal.place = Some(Place { number: n + 1, of: patches.len(), after: after.take() });
        }
        let (text, digest) = seal::seal(patch, seal);
        after = Some(digest);
        files.push(SqlFile { name: name.clone(), text });
    }
    files
}

/// The text of a full plan under its seal.
pub fn full(comparison: &Comparison, plan: &FullPlan, spec: &Path, to: Option<&Source>, patch: &Patch) -> String {
    let mut seal = of(comparison, Way::Full, spec, &plan.left);
    seal.goal.to = to.map(Source::name);
    seal.losses = plan.losses.iter().map(|loss| format!("{}: {}", loss.id, loss.what)).collect();
    seal.touches.extend(plan.put_back.iter().map(fingerprint::part));
    seal.touches.extend(comparison.renamed.iter().flat_map(|renamed| &renamed.changed).map(fingerprint::part));
    seal::seal(patch, seal).0
}

fn of(comparison: &Comparison, way: Way, spec: &Path, left: &[(ObjectId, Left)]) -> Seal {
    let options = &comparison.options;
    let left_over =
        |(id, left): &(ObjectId, Left)| LeftOver::new(id, (!left.attribute.is_empty()).then_some(left.attribute));
    Seal {
        way,
        live: comparison.there().live,
        goal: Goal {
            spec: spec.display().to_string(),
            to: None,
            schemas: options.schemas.clone(),
            guard: options.guard,
        },
        place: None,
        losses: Vec::new(),
        filled: BTreeMap::new(),
        left: left.iter().map(left_over).collect(),
        touches: comparison.differences.iter().flat_map(|difference| touched(difference, way)).collect(),
        made_for: Fingerprint::of(comparison.there()),
        titles: Vec::new(),
        statements: Vec::new(),
    }
}

/// What a repair of a difference changes, as a fingerprint names it.
fn touched(difference: &Difference, way: Way) -> BTreeSet<String> {
    let ids: Vec<&ObjectId> = match difference {
        Difference::Unexpected { .. } if way == Way::Additive => Vec::new(),
        Difference::Missing { expected, includes } => std::iter::once(&expected.id).chain(includes).collect(),
        Difference::Unexpected { actual, includes } => std::iter::once(&actual.id).chain(includes).collect(),
        Difference::Changed { expected, .. } => vec![&expected.id],
        Difference::Renamed { expected, actual, includes, .. } => {
            [&expected.id, &actual.id].into_iter().chain(includes).collect()
        }
    };
    ids.into_iter().map(fingerprint::part).collect()
}
