//! What an expression of the session is: the tenant that asks, the user who
//! asks, or neither. Known are the context that `drift.toml` declares, the
//! setting or the claim that it enters by, and functions that only pass one on.

use crate::spec::Enter;
use crate::spec::Tenancy;
use crate::tenancy::expression;
use crate::tenancy::expression::Expr;
use crate::tenancy::expression::is_call;
use crate::tenancy::expression::same;
use crate::tenancy::functions::Functions;

/// How many functions are followed into each other.
const FOLLOWED: usize = 6;

/// The claims of a JSON web token, as one value.
const CLAIMS: &str = "request.jwt.claims";

/// Which expressions are the context.
pub struct Sessions<'a> {
    pub functions: Functions<'a>,
    /// The forms of the context, reduced. Empty: nobody said what it is.
    contexts: Vec<Expr>,
}

impl<'a> Sessions<'a> {
    pub fn of(tenancy: &Tenancy, functions: Functions<'a>) -> Sessions<'a> {
        let mut contexts = Vec::new();
        if let Some(declared) = &tenancy.context {
            let declared = expression::parse(declared);
            let mut expr = declared.clone();
            contexts.push(reduced(&declared));
            // A policy may as well say what the declared function says.
            for _ in 0..FOLLOWED {
                let Some(body) = called(&expr, &functions) else { break };
                contexts.push(reduced(&body));
                expr = body;
            }
        }
        match &tenancy.enter {
            Some(Enter::Setting(name)) => contexts.push(setting(name)),
            Some(Enter::Supabase) if tenancy.context.is_none() => {
                let claim = format!("auth.jwt() -> 'app_metadata' ->> '{}'", tenancy.column.replace('\'', "''"));
                contexts.push(expression::parse(&claim));
            }
            Some(Enter::Supabase | Enter::Sql(_)) | None => {}
        }
        Sessions { functions, contexts }
    }

    /// True where an expression is the tenant of the session and nothing else.
    /// Where nobody said what that is, any value of the session is taken for it.
    pub fn is_context(&self, expr: &Expr) -> bool {
        if self.contexts.is_empty() {
            return self.is_of_session(expr);
        }
        self.follow(expr, &|reduced| self.contexts.iter().any(|context| same(reduced, context)))
    }

    /// True where an expression is the user who asks.
    pub fn is_user(&self, expr: &Expr) -> bool {
        !self.is_context(expr) && self.is_of_session(expr)
    }

    /// True for what comes from the session alone: a setting, a claim, a role.
    pub fn is_of_session(&self, expr: &Expr) -> bool {
        self.follow(expr, &|reduced| is_session_value(reduced))
    }

    /// Asks an expression, then what the function that it calls yields.
    fn follow(&self, expr: &Expr, is: &dyn Fn(&Expr) -> bool) -> bool {
        let mut expr = expr.clone();
        for _ in 0..FOLLOWED {
            if is(&reduced(&expr)) {
                return true;
            }
            match called(&expr, &self.functions) {
                Some(body) => expr = body,
                None => return false,
            }
        }
        false
    }
}

/// The body of the function that an expression is a call of.
fn called(expr: &Expr, functions: &Functions) -> Option<Expr> {
    match expr.bare() {
        Expr::Call { name, arguments } if arguments.is_empty() => {
            functions.inline(name, arguments).map(|inlined| inlined.body)
        }
        _ => None,
    }
}

fn setting(name: &str) -> Expr {
    Expr::Call { name: vec!["current_setting".to_owned()], arguments: vec![Expr::Text(name.to_owned())] }
}

/// An expression less what changes how a value is spelled but not whose it is:
/// casts, wrappers, `NULLIF(…, '')`, whether a setting may be missing.
pub fn reduced(expr: &Expr) -> Expr {
    let change = |expr: Expr| match expr {
        // A length could make two tenants one.
        Expr::Cast { of, to } if !to.contains('(') => *of,
        Expr::Call { name, mut arguments } if is_call(&name, "nullif") && arguments.len() == 2 => {
            match arguments.pop() {
                Some(Expr::Text(_)) => arguments.remove(0),
                Some(other) => Expr::Call { name, arguments: vec![arguments.remove(0), other] },
                None => Expr::Call { name, arguments },
            }
        }
        Expr::Call { name, mut arguments } if is_call(&name, "current_setting") => {
            arguments.truncate(1);
            match arguments.as_slice() {
                // Supabase's auth.jwt() is these claims.
                [Expr::Text(key)] if key == CLAIMS => {
                    Expr::Call { name: vec!["auth".to_owned(), "jwt".to_owned()], arguments: Vec::new() }
                }
                _ => Expr::Call { name: vec!["current_setting".to_owned()], arguments },
            }
        }
        Expr::Operator { name, left: Some(left), right } if name == "#>>" || name == "#>" => {
            json_path(name, left, right)
        }
        Expr::Select(select) => match select.value() {
            Some(value) => value.clone(),
            None => Expr::Select(select),
        },
        other => other,
    };
    let select = |select: &expression::Select| select.map(&reduced);
    expr.map(&change, &select)
}

/// `a #>> '{b,c}'` is `a -> 'b' ->> 'c'`.
fn json_path(name: String, left: Box<Expr>, right: Box<Expr>) -> Expr {
    let keys: Vec<String> = match &*right {
        Expr::Text(path) if path.starts_with('{') && path.ends_with('}') => {
            path[1..path.len() - 1].split(',').map(|key| key.trim().trim_matches('"').to_owned()).collect()
        }
        _ => return Expr::Operator { name, left: Some(left), right },
    };
    let last = keys.len() - 1;
    keys.into_iter().enumerate().fold(*left, |left, (at, key)| Expr::Operator {
        name: if at == last && name == "#>>" { "->>" } else { "->" }.to_owned(),
        left: Some(Box::new(left)),
        right: Box::new(Expr::Text(key)),
    })
}

/// A setting, a claim of the token, or the role itself, in reduced form.
fn is_session_value(expr: &Expr) -> bool {
    match expr {
        Expr::Call { name, arguments } if arguments.is_empty() => {
            let role = ["current_user", "session_user", "user", "current_role"];
            role.iter().any(|role| is_call(name, role)) || is_auth(name)
        }
        Expr::Call { name, arguments } if is_call(name, "current_setting") => {
            matches!(arguments.as_slice(), [Expr::Text(_)])
        }
        // One claim instead of another.
        Expr::Call { name, arguments } if is_call(name, "coalesce") => arguments.iter().all(is_session_value),
        Expr::Operator { name, left: Some(left), right } if name == "->" || name == "->>" => {
            matches!(**right, Expr::Text(_)) && is_session_value(left)
        }
        _ => false,
    }
}

/// Supabase's own functions of the token.
fn is_auth(name: &[String]) -> bool {
    matches!(name, [schema, name] if schema == "auth" && matches!(name.as_str(), "uid" | "jwt" | "email"))
}
