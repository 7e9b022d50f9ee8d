//! The steps that an additive plan can have: there is no constructor of one that
//! drops, narrows or rewrites.

use serde::Serialize;

use super::Hazard;
use super::Lock;
use super::Phase;
use super::Step;
use super::dollar_quote;
use super::on_database;
use crate::model::ident::literal;
use crate::model::ident::quote;

/// How a table is walked through, a part at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batches {
    /// The columns of the primary key with their types; none: by where rows
    /// lie on disk, which PostgreSQL can search from 14 on.
    pub key: Vec<(String, String)>,
    /// How many rows are written in one transaction.
    pub rows: u64,
}

/// A step that can only add. See the head of [`super`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Additive(pub(in crate::model) Step);

impl Additive {
    pub(in crate::model) fn step(sql: String, phase: Phase) -> Self {
        Additive(Step::new(sql, phase))
    }

    /// `CREATE <rest>;` — `rest` must not be `OR REPLACE` of something that exists.
    pub fn create(phase: Phase, rest: &str) -> Self {
        Self::step(format!("CREATE {rest};"), phase)
    }

    /// `CREATE [UNIQUE] INDEX CONCURRENTLY IF NOT EXISTS <rest>;`
    pub fn create_index_concurrently(unique: bool, rest: &str) -> Self {
        let unique = if unique { "UNIQUE " } else { "" };
        let mut this = Self::step(format!("CREATE {unique}INDEX CONCURRENTLY IF NOT EXISTS {rest};"), Phase::Index);
        this.0.transactional = false;
        this.0.hazards = vec![Hazard::IndexBuild];
        this
    }

    /// `ALTER TABLE <relation> ADD <rest>;`
    pub fn add(phase: Phase, relation: &str, rest: &str) -> Self {
        Self::step(format!("ALTER TABLE {relation} ADD {rest};"), phase)
    }

    /// `ALTER TYPE <name> ADD VALUE IF NOT EXISTS <rest>;` — on its own: a
    /// transaction cannot use a value that it has added itself.
    pub fn add_enum_value(name: &str, rest: &str) -> Self {
        let mut this = Self::step(format!("ALTER TYPE {name} ADD VALUE IF NOT EXISTS {rest};"), Phase::Prepare);
        this.0.transactional = false;
        this
    }

    /// `ALTER TYPE <name> ADD ATTRIBUTE <attribute>;` at the end of a composite type. Writes no row.
    pub fn add_attribute(name: &str, attribute: &str) -> Self {
        Self::step(format!("ALTER TYPE {name} ADD ATTRIBUTE {attribute};"), Phase::Prepare)
    }

    /// `ALTER TABLE <relation> VALIDATE CONSTRAINT <name>;`
    pub fn validate(relation: &str, constraint: &str) -> Self {
        let sql = format!("ALTER TABLE {relation} VALIDATE CONSTRAINT {};", quote(constraint));
        let mut this = Self::step(sql, Phase::Validate);
        this.0.hazards = vec![Hazard::FullScan];
        this
    }

    /// `ALTER TABLE … ALTER COLUMN … ADD GENERATED … AS IDENTITY`, unless it has one.
    pub fn add_identity(relation: &str, column: &str, generated: &str) -> Self {
        let there = format!(
            "SELECT FROM pg_catalog.pg_attribute WHERE attrelid = pg_catalog.to_regclass({}) AND attname = {} AND attidentity <> ''",
            literal(relation),
            literal(column)
        );
        let column = quote(column);
        Self::step(format!("ALTER TABLE {relation} ALTER COLUMN {column} ADD{generated};"), Phase::Expand)
            .unless(&there)
    }

    /// `ALTER TABLE ONLY <relation> ALTER COLUMN <column> SET DEFAULT <expression>;` where
    /// none was. A child or partition has a default of its own, or none.
    pub fn set_default(relation: &str, column: &str, expression: &str) -> Self {
        let column = quote(column);
        Self::step(
            format!("ALTER TABLE ONLY {relation} ALTER COLUMN {column} SET DEFAULT {expression};"),
            Phase::Expand,
        )
    }

