//! Steps that give values to rows that exist, and to those that are written
//! while an old application is still running. Each can be stopped anywhere
//! and run again: what has a value is never written a second time.

use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::kind::ObjectKind;
use crate::model::object::ObjectId;
use crate::model::step::Additive;
use crate::model::step::Batches;
use crate::model::step::Hazard;
use crate::model::step::Lock;
use crate::model::step::Phase;
use crate::model::step::dollar_quote;

/// A column of a table, as the steps here name it.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub schema: &'a str,
    pub table: &'a str,
    pub column: &'a str,
}

impl Place<'_> {
    fn relation(&self) -> String {
        format!("{}.{}", quote(self.schema), quote(self.table))
    }

    fn class(&self) -> String {
        format!("{}::pg_catalog.regclass", literal(&self.relation()))
    }

    /// What the trigger and its function are called while they are there.
    pub fn trigger(&self) -> String {
        let cut = |name: &str| name.chars().take(24).collect::<String>();
        format!("{OURS}{}_{}", cut(self.table), cut(self.column))
    }
}

/// How the names of triggers and functions begin that are there for a while.
const OURS: &str = "drift_fill_";

/// True for what [`Additive::fill_new_rows`] made, and may be taken back, with
/// what hangs on it.
pub fn is_ours(id: &ObjectId) -> bool {
    let made = matches!(id.kind, ObjectKind::Trigger | ObjectKind::Function) && id.name.starts_with(OURS);
    made || id.parent.starts_with(OURS) && id.kind == ObjectKind::Grant
}

impl Additive {
    /// Gives `expression` to the rows whose column is NULL, a batch at a time,
    /// each in a transaction of its own. Not inside of a transaction block.
    pub fn fill_in_batches(place: Place, expression: &str, batches: &Batches) -> Self {
        let body = match batches.key.as_slice() {
            [] => by_place(place, expression, batches.rows),
            key => by_key(place, expression, key, batches.rows),
        };
        let mut this = Self::step(format!("DO {};", dollar_quote(&body)), Phase::Backfill);
        this.0.transactional = false;
        this.0.hazards = vec![Hazard::WritesRows];
        this.lock(Lock::RowExclusive, &place.relation())
    }

    /// Until [`Additive::stop_filling_new_rows`], a new row without a value gets
    /// `expression`, which must name everything in full: it is looked up with
    /// the rights of whoever runs the patch, for the application may not be
    /// allowed to. Not again once the column is NOT NULL.
    pub fn fill_new_rows(place: Place, expression: &str) -> Self {
        let (relation, class, name) = (place.relation(), place.class(), place.trigger());
        let (function, table, column) =
            (format!("{}.{}", quote(place.schema), quote(&name)), quote(place.table), quote(place.column));
        let body = format!(
            "BEGIN\n  IF NEW.{column} IS NULL THEN\n    \
             NEW.{column} := (SELECT {expression} FROM (SELECT NEW.*) AS {table});\n  END IF;\n  RETURN NEW;\nEND"
        );
        let sql = format!(
            "CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER\n    \
             SET search_path = pg_catalog, pg_temp AS {};\n    \
             CREATE TRIGGER {} BEFORE INSERT ON {relation} FOR EACH ROW EXECUTE FUNCTION {function}();",
            dollar_quote(&body),
            quote(&name)
        );
        let over = format!(
            "SELECT FROM pg_catalog.pg_attribute WHERE attrelid = {class} AND attname = {} AND attnotnull\n    \
             UNION ALL SELECT FROM pg_catalog.pg_trigger WHERE tgrelid = {class} AND tgname = {}",
            literal(place.column),
            literal(&name)
        );
        Self::step(sql, Phase::Expand).unless(&over).lock(Lock::ShareRowExclusive, &relation)
    }

