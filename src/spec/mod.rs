//! What SQL cannot say about a schema, as types: who is a tenant, how we know,
//! and which tables are exceptions. Never reads a file and never judges a
//! catalog; [`drift_toml`] turns text into a [`Spec`] or says what is wrong.

pub mod baseline;
pub mod drift_toml;
pub mod exceptions;
pub mod section;

use std::collections::BTreeMap;
use std::path::Path;

use crate::model::failure::failure;
use crate::model::object::ObjectId;
use crate::spec::drift_toml::renames::Rename;

pub use exceptions::Allow;
pub use exceptions::Date;
pub use exceptions::IgnoreRule;
pub use exceptions::Which;

/// Tables in which other tools keep their books. They are nobody's drift and
/// belong to no tenant, in whatever schema they are.
pub const LEDGERS: &[&str] = &[
    "SequelizeMeta",
    "_prisma_migrations",
    "_sqlx_migrations",
    "__diesel_schema_migrations",
    "__drizzle_migrations",
    "__efmigrationshistory",
    "__EFMigrationsHistory",
    "alembic_version",
    "ar_internal_metadata",
    "atlas_schema_revisions",
    "databasechangelog",
    "databasechangeloglock",
    "django_migrations",
    "flyway_schema_history",
    "goose_db_version",
    "knex_migrations",
    "knex_migrations_lock",
    "pgmigrations",
    "refinery_schema_history",
    "schema_migrations",
    "schema_version",
    "seaql_migrations",
    "typeorm_metadata",
];

/// One `drift.toml`.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    /// Whose objects are not ours to compare.
    pub platform: Option<Platform>,
    /// The managed schemas: everything in them is declared, ignored or drift.
    pub schemas: Vec<String>,
    pub ignore: Vec<IgnoreRule>,
    pub tenancy: Option<Tenancy>,
    /// By table, bare or qualified: how its rows find their tenant.
    pub backfill: BTreeMap<String, String>,
    pub allow: Vec<Allow>,
    pub coverage: CoverageLimits,
    /// `[prove.rows]`, by table, bare or qualified: values, as SQL, that a made-up row takes.
    pub prove_rows: BTreeMap<String, BTreeMap<String, String>>,
    /// `[renames]`, in the order of the file.
    pub renames: Vec<Rename>,
}

impl Default for Spec {
    fn default() -> Self {
        Spec {
            platform: None,
            schemas: vec!["public".to_owned()],
            ignore: Vec::new(),
            tenancy: None,
            backfill: BTreeMap::new(),
            allow: Vec::new(),
            coverage: CoverageLimits::default(),
            prove_rows: BTreeMap::new(),
            renames: Vec::new(),
        }
    }
}

impl Spec {
    /// True for what `[[ignore]]` names, with everything that hangs on it, for
    /// tables of class `ignore`, and for the ledgers of migration tools.
    pub fn ignores(&self, id: &ObjectId) -> bool {
        let (schema, relation) = id.group();
        is_ledger(relation)
            || self.ignore.iter().any(|rule| rule.which.matches(id))
            || self.tenancy.as_ref().is_some_and(|t| t.class_of(schema, relation) == Some(TableClass::Ignore))
    }

    /// The `[[allow]]` entry that excuses a finding, expired or not: an expired
    /// one is the caller's to complain about.
    pub fn allowed(&self, code: &str, id: &ObjectId) -> Option<&Allow> {
        self.allow.iter().find(|allow| allow.matches(code, id))
    }

    /// Tells the exceptions that go by owner what each role owns: `(owner, schema, name)`.
    pub fn owned<'a>(&mut self, all: impl Iterator<Item = (&'a str, &'a str, &'a str)> + Clone) {
        let ignored = self.ignore.iter_mut().map(|rule| &mut rule.which);
        for which in ignored.chain(self.allow.iter_mut().map(|allow| &mut allow.which)) {
            let of = |owner: &str| which.owner.as_deref() == Some(owner);
            let own = all.clone().filter(|(owner, ..)| of(owner));
            which.owned = own.map(|(_, schema, name)| (schema.to_owned(), name.to_owned())).collect();
        }
    }

    /// The columns that `[prove.rows]` states for the rows of a table.
    pub fn prove_row(&self, schema: &str, table: &str) -> Option<&BTreeMap<String, String>> {
        by_table(&self.prove_rows, schema, table)
    }

    /// How `[backfill]` says the rows of a table find their tenant.
    pub fn backfill_of(&self, schema: &str, table: &str) -> Option<&str> {
        by_table(&self.backfill, schema, table).map(String::as_str)
    }
}

/// The pages of the findings about `drift.toml` itself, by code.
pub const PAGES: &[(&str, &str)] = &[
    ("allow-expired", include_str!("allow_expired.md")),
    ("allow-unused", include_str!("allow_unused.md")),
    ("ignore-unused", include_str!("ignore_unused.md")),
];

