//! A recorded catalog: JSON, one object a line, stable byte for byte. Also
//! what the cache of compiled SQL holds. Names no kind.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::io::Write;
use std::sync::Arc;

use anyhow::Context;
use anyhow::Result;
use anyhow::anyhow;
use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use serde::de::SeqAccess;
use serde::de::Visitor;
use serde::ser::SerializeMap;

use crate::kinds;
use crate::model::catalog::Catalog;
use crate::model::catalog::Coverage;
use crate::model::catalog::Dependency;
use crate::model::failure::failure;
use crate::model::kind::ObjectKind;
use crate::model::object::Attribute;
use crate::model::object::Location;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::object::Value;
use crate::model::role::Role;

/// The format that this program writes and the newest one it reads.
pub const SNAPSHOT_VERSION: u32 = 1;

/// Everything but the objects, which follow line by line.
#[derive(Serialize)]
struct Head<'a> {
    drift_snapshot: u32,
    server_version: u32,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    live: bool,
    roles: &'a [Role],
    coverage: &'a Coverage,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<Vec<(&'a str, &'a str, u64)>>,
}

#[derive(Deserialize)]
struct Recorded<'a> {
    drift_snapshot: u32,
    server_version: u32,
    #[serde(default)]
    live: bool,
    roles: Vec<Role>,
    coverage: Coverage,
    #[serde(default, borrow)]
    rows: Option<Vec<(Str<'a>, Str<'a>, u64)>>,
    #[serde(borrow)]
    objects: Vec<RecordedObject<'a>>,
}

/// `[kind, schema, parent, name]`
type Reference<'a> = (Str<'a>, Str<'a>, Str<'a>, Str<'a>);

#[derive(Deserialize)]
struct RecordedObject<'a> {
    #[serde(borrow)]
    id: Reference<'a>,
    #[serde(default, borrow)]
    attributes: RecordedAttributes<'a>,
    #[serde(default, borrow)]
    depends_on: Vec<Reference<'a>>,
    #[serde(default, borrow)]
    owned_by: Vec<Reference<'a>>,
    #[serde(default)]
    declared_at: Option<Location>,
}

/// Writes a catalog. The same catalog gives the same bytes.
///
/// # Errors
/// Those of `out`.
pub fn write(catalog: &Catalog, out: &mut dyn Write) -> std::io::Result<()> {
    let head = Head {
        drift_snapshot: SNAPSHOT_VERSION,
        server_version: catalog.server_version,
        live: catalog.live,
        roles: &catalog.roles,
        coverage: &catalog.coverage,
        rows: catalog.rows.as_ref().map(|rows| rows.iter().map(|((s, t), n)| (&**s, &**t, *n)).collect()),
    };
    let head = serde_json::to_string(&head)?;
    writeln!(out, "{},\n\"objects\":[", &head[..head.len() - 1])?;
    for (position, object) in catalog.objects().iter().enumerate() {
        if position > 0 {
            out.write_all(b",\n")?;
        }
        serde_json::to_writer(&mut *out, &Line { catalog, position: position as u32, object })?;
    }
    out.write_all(b"\n]}\n")
}

