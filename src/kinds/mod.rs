//! One pair of files for each kind of object: `<kind>.sql` reads it,
//! `<kind>.rs` says how to create, alter and drop it. One line in
//! `model/kind.rs` registers a pair; nothing here is a list of kinds.

use crate::model::catalog::Catalog;
use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::step::Additive;

/// Everything the engine knows about one kind.
pub struct Kind {
    /// The system catalog whose rows these objects are: `pg_class`.
    pub catalog: &'static str,
    /// True for what shares the namespace of tables and can have children.
    pub relation: bool,
    /// The query on `information_schema`, where the standard covers the kind.
    pub standard_query: Option<&'static str>,
    /// The attributes that the query's columns fill, by name.
    pub attributes: &'static [Attribute],
    /// How bad it is when one is missing, and when one is unexpected.
    pub severity: Severities,
    /// What goes wrong, as the tail of a sentence after the object's name.
    pub harm: Harm,
    /// How to create it from nothing, or next to what exists.
    pub create: fn(&Object, &Context) -> Repair,
    /// How to turn `actual` into `expected` in one changed attribute.
    pub alter: fn(Change, &Context) -> Repair,
    /// The statement that drops it, for undo and plans that may lose things.
    pub drop: fn(&Object) -> String,
}

pub struct Severities {
    pub missing: Severity,
    pub unexpected: Severity,
}

/// `is missing: <missing>`; all without a final full stop.
pub struct Harm {
    pub missing: &'static str,
    pub unexpected: &'static str,
    pub changed: &'static str,
}

/// One changed attribute of one object.
pub struct Change<'a> {
    pub expected: &'a Object,
    pub actual: &'a Object,
    pub attribute: &'static str,
}

/// What a kind may ask while it writes a repair.
pub struct Context<'a> {
    /// The declared catalog: the children of a table are found here.
    pub expected: &'a Catalog,
    /// The catalog to repair.
    pub actual: &'a Catalog,
    /// The value for rows that exist, as SQL, by column: what `--backfill` said.
    pub fill: &'a dyn Fn(&Object) -> Option<Fill>,
}

/// A value for the rows that exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fill {
    pub expression: String,
    /// True for a literal: the column can be added without writing a row.
    pub constant: bool,
}

impl Context<'_> {
    /// True when the relation does not exist yet: the same plan creates it.
    pub fn is_new(&self, schema: &str, relation: &str) -> bool {
        !ObjectKind::ALL
            .iter()
            .filter(|kind| of(**kind).relation)
            .any(|kind| self.actual.get(&ObjectId::new(*kind, schema, "", relation)).is_some())
    }

    /// False only where the rows were counted and there are none.
    pub fn may_hold_rows(&self, schema: &str, table: &str) -> bool {
        self.actual.rows_of(schema, table) != Some(0)
    }
}

/// Steps, and what they leave for a person or a later run.
#[derive(Debug, Default)]
pub struct Repair {
    pub steps: Vec<Additive>,
    pub left: Vec<Left>,
}

/// Something an additive repair does not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The attribute that stays different; empty: the whole object.
    pub attribute: &'static str,
    /// Why, and what would help.
    pub reason: String,
}

impl Repair {
    pub fn steps(steps: Vec<Additive>) -> Self {
        Repair { steps, left: Vec::new() }
    }

    pub fn step(step: Additive) -> Self {
        Self::steps(vec![step])
    }

    /// Nothing can be done additively.
    pub fn left(attribute: &'static str, reason: impl Into<String>) -> Self {
        Repair { steps: Vec::new(), left: vec![Left { attribute, reason: reason.into() }] }
    }
}

macro_rules! register {
    ($(($variant:ident, $module:ident, $word:literal))*) => {
        $(mod $module;)*

        /// The pair behind a kind.
        pub fn of(kind: ObjectKind) -> &'static Kind {
            match kind { $(ObjectKind::$variant => &$module::KIND),* }
        }

        /// The catalog query of a kind. `$1` is the list of schemas, or NULL for all of the user's.
        pub fn query(kind: ObjectKind) -> &'static str {
            match kind { $(ObjectKind::$variant => include_str!(concat!(stringify!($module), ".sql"))),* }
        }
    };
}
crate::for_each_kind!(register);

/// The declared attribute of a kind by name.
pub fn attribute(kind: ObjectKind, name: &str) -> Option<&'static Attribute> {
    of(kind).attributes.iter().find(|a| a.name == name)
}
