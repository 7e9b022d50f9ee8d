//! Where a statement of a dump stands: under which title, and in which file
//! where there is one for each table.

use std::collections::BTreeMap;

use crate::kinds;
use crate::model::catalog::Catalog;
use crate::model::catalog::Dependency;
use crate::model::kind::ObjectKind;
use crate::model::object::ObjectId;
use crate::model::step::Phase;
use crate::model::step::Step;
use crate::plan::order;

/// What stands under one title. Sections are in the order in which a person
/// reads: types, what calculates, what holds rows, what guards it, who may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Section {
    group: Group,
    kind: Option<ObjectKind>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Foundations,
    Routines,
    Relations,
    Reactions,
    Owners,
    Security,
    Grants,
    Database,
}

impl Section {
    pub const FIRST: Section = Section { group: Group::Foundations, kind: None };

    pub const fn owners() -> Section {
        Section { group: Group::Owners, kind: None }
    }

    pub const fn grants() -> Section {
        Section { group: Group::Grants, kind: Some(ObjectKind::Grant) }
    }

    /// Where a step of an object belongs.
    pub fn of(id: &ObjectId, step: &Step) -> Section {
        let kind = id.kind;
        let secures = step.phase == Phase::Protect && kinds::of(kind).relation;
        let group = match kind {
            _ if secures => Group::Security,
            ObjectKind::Function | ObjectKind::Procedure => Group::Routines,
            ObjectKind::Policy => Group::Security,
            ObjectKind::Grant => Group::Grants,
            // What is in no schema may be made as late as the database's own.
            ObjectKind::SecurityLabel if !id.schema.is_empty() => Group::Grants,
            _ if kind < ObjectKind::Table => Group::Foundations,
            _ if kind < ObjectKind::Trigger => Group::Relations,
            _ if kind < ObjectKind::Policy => Group::Reactions,
            _ => Group::Database,
        };
        let kind = match group {
            Group::Security => None,
            // What a table is created with, and what is said of it.
            _ if kinds::of(kind).inline && step.phase != Phase::Secure => Some(ObjectKind::Table),
            _ if step.phase == Phase::Describe && kind == ObjectKind::Sequence && !is_comment(step) => None,
            _ => Some(kind),
        };
        let group = if kind.is_none() && group == Group::Foundations { Group::Relations } else { group };
        Section { group, kind }
    }

    /// Who owns something of this section is said under a title of its own, or
    /// here where it comes after all else.
    pub fn of_owner(self) -> Section {
        if self.group == Group::Database { self } else { Section::owners() }
    }

    pub fn title(self) -> String {
        match (self.group, self.kind) {
            (Group::Security, _) => "Policies, and row-level security".to_owned(),
            (Group::Owners, _) => "Owners".to_owned(),
            (_, Some(ObjectKind::Column)) => "Defaults that call what reads their table".to_owned(),
            (_, Some(kind)) => plural(kind),
            (_, None) => "Sequences that end with their column".to_owned(),
        }
    }
}

fn is_comment(step: &Step) -> bool {
    step.sql.starts_with("COMMENT ")
}

/// `Materialized views`.
fn plural(kind: ObjectKind) -> String {
    let mut text = kind.prose();
    match text.strip_suffix('y') {
        Some(stem) if !stem.ends_with('e') => text = format!("{stem}ies"),
        Some(_) => text.push('s'),
        None if text.ends_with("ics") => {}
        None if text.ends_with('s') || text.ends_with('x') => text.push_str("es"),
        None => text.push('s'),
    }
    text[..1].to_uppercase() + &text[1..]
}

/// A file of a dump.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Home {
    rank: Rank,
    /// Among tables: what a foreign key refers to comes first.
    order: usize,
    /// `public.users`.
    pub name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Foundations,
    Types,
    Routines,
    Table,
    View,
    Ties,
    Database,
    Last,
}

impl Home {
    /// The one file of a dump that is not split.
    pub const ONE: Home = Home { rank: Rank::Foundations, order: 0, name: String::new() };

    fn new(rank: Rank, name: impl Into<String>) -> Home {
        Home { rank, order: 0, name: name.into() }
    }
}

/// Which object belongs in which file.
pub struct Homes<'a> {
    /// What has a name that others hang on.
    named: BTreeMap<(&'a str, &'a str), &'a ObjectId>,
    order: BTreeMap<(&'a str, &'a str), usize>,
    /// The table of a sequence that ends with a column.
    sequences: BTreeMap<&'a ObjectId, (&'a str, &'a str)>,
}

impl<'a> Homes<'a> {
    pub fn new(catalog: &'a Catalog) -> Homes<'a> {
        let mut named = BTreeMap::new();
        for object in catalog.objects().iter().filter(|object| object.id.parent.is_empty()) {
            let relation = kinds::of(object.id.kind).relation;
            let place = named.entry((&*object.id.schema, &*object.id.name));
            place.and_modify(|known| *known = if relation { &object.id } else { *known }).or_insert(&object.id);
        }
        let order = order::relations(catalog).into_iter().enumerate().map(|(n, relation)| (relation, n)).collect();
        let owning = |edge: &&Dependency| edge.owned && catalog.at(edge.from).id.kind == ObjectKind::Sequence;
        let ends = |edge: &Dependency| (&catalog.at(edge.from).id, catalog.at(edge.to).id.group());
        Homes { named, order, sequences: catalog.dependencies().iter().filter(owning).map(ends).collect() }
    }

    /// The file of a step of an object.
    pub fn of(&self, id: &ObjectId, section: Section) -> Home {
        if section.group == Group::Database {
            let last =
                matches!(id.kind, ObjectKind::DefaultPrivilege | ObjectKind::EventTrigger | ObjectKind::SecurityLabel);
            return if last { Home::new(Rank::Last, "last") } else { Home::new(Rank::Database, "database") };
        }
        let whole = if id.parent.is_empty() { Some(id) } else { self.named.get(&(&*id.schema, &*id.parent)).copied() };
        let Some(whole) = whole.filter(|whole| !whole.schema.is_empty() && !whole.kind.is_said_of_another()) else {
            return Home::new(Rank::Foundations, "foundations");
        };
        let group = self.sequences.get(whole).copied().unwrap_or_else(|| whole.group());
        let table = |kind| matches!(kind, ObjectKind::Table | ObjectKind::ForeignTable);
        let name = format!("{}.{}", group.0, group.1);
        match whole.kind {
            kind if table(kind) || self.sequences.contains_key(whole) => {
                Home { rank: Rank::Table, order: self.order.get(&group).copied().unwrap_or(usize::MAX), name }
            }
            ObjectKind::Function | ObjectKind::Procedure => Home::new(Rank::Routines, format!("{}.functions", group.0)),
            kind if kinds::of(kind).relation && kind != ObjectKind::Sequence => Home::new(Rank::View, name),
            _ => Home::new(Rank::Types, format!("{}.types", group.0)),
        }
    }

    /// Where something goes that has to wait until after its own file.
    pub fn after(&self, id: &ObjectId, section: Section) -> Home {
        let home = self.of(id, section);
        match home.rank {
            Rank::Table | Rank::View => Home::new(Rank::Ties, format!("{}.ties", id.schema)),
            Rank::Foundations | Rank::Types | Rank::Routines | Rank::Ties | Rank::Database | Rank::Last => home,
        }
    }
}
