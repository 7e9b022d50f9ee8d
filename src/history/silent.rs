//! A statement that found something in place: what it would have made, held
//! against what is there.

use crate::history::Silent;
use crate::history::Statement;
use crate::history::claims;
use crate::history::status::Differs;
use crate::history::status::Lack;
use crate::history::status::SilentStatus;
use crate::model::finding::ObjectRef;
use crate::model::object::Compare;
use crate::model::object::Location;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::object::Value;

/// Holds what a statement would have made against what is there.
pub fn status<'a>(
    statement: &Statement,
    silent: &Silent,
    since: Option<Location>,
    now: impl Fn(&ObjectId) -> Option<&'a Object>,
) -> SilentStatus {
    let mut status = SilentStatus {
        at: statement.at.clone(),
        statement: statement.head.clone(),
        object: ObjectRef::from(&silent.id),
        since,
        tried: silent.wanted.is_some(),
        lacks: Vec::new(),
        differs: Vec::new(),
        alike: 0,
    };
    for wanted in silent.wanted.iter().flatten() {
        let object = ObjectRef::from(&wanted.id);
        let Some(now) = now(&wanted.id) else {
            status.lacks.push(Lack { object, shape: shape(wanted) });
            continue;
        };
        let attributes = claims::differs(wanted, now);
        match attributes.is_empty() {
            true => status.alike += 1,
            false => status.differs.push(Differs { object, attributes }),
        }
    }
    status
}

/// An object's shape on one line: `type uuid, not null, default gen_random_uuid()`.
pub fn shape(object: &Object) -> String {
    let told = object.attributes.iter().filter(|(attribute, _)| match attribute.compare {
        Compare::Exact | Compare::Printed => attribute.name != "comment",
        Compare::Declared | Compare::Stated | Compare::StatedAnywhere | Compare::Informational => false,
    });
    let words = told.filter_map(|(attribute, value)| {
        let name = attribute.name.replace('_', " ");
        match value {
            Value::Bool(true) => Some(name),
            Value::Bool(false) => None,
            Value::Int(_) | Value::Text(_) | Value::List(_) => Some(format!("{name} {value}")),
        }
    });
    words.collect::<Vec<_>>().join(", ")
}
