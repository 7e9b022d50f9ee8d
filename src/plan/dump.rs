//! The whole schema as a person would write it down: every object of a
//! catalog, created in an empty database, in one file or one for each table.

mod homes;
mod text;

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::kinds;
use crate::kinds::Left;
use crate::model::catalog::Catalog;
use crate::model::ident::quote;
use crate::model::kind::ObjectKind;
use crate::model::object::ObjectId;
use crate::model::object::Value;
use crate::model::step::Phase;
use crate::model::step::Step;
use crate::plan::circles;
use crate::plan::dump::homes::Homes;
use crate::plan::dump::homes::Section;
use crate::plan::rebuild;
use crate::plan::rebuild::Rebuild;

pub use text::About;
pub use text::File;

/// What of a schema is written down, and how.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// `ALTER … OWNER TO`.
    pub owners: bool,
    /// Grants and default privileges.
    pub privileges: bool,
    /// Where tables and indexes are kept.
    pub tablespaces: bool,
    /// `CREATE ROLE` for what the server may lack.
    pub roles: bool,
    /// A file for each table, in the order in which they are to be run.
    pub split: bool,
}

/// Statements under one title.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    file: homes::Home,
    section: Section,
    statements: Vec<String>,
}

/// Everything that creates a schema, in order.
struct Script {
    parts: Vec<Part>,
    left: Vec<(ObjectId, Left)>,
}

/// A schema as files of SQL; one file, without a name, unless it is to be
/// split. And the objects that are not, or not wholly, in them; the head says why.
pub fn dump(catalog: &Catalog, about: &About, options: Options) -> (Vec<File>, Vec<ObjectId>) {
    let script = script(catalog, options);
    let files = text::write(catalog, about, options, &script);
    (files, script.left.into_iter().map(|(id, _)| id).collect())
}

/// One statement, and what decides where it stands.
struct Node<'a> {
    id: &'a ObjectId,
    step: Step,
    section: Section,
    key: Key<'a>,
}

/// Within a section: by relation, what it is, by name, and as its kind says.
type Key<'a> = (Section, &'a str, &'a str, ObjectKind, &'a str, usize);

fn script(catalog: &Catalog, options: Options) -> Script {
    let mut catalog = unfilled(catalog.clone());
    if !options.tablespaces {
        catalog.map_objects(|object| object.attributes = object.attributes.without("tablespace"));
    }
    let catalog = &catalog;
    let Rebuild { units, graph, left } = rebuild::parts(catalog);
    let mut nodes: Vec<Node> = graph
        .steps
        .iter()
        .map(|at| {
            let unit = &units[at.unit];
            node(&unit.id, unit.steps[at.step].as_step().clone(), at.step)
        })
        .collect();
    let public = Public::of(catalog);
    nodes.extend(public.access.iter().map(|sql| {
        let mut step = Step::new(sql.clone(), Phase::Protect);
        step.access = true;
        Node { section: Section::grants(), ..node(&public.id, step, 1) }
    }));
    let mut edges = graph.edges().clone();
    describe_at_once(&nodes, &mut edges);
    if options.owners {
        own(catalog, &mut nodes, &mut edges);
    }
    let homes = Homes::new(catalog);
    let place = |n: &Node| match options.split {
        true => (homes.of(n.id, n.section), Section::FIRST),
        false => (homes::Home::ONE, n.section),
    };
    let places: Vec<_> = nodes.iter().map(place).collect();
    let after = |n: usize| match options.split {
        true => (homes.after(nodes[n].id, nodes[n].section), Section::FIRST),
        false => (homes::Home::ONE, nodes[n].section),
    };
    let keys: Vec<_> = nodes.iter().map(|node| node.key).collect();
    let order = circles::sort_by_place(places, &keys, &edges, after);
    let wanted = |n: &usize| {
        let node = &nodes[*n];
        (options.privileges || !node.step.access) && node.step.afresh() != public.creation
    };
    let mut parts: Vec<Part> = Vec::new();
    for ((file, _), n) in order.into_iter().filter(|(_, n)| wanted(n)) {
        let (section, statement) = (nodes[n].section, nodes[n].step.afresh());
        match parts.last_mut() {
            Some(part) if part.file == file && part.section == section => part.statements.push(statement),
            Some(_) | None => parts.push(Part { file, section, statements: vec![statement] }),
        }
    }
    Script { parts, left }
}

