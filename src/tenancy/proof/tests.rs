//! The proof against brute force: whatever it calls implied must be so for
//! every row and every session, by an evaluator that knows nothing of proofs.

use std::fmt::Write as _;

use super::Claim;
use super::Proof;
use super::Visible;
use crate::model::catalog::Catalog;
use crate::model::kind::ObjectKind;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::object::Value;
use crate::spec::drift_toml;
use crate::tenancy::context::Sessions;
use crate::tenancy::expression::parse;
use crate::tenancy::functions::Functions;

static NOT_NULL: Attribute = Attribute::exact("not_null");

struct Nobody;

impl Visible for Nobody {
    fn confines(&self, _: &ObjectId) -> bool {
        false
    }
}

/// A boolean expression that can be written and evaluated.
enum Formula {
    Constant(Option<bool>),
    /// `tenant = session()`, by the operator and whether the sides are exchanged.
    Tenant(&'static str, bool),
    TenantIsNull,
    SessionIsNull,
    /// A boolean column.
    Other(usize),
    Not(Box<Formula>),
    And(Vec<Formula>),
    Or(Vec<Formula>),
    /// `IS [NOT] TRUE`, `FALSE`, `UNKNOWN`.
    Is(Box<Formula>, &'static str),
    Coalesce(Box<Formula>, Box<Formula>),
    Case(Vec<(Formula, Formula)>, Option<Box<Formula>>),
    InSession(bool),
}

/// One row in one session; `None` is NULL.
struct World {
    tenant: Option<u8>,
    session: Option<u8>,
    others: [Option<bool>; 2],
}

impl Formula {
    fn eval(&self, world: &World) -> Option<bool> {
        let equal = world.tenant.zip(world.session).map(|(tenant, session)| tenant == session);
        match self {
            Formula::Constant(value) => *value,
            Formula::Tenant("=", _) => equal,
            Formula::Tenant("<>", _) => equal.map(|equal| !equal),
            Formula::Tenant("IS DISTINCT FROM", _) => Some(world.tenant != world.session),
            Formula::Tenant(_, _) => Some(world.tenant == world.session),
            Formula::TenantIsNull => Some(world.tenant.is_none()),
            Formula::SessionIsNull => Some(world.session.is_none()),
            Formula::Other(n) => world.others[*n],
            Formula::Not(of) => of.eval(world).map(|value| !value),
            Formula::And(parts) => all(parts, world, false),
            Formula::Or(parts) => all(parts, world, true),
            Formula::Is(of, what) => Some(match (*what, of.eval(world)) {
                ("TRUE", value) => value == Some(true),
                ("NOT TRUE", value) => value != Some(true),
                ("FALSE", value) => value == Some(false),
                ("NOT FALSE", value) => value != Some(false),
                ("UNKNOWN", value) => value.is_none(),
                (_, value) => value.is_some(),
            }),
            Formula::Coalesce(first, second) => first.eval(world).or_else(|| second.eval(world)),
            Formula::Case(arms, otherwise) => match arms.iter().find(|(when, _)| when.eval(world) == Some(true)) {
                Some((_, then)) => then.eval(world),
                None => otherwise.as_ref().and_then(|otherwise| otherwise.eval(world)),
            },
            Formula::InSession(not) => equal.map(|equal| equal != *not),
        }
    }

    fn write(&self, text: &mut String) {
        let binary = |parts: &[Formula], word: &str| {
            parts.iter().map(|part| format!("({})", part.text())).collect::<Vec<_>>().join(word)
        };
        let written = match self {
            Formula::Constant(Some(value)) => write!(text, "{value}"),
            Formula::Constant(None) => write!(text, "NULL::boolean"),
            Formula::Tenant(operator, false) => write!(text, "tenant_id {operator} session()"),
            Formula::Tenant(operator, true) => write!(text, "(SELECT session()) {operator} tenant_id"),
            Formula::TenantIsNull => write!(text, "tenant_id IS NULL"),
            Formula::SessionIsNull => write!(text, "session() IS NULL"),
            Formula::Other(n) => write!(text, "other_{n}"),
            Formula::Not(of) => write!(text, "NOT ({})", of.text()),
            Formula::And(parts) => write!(text, "{}", binary(parts, " AND ")),
            Formula::Or(parts) => write!(text, "{}", binary(parts, " OR ")),
            Formula::Is(of, what) => write!(text, "({}) IS {what}", of.text()),
            Formula::Coalesce(a, b) => write!(text, "COALESCE({}, {})", a.text(), b.text()),
            Formula::Case(arms, otherwise) => {
                let arms: String =
                    arms.iter().map(|(when, then)| format!(" WHEN {} THEN {}", when.text(), then.text())).collect();
                let otherwise = otherwise.as_ref().map(|o| format!(" ELSE {}", o.text())).unwrap_or_default();
                write!(text, "CASE{arms}{otherwise} END")
            }
            Formula::InSession(true) => write!(text, "tenant_id NOT IN (session())"),
            Formula::InSession(false) => write!(text, "tenant_id = ANY (ARRAY[session(), NULL])"),
        };
        written.expect("a string takes any text");
    }

    fn text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }
}

/// AND, which `decided` false decides; OR, which true does.
fn all(parts: &[Formula], world: &World, decided: bool) -> Option<bool> {
    let values: Vec<Option<bool>> = parts.iter().map(|part| part.eval(world)).collect();
    if values.contains(&Some(decided)) {
        return Some(decided);
    }
    if values.contains(&None) { None } else { Some(!decided) }
}

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % sides
    }

    fn formula(&mut self, depth: usize) -> Formula {
        if depth == 0 {
            return match self.roll(12) {
                0 => Formula::Constant([Some(true), Some(false), None][self.roll(3)]),
                1 => Formula::TenantIsNull,
                2 => Formula::SessionIsNull,
                3 | 4 => Formula::Other(self.roll(2)),
                5 => Formula::Tenant("<>", self.roll(2) == 0),
                6 => Formula::Tenant(["IS DISTINCT FROM", "IS NOT DISTINCT FROM"][self.roll(2)], false),
                7 => Formula::InSession(self.roll(2) == 0),
                _ => Formula::Tenant("=", self.roll(2) == 0),
            };
        }
        let below = |dice: &mut Dice| {
            let depth = dice.roll(depth);
            dice.formula(depth)
        };
        match self.roll(8) {
            0 | 1 => Formula::And(vec![below(self), below(self)]),
            2 | 3 => Formula::Or(vec![below(self), below(self)]),
            4 => Formula::Not(Box::new(below(self))),
            5 => {
                let what = ["TRUE", "NOT TRUE", "FALSE", "NOT FALSE", "UNKNOWN", "NOT UNKNOWN"][self.roll(6)];
                Formula::Is(Box::new(below(self)), what)
            }
            6 => Formula::Coalesce(Box::new(below(self)), Box::new(below(self))),
            _ => {
                let arms = vec![(below(self), below(self)), (below(self), below(self))];
                let otherwise = (self.roll(2) == 0).then(|| Box::new(below(self)));
                Formula::Case(arms, otherwise)
            }
        }
    }
}

