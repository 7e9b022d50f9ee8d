//! Rows that a reset keeps: planned, and tried on a clone with rows in it.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::files::SqlFile;
use crate::jobs::clone;
use crate::jobs::compare;
use crate::jobs::compare::Comparison;
use crate::jobs::rehearsal::Rehearsal;
use crate::jobs::source::Source;
use crate::model::ident::literal;
use crate::model::kind::ObjectKind;
use crate::model::object::ObjectId;
use crate::pg::introspect;
use crate::plan::keep;
use crate::plan::keep::Fate;
use crate::plan::keep::Kept;
use crate::plan::reset;
use crate::plan::reset::Outcome;
use crate::scratch::Needs;
use crate::scratch::Scratch;
use crate::scratch::compile;
use crate::scratch::compile::Platform;

/// What is kept, and what came of trying it.
pub struct KeptRows {
    pub plan: Kept,
    /// Rows of the clone that were put back, or why that failed.
    pub tried: Result<u64, String>,
    /// The clone's rows are not those of the database.
    made_up: bool,
}

impl KeptRows {
    /// For a person.
    pub fn says(&self) -> String {
        let back = self.plan.tables.iter().filter(|table| matches!(table.fate, Fate::Back { .. })).count();
        let mut text = match &self.tried {
            Ok(rows) => {
                let unseen = match self.made_up {
                    true => {
                        "; its rows are made up: whether the real ones keep every foreign key, 03_rows.sql will tell"
                    }
                    false => "",
                };
                format!("  the rows of {back} tables are put back; on a clone, {rows} of {rows} were{unseen}\n")
            }
            Err(error) => format!("  the rows cannot be put back on a clone: {error}\n"),
        };
        for table in &self.plan.tables {
            match &table.fate {
                Fate::Back { without } if without.is_empty() => {}
                Fate::Back { without } => {
                    text.push_str(&format!("  - {}: put back without {}\n", table.id.dotted(), without.join(", ")));
                }
                Fate::Aside(reason) => {
                    text.push_str(&format!("  - {}: stays in {}: {reason}\n", table.id.dotted(), keep::SCHEMA));
                }
            }
        }
        text
    }
}

/// Plans what is kept, and tries it: the rows of the source's SQL, or made-up ones.
///
/// # Errors
/// The scratch does not start, or the clone cannot be built.
pub async fn kept(
    source: &Source,
    comparison: &Comparison,
    rehearsal: &Rehearsal,
    values: &BTreeMap<String, String>,
    create_tenant: &[(String, String)],
) -> Result<KeptRows> {
    let tenant = compare::tenant(&comparison.spec, &comparison.expected);
    let plan = keep::keep(&keep::Input {
        actual: comparison.there(),
        target: &rehearsal.catalog,
        managed: &comparison.managed,
        values,
        tenant: tenant.as_ref(),
        create_tenant,
    })?;
    if !rehearsal.failures.is_empty() {
        let tried = Err("not tried: statements of the reset fail".to_owned());
        return Ok(KeptRows { plan, tried, made_up: false });
    }
    let made_up = !matches!(source, Source::Sql(_));
    let mut limits = Vec::new();
    let clone = clone::files(source, comparison, comparison.there(), &mut limits)?;
    let all = [clone.as_slice(), &rehearsal.files].concat();
    let scratch = Scratch::start(&rehearsal.engine, &Needs::of(&all)).await?;
    let run = async {
        let platform = comparison.options.platform.unwrap_or(Platform::None);
        compile::load_made(&scratch, &clone, platform, comparison.there().server_version).await?;
        if made_up {
            // A tenant that rows are given is in the clone, unless it is made with them.
            let mut assumed = BTreeMap::new();
            for column in plan.filled_by_rows(&rehearsal.catalog, comparison.there()) {
                assumed.insert(column, Vec::new());
            }
            let created = |value: &str| create_tenant.iter().any(|(_, given)| literal(given) == value);
            if let Some(tenant) = &tenant {
                let (schema, table) = &tenant.registry;
                let key = ObjectId::new(ObjectKind::Column, schema, table, &tenant.key);
                assumed.insert(
                    key,
                    values.values().filter(|value| value.starts_with('\'') && !created(value)).cloned().collect(),
                );
            }
            clone::fill(&scratch, comparison.there(), &assumed, &mut limits).await?;
        }
        let before = clone::read(&scratch, comparison).await?;
        let rows_before = introspect::count_rows(scratch.client(), &before, 0).await?;
        let outcome =
            |file: &SqlFile| Outcome { name: file.name.clone(), text: file.text.clone(), failures: Vec::new() };
        let outcomes: Vec<Outcome> = rehearsal.files.iter().map(outcome).collect();
        let untried = Err(String::new());
        let files = reset::plan(&reset::Input {
            source: "",
            spec: "",
            actual: comparison.there(),
            managed: &comparison.managed,
            made: &super::made_by(&rehearsal.files)?,
            outside: &[],
            outcomes: &outcomes,
            moved: &[],
            remaining: &[],
            kept: Some((&plan, &untried)),
        });
        let files: Vec<SqlFile> = files
            .into_iter()
            .filter(|file| file.name.ends_with(".sql"))
            .map(|file| SqlFile { name: file.name, text: file.text })
            .collect();
        let (back, before_that): (Vec<SqlFile>, Vec<SqlFile>) =
            files.into_iter().partition(|file| file.name == reset::ROWS);
        let mut run = compile::load(&scratch, &before_that, Platform::None).await;
        if run.is_ok() {
            if made_up {
                // Rows that are made up refer to nothing.
                scratch.client().batch_execute("SET session_replication_role = replica").await?;
            }
            run = compile::load(&scratch, &back, Platform::None).await;
        }
        if let Err(error) = run {
            return anyhow::Ok(Err(format!("{error:#}")));
        }
        let after = clone::read(&scratch, comparison).await?;
        let rows_after = introspect::count_rows(scratch.client(), &after, 0).await?;
        let mut put_back = 0;
        for table in plan.tables.iter().filter(|table| matches!(table.fate, Fate::Back { .. })) {
            let key = (table.id.schema.clone(), table.id.name.clone());
            let (was, is) = (rows_before.get(&key).copied(), rows_after.get(&key).copied());
            if is < was {
                return Ok(Err(format!("{} has {is:?} rows afterwards, and had {was:?}", table.id.dotted())));
            }
            put_back += was.unwrap_or(0);
        }
        Ok(Ok(put_back))
    };
    let tried = run.await;
    scratch.stop().await;
    Ok(KeptRows { plan, tried: tried?, made_up })
}