/// Reads a catalog that [`write`] wrote. `name` is the file, for messages.
///
/// # Errors
/// Not JSON, not a snapshot, written by a newer format, or naming a kind or
/// attribute that this program does not know.
pub fn read(text: &str, name: &str) -> Result<Catalog> {
    let recorded: Recorded = match serde_json::from_str(text) {
        Ok(recorded) => recorded,
        Err(error) => return Err(unreadable(text, name, error)),
    };
    check_version(recorded.drift_snapshot, name)?;
    let mut strings = Strings::default();
    let mut objects = Vec::with_capacity(recorded.objects.len());
    let mut references = Vec::new();
    for (position, line) in recorded.objects.into_iter().enumerate() {
        let id = line.id.resolve(&mut strings, name)?;
        let mut values = Vec::with_capacity(line.attributes.0.len());
        for (attribute, value) in line.attributes.0 {
            let declared = kinds::attribute(id.kind, &attribute).ok_or_else(|| {
                failure(
                    format!("{name}: {id} has an attribute `{}` that this drift does not know", &*attribute),
                    "record the snapshot again with this version of drift",
                )
            })?;
            values.push((declared, value.resolve(&mut strings)));
        }
        let lacks = |attribute: &&Attribute| attribute.always && !values.iter().any(|(a, _)| a.name == attribute.name);
        if let Some(lacking) = kinds::of(id.kind).attributes.iter().find(lacks) {
            return Err(failure(
                format!("{name}: {id} has no `{}`, and no server shows one without", lacking.name),
                "record the snapshot again: it was changed, or cut off",
            ));
        }
        for (list, owned) in [(line.depends_on, false), (line.owned_by, true)] {
            for target in list {
                references.push((position as u32, target.resolve(&mut strings, name)?, owned));
            }
        }
        let mut object = Object::new(id, values);
        object.declared_at = line.declared_at.map(Box::new);
        objects.push(object);
    }
    let edges = references
        .iter()
        .map(|(from, target, owned)| {
            let to = objects
                .binary_search_by(|o: &Object| o.id.cmp(target))
                .map_err(|_| anyhow!("{name}: an object depends on {target}, which the snapshot does not hold"))?;
            Ok(Dependency { from: *from, to: to as u32, owned: *owned })
        })
        .collect::<Result<Vec<_>>>()?;
    let mut catalog = Catalog::new(recorded.server_version, objects, edges).with_context(|| name.to_owned())?;
    catalog.live = recorded.live;
    catalog.roles = recorded.roles;
    catalog.coverage = recorded.coverage;
    catalog.rows = recorded
        .rows
        .map(|rows| rows.iter().map(|(s, t, n)| ((strings.intern(&s.0), strings.intern(&t.0)), *n)).collect());
    Ok(catalog)
}

fn check_version(version: u32, name: &str) -> Result<()> {
    if version > SNAPSHOT_VERSION {
        return Err(failure(
            format!("{name} is a snapshot of format {version}; this drift reads up to format {SNAPSHOT_VERSION}"),
            "update drift, or record the snapshot again with this version",
        ));
    }
    Ok(())
}

/// Why a text is not a snapshot: of a newer format first, whatever else is
/// wrong with it.
fn unreadable(text: &str, name: &str, error: serde_json::Error) -> anyhow::Error {
    #[derive(Deserialize)]
    struct Version {
        drift_snapshot: u32,
    }
    match serde_json::from_str::<Version>(text) {
        Ok(Version { drift_snapshot }) if drift_snapshot > SNAPSHOT_VERSION => {
            check_version(drift_snapshot, name).expect_err("the version is newer")
        }
        Ok(_) => failure(format!("{name} is a damaged snapshot: {error}"), "record it again with `drift snapshot`"),
        Err(_) => failure(
            format!("{name} is not a drift snapshot: {error}"),
            "record one with `drift snapshot SOURCE --output FILE`",
        ),
    }
}

/// One object as a line of JSON.
struct Line<'a> {
    catalog: &'a Catalog,
    position: u32,
    object: &'a Object,
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let reference =
            |id: &ObjectId| (id.kind.word(), id.schema.to_string(), id.parent.to_string(), id.name.to_string());
        let edges = |owned: bool| -> Vec<_> {
            let all = self.catalog.dependencies_of(self.position).iter().filter(|d| d.owned == owned);
            all.map(|d| reference(&self.catalog.at(d.to).id)).collect()
        };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &reference(&self.object.id))?;
        map.serialize_entry("attributes", &WrittenAttributes(self.object))?;
        for (key, owned) in [("depends_on", false), ("owned_by", true)] {
            let edges = edges(owned);
            if !edges.is_empty() {
                map.serialize_entry(key, &edges)?;
            }
        }
        if let Some(location) = &self.object.declared_at {
            map.serialize_entry("declared_at", location)?;
        }
        map.end()
    }
}

struct WrittenAttributes<'a>(&'a Object);

