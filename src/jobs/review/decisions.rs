//! What only a person can decide before a repair that keeps the rows goes all
//! the way: whose rows are, what the rows do not allow, what is the same under
//! another name.

use std::collections::BTreeMap;

use crate::jobs::compare;
use crate::jobs::compare::Comparison;
use crate::kinds::Left;
use crate::model::difference::Difference;
use crate::model::finding::ObjectRef;
use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::ObjectId;
use crate::report::review::facts::Amount;
use crate::report::review::facts::Choice;
use crate::report::review::facts::Decision;
use crate::report::review::facts::RowsAre;
use crate::report::review::facts::Way;
use crate::spec::drift_toml::renames;

/// What plans leave because of the rows, by object.
pub type Open = BTreeMap<ObjectId, Left>;

/// What a plan leaves because rows that exist need a value.
pub fn open<'a>(left: impl IntoIterator<Item = &'a (ObjectId, Left)>) -> Open {
    let waits = |(id, left): &&(ObjectId, Left)| id.kind == ObjectKind::Column && left.attribute == "not_null";
    left.into_iter().filter(waits).cloned().collect()
}

/// All decisions, each once.
pub fn all(comparison: &Comparison, open: &Open) -> Vec<Decision> {
    let mut all: Vec<Decision> = open.iter().map(|(id, left)| about_rows(comparison, id, left)).collect();
    // The rows said so themselves: an error about them has no repair but somebody's word.
    let findings = comparison.report.findings.iter();
    let of_rows = findings.filter(|f| compare::of_rows(&f.code) && f.severity == Severity::Error);
    all.extend(of_rows.map(|finding| Decision {
        question: finding.message.clone(),
        how: finding.help.clone(),
        object: Some(finding.object.clone()),
    }));
    all.extend(comparison.renames.conflicts.iter().map(|conflict| Decision {
        question: conflict.message.clone(),
        how: conflict.help.clone(),
        object: None,
    }));
    all.extend(comparison.differences.iter().filter_map(same_thing));
    all
}

/// A column that must hold something, or a key that the rows do not allow.
fn about_rows(comparison: &Comparison, id: &ObjectId, left: &Left) -> Decision {
    let object = Some(ObjectRef::from(id));
    if id.kind != ObjectKind::Column {
        return Decision {
            question: format!("{id}: {}", left.reason),
            how: "mend these rows, or change what is declared".to_owned(),
            object,
        };
    }
    let table = format!("{}.{}", id.schema, id.parent);
    let rows = match comparison.actual.rows_of(&id.schema, &id.parent) {
        Some(1) => "the 1 row".to_owned(),
        Some(rows) => format!("the {rows} rows"),
        None => "the rows".to_owned(),
    };
    let tenancy = comparison.spec.tenancy.as_ref();
    let short = match comparison.spec.schemas.as_slice() {
        [only] if **only == *id.schema => id.parent.to_string(),
        _ => table.clone(),
    };
    match tenancy.is_some_and(|tenancy| *tenancy.column == *id.name) {
        true => Decision {
            question: format!("To which tenant do {rows} of {table} belong?"),
            how: format!(
                "write it under `[backfill]` of drift.toml, as `{short} = \"<tenant id, or a way to it>\"`, or add `--backfill '{short}=…'` to the command"
            ),
            object,
        },
        false => Decision {
            question: format!("Which value do {rows} of {table} get for {}?", id.name),
            how: format!(
                "write it under `[backfill]` of drift.toml, as `\"{short}.{}\" = \"<SQL>\"`, or add `--backfill '{short}.{}=…'` to the command",
                id.name, id.name
            ),
            object,
        },
    }
}

/// A probable renaming that nobody has confirmed.
fn same_thing(difference: &Difference) -> Option<Decision> {
    match difference {
        Difference::Renamed { expected, actual, declared: None, .. } => Some(Decision {
            question: format!("Is {} the same as the declared {}?", actual.id.dotted(), expected.id.dotted()),
            how: match renames::line(&actual.id, &expected.id) {
                Some(line) => {
                    format!("if it is, write `{line}` under `[renames]` of drift.toml; if not, declare or drop it")
                }
                None => "rename it, or declare the name it has".to_owned(),
            },
            object: Some(ObjectRef::from(&expected.id)),
        }),
        Difference::Renamed { .. }
        | Difference::Missing { .. }
        | Difference::Unexpected { .. }
        | Difference::Changed { .. } => None,
    }
}

/// Says under each way which decisions it waits for.
pub fn share(choices: &mut [Choice], decisions: &[Decision], rows: &RowsAre) {
    for choice in choices {
        choice.decisions = match choice.way {
            Way::Reset => matches!(rows, RowsAre::Own { .. } | RowsAre::Unknown { .. })
                .then(|| Decision {
                    question: format!("May {} be lost?", amount(choice.lost)),
                    how: "only if everybody who uses the database says so; `drift fix --reset --keep-rows` puts those back that fit"
                        .to_owned(),
                    object: None,
                })
                .into_iter()
                .collect(),
            Way::Additive => decisions.to_vec(),
            Way::Full => {
                let loss = (!choice.losses.is_empty()).then(|| Decision {
                    question: "May what is named under “is lost” go for good?".to_owned(),
                    how: "declare what must stay; `--allow-data-loss` says yes to the rest".to_owned(),
                    object: None,
                });
                decisions.iter().cloned().chain(loss).collect()
            }
        };
    }
}

fn amount(lost: Amount) -> String {
    match (lost.rows, lost.tables) {
        (0, 0) => "the rows, however many there are,".to_owned(),
        (1, _) => "1 row".to_owned(),
        (rows, 1) => format!("{rows} rows of 1 table"),
        (rows, tables) => format!("{rows} rows of {tables} tables"),
    }
}
