//! What must hold of two sides: each is itself, just what was mutated is
//! found, and the plan from one to the other leads there, keeps the rows, and
//! leaves nothing for a second one.

use std::collections::BTreeSet;

use drift::diff;
use drift::jobs::settle;
use drift::jobs::source;
use drift::jobs::source::ReadOptions;
use drift::model::catalog::Catalog;
use drift::model::difference::Difference;
use drift::model::object::ObjectId;
use drift::pg::connect;
use drift::pg::connect::Session;
use drift::pg::connect::Target;
use drift::pg::introspect;
use drift::pg::introspect::Reader;
use drift::pg::introspect::Scope;
use drift::plan::full;
use drift::plan::render;
use drift::scratch::split;

use super::model::Model;
use super::render::Facts;
use super::render::Script;
use super::rows;

/// Makes a database as it was born: much faster than a new one.
const EMPTY: &str = "
ROLLBACK; RESET ALL; SET client_min_messages = warning;
DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT evtname FROM pg_event_trigger LOOP EXECUTE format('DROP EVENT TRIGGER %I', one.evtname); END LOOP;
  FOR one IN SELECT pubname FROM pg_publication LOOP EXECUTE format('DROP PUBLICATION %I', one.pubname); END LOOP;
  FOR one IN SELECT subname FROM pg_subscription JOIN pg_database AS b ON b.oid = subdbid WHERE datname = current_database() LOOP
    EXECUTE format('DROP SUBSCRIPTION %I', one.subname);
  END LOOP;
  FOR one IN SELECT r.rolname FROM pg_db_role_setting AS s JOIN pg_database AS b ON b.oid = s.setdatabase
      LEFT JOIN pg_roles AS r ON r.oid = s.setrole WHERE datname = current_database() LOOP
    EXECUTE format('ALTER ' || COALESCE('ROLE ' || quote_ident(one.rolname) || ' IN ', '') || 'DATABASE %I RESET ALL', current_database());
  END LOOP;
  FOR one IN SELECT fdwname FROM pg_foreign_data_wrapper LOOP
    EXECUTE format('DROP FOREIGN DATA WRAPPER %I CASCADE', one.fdwname);
  END LOOP;
  FOR one IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
    EXECUTE format('DROP SCHEMA %I CASCADE', one.nspname);
  END LOOP;
END $$;
CREATE SCHEMA public AUTHORIZATION pg_database_owner;
GRANT USAGE ON SCHEMA public TO PUBLIC;
COMMENT ON SCHEMA public IS 'standard public schema';";

/// Where the checks of one worker take place: three databases of its own.
pub struct Place {
    options: ReadOptions,
    from: Session,
    to: Session,
    again: Session,
}

/// Which check failed, and how.
#[derive(Debug, Clone)]
pub struct Failure {
    pub check: &'static str,
    pub said: String,
    /// The plan, where there was one.
    pub plan: String,
}

impl Failure {
    /// The same for failures that are probably of one cause: the check, and
    /// the SQLSTATE or the first word of what was said.
    pub fn kind(&self) -> (&'static str, &str) {
        let code = self.said.match_indices('(').find_map(|(at, _)| {
            let code = self.said.get(at + 1..at + 6)?;
            let plain = code.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
            (plain && self.said[at + 6..].starts_with(')')).then_some(code)
        });
        (self.check, code.or(self.said.split_whitespace().next()).unwrap_or_default())
    }
}

type Outcome = Result<(), Failure>;

fn failure(check: &'static str, said: impl Into<String>) -> Failure {
    Failure { check, said: said.into(), plan: String::new() }
}

async fn run(session: &Session, statements: &[String]) -> Result<(), String> {
    for statement in statements {
        let done = session.client().batch_execute(statement).await;
        done.map_err(|error| format!("{}\n  {statement}", connect::describe(&error)))?;
    }
    Ok(())
}

/// Runs a text of many statements as drift itself does.
async fn run_text(check: &'static str, session: &Session, text: &str) -> Outcome {
    let pieces = split::pieces(text, "text").map_err(|e| failure(check, format!("{e:#}")))?;
    let statements: Vec<String> = pieces.into_iter().map(|piece| piece.sql).collect();
    run(session, &statements).await.map_err(|said| failure(check, said))
}