    /// A NOT NULL column with the same value for every row that exists, added
    /// without writing a row: the value becomes a default and the default is
    /// taken away (or replaced by the declared one) in the same transaction.
    pub fn add_filled_column(relation: &str, name: &str, rest: &str, value: &str, default: Option<&str>) -> Self {
        let column = quote(name);
        let then = match default {
            Some(expression) => format!("SET DEFAULT {expression}"),
            None => "DROP DEFAULT".to_owned(),
        };
        Self::step(
            format!(
                "ALTER TABLE {relation} ADD COLUMN IF NOT EXISTS {column} {rest} DEFAULT {value};\n\
                 ALTER TABLE {relation} ALTER COLUMN {column} {then};"
            ),
            Phase::Expand,
        )
    }

    /// `UPDATE <relation> SET <column> = <expression> WHERE <column> IS NULL;`
    /// Only rows without a value are written.
    pub fn fill(relation: &str, column: &str, expression: &str) -> Self {
        let column = quote(column);
        let sql = format!("UPDATE {relation} SET {column} = {expression} WHERE {column} IS NULL;");
        let mut this = Self::step(sql, Phase::Backfill);
        this.0.hazards = vec![Hazard::WritesRows];
        this.lock(Lock::RowExclusive, relation)
    }

    /// NOT NULL without a long lock where it is a constraint, from version 18 on: first for new rows, then
    /// validated. The patch may be tried on an older server, which does at once what it has no two steps for.
    pub fn add_not_null(relation: &str, column: &str, constraint: &str) -> Vec<Self> {
        let class = format!("{}::pg_catalog.regclass", literal(relation));
        let done = format!(
            "SELECT FROM pg_catalog.pg_attribute WHERE attrelid = {class} AND attname = {} AND attnotnull",
            literal(column)
        );
        let waits = format!(
            "SELECT FROM pg_catalog.pg_constraint WHERE conrelid = {class} AND conname = {} AND NOT convalidated",
            literal(constraint)
        );
        let (name, column) = (quote(constraint), quote(column));
        let add = format!(
            "BEGIN\n  IF pg_catalog.current_setting('server_version_num')::int4 >= 180000 AND NOT EXISTS ({done}) THEN\n    \
             ALTER TABLE {relation} ADD CONSTRAINT {name} NOT NULL {column} NOT VALID;\n  END IF;\nEND"
        );
        let validate = format!(
            "BEGIN\n  IF EXISTS ({waits}) THEN\n    ALTER TABLE {relation} VALIDATE CONSTRAINT {name};\n  \
             ELSIF NOT EXISTS ({done}) THEN\n    ALTER TABLE {relation} ALTER COLUMN {column} SET NOT NULL;\n  \
             END IF;\nEND"
        );
        let step = |body: &str| Self::step(format!("DO {};", dollar_quote(body)), Phase::Validate);
        let add = step(&add).lock(Lock::AccessExclusive, relation);
        let mut validate = step(&validate).lock(Lock::ShareUpdateExclusive, relation);
        validate.0.hazards = vec![Hazard::FullScan];
        vec![add, validate]
    }

    /// NOT NULL without a long lock before that: a check that is validated first, which
    /// `SET NOT NULL` then trusts, and which is removed again.
    pub fn set_not_null(relation: &str, column: &str) -> Vec<Self> {
        let name = format!("drift_{}_not_null", column.chars().take(40).collect::<String>());
        let class = format!("{}::pg_catalog.regclass", literal(relation));
        let done = format!(
            "SELECT FROM pg_catalog.pg_attribute WHERE attrelid = {class} AND attname = {} AND attnotnull",
            literal(column)
        );
        let there =
            format!("SELECT FROM pg_catalog.pg_constraint WHERE conrelid = {class} AND conname = {}", literal(&name));
        let (check, column) = (quote(&name), quote(column));
        let add =
            Self::add(Phase::Validate, relation, &format!("CONSTRAINT {check} CHECK ({column} IS NOT NULL) NOT VALID"))
                .unless(&format!("{done} UNION ALL {there}"))
                .lock(Lock::AccessExclusive, relation);
        let mut validate = Self::step(format!("ALTER TABLE {relation} VALIDATE CONSTRAINT {check};"), Phase::Validate);
        validate.0.hazards = vec![Hazard::FullScan];
        let validate = validate.unless(&done).lock(Lock::ShareUpdateExclusive, relation);
        let set = Self::step(
            format!(
                "ALTER TABLE {relation} ALTER COLUMN {column} SET NOT NULL;\n\
                 ALTER TABLE {relation} DROP CONSTRAINT IF EXISTS {check};"
            ),
            Phase::Validate,
        )
        .lock(Lock::AccessExclusive, relation);
        vec![add, validate, set]
    }