/// True for the table in which a migration tool keeps its books.
pub fn is_ledger(table: &str) -> bool {
    LEDGERS.contains(&table)
}

/// A platform that owns part of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    Supabase,
}

impl Platform {
    pub const ALL: &'static [Platform] = &[Platform::Supabase];

    /// The word in `drift.toml`.
    pub const fn word(self) -> &'static str {
        match self {
            Platform::Supabase => "supabase",
        }
    }
}

/// `[coverage]`: how much a check may fail to see.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CoverageLimits {
    /// The share of relations, in percent, that the role may be unable to see
    /// before a check refuses to answer. 0 unless stated: a clean report is a
    /// claim about everything, so what it may leave out has to be written down.
    pub max_invisible: f64,
    /// Refuse to answer when anything that a user made was not compared.
    pub strict: bool,
}

/// `[tenancy]`, `[tables]` and `[shareable]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Tenancy {
    /// The table of tenants, bare or qualified. Its primary key is the tenant.
    pub registry: String,
    /// The column that says to which tenant a row belongs.
    pub column: String,
    /// Columns under another name that refer to a tenant too, on purpose: who
    /// pays is not who owns.
    pub aliases: Vec<String>,
    /// The roles that must be confined to one tenant.
    pub roles: Vec<String>,
    /// The only expression that a policy may compare the column with.
    pub context: Option<String>,
    /// How a session becomes one tenant's.
    pub enter: Option<Enter>,
    /// What becomes of a tenant's rows when the tenant goes.
    pub on_delete: Option<OnDelete>,
    /// The exceptions, by table, bare or qualified: all others are owned.
    pub tables: BTreeMap<String, TableClass>,
    pub shareable: Shareable,
}

impl Tenancy {
    /// The class that `[tables]` gives a table; `None` where it is not listed,
    /// which means owned.
    pub fn class_of(&self, schema: &str, table: &str) -> Option<TableClass> {
        by_table(&self.tables, schema, table).copied()
    }

    /// True for the table of tenants itself.
    pub fn is_registry(&self, schema: &str, table: &str) -> bool {
        match self.registry.split_once('.') {
            Some((of, name)) => of == schema && name == table,
            None => self.registry == table,
        }
    }
}

/// Whose rows a table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableClass {
    /// Each row belongs to one tenant. What is not listed is this.
    Owned,
    /// Owned, and rows can be shown to other tenants.
    Shareable,
    /// Says who belongs to a tenant, or in which role.
    Member,
    /// The same rows for all tenants.
    Global,
    /// Not ours.
    Ignore,
}

impl TableClass {
    pub const ALL: &'static [TableClass] =
        &[TableClass::Owned, TableClass::Shareable, TableClass::Member, TableClass::Global, TableClass::Ignore];

    /// The word in `drift.toml`.
    pub const fn word(self) -> &'static str {
        match self {
            TableClass::Owned => "owned",
            TableClass::Shareable => "shareable",
            TableClass::Member => "member",
            TableClass::Global => "global",
            TableClass::Ignore => "ignore",
        }
    }

    /// True where each row belongs to a tenant, so the table needs the column.
    pub const fn has_tenant(self) -> bool {
        match self {
            TableClass::Owned | TableClass::Shareable | TableClass::Member => true,
            TableClass::Global | TableClass::Ignore => false,
        }
    }
}

/// How a session becomes one tenant's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Enter {
    /// JWT claims and `SET LOCAL ROLE authenticated`.
    Supabase,
    /// A setting of this name.
    Setting(String),
    /// SQL that names `$tenant` or `$user`.
    Sql(String),
}

/// What the foreign key to the registry does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDelete {
    Cascade,
    Restrict,
    NoAction,
}

impl OnDelete {
    pub const ALL: &'static [OnDelete] = &[OnDelete::Cascade, OnDelete::Restrict, OnDelete::NoAction];

    /// The word in `drift.toml`.
    pub const fn word(self) -> &'static str {
        match self {
            OnDelete::Cascade => "cascade",
            OnDelete::Restrict => "restrict",
            OnDelete::NoAction => "no action",
        }
    }
}

/// `[shareable]`: what a table of that class needs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shareable {
    /// In the order in which they are written.
    pub columns: Vec<ShareColumn>,
    /// A check that keeps the columns consistent.
    pub check: Option<String>,
    /// The one predicate that may widen who reads a row.
    pub read: Option<String>,
    /// Whose a row without a tenant is; `None`: there is none such.
    pub system: Option<SystemRows>,
    /// Whose shared rows a foreign key may point at.
    pub refs: References,
    /// Tables whose rows stay with their tenant though the row that they are
    /// part of is shared; bare or qualified.
    pub private: Vec<String>,
}

