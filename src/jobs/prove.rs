//! A patch is proved before anyone sees it: applied to a clone of the
//! database with rows in it, once more where it says that this is harmless, and
//! read back.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use anyhow::Result;
use tracing::debug;
use tracing::info;

use crate::diff;
use crate::files::SqlFile;
use crate::jobs::clone;
use crate::jobs::compare::Comparison;
use crate::jobs::renames::Renamed;
use crate::jobs::settle;
use crate::jobs::source;
use crate::jobs::source::ReadOptions;
use crate::jobs::source::Source;
use crate::jobs::values;
use crate::kinds;
use crate::model::catalog::Catalog;
use crate::model::difference::Difference;
use crate::model::failure::failure;
use crate::model::fill;
use crate::model::ident::split_qualified;
use crate::model::kind::ObjectKind;
use crate::model::object::Compare;
use crate::model::object::ObjectId;
use crate::pg::connect;
use crate::pg::introspect;
use crate::plan::additive::AdditivePlan;
use crate::plan::full::FullPlan;
use crate::plan::part;
use crate::plan::part::Touched;
use crate::scratch::Choice;
use crate::scratch::Engine;
use crate::scratch::Needs;
use crate::scratch::Scratch;
use crate::scratch::compile;
use crate::scratch::compile::Platform;

/// What a proof showed.
#[derive(Debug)]
pub struct Proof {
    /// Rows that were in the clone, and are still there.
    pub rows: u64,
    /// Tables that held rows in the clone.
    pub tables: usize,
    /// Differences that remain, as `object (attribute)`; the caller compares them with what the plan says.
    pub remaining: BTreeSet<Remaining>,
    /// What the proof could not cover, in words.
    pub limits: Vec<String>,
    /// How many of how many tables the clone has, where it is not the whole.
    pub part: Option<(usize, usize)>,
}

/// What a patch claims, and a proof holds it to.
pub struct Claim<'a> {
    /// Literals that columns must hold before it runs.
    pub assumed: &'a BTreeMap<ObjectId, Vec<String>>,
    /// What it drops or narrows; `None`: it drops nothing at all, and may be run twice.
    pub full: Option<&'a FullPlan>,
}

impl<'a> Claim<'a> {
    pub fn additive(plan: &'a AdditivePlan) -> Self {
        Claim { assumed: &plan.assumed, full: None }
    }

    fn runs(&self) -> &'static [&'static str] {
        match self.full {
            Some(_) => &["the plan"],
            None => &["the patch", "the patch, run a second time,"],
        }
    }
}