    /// Takes back what [`Additive::fill_new_rows`] made, and nothing else.
    pub fn stop_filling_new_rows(place: Place) -> Self {
        let (relation, name) = (place.relation(), quote(&place.trigger()));
        let sql = format!(
            "DROP TRIGGER IF EXISTS {name} ON {relation};\nDROP FUNCTION IF EXISTS {}.{name}();",
            quote(place.schema)
        );
        Self::step(sql, Phase::Secure).lock(Lock::AccessExclusive, &relation)
    }

    /// As [`Additive::add_filled_column`], but until [`Additive::settle_default`]
    /// a new row gets the value too, unless `default` knows a better one.
    pub fn add_filled_column_for_now(place: Place, rest: &str, value: &str, default: Option<&str>) -> Self {
        let (relation, column) = (place.relation(), quote(place.column));
        let then = match default {
            Some(default) => {
                format!("\n    ALTER TABLE {relation} ALTER COLUMN {column} SET DEFAULT COALESCE({default}, {value});")
            }
            None => String::new(),
        };
        let sql = format!("ALTER TABLE {relation} ADD COLUMN {column} {rest} DEFAULT {value};{then}");
        let there = format!(
            "SELECT FROM pg_catalog.pg_attribute WHERE attrelid = {} AND attname = {} AND NOT attisdropped",
            place.class(),
            literal(place.column)
        );
        Self::step(sql, Phase::Expand).unless(&there).lock(Lock::AccessExclusive, &relation)
    }

    /// The declared default of a column that had another one for a while.
    pub fn settle_default(place: Place, default: Option<&str>) -> Self {
        let (relation, column) = (place.relation(), quote(place.column));
        let then = match default {
            Some(default) => format!("SET DEFAULT {default}"),
            None => "DROP DEFAULT".to_owned(),
        };
        Self::step(format!("ALTER TABLE {relation} ALTER COLUMN {column} {then};"), Phase::Secure)
            .lock(Lock::AccessExclusive, &relation)
    }
}

/// The advisory lock of whoever keeps batches from going on; one more than that of `drift apply`.
pub const PAUSE: i64 = 0x64_7269_6675;

/// Between two batches: while somebody holds [`PAUSE`], no transaction is kept open for long.
fn paused() -> String {
    format!(
        "    -- `drift apply` waits here for replicas that are behind.
    WHILE NOT pg_catalog.pg_try_advisory_xact_lock_shared({PAUSE}) LOOP
      COMMIT;
      PERFORM pg_catalog.pg_sleep(0.2);
    END LOOP;
    COMMIT;
"
    )
}

/// What each batch does first: settings end with their transaction.
const SETTINGS: &str = "    SET LOCAL search_path TO DEFAULT;
    SET LOCAL client_min_messages = notice;
    SET LOCAL plan_cache_mode = force_custom_plan;
    SET LOCAL lock_timeout = '10s';
";