fn node(id: &ObjectId, step: Step, number: usize) -> Node<'_> {
    let section = Section::of(id, &step);
    let (schema, relation) = id.group();
    Node { id, step, section, key: (section, schema, relation, id.kind, &id.name, number) }
}

/// The schema that an empty database has already.
struct Public {
    id: ObjectId,
    /// The statement that would make it.
    creation: String,
    /// What is changed about it.
    access: Vec<String>,
}

impl Public {
    /// What everybody may do in it differs between server versions, so it is no
    /// grant of anybody's: only what is not as that server makes it is said.
    fn of(catalog: &Catalog) -> Public {
        let id = ObjectId::new(ObjectKind::Schema, "", "", "public");
        let Some(public) = catalog.get(&id) else {
            return Public { id, creation: String::new(), access: Vec::new() };
        };
        let mut access = Vec::new();
        for (privilege, stock) in [("USAGE", true), ("CREATE", catalog.server_version < 150_000)] {
            let given = public.list("access").iter().any(|right| **right == format!("public={privilege}"));
            match (given, stock) {
                (true, false) => access.push(format!("GRANT {privilege} ON SCHEMA public TO PUBLIC;")),
                (false, true) => access.push(format!("REVOKE {privilege} ON SCHEMA public FROM PUBLIC;")),
                (true, true) | (false, false) => {}
            }
        }
        let creation = "CREATE SCHEMA public;".to_owned();
        Public { id, creation, access }
    }
}

/// A schema is no data: materialized views are born empty, as tables are.
pub fn unfilled(mut catalog: Catalog) -> Catalog {
    catalog.map_objects(|object| {
        object.attributes = object.attributes.with("populated", Value::Bool(false));
    });
    catalog
}

/// What something is, is said right behind it, not only once it is secured.
fn describe_at_once(nodes: &[Node], edges: &mut BTreeSet<(usize, usize)>) {
    let late = |n: usize| matches!(nodes[n].step.phase, Phase::Secure | Phase::Protect);
    let chained: Vec<(usize, usize)> = edges
        .iter()
        .copied()
        .filter(|(before, after)| nodes[*before].id == nodes[*after].id && nodes[*after].step.phase == Phase::Describe)
        .collect();
    for (before, after) in chained {
        let first = (0..=before).rev().take_while(|n| nodes[*n].id == nodes[after].id).find(|n| !late(*n));
        if let Some(first) = first.filter(|first| *first != before) {
            edges.remove(&(before, after));
            edges.insert((first, after));
        }
    }
}

/// Whose everything is: after it is made, before anybody is granted anything.
fn own<'a>(catalog: &'a Catalog, nodes: &mut Vec<Node<'a>>, edges: &mut BTreeSet<(usize, usize)>) {
    let mut of: BTreeMap<&ObjectId, Vec<usize>> = BTreeMap::new();
    for (n, node) in nodes.iter().enumerate() {
        of.entry(node.id).or_default().push(n);
    }
    let steps = |id: &ObjectId| of.get(id).map_or(&[][..], Vec::as_slice);
    let mut more = Vec::new();
    for object in catalog.objects() {
        // What a person has to make belongs to whoever does.
        let Some((target, owner)) = kinds::owned(object).filter(|_| !steps(&object.id).is_empty()) else { continue };
        let sql = format!("ALTER {target} OWNER TO {};", quote(owner));
        let n = nodes.len() + more.len();
        let mut owned = node(&object.id, Step::new(sql, Phase::Index), usize::MAX);
        owned.section = owned.section.of_owner();
        owned.key.0 = owned.section;
        more.push(owned);
        let makes = |before: &&usize| !nodes[**before].step.access && nodes[**before].step.phase < Phase::Secure;
        edges.extend(steps(&object.id).iter().filter(makes).map(|before| (*before, n)));
        let sequences = catalog.of_kind(ObjectKind::Sequence).iter();
        let prefix = format!("{}.", object.id.qualified());
        let ends_here = |text: &str| object.id.kind == ObjectKind::Table && text.starts_with(&prefix);
        for sequence in sequences.filter(|sequence| sequence.text("owned_by").is_some_and(ends_here)) {
            edges.extend(steps(&sequence.id).iter().map(|before| (*before, n)));
        }
        let grants = catalog.children(ObjectKind::Grant, &object.id.schema, &object.id.name).iter();
        edges.extend(grants.flat_map(|grant| steps(&grant.id)).map(|after| (n, *after)));
    }
    nodes.extend(more);
}