/// A difference that remains: an object, and the attribute where only that differs.
pub type Remaining = (ObjectId, Option<&'static str>);

type Rows = BTreeMap<(Arc<str>, Arc<str>), u64>;

/// Applies the files of `patch`, all of them, twice to a clone of the source and compares what comes out
/// with the declared schema.
///
/// # Errors
/// The clone cannot be built; a statement of the patch fails; a row or an
/// object is gone; the second run fails or changes something.
pub async fn prove(
    source: &Source,
    comparison: &Comparison,
    claim: &Claim<'_>,
    patch: &[SqlFile],
    options: &ReadOptions,
) -> Result<Proof> {
    if let Some(part) = part_of(source, comparison, claim, patch) {
        // What is wrong with a part may be that it is one: only the whole can refuse a patch.
        if let Ok(proof) = prove_on(Some(&part), source, comparison, claim, patch, options).await {
            return Ok(proof);
        }
    }
    prove_on_whole(source, comparison, claim, patch, options).await
}

/// As [`prove`], on a clone of everything.
///
/// # Errors
/// As [`prove`].
pub async fn prove_on_whole(
    source: &Source,
    comparison: &Comparison,
    claim: &Claim<'_>,
    patch: &[SqlFile],
    options: &ReadOptions,
) -> Result<Proof> {
    prove_on(None, source, comparison, claim, patch, options).await
}

async fn prove_on(
    part: Option<&BTreeSet<ObjectId>>,
    source: &Source,
    comparison: &Comparison,
    claim: &Claim<'_>,
    patch: &[SqlFile],
    options: &ReadOptions,
) -> Result<Proof> {
    let mut limits = Vec::new();
    let there = comparison.there();
    let left_out = left_out(source, comparison);
    let within = |id: &ObjectId| part.is_none_or(|part| part.contains(id)) && !left_out.contains(id);
    let (actual, expected) = match part {
        None if left_out.is_empty() => (Cow::Borrowed(there), Cow::Borrowed(&comparison.expected)),
        Some(_) | None => {
            let renamed = comparison.renamed.as_ref();
            let actual = there.clone().retain(|object| within(renamed.map_or(&object.id, |r| r.becomes(&object.id))));
            // What is nowhere in the clone, and in the database, is not what the patch is about.
            let is_new = |id: &ObjectId| comparison.actual.get(id).is_none();
            let expected = comparison.expected.clone().retain(|object| within(&object.id) || is_new(&object.id));
            (Cow::Owned(actual), Cow::Owned(expected))
        }
    };
    let clone = clone::files(source, comparison, &actual, &mut limits)?;
    let all = [&clone, patch].concat();
    let platform = options.platform.unwrap_or(Platform::None);
    let job = Job { source, comparison, actual, expected, claim, clone, patch, platform };
    let mut choice = Choice::new(options.engine.as_ref(), &all)?;
    loop {
        match job.run(&choice.engine, &all, limits.clone()).await {
            Ok(proof) => return Ok(proof),
            Err(error) => choice.next(error)?,
        }
    }
}

/// What the clone of a database does without: what is about another server,
/// unless the patch is about it.
fn left_out(source: &Source, comparison: &Comparison) -> BTreeSet<ObjectId> {
    if matches!(source, Source::Sql(_)) {
        return BTreeSet::new();
    }
    let elsewhere = comparison.actual.objects().iter().map(|object| &object.id);
    let elsewhere = elsewhere.filter(|id| kinds::of(id.kind).elsewhere);
    elsewhere.filter(|id| comparison.differences.iter().all(|d| d.id() != *id)).cloned().collect()
}

/// The part of a database that a patch can be proved on; `None`: the whole,
/// where it is SQL, which makes all of it anyway, or not much more.
fn part_of(
    source: &Source,
    comparison: &Comparison,
    claim: &Claim<'_>,
    patch: &[SqlFile],
) -> Option<BTreeSet<ObjectId>> {
    let (expected, actual) = (&comparison.expected, &comparison.actual);
    if matches!(source, Source::Sql(_)) {
        return None;
    }
    let mut objects: BTreeSet<ObjectId> = claim.assumed.keys().cloned().collect();
    for difference in &comparison.differences {
        match difference {
            Difference::Missing { expected, includes } | Difference::Renamed { expected, includes, .. } => {
                objects.insert(expected.id.clone());
                objects.extend(includes.iter().cloned());
            }
            Difference::Changed { expected, .. } => _ = objects.insert(expected.id.clone()),
            Difference::Unexpected { actual, includes } if claim.full.is_some() => {
                objects.insert(actual.id.clone());
                objects.extend(includes.iter().cloned());
            }
            Difference::Unexpected { .. } => {}
        }
        if let (Difference::Renamed { actual, .. }, Some(_)) = (difference, claim.full) {
            objects.insert(actual.id.clone());
        }
    }
    objects.extend(claim.full.into_iter().flat_map(|plan| plan.put_back.iter().cloned()));
    objects.extend(claim.full.into_iter().flat_map(|plan| plan.renames.iter().map(|renaming| renaming.new.clone())));
    let sql = patch.iter().map(|file| file.text.clone()).collect();
    let part = part::part(actual, &Touched::new(expected, objects, sql));
    (part.len() * 2 < actual.objects().len()).then_some(part)
}

/// What is proved, and on what.
struct Job<'a> {
    source: &'a Source,
    comparison: &'a Comparison,
    /// What the clone is made of, and what it must become.
    actual: Cow<'a, Catalog>,
    expected: Cow<'a, Catalog>,
    claim: &'a Claim<'a>,
    clone: Vec<SqlFile>,
    /// Its files, in the order in which they are run.
    patch: &'a [SqlFile],
    platform: Platform,
}