async fn read(session: &Session) -> Result<Catalog, Failure> {
    let failed = |e: anyhow::Error| failure("reading", format!("{e:#}"));
    let mut catalog =
        introspect::introspect(session.client(), &Scope::default(), Reader::PgCatalog).await.map_err(failed)?;
    catalog.rows = Some(introspect::count_rows(session.client(), &catalog, 0).await.map_err(failed)?);
    catalog.live = true;
    Ok(catalog)
}

impl Place {
    /// Makes the databases of a worker.
    pub async fn new(server: &Target, options: &ReadOptions, worker: usize) -> Place {
        let mut sessions = Vec::new();
        for name in ["from", "to", "again"] {
            let target = server.with_database(&format!("generator_{worker}_{name}"));
            let session = connect::connect(server).await.unwrap();
            run(&session, &[format!("CREATE DATABASE {} TEMPLATE template0", target.database)]).await.unwrap();
            session.close().await;
            sessions.push(connect::connect(&target).await.unwrap());
        }
        let mut next = || sessions.remove(0);
        Place { options: options.clone(), from: next(), to: next(), again: next() }
    }

    /// A script, and rows, in a database that holds nothing else.
    async fn load(&self, session: &Session, script: &Script, rows: &[String]) -> Outcome {
        let before = [EMPTY.to_owned(), "BEGIN".to_owned()];
        let after = ["COMMIT".to_owned()];
        let statements = [&before[..], &script.structure, rows, &script.rest, &script.last, &after].concat();
        run(session, &statements).await.map_err(|said| failure("loading", said))
    }

    /// What differs, settled; but for what is `known` to differ, since settling
    /// takes longer than all the rest.
    async fn differences(
        &self,
        (expected, actual): (&Catalog, &Catalog),
        known: &BTreeSet<ObjectId>,
    ) -> Result<Vec<Difference>, Failure> {
        let (mut sure, doubtful): (Vec<_>, Vec<_>) =
            diff::diff(expected, actual).into_iter().partition(|difference| known.contains(difference.id()));
        if !diff::has_printed_change(&doubtful) {
            return Ok(diff::diff(expected, actual));
        }
        let mut notes = Vec::new();
        let settled = settle::settle(expected, actual, doubtful, &self.options, &mut notes).await;
        sure.extend(settled.map_err(|error| failure("settling", format!("{error:#}")))?);
        match notes.into_iter().next() {
            Some(note) => Err(failure("settling", note)),
            None => Ok(sure),
        }
    }
}

async fn ask(session: &Session, queries: &[String]) -> Result<Vec<String>, Failure> {
    let mut answers = Vec::new();
    for query in queries {
        let rows = session.client().query_typed(query, &[]).await;
        let rows = rows.map_err(|e| failure("asking", format!("{}\n  {query}", connect::describe(&e))))?;
        answers.push(rows[0].try_get(0).map_err(|e| failure("asking", e.to_string()))?);
    }
    Ok(answers)
}

/// What is the same in all checks of a case.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// Whether what is known to differ is settled too.
    pub settles_all: bool,
    /// Whether plans take the short forms, for a database that nobody uses.
    pub offline: bool,
}

/// A side as a model, as SQL, and as the server shows it.
struct Side<'a> {
    model: &'a Model,
    script: &'a Script,
    catalog: Catalog,
}

/// All checks: from one side to the other, and back to where it began.
pub async fn check(place: &Place, here: &Model, there: &Model, manner: Manner) -> Outcome {
    let (a, b) = (super::render::render(here), super::render::render(there));
    place.load(&place.from, &a, &rows::inserts(here, there)).await?;
    place.load(&place.to, &b, &[]).await?;
    let start = Side { model: here, script: &a, catalog: read(&place.from).await? };
    let end = Side { model: there, script: &b, catalog: read(&place.to).await? };
    rebuilt(place, if manner.offline { &start.catalog } else { &end.catalog }).await?;
    let arrived = way(place, &start, &end, manner).await?;
    let end = Side { catalog: arrived, ..end };
    way(place, &end, &start, manner).await.map(|_| ())
}

