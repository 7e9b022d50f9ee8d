//! One record for every object of every kind: an identity and an ordered map
//! of attributes. Nothing here knows what a kind means.

use std::fmt;
use std::sync::Arc;

use crate::model::finding::Severity;
use crate::model::ident::quote;
use crate::model::kind::ObjectKind;

/// Identity by name, never by OID. `parent` is the relation an object hangs
/// on (empty where there is none); routines carry their argument types in
/// `name`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    pub kind: ObjectKind,
    pub schema: Arc<str>,
    pub parent: Arc<str>,
    pub name: Arc<str>,
}

impl ObjectId {
    /// An identity from its parts.
    pub fn new(kind: ObjectKind, schema: &str, parent: &str, name: &str) -> Self {
        ObjectId { kind, schema: schema.into(), parent: parent.into(), name: name.into() }
    }

    /// The dotted name as people write it: `public.workflows.tenant_id`.
    /// Not quoted; for SQL use [`ObjectId::qualified`].
    pub fn dotted(&self) -> String {
        [&*self.schema, &*self.parent, &*self.name]
            .iter()
            .filter(|part| !part.is_empty())
            .copied()
            .collect::<Vec<_>>()
            .join(".")
    }

    /// The identity of the schema an object lives in; `None` for what lives
    /// in none.
    pub fn namespace(&self) -> Option<ObjectId> {
        (!self.schema.is_empty()).then(|| ObjectId::new(ObjectKind::Schema, "", "", &self.schema))
    }

    /// False where the name says what the object is for (the grantee of a
    /// grant): under another name it is another thing, not a renamed one.
    pub fn is_freely_named(&self) -> bool {
        !self.kind.is_said_of_another()
    }

    /// `schema.name`, quoted for SQL, of an object without a parent.
    pub fn qualified(&self) -> String {
        if self.schema.is_empty() {
            quote(&self.name)
        } else {
            format!("{}.{}", quote(&self.schema), quote(&self.name))
        }
    }

    /// `schema.parent`, quoted for SQL: the relation this object hangs on.
    pub fn relation(&self) -> String {
        format!("{}.{}", quote(&self.schema), quote(&self.parent))
    }

    /// The name of the relation that a report groups this object under: its
    /// parent, or itself.
    pub fn group(&self) -> (&str, &str) {
        if self.parent.is_empty() { (&self.schema, &self.name) } else { (&self.schema, &self.parent) }
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.prose(), self.dotted())
    }
}

/// How the differ treats an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// Different values are drift.
    Exact,
    /// Text that the server printed from a parsed expression. Different texts
    /// are settled by one server before they count as drift.
    Printed,
    /// Compared only where both sides state it (an owner: SQL that never
    /// names one does not say who that is).
    Declared,
    /// Compared only where the expected side states it (a name that nobody chose).
    Stated,
    /// Compared only where the expected side states it of any object: a side that
    /// never does leaves it to the server (where a table is kept).
    StatedAnywhere,
    /// Read and recorded, never drift (a column's position).
    Informational,
}

/// An attribute that a kind declares. Objects refer to these statics, so a
/// name costs a pointer and the differ needs no registry.
#[derive(Debug, PartialEq, Eq)]
pub struct Attribute {
    pub name: &'static str,
    pub compare: Compare,
    /// How bad a difference in this attribute is.
    pub severity: Severity,
    /// The first major version whose servers have it: what they hold is not
    /// compared with what an older one does. 0: all have it.
    pub since: u32,
    /// True where every object of the kind has it: one that is recorded without is nothing that a server shows.
    pub always: bool,
}

