//! Every expression in which a policy can ask who asks: those of policies, and
//! the bodies of the functions that they call, each function once.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::tenancy::Scene;
use crate::tenancy::expression;
use crate::tenancy::expression::Expr;
use crate::tenancy::functions::Functions;
use crate::tenancy::isolation::named;
use crate::tenancy::policies::reaches;

/// One of them.
pub struct Site<'a> {
    /// The policy or the function.
    pub object: &'a Object,
    /// The table, where it is a policy.
    pub table: Option<&'a Object>,
    pub expr: Rc<Expr>,
}

impl Site<'_> {
    /// As a message names it.
    pub fn named(&self) -> String {
        match self.table {
            Some(table) => named(self.object, table),
            None => format!("function {}", self.object.id.dotted()),
        }
    }
}

/// All sites: of the policies that reach somebody who must be confined, and the
/// declared context itself.
pub fn sites<'a>(scene: &Scene<'a>) -> Vec<Site<'a>> {
    let mut sites = Vec::new();
    for (table, _) in scene.tables_with_policies() {
        for policy in scene.children(ObjectKind::Policy, table) {
            if scene.held_back().any(|role| reaches(policy, role)) {
                for (_, expr) in scene.policies.exprs(policy) {
                    sites.push(Site { object: policy, table: Some(table), expr });
                }
            }
        }
    }
    let functions = &scene.policies.sessions.functions;
    let mut called: BTreeMap<&ObjectId, &Object> = BTreeMap::new();
    if let Some(context) = &scene.tenancy.context {
        follow(&expression::parse(context), functions, &mut called);
    }
    for site in &sites {
        follow(&site.expr, functions, &mut called);
    }
    let bodies = called
        .into_values()
        .filter_map(|function| functions.body(function).map(|expr| Site { object: function, table: None, expr }));
    sites.extend(bodies);
    sites
}

/// The functions that an expression calls, and those that their bodies call.
pub fn follow<'a>(expr: &Expr, functions: &Functions<'a>, called: &mut BTreeMap<&'a ObjectId, &'a Object>) {
    let mut found = Vec::new();
    expr.walk(&mut |expr, _| {
        if let Expr::Call { name, arguments } = expr {
            found.extend(functions.find(name, arguments.len()));
        }
    });
    for function in found {
        if called.insert(&function.id, function).is_none()
            && let Some(body) = functions.body(function)
        {
            follow(&body, functions, called);
        }
    }
}
