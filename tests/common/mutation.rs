//! Seeded holes: one schema in one scratch Postgres, a change to it in a
//! transaction that is taken back, and what the tenancy rules say about the
//! catalog in between. The schema by itself must give no error and no warning;
//! a change must give just what its case lists, and take nothing away.
//!
//! ```ignore
//! let bench = Bench::open("expected-schema").await;
//! bench.judge(&[
//!     Case::hole("no row security", "ALTER TABLE public.tools DISABLE ROW LEVEL SECURITY",
//!         &["rls-disabled public.tools"]),
//!     Case::silent("another comment", "COMMENT ON TABLE public.tools IS 'x'"),
//! ]).await;
//! bench.close().await;
//! ```

use std::collections::BTreeMap;
use std::path::PathBuf;

use drift::history::folder;
use drift::jobs::compare;
use drift::model::catalog::Catalog;
use drift::model::finding::Severity;
use drift::pg::introspect;
use drift::pg::introspect::Reader;
use drift::pg::introspect::Scope;
use drift::scratch::Engine;
use drift::scratch::Needs;
use drift::scratch::Scratch;
use drift::scratch::compile;
use drift::scratch::compile::Platform;
use drift::spec::Spec;
use drift::tenancy;
use drift::tenancy::RuleFinding;

/// The two schemas that every rule is tried on.
pub const SCHEMAS: [&str; 2] = ["expected-schema", "tests/schemas/organizations"];

/// One change to a schema, and what the rules must say about it.
#[derive(Debug, Clone)]
pub struct Case {
    pub name: String,
    pub sql: String,
    /// `code object`, one for each finding that the change adds.
    pub adds: Vec<String>,
    /// `code object`, one for each finding of the schema that it takes away.
    pub removes: Vec<String>,
}

impl Case {
    /// A hole that must be found.
    pub fn hole(name: &str, sql: &str, adds: &[&str]) -> Case {
        let adds = adds.iter().map(|finding| finding.to_string()).collect();
        Case { name: name.to_owned(), sql: sql.to_owned(), adds, removes: Vec::new() }
    }

    /// A near-miss, or a repaired state: no finding may come or go.
    pub fn silent(name: &str, sql: &str) -> Case {
        Case::hole(name, sql, &[])
    }

    /// The same, where a finding of the schema itself (a note) goes away.
    pub fn removing(self, removes: &[&str]) -> Case {
        Case { removes: removes.iter().map(|finding| finding.to_string()).collect(), ..self }
    }
}

/// A schema that was brought to life, and what the rules say about it as it is.
pub struct Bench {
    scratch: Scratch,
    pub spec: Spec,
    /// What the platform's stand-ins made: not the schema's.
    provided: Catalog,
    pub declared: Catalog,
    calm: Vec<RuleFinding>,
}

impl Bench {
    /// Loads a spec directory, named from the root of the repository. Panics
    /// where it breaks a rule with an error or a warning.
    pub async fn open(spec: &str) -> Bench {
        Bench::open_with(spec, |_| {}).await
    }

    /// The same with a change to `drift.toml`, as types.
    pub async fn open_with(spec: &str, change: impl FnOnce(&mut Spec)) -> Bench {
        Bench::open_on(None, spec, change).await
    }

    /// The same in a scratch of one's choice.
    pub async fn open_on(engine: Option<&Engine>, spec: &str, change: impl FnOnce(&mut Spec)) -> Bench {
        let directory: PathBuf = super::root().join(spec);
        let files = folder::sql(&directory).unwrap();
        let mut spec = compare::read_spec(&directory).unwrap();
        change(&mut spec);
        let platform = if spec.platform.is_some() { Platform::Supabase } else { Platform::None };
        let (engine, _) = Engine::choose(engine, &files).unwrap();
        let scratch = Scratch::start(&engine, &Needs::of(&files)).await.unwrap();
        compile::load(&scratch, &[], platform).await.unwrap();
        let everything = Scope::default();
        let provided = introspect::introspect(scratch.client(), &everything, Reader::PgCatalog).await.unwrap();
        compile::load(&scratch, &files, Platform::None).await.unwrap();
        let mut bench = Bench { scratch, spec, provided, declared: Catalog::default(), calm: Vec::new() };
        bench.declared = bench.changed("").await.unwrap();
        bench.calm = tenancy::check(&bench.declared, Some(&bench.declared), &bench.spec);
        let loud: Vec<String> = bench.calm.iter().filter(|f| f.severity != Severity::Note).map(line).collect();
        assert!(loud.is_empty(), "{} breaks its own rules:\n{}", directory.display(), loud.join("\n"));
        bench
    }