impl Serialize for WrittenAttributes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (attribute, value) in self.0.attributes.iter() {
            match value {
                Value::Bool(v) => map.serialize_entry(attribute.name, v)?,
                Value::Int(v) => map.serialize_entry(attribute.name, v)?,
                Value::Text(v) => map.serialize_entry(attribute.name, &**v)?,
                Value::List(v) => map.serialize_entry(attribute.name, &**v)?,
            }
        }
        map.end()
    }
}

/// Text that borrows from the file where it can.
#[derive(Debug, Default)]
struct Str<'a>(Cow<'a, str>);

impl std::ops::Deref for Str<'_> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Str<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        match deserializer.deserialize_any(ValueVisitor)? {
            RecordedValue::Text(text) => Ok(text),
            RecordedValue::Bool(_) | RecordedValue::Int(_) | RecordedValue::List(_) => {
                Err(serde::de::Error::custom("expected a string"))
            }
        }
    }
}

/// Attributes in the order of the file.
#[derive(Default)]
struct RecordedAttributes<'a>(Vec<(Str<'a>, RecordedValue<'a>)>);

impl<'de: 'a, 'a> Deserialize<'de> for RecordedAttributes<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct MapVisitor;
        impl<'de> Visitor<'de> for MapVisitor {
            type Value = RecordedAttributes<'de>;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("attributes by name")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> std::result::Result<Self::Value, A::Error> {
                let mut values = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    values.push(entry);
                }
                Ok(RecordedAttributes(values))
            }
        }
        deserializer.deserialize_map(MapVisitor)
    }
}

enum RecordedValue<'a> {
    Bool(bool),
    Int(i64),
    Text(Str<'a>),
    List(Vec<Str<'a>>),
}

impl RecordedValue<'_> {
    fn resolve(self, strings: &mut Strings) -> Value {
        match self {
            RecordedValue::Bool(v) => Value::Bool(v),
            RecordedValue::Int(v) => Value::Int(v),
            RecordedValue::Text(v) => Value::Text(strings.intern(&v)),
            RecordedValue::List(v) => Value::List(v.iter().map(|item| strings.intern(item)).collect()),
        }
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = RecordedValue<'de>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a boolean, an integer, a string or a list of strings")
    }
    fn visit_bool<E>(self, v: bool) -> std::result::Result<Self::Value, E> {
        Ok(RecordedValue::Bool(v))
    }
    fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E> {
        Ok(RecordedValue::Int(v))
    }
    fn visit_u64<E: serde::de::Error>(self, v: u64) -> std::result::Result<Self::Value, E> {
        i64::try_from(v).map(RecordedValue::Int).map_err(E::custom)
    }
    fn visit_str<E>(self, v: &str) -> std::result::Result<Self::Value, E> {
        Ok(RecordedValue::Text(Str(Cow::Owned(v.to_owned()))))
    }
    fn visit_borrowed_str<E>(self, v: &'de str) -> std::result::Result<Self::Value, E> {
        Ok(RecordedValue::Text(Str(Cow::Borrowed(v))))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> std::result::Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(RecordedValue::List(items))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for RecordedValue<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

trait Resolve {
    fn resolve(&self, strings: &mut Strings, name: &str) -> Result<ObjectId>;
}

impl Resolve for Reference<'_> {
    fn resolve(&self, strings: &mut Strings, name: &str) -> Result<ObjectId> {
        let kind = ObjectKind::from_word(&self.0).ok_or_else(|| {
            failure(
                format!("{name} holds an object of kind `{}`, which this drift does not know", &*self.0),
                "update drift, or record the snapshot again with this version",
            )
        })?;
        let (schema, parent, name) = (strings.intern(&self.1), strings.intern(&self.2), strings.intern(&self.3));
        Ok(ObjectId { kind, schema, parent, name })
    }
}

/// Each distinct text is kept once.
#[derive(Default)]
struct Strings(HashSet<Arc<str>>);

impl Strings {
    fn intern(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let text: Arc<str> = text.into();
        self.0.insert(text.clone());
        text
    }
}
