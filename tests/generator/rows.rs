//! Rows that are valid before and after: the same few values everywhere, so
//! that whatever refers to something finds it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::model::*;
use super::render::Names;

const ROWS: usize = 3;

/// Where an item is, by names: under another name it is another thing.
pub fn place(model: &Model, id: Id) -> Vec<&str> {
    let item = model.get(id);
    let mut place = match &item.what {
        What::Column(column) => self::place(model, column.table),
        _ => model.schema_of(id).map(|schema| vec![&*model.get(schema).name]).unwrap_or_default(),
    };
    place.push(&item.name);
    place
}

/// True where both sides have it under the same name.
pub fn stays(id: Id, here: &Model, there: &Model) -> bool {
    here.items.contains_key(&id) && there.items.contains_key(&id) && place(here, id) == place(there, id)
}

/// True where rows of a table are there on both sides: of itself, or of a part that another whole has then.
fn remain(table: Id, here: &Model, there: &Model) -> bool {
    stays(table, here, there) || parts(here, table).keys().any(|part| stays(*part, here, there))
}

/// The tables that get rows on the side `here`, such that `there` takes them
/// too, and `here` again what comes back from there.
pub fn filled(here: &Model, there: &Model) -> BTreeSet<Id> {
    let both = |table: Id| takes(table, here, there) && takes(table, there, here);
    let mut filled: BTreeSet<Id> = here
        .ids(|what| matches!(what, What::Table(t) if !matches!(t.place, Place::Part { .. })))
        .into_iter()
        .filter(|table| covered(here, *table))
        .filter(|table| !remain(*table, here, there) || both(*table))
        .collect();
    loop {
        let before = filled.len();
        for model in [here, there] {
            for id in model.ids(|what| matches!(what, What::ForeignKey(_))) {
                let What::ForeignKey(key) = &model.get(id).what else { continue };
                let What::Key(target) = &model.get(key.key).what else { continue };
                // What goes for good refers to what is there now.
                let once = std::ptr::eq(model, here) && !remain(key.table, here, there);
                let mut needed = [&key.columns[..], &target.columns, &[target.table]].concat().into_iter();
                if !filled.contains(&target.table) || !(once || needed.all(|id| stays(id, here, there))) {
                    filled.remove(&key.table);
                }
            }
        }
        if filled.len() == before {
            return filled;
        }
    }
}

fn parts(model: &Model, table: Id) -> BTreeMap<Id, Vec<&str>> {
    let is_part = |id: &Id| matches!(model.table(*id).place, Place::Part { .. });
    model.descendants(table).into_iter().filter(is_part).map(|id| (id, place(model, id))).collect()
}

/// Whether each row has a partition to be in.
fn covered(model: &Model, table: Id) -> bool {
    let Place::Divided { by, .. } = model.table(table).place else { return true };
    let parts: Vec<&Place> = parts(model, table).keys().map(|id| &model.table(*id).place).collect();
    let bounds =
        || parts.iter().filter_map(|place| if let Place::Part { bound, .. } = place { Some(bound) } else { None });
    let takes = |n: i64| {
        bounds().any(|bound| match bound {
            Bound::Default => true,
            Bound::Range(from, to) => (*from..*to).contains(&n),
            Bound::List(values) => values.contains(&n),
            Bound::Hash(..) => false,
        })
    };
    if by == Split::Hash { bounds().count() == 2 } else { (1..=ROWS as i64).all(takes) }
}

/// Whether the other side takes what the rows of a table will be.
fn takes(table: Id, here: &Model, there: &Model) -> bool {
    let key_of = |what: &What, id: Id| match what {
        What::Key(key) => key.columns.contains(&id),
        What::Index(index) => index.unique && index.keys.iter().any(|key| key.expr == Expr::Column(id)),
        _ => false,
    };
    let names = Names::of(there);
    let columns = there.columns(table).into_iter().all(|id| {
        let column = there.column(id);
        // What a function of the user's, or a sequence, would give rows that exist is not for a plan to say.
        let stable = |expr: &Expr| match expr {
            Expr::Plain(sql) => !sql.contains("gen_random"),
            Expr::Label(..) => true,
            _ => false,
        };
        // Nothing numbers the rows of tables that inherit, nor, before 17, of partitions.
        let heirs = || !there.descendants(column.table).is_empty();
        let given = column.default.as_ref().is_some_and(stable)
            || column.generated.is_computed()
            || matches!(column.generated, Generated::Identity { .. }) && !heirs();
        let must = names.must_be_given(id) || there.denies_null(&column.kind);
        let null = column.default.is_none() && !must;
        let unique = !there.ids(|what| key_of(what, id)).is_empty();
        let old = stays(id, here, there);
        old || null || !unique && (given || !must)
    });
    let (before, after) = (parts(here, table), parts(there, table));
    let same_parts = after.iter().filter(|(id, _)| before.contains_key(id)).count() == before.len()
        && before.iter().all(|(id, place)| after.get(id) == Some(place));
    let equal_nulls = |model: &Model| {
        model.ids(|what| matches!(what, What::Key(key) if key.table == table && key.nulls_equal)).is_empty()
    };
    columns
        && same_parts
        && equal_nulls(here)
        && equal_nulls(there)
        && here.parent(table).is_none_or(|p| takes(p, here, there))
}