    /// `ALTER TABLE <relation> RENAME CONSTRAINT <from> TO <to>;` touches no row.
    pub fn rename_constraint(relation: &str, from: &str, to: &str) -> Self {
        let sql = format!("ALTER TABLE {relation} RENAME CONSTRAINT {} TO {};", quote(from), quote(to));
        Self::step(sql, Phase::Validate)
    }

    /// `ALTER DOMAIN <domain> RENAME CONSTRAINT <from> TO <to>;`
    pub fn rename_domain_constraint(domain: &str, from: &str, to: &str) -> Self {
        let sql = format!("ALTER DOMAIN {domain} RENAME CONSTRAINT {} TO {};", quote(from), quote(to));
        Self::step(sql, Phase::Expand)
    }

    /// NOT NULL on a column of a table without rows: at once.
    pub fn set_not_null_on_empty(relation: &str, column: &str) -> Self {
        let sql = format!("ALTER TABLE {relation} ALTER COLUMN {} SET NOT NULL;", quote(column));
        Self::step(sql, Phase::Validate).lock(Lock::AccessExclusive, relation)
    }

    /// `ALTER <target> OWNER TO <role>;` of what the same plan makes: nobody loses a right on it.
    pub fn give(target: &str, role: &str) -> Self {
        Self::step(format!("ALTER {target} OWNER TO {};", quote(role)), Phase::Describe)
    }

    /// Gives a sequence that the same plan makes to the owner of a table that is there, whoever that is
    /// where the plan runs: without that it cannot end with a column of it.
    pub fn give_to_owner_of(table: &str, sequence: &str) -> Self {
        let body = format!(
            "BEGIN\n  EXECUTE {} || (SELECT pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(relowner))\n    \
             FROM pg_catalog.pg_class WHERE oid = {}::pg_catalog.regclass);\nEND",
            literal(&format!("ALTER SEQUENCE {sequence} OWNER TO ")),
            literal(table)
        );
        Self::step(format!("DO {};", dollar_quote(&body)), Phase::Describe)
    }

    /// `ALTER SEQUENCE <sequence> OWNED BY <column>;` — the sequence then ends with its column.
    pub fn own_sequence(sequence: &str, column: &str) -> Self {
        Self::step(format!("ALTER SEQUENCE {sequence} OWNED BY {column};"), Phase::Describe)
    }

    /// How values of a column are stored from now on. Rewrites nothing.
    pub fn set_storage(relation: &str, column: &str, storage: &str) -> Self {
        let sql = format!("ALTER TABLE ONLY {relation} ALTER COLUMN {} SET STORAGE {storage};", quote(column));
        Self::step(sql, Phase::Expand)
    }

    /// How much of the rows extended statistics are made of.
    pub fn statistics_target(name: &str, target: i64) -> Self {
        Self::step(format!("ALTER STATISTICS {name} SET STATISTICS {target};"), Phase::Define)
    }

    /// `ALTER TABLE ONLY <relation> ALTER COLUMN <column> SET <what>;` of what touches no row.
    /// A child or partition has its own.
    pub fn tune_column(relation: &str, column: &str, what: &str) -> Self {
        let sql = format!("ALTER TABLE ONLY {relation} ALTER COLUMN {} SET {what};", quote(column));
        Self::step(sql, Phase::Expand)
    }

    /// `ALTER INDEX <index> ALTER COLUMN <n> SET STATISTICS <target>;` of an index on expressions.
    pub fn tune_index(index: &str, column: &str, target: &str) -> Self {
        Self::step(format!("ALTER INDEX {index} ALTER COLUMN {column} SET STATISTICS {target};"), Phase::Index)
    }

    /// `ALTER TABLE <relation> CLUSTER ON <index>;` moves no row: it is what the next CLUSTER goes by.
    pub fn cluster_on(word: &str, relation: &str, index: &str) -> Self {
        Self::step(format!("ALTER {word} {relation} CLUSTER ON {};", quote(index)), Phase::Protect)
    }

    /// What the write-ahead log says about changed rows of a table.
    pub fn replica_identity(relation: &str, identity: &str) -> Self {
        Self::step(format!("ALTER TABLE {relation} REPLICA IDENTITY {identity};"), Phase::Protect)
    }