    /// The catalog as it is after a change, which is then taken back.
    pub async fn changed(&self, sql: &str) -> Result<Catalog, String> {
        let client = self.scratch.client();
        let run = async {
            client.batch_execute("BEGIN").await.map_err(|e| e.to_string())?;
            client.batch_execute(sql).await.map_err(|e| format!("{e}: {:?}", e.as_db_error().map(|e| e.message())))?;
            let scope = Scope::default();
            introspect::introspect_uncommitted(client, &scope).await.map_err(|e| format!("{e:#}"))
        };
        let outcome = run.await;
        client.batch_execute("ROLLBACK").await.unwrap();
        outcome.map(|catalog| self.as_compared(catalog))
    }

    /// What `drift check` would look at: see `jobs::source` and `jobs::compare`.
    fn as_compared(&self, mut catalog: Catalog) -> Catalog {
        let owner = self.scratch.user().to_owned();
        catalog.map_objects(|object| {
            if object.text("owner") == Some(&*owner) {
                object.attributes = object.attributes.without("owner");
            }
        });
        let managed = self.spec.schemas.iter().cloned().collect();
        let stand_in = |object: &drift::model::object::Object| {
            self.provided.get(&object.id).is_some_and(|made| made.attributes == object.attributes)
        };
        compare::keep_managed(catalog.retain(|object| !stand_in(object)), &self.spec, &managed)
    }

    /// All that the rules say after a change.
    pub async fn findings(&self, sql: &str) -> Vec<RuleFinding> {
        let catalog = self.changed(sql).await.unwrap_or_else(|error| panic!("{sql}\n{error}"));
        tenancy::check(&catalog, Some(&self.declared), &self.spec)
    }

    /// What the rules say after a change and did not say before it.
    pub async fn added(&self, sql: &str) -> Vec<RuleFinding> {
        let mut added = self.findings(sql).await;
        added.retain(|finding| !self.calm.iter().any(|calm| key(calm) == key(finding)));
        added
    }

    /// Panics with every case that does not hold, not only the first. Else what
    /// was said, for a golden.
    pub async fn judge(&self, cases: &[Case]) -> String {
        let (mut wrong, mut said) = (Vec::new(), String::new());
        for case in cases {
            match self.case(case).await {
                Ok(lines) => said += &format!("# {}\n{lines}\n", case.name),
                Err(why) => wrong.push(format!("{}: {why}\n  {}", case.name, case.sql)),
            }
        }
        assert!(wrong.is_empty(), "{} of {} cases do not hold:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
        said
    }

    async fn case(&self, case: &Case) -> Result<String, String> {
        let catalog = self.changed(&case.sql).await?;
        let found = tenancy::check(&catalog, Some(&self.declared), &self.spec);
        let (before, after) = (counted(self.calm.iter().map(key)), counted(found.iter().map(key)));
        let added = surplus(&after, &before);
        let removed = surplus(&before, &after);
        let mut expected = case.adds.clone();
        expected.sort();
        let mut gone = case.removes.clone();
        gone.sort();
        let new = || found.iter().filter(|finding| added.contains(&key(finding)));
        if (&added, &removed) == (&expected, &gone) {
            return Ok(new().map(|finding| format!("{}\n  help: {}\n", line(finding), finding.help)).collect());
        }
        let said: Vec<String> = new().map(line).collect();
        Err(format!("expected {expected:?} less {gone:?}, got {added:?} less {removed:?}\n  {}", said.join("\n  ")))
    }

    pub async fn close(self) {
        self.scratch.stop().await;
    }
}

/// How a case names a finding.
pub fn key(finding: &RuleFinding) -> String {
    format!("{} {}", finding.code, finding.object.dotted())
}

fn line(finding: &RuleFinding) -> String {
    format!("{}[{}] {}", finding.severity.word(), key(finding), finding.message)
}

fn counted(keys: impl Iterator<Item = String>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for key in keys {
        *counts.entry(key).or_default() += 1;
    }
    counts
}

/// What `left` has more of than `right`, once for each.
fn surplus(left: &BTreeMap<String, usize>, right: &BTreeMap<String, usize>) -> Vec<String> {
    left.iter()
        .flat_map(|(key, count)| {
            let more = count.saturating_sub(right.get(key).copied().unwrap_or(0));
            std::iter::repeat_n(key.clone(), more)
        })
        .collect()
}
