//! `policy-recursive`: a policy that asks a table whose policies ask it back.

use std::collections::BTreeMap;

use crate::model::finding::Fix;
use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::expression::Expr;
use crate::tenancy::expression::Select;
use crate::tenancy::isolation::list;
use crate::tenancy::policies::Command;
use crate::tenancy::policies::reaches;
use crate::tenancy::sites::follow;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let asked = Asked::of(scene);
    let mut findings: Vec<RuleFinding> = Vec::new();
    for (table, _) in scene.tables_with_policies() {
        for command in Command::ALL {
            let mut path = Vec::new();
            if let Some(circle) = asked.circle((table.id.clone(), command, 0), &mut path)
                && !findings.iter().any(|finding| circle.contains(&finding.object))
            {
                findings.push(finding(table, command, &circle));
            }
        }
    }
    findings
}

/// What the policies of each table and command ask. The server refuses a query
/// once it comes back to a table it is expanding and finds a sub-select in its
/// policies, even one that reads nothing; and a function that asks a table
/// whose policies call it again never ends.
#[derive(Default)]
struct Asked {
    of: BTreeMap<(ObjectId, Command), Questions>,
}

/// What one table's policies for one command ask.
#[derive(Default)]
struct Questions {
    /// There is a sub-select, whatever it reads.
    nested: bool,
    /// The tables that are read, and whether a function reads them: then the
    /// server starts to expand anew.
    reads: Vec<(ObjectId, bool)>,
}

/// A table on the way, with the expansion that it belongs to.
type Step = (ObjectId, Command, usize);

impl Asked {
    fn of(scene: &Scene) -> Asked {
        let mut asked = Asked::default();
        for table in scene.catalog.of_kind(ObjectKind::Table).iter().filter(|table| table.flag("row_security")) {
            for policy in scene.children(ObjectKind::Policy, table) {
                if !scene.held_back().any(|role| reaches(policy, role)) {
                    continue;
                }
                for (_, expr) in scene.policies.exprs(policy) {
                    for command in Command::ALL.into_iter().filter(|command| command.is_of(policy)) {
                        asked.of.entry((table.id.clone(), command)).or_default().add(scene, &expr);
                    }
                }
            }
        }
        asked
    }

    /// The tables on the way back to one that is being expanded.
    fn circle(&self, next: Step, path: &mut Vec<Step>) -> Option<Vec<ObjectId>> {
        let questions = self.of.get(&(next.0.clone(), next.1))?;
        let back = |step: &Step| {
            let expanding = step.2 == next.2 && step.0 == next.0 && questions.nested;
            expanding || (&step.0, step.1) == (&next.0, next.1)
        };
        if let Some(at) = path.iter().position(back) {
            return Some(path[at..].iter().map(|step| step.0.clone()).collect());
        }
        let expansion = next.2;
        path.push(next);
        let found = questions.reads.iter().find_map(|(table, anew)| {
            self.circle((table.clone(), Command::Select, expansion + usize::from(*anew)), path)
        });
        path.pop();
        found
    }
}

impl Questions {
    fn add(&mut self, scene: &Scene, expr: &Expr) {
        self.nested |= expr.any(|e| matches!(e, Expr::Select(_) | Expr::Exists(_) | Expr::ArrayOf(_)));
        self.reads.extend(read_by(scene, expr).into_iter().map(|table| (table, false)));
        let functions = &scene.policies.sessions.functions;
        let mut called = BTreeMap::new();
        follow(expr, functions, &mut called);
        // One with its owner's rights is how to ask without being asked.
        for function in called.into_values().filter(|function| !function.flag("security_definer")) {
            if let Some(body) = functions.body(function) {
                self.reads.extend(read_by(scene, &body).into_iter().map(|table| (table, true)));
            }
        }
    }
}

/// The tables that the sub-selects of an expression read.
fn read_by(scene: &Scene, expr: &Expr) -> Vec<ObjectId> {
    let mut tables = Vec::new();
    expr.walk(&mut |expr, _| {
        if let Expr::Select(select) | Expr::Exists(select) | Expr::ArrayOf(select) = expr {
            tables.extend(sources(scene, select));
        }
    });
    tables
}

fn sources<'s>(scene: &'s Scene, select: &'s Select) -> impl Iterator<Item = ObjectId> + 's {
    select.from.iter().filter_map(|source| match source.path.as_slice() {
        [schema, name] => scene.catalog.get(&ObjectId::new(ObjectKind::Table, schema, "", name)).map(|t| t.id.clone()),
        _ => None,
    })
}

fn finding(table: &Object, command: Command, circle: &[ObjectId]) -> RuleFinding {
    let names: Vec<String> = circle.iter().map(ObjectId::dotted).collect();
    let way = match names.as_slice() {
        [only] => format!("one on {only} reads {only} itself"),
        many => format!("the policies of {} read each other's tables", list(many)),
    };
    RuleFinding {
        code: "policy-recursive",
        severity: Severity::Error,
        object: circle.first().unwrap_or(&table.id).clone(),
        message: format!(
            "every {} on {} fails, because its policies ask without end: {way}",
            command.word(),
            table.id.dotted()
        ),
        help: "ask through a SECURITY DEFINER function in a schema that is not exposed".to_owned(),
        expected: None,
        supersedes: Vec::new(),
        fix: Fix::None { reason: "existing policies are never edited: correct one of them by hand".into() },
    }
}