    /// `CREATE TRIGGER …` of a trigger that is born in another state than
    /// enabled: `DISABLE`, `ENABLE REPLICA`, `ENABLE ALWAYS`.
    pub fn create_trigger_in_state(rest: &str, relation: &str, trigger: &str, state: &str) -> Self {
        let trigger = quote(trigger);
        Self::step(format!("CREATE {rest};\nALTER TABLE {relation} {state} TRIGGER {trigger};"), Phase::Secure)
    }

    /// The state of the copy that a partition has of a trigger which the same plan creates.
    pub fn copied_trigger_state(partition: &str, trigger: &str, state: &str) -> Self {
        Self::step(format!("ALTER TABLE {partition} {state} TRIGGER {};", quote(trigger)), Phase::Secure)
    }

    /// `CREATE RULE …` of a rule that may be born in another state than enabled.
    pub fn create_rule(rest: &str, relation: &str, rule: &str, state: Option<&str>) -> Self {
        let then = state.map(|state| format!("\nALTER TABLE {relation} {state} RULE {};", quote(rule)));
        Self::step(format!("CREATE {rest};{}", then.unwrap_or_default()), Phase::Secure)
    }

    /// `CREATE EVENT TRIGGER …`, after all else: it fires on what a patch does.
    pub fn create_event_trigger(rest: &str, name: &str, state: Option<&str>) -> Self {
        let then = state.map(|state| format!("\nALTER EVENT TRIGGER {} {state};", quote(name)));
        Self::step(format!("CREATE {rest};{}", then.unwrap_or_default()), Phase::Describe)
    }

    /// `ALTER EVENT TRIGGER <name> ENABLE …;` of one that is switched off.
    pub fn enable_event_trigger(name: &str, state: &str) -> Self {
        Self::step(format!("ALTER EVENT TRIGGER {} {state};", quote(name)), Phase::Describe)
    }

    /// `ALTER OPERATOR FAMILY <family> ADD <member>;` in a place that nothing has.
    pub fn add_member(family: &str, member: &str) -> Self {
        Self::step(format!("ALTER OPERATOR FAMILY {family} ADD {member};"), Phase::Define)
    }

    /// `CREATE <rest>;` of a publication: once all that it publishes is there.
    pub fn create_publication(rest: &str) -> Self {
        Self::step(format!("CREATE {rest};"), Phase::Protect)
    }

    /// `ALTER PUBLICATION <name> ADD <member>;`
    pub fn publish(name: &str, member: &str) -> Self {
        Self::step(format!("ALTER PUBLICATION {name} ADD {member};"), Phase::Protect)
    }

    /// `ALTER DEFAULT PRIVILEGES <rest>;` about objects to come: who has a right
    /// on what exists keeps it. After all else, as it is not about this patch's own.
    pub fn default_privileges(rest: &str) -> Self {
        Self::step(format!("ALTER DEFAULT PRIVILEGES {rest};"), Phase::Describe).about_access()
    }

    /// What sessions of the present database begin with, for everybody or for one role.
    pub fn setting(role: Option<&str>, rest: &str) -> Self {
        let head = match role {
            Some(role) => format!("ALTER ROLE {} IN DATABASE ", quote(role)),
            None => "ALTER DATABASE ".to_owned(),
        };
        Self::step(on_database(&head, &format!(" {rest}")), Phase::Describe)
    }

    /// `GRANT <privilege> ON DATABASE … TO <to>`, on the present database.
    pub fn grant_on_database(privilege: &str, to: &str) -> Self {
        let sql = on_database(&format!("GRANT {privilege} ON DATABASE "), &format!(" TO {to}"));
        Self::step(sql, Phase::Protect).about_access()
    }

    /// `REVOKE` of what the server grants by itself on a database in which
    /// nobody has anything yet.
    pub fn withhold_on_database(privilege: &str, from: &str) -> Self {
        let sql = on_database(&format!("REVOKE {privilege} ON DATABASE "), &format!(" FROM {from}"));
        Self::step(sql, Phase::Protect).about_access()
    }

    /// `COMMENT ON DATABASE … IS <literal>`, on the present database.
    pub fn comment_on_database(literal: &str) -> Self {
        Self::step(on_database("COMMENT ON DATABASE ", &format!(" IS {literal}")), Phase::Describe)
    }

    /// `ALTER TABLE <relation> ENABLE <what>;` (row-level security, a trigger)
    pub fn enable(relation: &str, what: &str) -> Self {
        let phase = if what == "ROW LEVEL SECURITY" { Phase::Protect } else { Phase::Secure };
        Self::step(format!("ALTER TABLE {relation} ENABLE {what};"), phase)
    }

