//! One pair of files for each kind of object: `<kind>.sql` reads it,
//! `<kind>.rs` says how to create, alter and drop it. One line in
//! `model/kind.rs` registers a pair; nothing here is a list of kinds.

use crate::model::catalog::Catalog;
use crate::model::finding::Severity;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::kind::ObjectKind;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::step::Additive;
use crate::model::step::Batches;
use crate::model::step::Phase;
use crate::model::step::Step;

mod carry;
mod constraint;
mod foreign;
mod marked;
mod members;
mod options;
mod parts;
mod rework;
mod tablespace;

pub use rework::Around;
pub use rework::Held;
use rework::PLAIN;
pub use rework::Rework;
pub use rework::Spare;

/// Everything the engine knows about one kind.
pub struct Kind {
    /// The system catalog whose rows these objects are: `pg_class`.
    pub catalog: &'static str,
    /// True for what shares the namespace of tables and can have children.
    pub relation: bool,
    /// True for what the statement that creates a relation contains: there is
    /// no step of its own while the relation is new.
    pub inline: bool,
    /// What `information_schema` shows of the kind, where the standard covers it.
    pub standard: Option<Standard>,
    /// The attributes that the query's columns fill, by name.
    pub attributes: &'static [Attribute],
    /// How bad it is when one is missing, and when one is unexpected.
    pub severity: Severities,
    /// What goes wrong, as the tail of a sentence after the object's name.
    pub harm: Harm,
    /// How to create it from nothing, or next to what exists.
    pub create: fn(&Object, &Context) -> Repair,
    /// How to turn `actual` into `expected` in one changed attribute.
    pub alter: fn(Change, &Context) -> Repair,
    /// The statement that drops it, for undo and plans that may lose things.
    pub drop: fn(&Object) -> String,
    /// How `COMMENT ON` and `ALTER … OWNER TO` name it: `VIEW public.v`. Empty where no fixed text
    /// does: then `alter` and `rework` see to both.
    pub target: fn(&Object) -> String,
    /// What a full plan does about a changed attribute that `alter` leaves. Never asked about a comment or an owner.
    pub rework: fn(Change, &Context) -> Rework,
    /// How it lets go of something that is dropped and made anew, without being dropped itself.
    pub release: fn(Held, &Context) -> Option<Around>,
    /// What its drop takes along, and has to be said once more.
    pub said_again: fn(&Object, &Context) -> Vec<Step>,
    /// What is gone for good when it is dropped: `its rows`. `None`: the declaration brings back all of it.
    pub loses: fn(&Object) -> Option<&'static str>,
    /// What tells whether one that is there holds nothing yet, so that dropping it loses nothing; the text
    /// is a literal that a plan has written into it. `None`: nothing does.
    pub unused: fn(&Object, &Catalog, Option<&str>) -> Option<Unused>,
    /// True for what the server itself carries over when the type of a column that it uses changes.
    pub rides: bool,
    /// True for what is about another server: a copy of the database does without it.
    pub elsewhere: bool,
    /// The statement that gives it another name.
    pub rename: Option<fn(&Object, &str) -> String>,
}

/// A question to the rows, see [`Kind::unused`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unused {
    /// The relation that nobody may write into between the answer and the drop, as SQL names it.
    pub relation: Option<String>,
    /// SQL that is true where nothing would be lost.
    pub sql: String,
}

/// The second reader of a kind.
pub struct Standard {
    /// The query on `information_schema`.
    pub query: &'static str,
    /// The attributes that it fills, with the values that the other reader gives.
    pub attributes: &'static [&'static str],
}

pub struct Severities {
    pub missing: Severity,
    pub unexpected: Severity,
}

/// `is missing: <missing>`; all without a final full stop.
pub struct Harm {
    pub missing: &'static str,
    pub unexpected: &'static str,
    pub changed: &'static str,
}

/// One changed attribute of one object.
pub struct Change<'a> {
    pub expected: &'a Object,
    pub actual: &'a Object,
    pub attribute: &'static str,
}

/// What a kind may ask while it writes a repair.
pub struct Context<'a> {
    /// The declared catalog: the children of a table are found here.
    pub expected: &'a Catalog,
    /// The catalog to repair.
    pub actual: &'a Catalog,
    /// The value for rows that exist, as SQL, by column: what `--backfill` said.
    pub fill: &'a dyn Fn(&Object) -> Option<Fill>,
    /// True where nobody uses the database meanwhile: one short statement may
    /// lock a table while it reads all of it.
    pub offline: bool,
}

/// A value for the rows that exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fill {
    /// SQL over a row of the table, which goes by its bare name.
    pub expression: String,
    /// True for a literal: the column can be added without writing a row.
    pub constant: bool,
    /// How many rows are written at once; `None`: all.
    pub batches: Option<Batches>,
    /// True where an application goes on between adding the column and
    /// requiring it: what it writes meanwhile gets a value too.
    pub window: bool,
    /// True where the expression names everything in full and calls nothing of
    /// the user's: it means the same whoever runs it, on whatever path.
    pub self_contained: bool,
}