/// Every row in every session.
fn worlds(nullable: bool) -> Vec<World> {
    let mut worlds = Vec::new();
    let tenants: &[Option<u8>] = if nullable { &[Some(1), Some(2), None] } else { &[Some(1), Some(2)] };
    let booleans = [Some(true), Some(false), None];
    for tenant in tenants {
        for session in [Some(1), None] {
            for a in booleans {
                for b in booleans {
                    worlds.push(World { tenant: *tenant, session, others: [a, b] });
                }
            }
        }
    }
    worlds
}

#[test]
fn what_is_called_implied_is_so_for_every_row_and_session() {
    let spec = drift_toml::parse("drift.toml", "[tenancy]\nregistry = \"tenants\"\ncontext = \"session()\"\n").unwrap();
    let tenancy = spec.tenancy.as_ref().unwrap();
    for nullable in [false, true] {
        let table = Object::new(ObjectId::new(ObjectKind::Table, "public", "", "t"), Vec::new());
        let column = |name: &str, not_null| {
            Object::new(
                ObjectId::new(ObjectKind::Column, "public", "t", name),
                vec![(&NOT_NULL, Value::Bool(not_null))],
            )
        };
        let columns = [column("tenant_id", !nullable), column("other_0", false), column("other_1", false)];
        let catalog = Catalog::new(170005, [vec![table.clone()], columns.to_vec()].concat(), Vec::new()).unwrap();
        let sessions = Sessions::of(tenancy, Functions::of(&catalog));
        let table = catalog.get(&table.id).unwrap();
        let worlds = worlds(nullable);
        let (mut dice, mut implied, mut confining) = (Dice(11), 0, 0);
        for _ in 0..20_000 {
            let depth = 1 + dice.roll(4);
            let formula = dice.formula(depth);
            let text = formula.text();
            let proof = Proof::new(&catalog, tenancy, &sessions, &Nobody, table, Claim::default());
            let outcome = proof.implied(&parse(&text));
            let open = worlds.iter().find(|world| {
                let own = world.tenant.is_some() && world.tenant == world.session;
                formula.eval(world) == Some(true) && !own
            });
            confining += usize::from(open.is_none());
            implied += usize::from(outcome.is_ok());
            match (outcome, open) {
                (Ok(()), Some(world)) => panic!(
                    "{text}\nis called implied, and is true for tenant {:?} in session {:?} with {:?}",
                    world.tenant, world.session, world.others
                ),
                (Err(escapes), _) => assert!(!escapes.is_empty(), "{text} escapes nowhere"),
                (Ok(()), None) => {}
            }
        }
        // Sound is easy for who says no to everything.
        assert!(implied * 10 > confining * 8, "only {implied} of {confining} that confine are called implied");
    }
}
