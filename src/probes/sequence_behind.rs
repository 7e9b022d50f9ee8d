//! `sequence-behind`: rows that hold a number which their sequence has yet to give.

use crate::model::catalog::Catalog;
use crate::model::finding::Severity;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::ident::split_qualified;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::object::Value;
use crate::probes::has_index_led_by;
use crate::probes::key_of;
use crate::probes::question::Big;
use crate::probes::question::Find;
use crate::probes::question::Question;

pub(super) fn ask(actual: &Catalog) -> Vec<Question> {
    let tables = actual.of_kind(ObjectKind::Table).iter();
    let whole = tables.filter(|table| table.text("partition_of").is_none());
    whole
        .flat_map(|table| {
            let columns = actual.children(ObjectKind::Column, &table.id.schema, &table.id.name).iter();
            columns.filter_map(|column| Some(question(actual, table, column, &sequence(actual, table, column)?)))
        })
        .collect()
}

/// The sequence that numbers the rows upwards and never begins anew, as SQL of type `regclass`.
fn sequence(actual: &Catalog, table: &Object, column: &Object) -> Option<String> {
    if !matches!(column.text("type"), Some("smallint" | "integer" | "bigint" | "numeric")) {
        return None;
    }
    if column.text("identity").is_some() {
        let options = column.text("identity_options").unwrap_or_default();
        let upwards = !options.contains("INCREMENT BY -") && !options.replace("NO CYCLE", "").contains("CYCLE");
        let name = literal(&column.id.name);
        let of = format!("pg_catalog.pg_get_serial_sequence({}, {name})", literal(&table.id.qualified()));
        return upwards.then(|| format!("{of}::pg_catalog.regclass"));
    }
    let name = column.text("default")?.strip_prefix("nextval('")?.strip_suffix("'::regclass)")?;
    let name = name.replace("''", "'");
    let (schema, sequence) = split_qualified(&name)?;
    let known = actual.get(&ObjectId::new(ObjectKind::Sequence, &schema, "", &sequence))?;
    let upwards = matches!(known.attributes.get("increment"), Some(Value::Int(increment)) if *increment > 0);
    (upwards && !known.flag("cycle")).then(|| format!("{}::pg_catalog.regclass", literal(&name)))
}

/// What the sequence gives next. Which sequence it is, is known only when the query runs, so it is read by text.
fn next(sequence: &str) -> String {
    format!(
        "(SELECT pg_catalog.substring(pg_catalog.query_to_xml(pg_catalog.format(\
         'SELECT CASE WHEN is_called THEN last_value + %s ELSE last_value END AS n FROM %s', s.seqincrement, s.seqrelid::pg_catalog.regclass), \
         false, false, '')::pg_catalog.text, '<n>(-?[0-9]+)</n>')::pg_catalog.int8 \
         FROM pg_catalog.pg_sequence AS s WHERE s.seqrelid = {sequence})"
    )
}

fn question(actual: &Catalog, table: &Object, column: &Object, sequence: &str) -> Question {
    let name = quote(&column.id.name);
    let big = if has_index_led_by(actual, &table.id, &column.id.name) { Big::Index } else { Big::Sample };
    Question {
        code: "sequence-behind",
        severity: Severity::Note,
        object: column.id.clone(),
        table: table.id.clone(),
        key: key_of(actual, &table.id),
        message: format!(
            "{} has {{rows}} whose {} its sequence has yet to give: an INSERT will be given a number that is taken",
            table.id.dotted(),
            column.id.name
        ),
        find: Find::Rows { from: String::new(), condition: format!("r.{name} >= {}", next(sequence)), big },
        help: format!(
            "run SELECT pg_catalog.setval({sequence}, (SELECT pg_catalog.max({name}) FROM {})) while nobody inserts",
            table.id.qualified()
        ),
        no_repair: "where a sequence stands is data, not schema".to_owned(),
    }
}