impl Context<'_> {
    /// True when the relation does not exist yet: the same plan creates it.
    pub fn is_new(&self, schema: &str, relation: &str) -> bool {
        !ObjectKind::ALL
            .iter()
            .filter(|kind| of(**kind).relation)
            .any(|kind| self.actual.get(&ObjectId::new(*kind, schema, "", relation)).is_some())
    }

    /// True when creating the object must wait for a column that is to be added
    /// to a relation that exists, directly or through other missing objects.
    pub fn waits_for_column(&self, id: &ObjectId) -> bool {
        self.reaches(id, &|missing| {
            missing.kind == ObjectKind::Column && !self.is_new(&missing.schema, &missing.parent)
        })
    }

    /// True when creating the object must wait for one that `stop` accepts
    /// among the missing objects it depends on.
    pub fn reaches(&self, id: &ObjectId, stop: &dyn Fn(&ObjectId) -> bool) -> bool {
        let mut queue: Vec<u32> = self.expected.position(id).map(|p| p as u32).into_iter().collect();
        let mut seen = queue.clone();
        while let Some(from) = queue.pop() {
            for edge in self.expected.dependencies_of(from) {
                let target = &self.expected.at(edge.to).id;
                if self.actual.get(target).is_some() || seen.contains(&edge.to) {
                    continue;
                }
                if stop(target) {
                    return true;
                }
                seen.push(edge.to);
                queue.push(edge.to);
            }
        }
        false
    }

    /// The phase of something that is new: late where it must wait for a column.
    pub fn define_phase(&self, id: &ObjectId) -> Phase {
        if self.waits_for_column(id) { Phase::Constrain } else { Phase::Define }
    }

    /// The phase of what comes before whatever uses it, but after what it needs itself.
    pub fn early_phase(&self, id: &ObjectId) -> Phase {
        let later = |missing: &ObjectId| {
            matches!(missing.kind, ObjectKind::Function | ObjectKind::Aggregate) || of(missing.kind).relation
        };
        if self.reaches(id, &later) { Phase::Define } else { Phase::Prepare }
    }

    /// False where the role is known not to exist. `public` is everybody.
    pub fn has_role(&self, role: &str) -> bool {
        role == "public" || self.actual.may_have_role(role)
    }

    /// False only where the rows were counted and there are none.
    pub fn may_hold_rows(&self, schema: &str, table: &str) -> bool {
        self.actual.rows_of(schema, table) != Some(0)
    }
}

/// Steps, and what they leave for a person or a later run.
#[derive(Debug, Default)]
pub struct Repair {
    pub steps: Vec<Additive>,
    pub left: Vec<Left>,
}

/// Something an additive repair does not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The attribute that stays different; empty: the whole object.
    pub attribute: &'static str,
    /// Why, and what would help.
    pub reason: String,
}

impl Repair {
    pub fn steps(steps: Vec<Additive>) -> Self {
        Repair { steps, left: Vec::new() }
    }

    pub fn step(step: Additive) -> Self {
        Self::steps(vec![step])
    }

    /// Adds the comment that `object` declares, if any, on `target`.
    pub fn described(mut self, target: &str, object: &Object) -> Self {
        self.steps.extend(comment(target, object));
        self
    }

    /// Takes back what the server grants to everybody on something new and nobody
    /// declares, and what default privileges grant on it: it is born closed.
    /// `object_type` as in default privileges; `target` as `REVOKE` names it.
    fn born_closed(mut self, object: &Object, ctx: &Context, object_type: &str, target: &str) -> Self {
        let Some(phase) = self.steps.first().map(|step| step.as_step().phase) else { return self };
        let mut grants = ctx.expected.children(ObjectKind::Grant, &object.id.schema, &object.id.name).iter();
        let open = grants.any(|grant| grant.text("grantee") == Some("public"));
        let stock = (!open).then(|| Additive::withhold(&format!("ALL ON {target} FROM PUBLIC")));
        let given = withheld(ctx, object_type, &object.id.schema, target);
        self.steps.extend(stock.into_iter().chain(given).map(|step| step.phase(phase)));
        self
    }

    /// Nothing can be done additively.
    pub fn left(attribute: &'static str, reason: impl Into<String>) -> Self {
        Repair { steps: Vec::new(), left: vec![Left { attribute, reason: reason.into() }] }
    }
}

/// `COMMENT ON <target> IS …` as the object declares it; nothing where it has none.
fn comment(target: &str, object: &Object) -> Option<Additive> {
    object.text("comment").map(|text| Additive::comment(&format!("{target} IS {}", literal(text))))
}

