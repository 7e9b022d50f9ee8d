//! Rows to objects: the one decoder for every kind. Columns after the
//! identity become attributes; one that the kind does not declare is an error.

use std::collections::HashSet;
use std::sync::Arc;

use anyhow::bail;
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use crate::kinds;
use crate::model::kind::ObjectKind;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::object::Value;

/// `oid, subid, schema, parent, name`.
const IDENTITY: usize = 5;

/// Texts and lists that occur again and again are kept once.
#[derive(Default)]
pub struct Interner {
    texts: HashSet<Arc<str>>,
    lists: HashSet<Arc<[Arc<str>]>>,
}

impl Interner {
    pub fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return known.clone();
        }
        let new: Arc<str> = text.into();
        self.texts.insert(new.clone());
        new
    }

    pub fn list(&mut self, items: &[&str]) -> Arc<[Arc<str>]> {
        let items: Vec<Arc<str>> = items.iter().map(|item| self.text(item)).collect();
        if let Some(known) = self.lists.get(items.as_slice()) {
            return known.clone();
        }
        let new: Arc<[Arc<str>]> = items.into();
        self.lists.insert(new.clone());
        new
    }
}

/// How the columns of one kind's query become attributes, in declared order.
pub struct Shape {
    kind: ObjectKind,
    columns: Vec<(usize, &'static Attribute)>,
}

impl Shape {
    pub fn of(kind: ObjectKind, row: &Row) -> anyhow::Result<Shape> {
        let declared = kinds::of(kind).attributes;
        let mut columns = Vec::new();
        for (i, column) in row.columns().iter().enumerate().skip(IDENTITY) {
            match declared.iter().position(|attribute| attribute.name == column.name()) {
                Some(position) => columns.push((position, i)),
                None => bail!("the query of kind {kind} reads {:?}, which the kind does not declare", column.name()),
            }
        }
        columns.sort_unstable();
        let columns = columns.into_iter().map(|(position, i)| (i, &declared[position])).collect();
        Ok(Shape { kind, columns })
    }

    /// The object in a row, and `(oid, subid)` of it.
    pub fn object(&self, row: &Row, interner: &mut Interner) -> anyhow::Result<(Object, (u32, i32))> {
        let id = ObjectId {
            kind: self.kind,
            schema: interner.text(row.try_get(2)?),
            parent: interner.text(row.try_get(3)?),
            name: interner.text(row.try_get(4)?),
        };
        let mut values = Vec::with_capacity(self.columns.len());
        for (i, attribute) in &self.columns {
            if let Some(value) = value(row, *i, interner)? {
                values.push((*attribute, value));
            }
        }
        Ok((Object::new(id, values), (row.try_get(0)?, row.try_get(1)?)))
    }
}

fn value(row: &Row, i: usize, interner: &mut Interner) -> anyhow::Result<Option<Value>> {
    let column = &row.columns()[i];
    Ok(match *column.type_() {
        Type::BOOL => row.try_get::<_, Option<bool>>(i)?.map(Value::Bool),
        Type::INT2 => row.try_get::<_, Option<i16>>(i)?.map(|n| Value::Int(n.into())),
        Type::INT4 => row.try_get::<_, Option<i32>>(i)?.map(|n| Value::Int(n.into())),
        Type::INT8 => row.try_get::<_, Option<i64>>(i)?.map(Value::Int),
        Type::TEXT => row.try_get::<_, Option<&str>>(i)?.map(|text| Value::Text(interner.text(text))),
        Type::TEXT_ARRAY => row.try_get::<_, Option<Vec<&str>>>(i)?.map(|items| Value::List(interner.list(&items))),
        ref other => bail!("column {:?} has the type {other}, which the decoder does not take", column.name()),
    })
}