/// Walks along the primary key. Rows that get no value are passed by, so the
/// walk ends even where some cannot be told.
fn by_key(place: Place, expression: &str, key: &[(String, String)], rows: u64) -> String {
    let (relation, table, column) = (place.relation(), quote(place.table), quote(place.column));
    let numbered = |text: &dyn Fn(usize, &str) -> String, between: &str| -> String {
        key.iter().enumerate().map(|(i, (name, _))| text(i + 1, &quote(name))).collect::<Vec<_>>().join(between)
    };
    let declared: String =
        key.iter().enumerate().map(|(i, (_, of_type))| format!("  drift_after_{} {of_type};\n", i + 1)).collect();
    let own = numbered(&|_, name| format!("{table}.{name}"), ", ");
    let after = numbered(&|i, _| format!("drift_after_{i}"), ", ");
    let chosen = numbered(&|i, name| format!("{table}.{name} AS drift_{i}"), ", ");
    let same = numbered(&|i, name| format!("drift_row.{name} = batch.drift_{i}"), " AND ");
    let last = numbered(&|i, _| format!("drift_{i}"), ", ");
    let last_down = numbered(&|i, _| format!("drift_{i} DESC"), ", ");
    let ended = numbered(&|i, _| format!("last.drift_{i}"), ", ");
    let shown = dotted(place);
    format!(
        "#variable_conflict use_column
DECLARE
  drift_started boolean := false;
{declared}  drift_looked bigint;
  drift_wrote bigint;
  drift_total bigint := 0;
  drift_without bigint := 0;
BEGIN
  LOOP
{SETTINGS}    WITH batch AS MATERIALIZED (
      SELECT {chosen}, {expression} AS drift_value
      FROM {relation}
      WHERE {table}.{column} IS NULL AND (NOT drift_started OR ({own}) > ({after}))
      ORDER BY {own}
      LIMIT {rows}
    ), written AS (
      UPDATE {relation} AS drift_row SET {column} = batch.drift_value
      FROM batch
      WHERE {same} AND drift_row.{column} IS NULL AND batch.drift_value IS NOT NULL
      RETURNING 1
    )
    SELECT (SELECT pg_catalog.count(*) FROM batch), (SELECT pg_catalog.count(*) FROM written), {ended}
    INTO drift_looked, drift_wrote, {after}
    FROM (SELECT) AS one
    LEFT JOIN (SELECT {last} FROM batch ORDER BY {last_down} LIMIT 1) AS last ON true;
    EXIT WHEN drift_looked = 0;
    drift_started := true;
    drift_total := drift_total + drift_wrote;
    drift_without := drift_without + drift_looked - drift_wrote;
    RAISE NOTICE '{shown}: % rows filled, % without a value, up to %', drift_total, drift_without, ROW({after});
    COMMIT;
    EXIT WHEN drift_looked < {rows};
{}  END LOOP;
END",
        paused()
    )
}

/// Walks along the pages of a table that has no primary key.
fn by_place(place: Place, expression: &str, rows: u64) -> String {
    let (relation, class, table, column) = (place.relation(), place.class(), quote(place.table), quote(place.column));
    let shown = dotted(place);
    format!(
        "#variable_conflict use_column
DECLARE
  drift_page bigint := 0;
  drift_step bigint;
  drift_pages bigint;
  drift_from tid;
  drift_to tid;
  drift_wrote bigint;
  drift_total bigint := 0;
BEGIN
  SELECT CASE WHEN reltuples > 0 THEN GREATEST(1, ({rows} * relpages / reltuples)::bigint) ELSE 64 END
  INTO drift_step FROM pg_catalog.pg_class WHERE oid = {class};
  LOOP
{SETTINGS}    drift_pages := pg_catalog.pg_relation_size({class}) / pg_catalog.current_setting('block_size')::bigint;
    EXIT WHEN drift_page >= drift_pages;
    drift_from := pg_catalog.format('(%s,0)', drift_page)::tid;
    drift_to := pg_catalog.format('(%s,0)', drift_page + drift_step)::tid;
    WITH batch AS MATERIALIZED (
      SELECT {table}.ctid AS drift_1, {expression} AS drift_value
      FROM ONLY {relation}
      WHERE {table}.{column} IS NULL AND {table}.ctid >= drift_from AND {table}.ctid < drift_to
    ), written AS (
      UPDATE ONLY {relation} AS drift_row SET {column} = batch.drift_value
      FROM batch
      WHERE drift_row.ctid = batch.drift_1 AND drift_row.{column} IS NULL AND batch.drift_value IS NOT NULL
      RETURNING 1
    )
    SELECT pg_catalog.count(*) INTO drift_wrote FROM written;
    drift_page := drift_page + drift_step;
    drift_total := drift_total + drift_wrote;
    RAISE NOTICE '{shown}: % rows filled, % of % pages', drift_total, LEAST(drift_page, drift_pages), drift_pages;
    COMMIT;
{}  END LOOP;
END",
        paused()
    )
}

/// The column in a message of PL/pgSQL.
fn dotted(place: Place) -> String {
    let text = format!("{}.{}.{}", place.schema, place.table, place.column);
    text.replace('\'', "''").replace('%', "%%")
}