    /// `ALTER TABLE <relation> FORCE ROW LEVEL SECURITY;`
    pub fn force_row_security(relation: &str) -> Self {
        Self::step(format!("ALTER TABLE {relation} FORCE ROW LEVEL SECURITY;"), Phase::Protect)
    }

    /// `GRANT <rest>;`
    pub fn grant(rest: &str) -> Self {
        Self::step(format!("GRANT {rest};"), Phase::Protect).about_access()
    }

    /// `REVOKE <rest>;` of what the server grants to PUBLIC by itself on an
    /// object that the same plan creates. Nobody had it before.
    pub fn withhold(rest: &str) -> Self {
        Self::step(format!("REVOKE {rest};"), Phase::Define).about_access()
    }

    /// The same for the sequence behind a column; `revoke` has `%s` for its name.
    pub fn withhold_sequence(revoke: &str, relation: &str, column: &str) -> Self {
        let body = format!(
            "BEGIN\n  EXECUTE pg_catalog.format({}, pg_catalog.pg_get_serial_sequence({}, {}));\nEND",
            literal(revoke),
            literal(relation),
            literal(column)
        );
        Self::step(format!("DO {};", dollar_quote(&body)), Phase::Define).about_access()
    }

    /// `COMMENT ON <rest>;` where there was none, or another text.
    pub fn comment(rest: &str) -> Self {
        Self::step(format!("COMMENT ON {rest};"), Phase::Describe)
    }

    /// `SECURITY LABEL <rest>;` where there was none, or another text.
    pub fn label(rest: &str) -> Self {
        Self::step(format!("SECURITY LABEL {rest};"), Phase::Describe)
    }

    /// `INSERT INTO <rest> ON CONFLICT DO NOTHING;`
    pub fn insert(rest: &str) -> Self {
        Self::step(format!("INSERT INTO {rest} ON CONFLICT DO NOTHING;"), Phase::Backfill)
    }

    /// A `DO` block that stops the patch with `message` unless `condition`
    /// (an SQL expression) holds. Changes nothing.
    pub fn require(phase: Phase, condition: &str, message: &str) -> Self {
        let body = format!(
            "BEGIN\n  IF NOT ({condition}) THEN\n    RAISE EXCEPTION USING MESSAGE = {};\n  END IF;\nEND",
            literal(message)
        );
        Self::step(format!("DO {};", dollar_quote(&body)), phase)
    }

    /// Runs only when `query` (a SELECT) returns no row: makes a statement
    /// that lacks `IF NOT EXISTS` harmless to repeat.
    pub fn unless(mut self, query: &str) -> Self {
        // Not indented: a string literal may hold line breaks.
        let statement = std::mem::take(&mut self.0.sql);
        let body = format!("BEGIN\n  IF NOT EXISTS ({query}) THEN\n    {statement}\n  END IF;\nEND");
        self.0.sql = format!("DO {};", dollar_quote(&body));
        self.0.unguarded.get_or_insert(statement);
        self
    }

    /// States the strongest lock and where it is.
    pub fn lock(self, lock: Lock, relation: &str) -> Self {
        Additive(self.0.lock(lock, relation))
    }

    /// Adds a hazard.
    pub fn hazard(self, hazard: Hazard) -> Self {
        Additive(self.0.hazard(hazard))
    }

    /// States what takes the step back.
    pub fn undo(mut self, sql: String) -> Self {
        self.0.undo = Some(sql);
        self
    }

    /// Says which index the step builds, where that is not named like its object.
    pub fn builds(mut self, schema: &str, name: &str) -> Self {
        self.0.builds = Some((schema.to_owned(), name.to_owned()));
        self
    }

    /// Moves the step to another phase.
    pub fn phase(mut self, phase: Phase) -> Self {
        self.0.phase = phase;
        self
    }

    fn about_access(self) -> Self {
        Additive(self.0.about_access())
    }

    /// Says which finding the step answers.
    pub fn answers(mut self, finding: String) -> Self {
        self.0.answers.push(finding);
        self
    }

    /// The step itself, for a plan that is not additive.
    pub fn into_step(self) -> Step {
        self.0
    }

    /// The step itself, read-only.
    pub fn as_step(&self) -> &Step {
        &self.0
    }
}

impl AsRef<Step> for Additive {
    fn as_ref(&self) -> &Step {
        &self.0
    }
}
