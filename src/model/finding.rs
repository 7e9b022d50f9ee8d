//! A finding is a value that a person or a machine reads; never an `Err`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;
use sha2::Digest;
use sha2::Sha256;

use crate::model::difference::AttributeChange;
use crate::model::object::Location;
use crate::model::object::ObjectId;
use crate::model::object::Value;

/// SARIF's levels, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something is wrong: a check fails on it.
    Error,
    /// Something may be wrong, or is wrong without harm yet.
    Warning,
    /// Worth knowing.
    Note,
}

impl Severity {
    /// As reports write it, in the singular.
    pub const fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

/// Whether `drift fix --additive` repairs the finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "repair", rename_all = "kebab-case")]
pub enum Fix {
    /// Wholly, without losing or rewriting anything.
    Additive,
    /// In part; the reason says what is left and what it needs.
    Partial {
        /// What is left, and what that needs.
        reason: String,
    },
    /// Not additively, and why.
    None {
        /// Why not.
        reason: String,
    },
}

/// On which side of a comparison a fact holds. A difference is the database's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The declared SQL breaks a rule, and the database does not.
    Declared,
    /// The declared SQL breaks a rule, and so does the database.
    Both,
    /// The database breaks it, or differs.
    #[default]
    Database,
}

impl Side {
    /// True where the declared SQL is at fault, whatever the database is.
    pub const fn is_declared(self) -> bool {
        match self {
            Side::Declared | Side::Both => true,
            Side::Database => false,
        }
    }

    fn is_database(&self) -> bool {
        !self.is_declared()
    }
}

/// An object as reports name it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct ObjectRef {
    /// The kind's word: `table`, `foreign-key`.
    pub kind: String,
    /// Empty for what is in no schema.
    pub schema: String,
    /// The relation the object hangs on; empty where there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub parent: String,
    /// Its own name; a routine's with the types of its arguments.
    pub name: String,
}

impl ObjectRef {
    /// The dotted name: `public.workflows.tenant_id`.
    pub fn dotted(&self) -> String {
        [&self.schema, &self.parent, &self.name]
            .iter()
            .filter(|part| !part.is_empty())
            .map(|part| part.as_str())
            .collect::<Vec<_>>()
            .join(".")
    }

    /// `(schema, relation)` that a report groups this under.
    pub fn group(&self) -> (&str, &str) {
        (&self.schema, if self.parent.is_empty() { &self.name } else { &self.parent })
    }
}

impl From<&ObjectId> for ObjectRef {
    fn from(id: &ObjectId) -> Self {
        ObjectRef {
            kind: id.kind.word().to_owned(),
            schema: id.schema.to_string(),
            parent: id.parent.to_string(),
            name: id.name.to_string(),
        }
    }
}

/// One attribute that differs, as reports show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AttributeDrift {
    /// The name of the attribute.
    pub attribute: String,
    /// What is declared; absent: nothing (SQL NULL).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What is there; absent: nothing (SQL NULL).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actual: Option<String>,
}

impl From<&AttributeChange> for AttributeDrift {
    fn from(change: &AttributeChange) -> Self {
        // A flag that is not set is "no", not nothing.
        let is_flag = [&change.expected, &change.actual].iter().any(|value| matches!(value, Some(Value::Bool(_))));
        let text = |value: &Option<Value>| match value {
            Some(value) => Some(value.to_string()),
            None => is_flag.then(|| Value::Bool(false).to_string()),
        };
        AttributeDrift {
            attribute: change.attribute.name.to_owned(),
            expected: text(&change.expected),
            actual: text(&change.actual),
        }
    }
}

/// One fact about the database that somebody should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// `<kind>-<missing|unexpected|changed|renamed>` or the name of a tenancy rule.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// Who is at fault: `declared` or `both` where the declared SQL breaks a rule itself.
    #[serde(default, skip_serializing_if = "Side::is_database")]
    pub side: Side,
    /// What it is about.
    pub object: ObjectRef,
    /// Names the object and the harm.
    pub message: String,
    /// An imperative: what to do next.
    pub help: String,
    /// What is declared, in a short form; absent where nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What is there, in a short form; absent where nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actual: Option<String>,
    /// Attribute by attribute, for an object that is there with another shape.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<AttributeDrift>,
    /// Objects that are part of this fact: what a missing table takes along.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub includes: Vec<ObjectRef>,
    /// File and line of the declared SQL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared_at: Option<Location>,
    /// Where the table that the object hangs on is declared, of what is not declared itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub near: Option<Location>,
    /// The statement of a migration that makes the object so, or makes it at all; only where migrations were looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub migration: Option<Location>,
    /// Whether an additive repair answers it.
    pub fix: Fix,
}

/// A name for each finding that stays the same from run to run, whatever its words, its line or the rows say: made
/// of its code and its object. The same fact of one object twice is numbered, in the order of the list.
pub fn fingerprints(findings: &[Finding]) -> Vec<String> {
    let mut seen: BTreeMap<(&str, &ObjectRef), u32> = BTreeMap::new();
    let mut all = Vec::with_capacity(findings.len());
    for Finding { code, object, .. } in findings {
        let nth = seen.entry((code, object)).or_default();
        *nth += 1;
        all.push(fingerprint(code, object, *nth));
    }
    all
}

/// The name of the nth fact of this code about an object.
pub fn fingerprint(code: &str, object: &ObjectRef, nth: u32) -> String {
    let ObjectRef { kind, schema, parent, name } = object;
    let mut hash = Sha256::new();
    // With its length before each part, no name can be taken for two.
    for part in [code, kind, schema, parent, name] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.update(nth.to_le_bytes());
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