/// Leads the database from one side to the other, and reads what it is then.
async fn way(place: &Place, from: &Side<'_>, to: &Side<'_>, manner: Manner) -> Result<Catalog, Failure> {
    let (actual, expected) = (&from.catalog, &to.catalog);
    let wanted = changed(&from.script.facts, &to.script.facts);
    let known = if manner.settles_all { BTreeSet::new() } else { wanted.clone() };
    let differences = place.differences((expected, actual), &known).await?;
    let may = changed(&super::render::typed(from.model), &super::render::typed(to.model));
    exactly(&wanted, &may, &differences)?;
    let plan = full::full(expected, actual, &differences, &|_| None, manner.offline);
    let text = render::full(&plan).text;
    let with_plan = |failure: Failure| Failure { plan: text.clone(), ..failure };
    if !plan.left.is_empty() {
        let one = |(id, left): &(ObjectId, drift::kinds::Left)| format!("{id} ({}): {}", left.attribute, left.reason);
        let left: Vec<String> = plan.left.iter().map(one).collect();
        return Err(with_plan(failure("nothing is left", left.join("\n"))));
    }
    let questions = rows::questions(from.model, to.model);
    let before: Vec<String> = questions.iter().map(|question| question.before.clone()).collect();
    let before = ask(&place.from, &before).await?;
    run_text("the plan runs", &place.from, &text).await.map_err(with_plan)?;
    run(&place.from, &["RESET ALL".to_owned()]).await.map_err(|said| failure("asking", said))?;
    let arrived = read(&place.from).await.map_err(with_plan)?;
    let rest = place.differences((expected, &arrived), &BTreeSet::new()).await.map_err(with_plan)?;
    if !rest.is_empty() || !full::full(expected, &arrived, &rest, &|_| None, manner.offline).is_empty() {
        let rest: Vec<String> = rest.iter().map(told).collect();
        return Err(with_plan(failure("the plan converges", rest.join("\n"))));
    }
    let after: Vec<String> = questions.iter().map(|question| question.after.clone()).collect();
    let after = ask(&place.from, &after).await.map_err(with_plan)?;
    for (n, question) in questions.iter().enumerate() {
        if before[n] != after[n] {
            let said = format!("{}: {} before, {} after", question.column, before[n], after[n]);
            return Err(with_plan(failure("the rows survive", said)));
        }
    }
    Ok(arrived)
}

/// A side made again from what was read of it is the same.
async fn rebuilt(place: &Place, side: &Catalog) -> Outcome {
    let name = "rebuilding";
    let script = source::script(side);
    run(&place.again, &[EMPTY.to_owned()]).await.map_err(|said| failure(name, said))?;
    run_text(name, &place.again, &script).await?;
    run(&place.again, &["RESET ALL".to_owned()]).await.map_err(|said| failure(name, said))?;
    let rest = place.differences((side, &read(&place.again).await?), &BTreeSet::new()).await?;
    let rest: Vec<String> = rest.iter().map(told).collect();
    if rest.is_empty() { Ok(()) } else { Err(Failure { plan: script, ..failure(name, rest.join("\n")) }) }
}

fn changed(actual: &Facts, expected: &Facts) -> BTreeSet<ObjectId> {
    let ids = actual.keys().chain(expected.keys());
    ids.filter(|id| actual.get(id) != expected.get(id)).cloned().collect()
}

/// What differs in the models is found, and nothing else is.
fn exactly(wanted: &BTreeSet<ObjectId>, may: &BTreeSet<ObjectId>, differences: &[Difference]) -> Outcome {
    let (mut found, mut renamed) = (BTreeSet::new(), Vec::new());
    for difference in differences {
        found.insert(difference.id());
        match difference {
            Difference::Missing { includes, .. } | Difference::Unexpected { includes, .. } => found.extend(includes),
            Difference::Renamed { includes, actual, .. } => {
                found.extend(includes);
                found.insert(&actual.id);
                renamed.push(&actual.id);
            }
            Difference::Changed { .. } => {}
        }
    }
    // What hangs on something that has another name now is not listed.
    let hangs = |id: &ObjectId| {
        renamed.iter().any(|holder| id.schema == holder.schema && id.parent == holder.name || id.schema == holder.name)
    };
    let lacking: Vec<String> =
        wanted.iter().filter(|id| !found.contains(*id) && !hangs(id)).map(|id| format!("not found: {id}")).collect();
    let idle = differences.iter().filter(|d| !may.contains(d.id())).map(|d| format!("not mutated: {}", told(d)));
    let said: Vec<String> = lacking.into_iter().chain(idle).collect();
    if said.is_empty() { Ok(()) } else { Err(failure("just what was mutated is found", said.join("\n"))) }
}

fn told(difference: &Difference) -> String {
    let mut text = format!("{} {}", difference.word(), difference.id());
    if let Difference::Changed { changes, .. } = difference {
        for change in changes {
            text +=
                &format!("\n    {}: expected {:?}, actual {:?}", change.attribute.name, change.expected, change.actual);
        }
    }
    text
}
