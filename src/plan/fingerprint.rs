//! What a catalog is, in a few bytes: so that a plan knows the database that
//! it was made for again, and can name what has moved since. Names no kind.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde::Deserialize;
use serde::Serialize;
use sha2::Digest;
use sha2::Sha256;

use crate::model::catalog::Catalog;
use crate::model::object::Compare;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::object::Value;

/// A catalog as one number, and as one for each relation, routine or type with all that hangs on it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// `server_version_num`: another major version prints the same schema in other words.
    pub server_version: u32,
    pub whole: String,
    pub parts: BTreeMap<String, String>,
}

/// Something that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moved {
    New(String),
    Gone(String),
    Changed(String),
}

impl Moved {
    pub fn name(&self) -> &str {
        match self {
            Moved::New(name) | Moved::Gone(name) | Moved::Changed(name) => name,
        }
    }
}

impl std::fmt::Display for Moved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Moved::New(name) => write!(f, "{name} is new"),
            Moved::Gone(name) => write!(f, "{name} is gone"),
            Moved::Changed(name) => write!(f, "{name} has changed"),
        }
    }
}

impl Fingerprint {
    /// Of every object and of every attribute that is ever compared.
    pub fn of(catalog: &Catalog) -> Fingerprint {
        let mut parts: BTreeMap<String, Sha256> = BTreeMap::new();
        let mut whole = Sha256::new();
        for object in catalog.objects() {
            let bytes = bytes(object);
            whole.update(&bytes);
            parts.entry(part(&object.id)).or_default().update(&bytes);
        }
        // Whether anything moved is asked of the whole; a part only says what.
        let parts = parts.into_iter().map(|(name, hash)| (name, hex(&hash.finalize())[..8].to_owned())).collect();
        Fingerprint { server_version: catalog.server_version, whole: hex(&whole.finalize()), parts }
    }

    /// What is not as it was at `then`, by name.
    pub fn moved_since(&self, then: &Fingerprint) -> Vec<Moved> {
        let names: BTreeSet<&String> = then.parts.keys().chain(self.parts.keys()).collect();
        let one = |name: &String| match (then.parts.get(name), self.parts.get(name)) {
            (None, _) => Some(Moved::New(name.clone())),
            (_, None) => Some(Moved::Gone(name.clone())),
            (Some(was), Some(is)) => (was != is).then(|| Moved::Changed(name.clone())),
        };
        names.into_iter().filter_map(one).collect()
    }
}

/// The name of what an object belongs to: its relation or routine, its schema, or itself.
pub fn part(id: &ObjectId) -> String {
    match (id.schema.is_empty(), id.parent.is_empty()) {
        (true, true) => id.to_string(),
        (true, false) => id.parent.to_string(),
        // What is granted on a schema hangs on nothing else.
        (false, true) if !id.is_freely_named() => format!("schema {}", id.schema),
        (false, true) => format!("{}.{}", id.schema, id.name),
        (false, false) => format!("{}.{}", id.schema, id.parent),
    }
}

/// An object in a form in which no two different ones are alike.
fn bytes(object: &Object) -> Vec<u8> {
    let mut bytes = Vec::new();
    let id = &object.id;
    for text in [id.kind.word(), &id.schema, &id.parent, &id.name] {
        add(&mut bytes, text);
    }
    for (attribute, value) in object.attributes.iter() {
        if attribute.compare == Compare::Informational {
            continue;
        }
        add(&mut bytes, attribute.name);
        match value {
            Value::Bool(value) => bytes.extend([b'b', u8::from(*value)]),
            Value::Int(value) => {
                bytes.push(b'i');
                bytes.extend(value.to_le_bytes());
            }
            Value::Text(text) => {
                bytes.push(b't');
                add(&mut bytes, text);
            }
            Value::List(items) => {
                bytes.push(b'l');
                bytes.extend((items.len() as u64).to_le_bytes());
                items.iter().for_each(|item| add(&mut bytes, item));
            }
        }
    }
    bytes
}

fn add(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend((text.len() as u64).to_le_bytes());
    bytes.extend(text.as_bytes());
}

/// Bytes as people compare them.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds;
    use crate::model::kind::ObjectKind;

    fn column(table: &str, name: &str, of_type: &str, position: i64) -> Object {
        let attribute = |name| kinds::attribute(ObjectKind::Column, name).expect("declared");
        let values =
            vec![(attribute("type"), Value::Text(of_type.into())), (attribute("position"), Value::Int(position))];
        Object::new(ObjectId::new(ObjectKind::Column, "public", table, name), values)
    }

    fn of(objects: Vec<Object>) -> Fingerprint {
        Fingerprint::of(&Catalog::new(150000, objects, Vec::new()).expect("each occurs once"))
    }

    #[test]
    fn what_moved_is_named_by_its_relation() {
        let then = of(vec![column("a", "x", "text", 1), column("b", "x", "text", 1), column("c", "x", "text", 1)]);
        let now = of(vec![column("a", "x", "text", 1), column("b", "x", "int", 1), column("d", "x", "text", 1)]);
        let moved: Vec<String> = now.moved_since(&then).iter().map(Moved::to_string).collect();
        assert_eq!(moved, ["public.b has changed", "public.c is gone", "public.d is new"]);
        assert_ne!(now.whole, then.whole);
    }

    #[test]
    fn what_is_never_drift_moves_nothing() {
        assert_eq!(of(vec![column("a", "x", "text", 1)]), of(vec![column("a", "x", "text", 2)]));
    }

    #[test]
    fn neighbours_do_not_run_into_each_other() {
        assert_ne!(of(vec![column("a", "xt", "ext", 1)]).whole, of(vec![column("a", "x", "text", 1)]).whole);
    }
}