/// What every kind does about a changed comment or owner. `None`: another attribute.
fn alter_common(change: &Change, target: &str) -> Option<Repair> {
    match change.attribute {
        "comment" => Some(match comment(target, change.expected) {
            Some(step) => Repair::step(step),
            None => Repair::left("comment", "removing a comment loses its text"),
        }),
        "owner" => Some(Repair::left(
            "owner",
            format!(
                "a new owner takes over every right on it; as a member of both roles run ALTER {target} OWNER TO {}",
                quote(change.expected.text("owner").unwrap_or_default())
            ),
        )),
        _ => None,
    }
}

/// A list of identifiers, quoted for SQL.
fn quoted(names: &[std::sync::Arc<str>]) -> String {
    names.iter().map(|name| quote(name)).collect::<Vec<_>>().join(", ")
}

/// Storage options as SQL writes them, or nothing.
fn with_options(object: &Object) -> String {
    options::list(object, "options").map(|list| format!(" WITH ({list})")).unwrap_or_default()
}

/// Options of something foreign as SQL writes them. One that is named like a
/// secret was read without its value, and is left for a person.
fn foreign_options(object: &Object) -> (String, Vec<Left>) {
    let (known, secret): (Vec<&str>, Vec<&str>) =
        object.list("options").iter().map(|option| &**option).partition(|option| option.contains('='));
    let one = |option: &&str| {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        format!("{} {}", quote(name), literal(value))
    };
    let options = match known.is_empty() {
        true => String::new(),
        false => format!(" OPTIONS ({})", known.iter().map(one).collect::<Vec<_>>().join(", ")),
    };
    let reason = |name: &&str| format!("its option {name} is taken for a secret and was not read: set it by hand");
    let left = secret.iter().map(|name| Left { attribute: "options", reason: reason(name) }).collect();
    (options, left)
}

/// What default privileges would grant on something new, taken back at once:
/// it is born closed, and declared grants are made by themselves. `target` as
/// `REVOKE` names it: `TABLE public.t`.
fn withheld(ctx: &Context, object_type: &str, schema: &str, target: &str) -> Option<Additive> {
    let given = ctx.actual.of_kind(ObjectKind::DefaultPrivilege).iter().filter(|given| {
        given.text("object_type") == Some(object_type)
            && (given.id.schema.is_empty() || *given.id.schema == *schema)
            && !given.list("privileges").is_empty()
    });
    let mut roles: Vec<String> =
        given.filter_map(|given| given.text("grantee")).filter(|to| *to != "its owner").map(policy::role).collect();
    roles.sort_unstable();
    roles.dedup();
    (!roles.is_empty()).then(|| Additive::withhold(&format!("ALL ON {target} FROM {}", roles.join(", "))))
}

macro_rules! register {
    ($(($variant:ident, $module:ident, $word:literal))*) => {
        $(mod $module;)*

        /// The pair behind a kind.
        pub fn of(kind: ObjectKind) -> &'static Kind {
            match kind { $(ObjectKind::$variant => &$module::KIND),* }
        }

        /// The catalog query of a kind. `$1` is the list of schemas, or NULL for all of the user's.
        pub fn query(kind: ObjectKind) -> &'static str {
            match kind { $(ObjectKind::$variant => include_str!(concat!(stringify!($module), ".sql"))),* }
        }
    };
}
crate::for_each_kind!(register);

pub use column::gives_all_rows_one_value;
pub use column::must_be_given;
pub use composite_type::held_in_tables as held;

/// What makes an object, and then gives it to whoever is declared to own it: nobody else had anything of it.
pub fn create(object: &Object, ctx: &Context) -> Repair {
    let mut repair = (of(object.id.kind).create)(object, ctx);
    // What a person has to make belongs to whoever does.
    let Some((target, owner)) = owned(object).filter(|_| !repair.steps.is_empty()) else { return repair };
    if ctx.has_role(owner) {
        repair.steps.push(Additive::give(&target, owner));
    } else {
        let to = quote(owner);
        let reason = format!("the role {owner} does not exist; create it, then run ALTER {target} OWNER TO {to}");
        repair.left.push(Left { attribute: "owner", reason });
    }
    repair
}

/// How SQL names an object, and the role that is declared to own it. None for what always has the owner
/// of something else, as a sequence that ends with a column has its table's.
pub fn owned(object: &Object) -> Option<(String, &str)> {
    let owner = object.text("owner").filter(|_| object.text("owned_by").is_none())?;
    let target = (of(object.id.kind).target)(object);
    (!target.is_empty()).then_some((target, owner))
}

/// The declared attribute of a kind by name.
pub fn attribute(kind: ObjectKind, name: &str) -> Option<&'static Attribute> {
    of(kind).attributes.iter().find(|a| a.name == name)
}

/// A catalog less what `information_schema` does not show, so that it can be
/// compared with one that was read through it.
pub fn as_standard(catalog: Catalog) -> Catalog {
    let mut catalog = catalog.retain(|object| of(object.id.kind).standard.is_some());
    catalog.map_objects(|object| {
        if let Some(standard) = &of(object.id.kind).standard {
            object.attributes = object.attributes.only(standard.attributes);
        }
    });
    catalog
}