impl Job<'_> {
    async fn run(&self, engine: &Engine, all: &[SqlFile], limits: Vec<String>) -> Result<Proof> {
        let scratch = Scratch::start(engine, &Needs::of(all)).await?;
        let outcome = self.in_scratch(&scratch, limits).await;
        scratch.stop().await;
        outcome
    }

    /// What rows must hold, by what it is called before anything is renamed.
    fn assumed(&self) -> BTreeMap<ObjectId, Vec<String>> {
        let was = |id| self.comparison.renamed.as_ref().map_or(id, |renamed| renamed.was(id)).clone();
        self.claim.assumed.iter().map(|(id, values)| (was(id), values.clone())).collect()
    }

    async fn apply(&self, scratch: &Scratch, run: &str, files: &[SqlFile]) -> Result<()> {
        let began = Instant::now();
        // One that fails is nowhere else to be seen.
        files.iter().for_each(|file| debug!(run, "is run on the clone:\n{}", file.text));
        compile::load(scratch, files, Platform::None)
            .await
            .with_context(|| format!("{run} fails on a clone of the database and was not written"))?;
        info!(run, ms = connect::ms(began), "proof: ran on the clone");
        Ok(())
    }

    async fn in_scratch(&self, scratch: &Scratch, mut limits: Vec<String>) -> Result<Proof> {
        let began = Instant::now();
        compile::load_made(scratch, &self.clone, self.platform, self.actual.server_version)
            .await
            .context("the clone that the patch is proved on cannot be built")?;
        info!(tables = tables(&self.actual), ms = connect::ms(began), "proof: the clone is built");
        let began = Instant::now();
        if !matches!(self.source, Source::Sql(_)) {
            clone::fill(scratch, &self.actual, &self.assumed(), &mut limits).await?;
        }
        debug!(ms = connect::ms(began), "proof: the clone has rows");
        let mut before = clone::read(scratch, self.comparison).await?;
        let mut rows_before = introspect::count_rows(scratch.client(), &before, 0).await?;
        let mut patch = self.patch;
        if let (Some(renamed), Some((renaming, rest))) = (&self.comparison.renamed, patch.split_first()) {
            // What is there is held against what comes out under the names that it has then.
            self.apply(scratch, "the plan", std::slice::from_ref(renaming)).await?;
            before = clone::read(scratch, self.comparison).await?;
            let rows = introspect::count_rows(scratch.client(), &before, 0).await?;
            same_rows(renamed, &rows_before, &rows)?;
            (rows_before, patch) = (rows, rest);
        }
        let held = values::read(scratch, &before).await?;
        for run in self.claim.runs() {
            self.apply(scratch, run, patch).await?;
        }
        let after = clone::read(scratch, self.comparison).await?;
        let rows_after = introspect::count_rows(scratch.client(), &after, 0).await?;
        match self.claim.full {
            None => nothing_lost(&before, &after, &rows_before, &rows_after)?,
            Some(plan) => {
                let lost: BTreeSet<&ObjectId> = plan.losses.iter().map(|loss| &loss.id).collect();
                nothing_else_lost(&before, &lost, &rows_before, &rows_after)?;
            }
        }
        let rows: u64 = rows_after.values().sum();
        let lost = self.claim.full.map(|plan| &plan.losses[..]).unwrap_or_default();
        values::kept(&held, &values::read(scratch, &after).await?, lost)?;
        info!(rows, "proof: rows and what they hold are still there");
        let expected = &*self.expected;
        let mut differences = match self.claim.full {
            Some(_) => diff::diff(expected, &after),
            // An additive patch leaves what has another name as it is.
            None => diff::diff_renaming(expected, &after, &self.comparison.renames.declared()),
        };
        source::drop_platform_defaults(&mut differences, self.platform);
        if diff::has_printed_change(&differences) {
            differences = settle::settle(expected, &after, differences, &self.comparison.options, &mut limits).await?;
        }
        let strange = self.strange(&before);
        limits.extend(strange.iter().map(|(id, attribute)| {
            format!("{id} is in the clone with other {attribute}: what is not read cannot be copied")
        }));
        let copied = |(id, attribute): &Remaining| {
            !attribute.is_some_and(|attribute| strange.iter().any(|(other, a)| other == id && *a == attribute))
        };
        let remaining: BTreeSet<Remaining> = differences.iter().flat_map(remaining).filter(copied).collect();
        info!(left = remaining.len(), "proof: compared with what is declared");
        Ok(Proof {
            rows: rows_before.values().sum(),
            tables: rows_before.values().filter(|n| **n > 0).count(),
            remaining,
            limits,
            part: (tables(&self.actual) < tables(&self.comparison.actual))
                .then(|| (tables(&self.actual), tables(&self.comparison.actual))),
        })
    }
}

impl Job<'_> {
    /// What the clone has otherwise from the start, and the patch is not about:
    /// a secret is not read, so it is not copied either.
    fn strange(&self, before: &Catalog) -> Vec<Change> {
        let changes = |difference: &Difference| match difference {
            Difference::Changed { expected, changes, .. } => changes
                .iter()
                .filter(|c| c.attribute.compare != Compare::Printed)
                .map(|c| (expected.id.clone(), c.attribute.name))
                .collect(),
            Difference::Missing { .. } | Difference::Unexpected { .. } | Difference::Renamed { .. } => Vec::new(),
        };
        let known: Vec<Change> = self.comparison.differences.iter().flat_map(changes).collect();
        let found = diff::diff(&self.actual, before);
        let found = found.iter().flat_map(changes);
        found.filter(|change| change.1 != "owner" && !known.contains(change)).collect()
    }
}

