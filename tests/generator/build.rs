//! A random schema that a server takes: whatever is made uses what is there.

mod apart;
mod expressions;
mod keys;
mod programs;
mod tables;

use super::model::*;
use super::random::Random;
use super::small;

const PLAIN_NAMES: &[&str] =
    &["orders", "item", "user_data", "t1", "value", "name", "type", "key", "events", "note", "x", "state", "parent"];

const ODD_NAMES: &[&str] = &[
    "select",
    "Mixed Case",
    "with \"quotes\"",
    "semi;colon",
    "--comment",
    "it's",
    "dot.ted",
    "ünïcode_名",
    "$dollar$",
    "back\\slash",
    "percent%s",
    "/* no */",
    "new\nline",
    "  spaces ",
    "UPPER",
    "1st",
    "user",
    "order",
    "a_very_long_name_that_nearly_fills_what_postgres_has_for",
    "(paren)",
    "a,b",
    "Table",
    "public",
];

const TYPES: &[&str] = &[
    "smallint",
    "integer",
    "bigint",
    "numeric",
    "numeric(12,2)",
    "text",
    "character varying(40)",
    "character varying",
    "boolean",
    "uuid",
    "date",
    "timestamp with time zone",
    "timestamp(3) without time zone",
    "jsonb",
    "bytea",
    "interval",
    "int4range",
    "inet",
    "double precision",
];

/// A schema under construction.
pub struct Builder<'a> {
    pub model: Model,
    pub random: &'a mut Random,
    /// Names that are taken, here or on the other side.
    pub taken: Vec<String>,
    /// Whether it is for the newest server.
    pub modern: bool,
}

/// What can be made, each as often as it is listed.
pub const ORDER: &[&str] = &[
    "table",
    "table",
    "table",
    "column",
    "column",
    "column",
    "key",
    "key",
    "foreign key",
    "foreign key",
    "check",
    "check",
    "index",
    "index",
    "index",
    "view",
    "view",
    "materialized",
    "function",
    "function",
    "trigger",
    "policy",
    "policy",
    "rule",
    "grant",
    "grant",
    "sequence",
    "enum",
    "domain",
    "composite",
    "range",
    "procedure",
    "aggregate",
    "statistics",
    "exclusion",
    "publication",
    "event trigger",
    "foreign",
    "foreign",
    "default privilege",
    "partitioned",
    "child",
    "comment",
    "comment",
    "schema",
    "part",
    "small",
    "small",
    "small",
    "small",
];

impl Builder<'_> {
    /// A name that nothing else has, in any schema but by choice.
    pub fn name(&mut self) -> String {
        let base = if self.random.chance(45) { self.random.word(ODD_NAMES) } else { self.random.word(PLAIN_NAMES) };
        let mut name = base.to_owned();
        let mut n = 1;
        while self.taken.contains(&name) {
            n += 1;
            name = format!("{base}{n}");
        }
        self.taken.push(name.clone());
        name
    }

    /// The first schema.
    pub fn found(&mut self) {
        self.model.add("public".to_owned(), What::Public);
        self.taken.push("public".to_owned());
        for _ in 0..self.random.between(1, 2) {
            self.make("schema");
        }
        let size = self.random.between(5, 50);
        for what in ["enum", "function", "table", "sequence", "table", "key", "foreign key"] {
            self.make(what);
        }
        for _ in 0..size {
            let what = self.random.word(ORDER);
            self.make(what);
        }
    }

    /// Makes something of a sort, if there is what it needs.
    pub fn make(&mut self, what: &str) -> Option<()> {
        match what {
            "schema" => {
                let name = self.name();
                self.model.add(name, What::Schema);
                Some(())
            }
            "table" => self.table().map(|_| ()),
            "partitioned" => self.partitioned(),
            "part" => self.part(),
            "child" => self.child(),
            "column" => {
                let table = self.any_table(|t| !matches!(t.place, Place::Part { .. }))?;
                self.column(table);
                Some(())
            }
            "key" => self.key(),
            "foreign key" => self.foreign_key(),
            "check" => self.check(),
            "exclusion" => self.exclusion(),
            "index" => self.index(),
            "statistics" => self.statistics(),
            "view" => self.view(false),
            "materialized" => self.view(true),
            "function" => self.function(),
            "procedure" => {
                let (schema, takes, number) = (self.schema(), self.value_type(), self.number());
                self.named(What::Procedure { schema, number, takes })
            }
            "aggregate" => {
                let (schema, state) = (self.schema(), self.random.word(&["integer", "double precision"]));
                self.named(What::Aggregate { schema, state })
            }
            "trigger" => self.trigger(),
            "policy" => self.policy(),
            "rule" => self.rule(),
            "grant" => self.grant(),
            "sequence" => self.sequence(),
            "enum" => {
                let (schema, count) = (self.schema(), self.random.between(2, 4));
                let labels = (0..count).map(|_| self.name()).collect();
                self.named(What::Enum { schema, labels })
            }
            "domain" => self.domain(),
            "composite" => {
                let (schema, count) = (self.schema(), self.random.between(1, 3));
                let fields = (0..count).map(|_| (self.name(), self.value_type())).collect();
                self.named(What::Composite { schema, fields })
            }
            "range" => {
                let (schema, of) = (self.schema(), self.random.word(&["double precision", "text", "uuid"]));
                self.named(What::Range { schema, of })
            }
            "publication" => self.publication(),
            "event trigger" => self.event_trigger(),
            "foreign" => self.foreign(),
            "default privilege" => self.default_privilege(),
            "comment" => self.comment(),
            "small" => {
                let sort = self.random.word(small::SORTS);
                self.small(sort)
            }
            other => panic!("nobody knows how to make {other}"),
        }
    }

    pub fn named(&mut self, what: What) -> Option<()> {
        let name = self.name();
        self.model.add(name, what);
        Some(())
    }

    pub fn number(&mut self) -> usize {
        self.random.between(1, 1000)
    }

    pub fn schema(&mut self) -> Id {
        let schemas = self.model.ids(|what| matches!(what, What::Schema | What::Public));
        *self.random.pick(&schemas)
    }

    pub fn any(&mut self, accept: impl Fn(&What) -> bool) -> Option<Id> {
        let ids = self.model.ids(accept);
        self.random.one(&ids)
    }

    pub fn any_table(&mut self, accept: impl Fn(&Table) -> bool) -> Option<Id> {
        self.any(|what| matches!(what, What::Table(table) if accept(table)))
    }

    /// The columns of a table in some family of types, without generated ones.
    pub fn columns_of(&self, table: Id, families: &[Family]) -> Vec<Id> {
        let mut columns = self.model.columns(table);
        columns.retain(|id| {
            let column = self.model.column(*id);
            families.contains(&self.model.family(&column.kind)) && !column.generated.is_computed()
        });
        columns
    }

    pub fn value_type(&mut self) -> Type {
        let made = self.model.ids(|what| {
            matches!(what, What::Enum { .. } | What::Domain { .. } | What::Composite { .. } | What::Range { .. })
        });
        if self.random.chance(25)
            && let Some(id) = self.random.one(&made)
        {
            return Type::Made(id);
        }
        let base = Type::Base(self.random.word(TYPES));
        if self.random.chance(8) { Type::List(Box::new(base)) } else { base }
    }
}