/// The statements that fill the tables of `here`.
pub fn inserts(here: &Model, there: &Model) -> Vec<String> {
    let names = Names::of(here);
    let mut statements = Vec::new();
    for table in filled(here, there) {
        let mut columns = here.columns(table);
        columns.retain(|id| !here.column(*id).generated.is_computed());
        let list: Vec<String> = columns.iter().map(|id| names.quoted(*id)).collect();
        let rows: Vec<String> = (1..=ROWS)
            .map(|n| {
                let values: Vec<String> = columns
                    .iter()
                    .map(|id| {
                        if is_null(*id, n, here, there) {
                            "NULL".to_owned()
                        } else {
                            value((here, there), &here.column(*id).kind, n)
                        }
                    })
                    .collect();
                format!("({})", values.join(", "))
            })
            .collect();
        if !columns.is_empty() {
            let (path, list) = (names.path(table), list.join(", "));
            statements.push(format!("INSERT INTO {path} ({list}) OVERRIDING SYSTEM VALUE VALUES {}", rows.join(", ")));
        }
    }
    statements
}

/// The last row has no value where neither side needs one.
fn is_null(id: Id, n: usize, here: &Model, there: &Model) -> bool {
    let may = |model: &Model| {
        if !model.items.contains_key(&id) {
            return true;
        }
        let in_key = |what: &What| match what {
            What::Key(key) => key.columns.contains(&id),
            What::ForeignKey(key) => key.columns.contains(&id),
            What::Table(Table { place: Place::Divided { column, .. }, .. }) => *column == id,
            _ => false,
        };
        let of_domain = matches!(&model.column(id).kind, Type::Made(other) if matches!(&model.get(*other).what, What::Domain { not_null: true, .. }));
        !of_domain && !Names::of(model).must_be_given(id) && model.ids(in_key).is_empty()
    };
    n == ROWS && may(here) && may(there)
}

/// The `n`th value of a type.
fn value(sides: (&Model, &Model), kind: &Type, n: usize) -> String {
    let (model, other) = sides;
    match model.base(kind) {
        Type::List(of) => format!("ARRAY[{}]::{}", value(sides, of, n), Names::of(model).kind(kind)),
        Type::Made(id) => match &model.get(*id).what {
            What::Enum { labels, .. } => {
                let theirs = match other.items.get(id).map(|item| &item.what) {
                    Some(What::Enum { labels, .. }) => labels,
                    _ => labels,
                };
                let common = labels.iter().find(|label| theirs.contains(label)).unwrap_or(&labels[0]);
                drift::model::ident::literal(common)
            }
            What::Composite { fields, .. } => {
                let values: Vec<String> = fields.iter().map(|(_, kind)| value(sides, kind, n)).collect();
                format!("ROW({})::{}", values.join(", "), Names::of(model).path(*id))
            }
            What::Range { .. } => format!("'empty'::{}", Names::of(model).path(*id)),
            other => panic!("no value of {other:?}"),
        },
        Type::Base(name) => match *name {
            "text" => format!("'v{n}'"),
            "boolean" => n.is_multiple_of(2).to_string(),
            "uuid" => format!("'00000000-0000-0000-0000-00000000000{n}'"),
            "date" => format!("'2021-03-0{n}'"),
            "jsonb" => format!("'{{\"n\": {n}}}'"),
            "bytea" => format!("'\\x0{n}'"),
            "interval" => format!("'{n} days'"),
            "int4range" => format!("'[{},{})'", n * 10, n * 10 + 5),
            "inet" => format!("'10.0.0.{n}'"),
            name if name.starts_with("timestamp") => format!("'2021-03-0{n} 10:00:00'"),
            name if name.starts_with("character varying") => format!("'v{n}'"),
            _ => n.to_string(),
        },
    }
}

/// What a column holds, before and after a plan that must keep it.
pub struct Question {
    pub column: String,
    pub before: String,
    pub after: String,
}

/// One for each column whose values must stay.
pub fn questions(here: &Model, there: &Model) -> Vec<Question> {
    let mut questions = Vec::new();
    for table in filled(here, there) {
        if !stays(table, here, there) {
            continue;
        }
        for id in here.columns(table) {
            if !stays(id, here, there) || here.column(id).generated.is_computed() {
                continue;
            }
            let query = |model: &Model| {
                let names = Names::of(model);
                let value = match model.family(&model.column(id).kind) {
                    Family::Number => format!("trim_scale({}::numeric)::text", names.quoted(id)),
                    _ if matches!(model.column(id).kind, Type::Base(kind) if kind.starts_with("timestamp")) => {
                        format!("extract(epoch FROM {})::text", names.quoted(id))
                    }
                    _ => format!("{}::text", names.quoted(id)),
                };
                let only = if matches!(model.table(table).place, Place::Divided { .. }) { "" } else { "ONLY " };
                let relation = format!("{only}{}", names.path(table));
                format!(
                    "SELECT COALESCE(string_agg(v, ',' ORDER BY v), '') || ' of ' || count(*) FROM (SELECT {value} AS v FROM {relation}) AS x"
                )
            };
            // A composite may have got one more field.
            if !matches!(here.base(&here.column(id).kind), Type::Base(_)) {
                continue;
            }
            let column = place(here, id).join(".");
            questions.push(Question { column, before: query(here), after: query(there) });
        }
    }
    questions
}