/// An object, and the attribute in which it differs.
type Change = (ObjectId, &'static str);

fn tables(catalog: &Catalog) -> usize {
    catalog.of_kind(ObjectKind::Table).len()
}

fn nothing_lost(before: &Catalog, after: &Catalog, rows_before: &Rows, rows_after: &Rows) -> Result<()> {
    if let Some(gone) = before.objects().iter().find(|o| after.get(&o.id).is_none() && !fill::is_ours(&o.id)) {
        return Err(failure(
            format!("the patch would remove {}; it was not written", gone.id),
            "please report this: an additive patch must not do that",
        ));
    }
    for ((schema, table), rows) in rows_before {
        let now = rows_after.get(&(schema.clone(), table.clone())).copied().unwrap_or(0);
        if now < *rows {
            return Err(failure(
                format!("the patch would lose {} of {rows} rows of {schema}.{table}; it was not written", rows - now),
                "please report this: an additive patch must not do that",
            ));
        }
    }
    Ok(())
}

/// Under another name, a table holds just the rows that it held.
fn same_rows(renamed: &Renamed, before: &Rows, after: &Rows) -> Result<()> {
    let id = |(schema, table): &(Arc<str>, Arc<str>)| ObjectId::new(ObjectKind::Table, schema, "", table);
    for (table, rows) in after {
        let id = id(table);
        let was = renamed.was(&id);
        let there = before.get(&(was.schema.clone(), was.name.clone())).copied();
        if there != Some(*rows) {
            let there = there.map_or_else(|| "none".to_owned(), |rows| rows.to_string());
            return Err(failure(
                format!("{id} would hold {rows} rows once it is renamed, and {was} holds {there}; nothing was written"),
                "please report this with the output of `drift snapshot`: a name must not change rows",
            ));
        }
    }
    Ok(())
}

/// Of what a full plan says nothing about, every row must be there.
fn nothing_else_lost(
    before_plan: &Catalog,
    lost: &BTreeSet<&ObjectId>,
    before: &Rows,
    rows_after: &Rows,
) -> Result<()> {
    for ((schema, table), rows) in before {
        let id = ObjectId::new(ObjectKind::Table, schema, "", table);
        let now = rows_after.get(&(schema.clone(), table.clone())).copied().unwrap_or(0);
        // A partition or a child goes with its parent, whose name is enough; and takes rows of its parent along.
        let above = lineage(&id, before_plan).iter().any(|id| lost.iter().any(|lost| lost.group() == id.group()));
        let named = above || lost.iter().any(|lost| lineage(lost, before_plan).contains(&id));
        if now < *rows && !named {
            return Err(failure(
                format!("the plan would lose {} of {rows} rows of {schema}.{table}; it was not written", rows - now),
                "please report this with the output of `drift snapshot`: a plan must say what it loses",
            ));
        }
    }
    Ok(())
}

/// A table and all that it is a partition or a child of.
fn lineage(table: &ObjectId, catalog: &Catalog) -> Vec<ObjectId> {
    let mut all = vec![table.clone()];
    let mut at = 0;
    while let Some(id) = all.get(at).cloned() {
        let object = catalog.get(&id);
        let parents = object.into_iter().flat_map(|object| {
            object.text("partition_of").into_iter().chain(object.list("inherits").iter().map(|name| &**name))
        });
        for (schema, name) in parents.filter_map(split_qualified) {
            let parent = ObjectId::new(ObjectKind::Table, &schema, "", &name);
            if !all.contains(&parent) {
                all.push(parent);
            }
        }
        at += 1;
    }
    all
}

/// A difference as what remains: every object of its own fact, attribute by attribute.
pub fn remaining(difference: &Difference) -> Vec<Remaining> {
    match difference {
        Difference::Missing { expected, includes } => {
            let mut all = vec![(expected.id.clone(), None)];
            all.extend(includes.iter().map(|id| (id.clone(), None)));
            all
        }
        Difference::Unexpected { actual, .. } => vec![(actual.id.clone(), None)],
        Difference::Renamed { expected, .. } => vec![(expected.id.clone(), None)],
        Difference::Changed { expected, changes, .. } => {
            changes.iter().map(|c| (expected.id.clone(), Some(c.attribute.name))).collect()
        }
    }
}
