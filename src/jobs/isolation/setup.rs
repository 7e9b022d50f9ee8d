//! The rows that a transcript stands on, and no more than those.

use std::collections::BTreeSet;

use crate::jobs::isolation::doors::Door;
use crate::jobs::isolation::layout::Layout;
use crate::jobs::isolation::layout::Name;
use crate::jobs::isolation::layout::mentions;
use crate::jobs::isolation::layout::name_of;
use crate::jobs::isolation::rows::A;
use crate::jobs::isolation::rows::B;
use crate::jobs::isolation::rows::Made;
use crate::jobs::isolation::rows::Maker;
use crate::jobs::isolation::stage::SILENT;
use crate::model::isolation::ProbeResult;
use crate::model::isolation::RelationClass;
use crate::model::kind::ObjectKind;
use crate::model::object::ObjectId;

/// What the transcripts of what failed stand on, to be run once in an empty copy.
pub fn setup(maker: &Maker<'_>, needed: &BTreeSet<Name>, results: &[(Name, ProbeResult)]) -> Vec<String> {
    let names = format!("-- tenant A is {}, tenant B is {}", maker.tenant(A), maker.tenant(B));
    let mut lines = vec![names, "BEGIN;".to_owned(), format!("{};", SILENT)];
    let made: Vec<&Made> = maker.rows.setup.iter().filter(|made| needed.contains(&made.table)).collect();
    let referred = |made: &Made, key: &String| {
        maker
            .rows
            .setup
            .iter()
            .any(|other| other.sql != made.sql && needed.contains(&other.table) && other.sql.contains(key.as_str()))
            || results.iter().any(|(_, probe)| probe.transcript.iter().any(|line| line.sql.contains(key.as_str())))
    };
    let kept = made.iter().filter(|made| made.spare_key.as_ref().is_none_or(|key| referred(made, key)));
    lines.extend(kept.map(|made| format!("{};", made.sql)));
    lines.push("COMMIT;".to_owned());
    lines
}

/// The relations whose rows decide about these ones: what they refer to, what
/// their policies look into, and who is a member of what.
pub fn closure(layout: &Layout<'_>, doors: &[Door], of: BTreeSet<Name>) -> BTreeSet<Name> {
    let mut needed = of;
    needed.insert(layout.registry.clone());
    needed.extend(layout.users.iter().map(|(users, _)| users.clone()));
    let members = layout.tables.iter().filter(|table| table.class == RelationClass::Member);
    needed.extend(members.map(|table| table.name()));
    loop {
        let before = needed.len();
        let mut text = String::new();
        for name in needed.clone() {
            let id = ObjectId::new(ObjectKind::Table, &name.0, "", &name.1);
            if let Some(table) = layout.catalog.get(&id) {
                needed.extend(layout.parents(table).into_iter().map(|(parent, _)| parent));
                text.push_str(&layout.policy_text(table));
            }
            doors.iter().filter(|door| door.name == name).for_each(|door| text.push_str(&door.shows));
        }
        for function in layout.called(&text) {
            text.push_str(function.text("definition").unwrap_or_default());
        }
        let tables = layout.catalog.of_kind(ObjectKind::Table).iter();
        needed.extend(tables.filter(|table| mentions(&text, &table.id.name)).map(name_of));
        if needed.len() == before {
            return needed;
        }
    }
}
