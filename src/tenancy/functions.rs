//! The functions that expressions call, followed into their bodies where a
//! body is one SQL expression. What cannot be followed is known by name only.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::rc::Rc;

use crate::model::catalog::Catalog;
use crate::model::ident::split_routine;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::tenancy::expression;
use crate::tenancy::expression::Expr;
use crate::tenancy::expression::Select;

/// The functions of a catalog, by name.
pub struct Functions<'a> {
    catalog: &'a Catalog,
    by_name: HashMap<&'a str, Vec<&'a Object>>,
    bodies: RefCell<BTreeMap<&'a ObjectId, Option<Rc<Expr>>>>,
}

/// A call with its arguments put into the body.
pub struct Inlined<'a> {
    pub function: &'a Object,
    pub body: Expr,
}

impl<'a> Functions<'a> {
    pub fn of(catalog: &'a Catalog) -> Functions<'a> {
        let mut by_name: HashMap<&str, Vec<&Object>> = HashMap::new();
        for function in catalog.of_kind(ObjectKind::Function) {
            by_name.entry(base_name(&function.id.name)).or_default().push(function);
        }
        Functions { catalog, by_name, bodies: RefCell::default() }
    }

    /// The function of a call; `None` where there is none or more than one.
    pub fn find(&self, name: &[String], arguments: usize) -> Option<&'a Object> {
        let (last, schema) = name.split_last()?;
        let fits = |function: &&&Object| {
            types(&function.id.name).len() == arguments && schema.last().is_none_or(|s| **s == *function.id.schema)
        };
        let mut found = self.by_name.get(last.as_str())?.iter().filter(fits);
        match (found.next(), found.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        }
    }

    /// What a function's body yields, in terms of its parameters.
    pub fn body(&self, function: &'a Object) -> Option<Rc<Expr>> {
        let known = self.bodies.borrow().get(&function.id).cloned();
        known.unwrap_or_else(|| {
            let language = function.text("language");
            let readable = matches!(language, Some("sql" | "plpgsql"));
            let body = function.text("body").filter(|_| readable).and_then(expression::parse_body).map(Rc::new);
            self.bodies.borrow_mut().insert(&function.id, body.clone());
            body
        })
    }

    /// A call's body with the arguments in place of the parameters. The
    /// arguments must name no column by a bare name: it could be captured.
    pub fn inline(&self, name: &[String], arguments: &[Expr]) -> Option<Inlined<'a>> {
        let function = self.find(name, arguments.len())?;
        let body = self.body(function)?;
        let names = parameters(function)?;
        let given = Given { catalog: self.catalog, function: base_name(&function.id.name), names, arguments };
        Some(Inlined { function, body: given.put_into(&body, &[]) })
    }
}

fn base_name(identity: &str) -> &str {
    split_routine(identity).0
}

/// The types in an identity: `f(uuid, text)`.
fn types(identity: &str) -> Vec<&str> {
    let (_, inner) = split_routine(identity);
    if inner.is_empty() { Vec::new() } else { inner.split(", ").collect() }
}

/// The names of the input parameters; `''` for one without. `None` where the
/// declaration is not plainly a list of inputs.
fn parameters(function: &Object) -> Option<Vec<String>> {
    let types = types(&function.id.name);
    if types.is_empty() {
        return Some(Vec::new());
    }
    let text = function.text("arguments")?;
    // A default may hold a comma of its own.
    let pieces: Vec<&str> = text.split(", ").collect();
    if pieces.len() != types.len() {
        return None;
    }
    let name = |(piece, of_type): (&&str, &&str)| {
        let piece = piece.split(" DEFAULT ").next().unwrap_or(piece);
        if piece == *of_type {
            return Some(String::new());
        }
        let name = piece.split(' ').next().filter(|word| !matches!(*word, "IN" | "OUT" | "INOUT" | "VARIADIC"))?;
        Some(name.trim_matches('"').to_owned())
    };
    pieces.iter().zip(&types).map(name).collect()
}

/// Arguments by the names of their parameters.
struct Given<'a> {
    catalog: &'a Catalog,
    function: &'a str,
    names: Vec<String>,
    arguments: &'a [Expr],
}

impl Given<'_> {
    /// `hidden`: names that are columns of what a sub-select around reads.
    fn put_into(&self, expr: &Expr, hidden: &[&str]) -> Expr {
        let change = |expr: Expr| match &expr {
            Expr::Column(path) => self.argument(path, hidden).unwrap_or(expr),
            _ => expr,
        };
        expr.map(&change, &|select| self.put_into_select(select, hidden))
    }

    fn put_into_select(&self, select: &Select, hidden: &[&str]) -> Select {
        let is_column = |name: &&String| select.from.iter().any(|source| self.may_have(&source.path, name));
        let mut hidden = hidden.to_vec();
        hidden.extend(self.names.iter().filter(is_column).map(String::as_str));
        select.map(&|expr| self.put_into(expr, &hidden))
    }

    /// A column goes before a parameter of its name. What a relation that we
    /// did not read has is not known.
    fn may_have(&self, path: &[String], column: &str) -> bool {
        let Some((table, [schema])) = path.split_last() else { return true };
        let read = self.catalog.get(&ObjectId::new(ObjectKind::Table, schema, "", table)).is_some();
        !read || self.catalog.get(&ObjectId::new(ObjectKind::Column, schema, table, column)).is_some()
    }

    fn argument(&self, path: &[String], hidden: &[&str]) -> Option<Expr> {
        let (name, qualified) = match path {
            [name] => (name, false),
            [function, name] if function == self.function => (name, true),
            _ => return None,
        };
        let at = match name.strip_prefix('$') {
            Some(number) => number.parse::<usize>().ok()?.checked_sub(1)?,
            None if !qualified && hidden.contains(&name.as_str()) => return None,
            None => self.names.iter().position(|known| known == name)?,
        };
        self.arguments.get(at).cloned()
    }
}