impl Shareable {
    /// True for a table whose rows are not shown with the row they are part of.
    pub fn keeps_private(&self, schema: &str, table: &str) -> bool {
        self.private.iter().any(|name| *name == format!("{schema}.{table}") || name == table)
    }
}

/// How a shareable table marks the rows that the platform provides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SystemRows {
    /// They have no tenant.
    Null,
}

impl SystemRows {
    pub const ALL: &'static [SystemRows] = &[SystemRows::Null];

    /// The word in `drift.toml`.
    pub const fn word(self) -> &'static str {
        match self {
            SystemRows::Null => "null",
        }
    }
}

/// Which rows of a shareable table the rows of a tenant may refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum References {
    /// Their own tenant's and those that are shared.
    #[default]
    Shared,
    /// Only their own tenant's, so that a composite key can say so.
    Same,
}

impl References {
    pub const ALL: &'static [References] = &[References::Shared, References::Same];

    /// The word in `drift.toml`.
    pub const fn word(self) -> &'static str {
        match self {
            References::Shared => "shared",
            References::Same => "same",
        }
    }
}

/// `is_shared = "boolean not null default false"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareColumn {
    pub name: String,
    /// As written: type, nullability and default.
    pub declaration: String,
}

/// The entry for a table in a map whose keys are bare or qualified names. The
/// qualified one wins.
fn by_table<'a, V>(map: &'a BTreeMap<String, V>, schema: &str, table: &str) -> Option<&'a V> {
    map.get(&format!("{schema}.{table}")).or_else(|| map.get(table))
}

/// Where a declared schema should be, nothing is.
pub fn no_declared_schema(dir: &Path) -> anyhow::Error {
    failure(
        format!("there is no declared schema at {}", dir.display()),
        "name its directory with --spec DIR, write a first one from a database with `drift init`, or look at an example: `drift demo`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::kind::ObjectKind;
    use crate::model::object::Location;

    #[test]
    fn what_hangs_on_an_ignored_table_is_ignored_with_it() {
        let rule = |object: &str, kind| IgnoreRule {
            which: Which { object: Some(object.into()), kind, ..Which::default() },
            why: "legacy".into(),
            at: Location { file: "drift.toml".into(), line: 1 },
        };
        let spec = Spec {
            ignore: vec![rule("public.legacy_*", None), rule("tmp_*", Some(ObjectKind::Index))],
            ..Spec::default()
        };
        let id = |kind, parent: &str, name: &str| ObjectId::new(kind, "public", parent, name);
        assert!(spec.ignores(&id(ObjectKind::Table, "", "legacy_agents")));
        assert!(spec.ignores(&id(ObjectKind::Column, "legacy_agents", "id")));
        assert!(!spec.ignores(&id(ObjectKind::Column, "agents", "legacy_id")));
        assert!(spec.ignores(&id(ObjectKind::Index, "agents", "tmp_one")));
        assert!(!spec.ignores(&id(ObjectKind::Table, "", "tmp_one")));
        assert!(spec.ignores(&id(ObjectKind::Column, "_sqlx_migrations", "version")));
    }

    #[test]
    fn an_exception_can_go_by_schema_kind_and_owner() {
        let id = |kind, schema: &str, parent: &str, name: &str| ObjectId::new(kind, schema, parent, name);
        let table = id(ObjectKind::Table, "audit", "", "log");
        let column = id(ObjectKind::Column, "audit", "log", "at");
        let schema = Which { schema: Some("aud*".into()), ..Which::default() };
        assert!(schema.matches(&table) && schema.matches(&column));
        assert!(schema.matches(&id(ObjectKind::Schema, "", "", "audit")));
        assert!(!schema.matches(&id(ObjectKind::Table, "public", "", "audit")));
        let mut spec = Spec {
            ignore: vec![IgnoreRule {
                which: Which { owner: Some("etl".into()), kind: Some(ObjectKind::Column), ..Which::default() },
                why: "theirs".into(),
                at: Location { file: "drift.toml".into(), line: 1 },
            }],
            ..Spec::default()
        };
        assert!(!spec.ignores(&column), "nobody has said what the role owns");
        spec.owned([("etl", "audit", "log"), ("app", "public", "notes")].into_iter());
        assert!(spec.ignores(&column) && !spec.ignores(&table));
        assert!(!spec.ignores(&id(ObjectKind::Column, "public", "notes", "at")));
    }

    #[test]
    fn the_qualified_name_of_a_table_wins() {
        let tables = BTreeMap::from([
            ("tools".to_owned(), TableClass::Shareable),
            ("audit.tools".to_owned(), TableClass::Global),
        ]);
        assert_eq!(by_table(&tables, "public", "tools"), Some(&TableClass::Shareable));
        assert_eq!(by_table(&tables, "audit", "tools"), Some(&TableClass::Global));
        assert_eq!(by_table(&tables, "audit", "agents"), None);
    }
}
