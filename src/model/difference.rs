//! What the differ says: expected first, then actual.

use crate::model::object::Attribute;
use crate::model::object::Compare;
use crate::model::object::Location;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::object::Value;

/// One attribute whose values differ. `None` is SQL NULL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeChange {
    pub attribute: &'static Attribute,
    pub expected: Option<Value>,
    pub actual: Option<Value>,
}

impl AttributeChange {
    /// True where both sides have a text that a server printed: only then may
    /// the difference be one of spelling. Something and nothing always differ.
    pub fn is_spelling(&self) -> bool {
        self.attribute.compare == Compare::Printed && self.expected.is_some() && self.actual.is_some()
    }
}

/// A difference between an expected and an actual catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// Expected, and not there. `includes`: expected objects that are missing
    /// only because this one is.
    Missing { expected: Object, includes: Vec<ObjectId> },
    /// There, and not expected, with what hangs on it.
    Unexpected { actual: Object, includes: Vec<ObjectId> },
    /// There, with other attributes.
    Changed { expected: Object, actual: Object, changes: Vec<AttributeChange> },
    /// A missing and an unexpected object of one kind whose shape is the same
    /// and whose names are similar; or that are declared to be one.
    Renamed { expected: Object, actual: Object, includes: Vec<ObjectId>, declared: Option<Box<Declared>> },
}

/// Who says that something has another name, and that it has not got it yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// What is there under its old name.
    pub old: ObjectId,
    /// What has another name inside of it, where it is not the object itself: from, to.
    pub value: Option<(String, String)>,
    /// The line of the `drift.toml`.
    pub at: Location,
}

impl Declared {
    /// Why an additive repair does not rename it.
    pub fn not_additive(&self) -> String {
        format!("{} renames it, and only `drift fix --full` does that: whoever uses the old name has to know", self.at)
    }
}

impl Difference {
    /// The identity the difference is about: the expected one where there is one.
    pub fn id(&self) -> &ObjectId {
        match self {
            Difference::Missing { expected, .. }
            | Difference::Changed { expected, .. }
            | Difference::Renamed { expected, .. } => &expected.id,
            Difference::Unexpected { actual, .. } => &actual.id,
        }
    }

    /// The word after the kind in a finding code. A probable rename is
    /// reported as what is missing.
    pub fn word(&self) -> &'static str {
        match self {
            Difference::Missing { .. } => "missing",
            Difference::Renamed { .. } => "renamed",
            Difference::Unexpected { .. } => "unexpected",
            Difference::Changed { .. } => "changed",
        }
    }
}