impl Attribute {
    pub const fn exact(name: &'static str) -> Self {
        Attribute { name, compare: Compare::Exact, severity: Severity::Error, since: 0, always: false }
    }
    pub const fn printed(name: &'static str) -> Self {
        Attribute { name, compare: Compare::Printed, severity: Severity::Error, since: 0, always: false }
    }
    pub const fn declared(name: &'static str) -> Self {
        Attribute { name, compare: Compare::Declared, severity: Severity::Warning, since: 0, always: false }
    }
    pub const fn stated(name: &'static str) -> Self {
        Attribute { name, compare: Compare::Stated, severity: Severity::Warning, since: 0, always: false }
    }
    pub const fn stated_anywhere(name: &'static str) -> Self {
        Attribute { name, compare: Compare::StatedAnywhere, severity: Severity::Warning, since: 0, always: false }
    }
    pub const fn informational(name: &'static str) -> Self {
        Attribute { name, compare: Compare::Informational, severity: Severity::Note, since: 0, always: false }
    }
    /// The same attribute with another severity.
    pub const fn severity(self, severity: Severity) -> Self {
        Attribute { severity, ..self }
    }
    /// The same attribute, which only servers of this major version and newer ones have.
    pub const fn since(self, since: u32) -> Self {
        Attribute { since, ..self }
    }
    /// The same attribute, which is never NULL.
    pub const fn always(self) -> Self {
        Attribute { always: true, ..self }
    }
}

/// A value as the server gave it. SQL NULL is an absent attribute.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    Bool(bool),
    Int(i64),
    Text(Arc<str>),
    List(Arc<[Arc<str>]>),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Bool(b) => f.write_str(if *b { "yes" } else { "no" }),
            Value::Int(i) => write!(f, "{i}"),
            Value::Text(t) => f.write_str(t),
            Value::List(items) => f.write_str(&items.join(", ")),
        }
    }
}

/// Attributes in the order in which the kind declares them; absent means NULL.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attributes(Box<[(&'static Attribute, Value)]>);

impl Attributes {
    pub fn new(values: Vec<(&'static Attribute, Value)>) -> Self {
        Attributes(values.into_boxed_slice())
    }

    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(attribute, _)| attribute.name == name).map(|(_, value)| value)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&'static Attribute, &Value)> {
        self.0.iter().map(|(attribute, value)| (*attribute, value))
    }

    /// The attributes with these names.
    pub fn only(&self, names: &[&str]) -> Attributes {
        Attributes(self.0.iter().filter(|(a, _)| names.contains(&a.name)).cloned().collect())
    }

    /// The same attributes with `name` removed.
    pub fn without(&self, name: &str) -> Attributes {
        Attributes(self.0.iter().filter(|(a, _)| a.name != name).cloned().collect())
    }

    /// The same attributes with the value of `name`, if present, replaced.
    pub fn with(&self, name: &str, value: Value) -> Attributes {
        let mut values = self.0.to_vec();
        for (attribute, old) in &mut values {
            if attribute.name == name {
                *old = value.clone();
            }
        }
        Attributes::new(values)
    }
}

/// A file and line (1-based) of the SQL that declares something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct Location {
    /// Its path, as it was given.
    pub file: String,
    /// Counted from 1.
    pub line: u32,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// One database object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    pub id: ObjectId,
    pub attributes: Attributes,
    /// Where the declared SQL states it; known only for sources made of SQL.
    pub declared_at: Option<Box<Location>>,
}

impl Object {
    pub fn new(id: ObjectId, values: Vec<(&'static Attribute, Value)>) -> Self {
        Object { id, attributes: Attributes::new(values), declared_at: None }
    }

    /// A text attribute, or `None` where it is NULL.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.attributes.get(name) {
            Some(Value::Text(text)) => Some(text),
            Some(Value::Bool(_) | Value::Int(_) | Value::List(_)) | None => None,
        }
    }

    /// A boolean attribute; NULL is false.
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.attributes.get(name), Some(Value::Bool(true)))
    }

    /// An integer attribute.
    pub fn int(&self, name: &str) -> Option<i64> {
        match self.attributes.get(name) {
            Some(Value::Int(i)) => Some(*i),
            Some(Value::Bool(_) | Value::Text(_) | Value::List(_)) | None => None,
        }
    }

    /// A list attribute; NULL is empty.
    pub fn list(&self, name: &str) -> &[Arc<str>] {
        match self.attributes.get(name) {
            Some(Value::List(items)) => items,
            Some(Value::Bool(_) | Value::Int(_) | Value::Text(_)) | None => &[],
        }
    }
}
