//! `membership-self-service`: users let themselves in.

use crate::model::finding::Fix;
use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::spec::TableClass;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::expression::Expr;
use crate::tenancy::isolation::list;
use crate::tenancy::isolation::named;
use crate::tenancy::policies::Command;
use crate::tenancy::policies::Policies;
use crate::tenancy::policies::reaches;
use crate::tenancy::proof;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let mut findings = Vec::new();
    for (table, class) in scene.tables_with_policies() {
        for policy in scene.children(ObjectKind::Policy, table) {
            let writes = |command: &Command| {
                let mut roles = scene.held_back().filter(|role| reaches(policy, role));
                command.is_of(policy) && roles.any(|role| role.access.may_some_column(table, command.word()))
            };
            let commands: Vec<Command> = [Command::Insert, Command::Update].into_iter().filter(writes).collect();
            if let (Some(asked), false) = (is_self_service(&scene.policies, table, class, policy), commands.is_empty())
            {
                findings.push(finding(scene, table, policy, &commands, &asked));
            }
        }
    }
    findings
}

/// What a policy asks of a written membership, where that is only that it is
/// the writer's own: nobody else has a say in it.
pub(super) fn is_self_service<'a>(
    policies: &Policies<'a>,
    table: &'a Object,
    class: TableClass,
    policy: &'a Object,
) -> Option<String> {
    let writes = [Command::Insert, Command::Update].iter().any(|command| command.is_of(policy));
    if class != TableClass::Member || !policy.flag("permissive") || !writes {
        return None;
    }
    let text = policy.text("check").or_else(|| policy.text("using"))?;
    let expr = policies.expr(text);
    let parts = match &*expr {
        Expr::And(parts) => parts.as_slice(),
        other => std::slice::from_ref(other),
    };
    let own = parts.iter().any(|part| policies.is_own(table, part));
    let asks_others = parts.iter().any(|part| policies.asks_elsewhere(part));
    (own && !asks_others).then(|| expr.to_string())
}

fn finding(scene: &Scene, table: &Object, policy: &Object, commands: &[Command], asked: &str) -> RuleFinding {
    let words: Vec<&str> = commands.iter().map(|command| command.word()).collect();
    let harm = match commands.contains(&Command::Insert) {
        true => "whoever is signed in can make himself a member of any tenant, in any role",
        false => "a member can give himself any role",
    };
    let declared = scene.declared(&policy.id).is_some();
    RuleFinding {
        code: "membership-self-service",
        severity: Severity::Error,
        object: policy.id.clone(),
        message: format!("{} asks no more for {} than {asked}: {harm}", named(policy, table), list(&words)),
        help: format!("let a function of the backend write {}, and revoke the privilege", table.id.dotted()),
        expected: None,
        supersedes: if declared || scene.declared.is_none() { Vec::new() } else { vec![(policy.id.clone(), None)] },
        fix: Fix::None { reason: "an additive repair edits no policy and takes no privilege away".into() },
    }
}

impl Policies<'_> {
    /// True for `user_id = <who asks>`, by a column of a table of memberships that names users.
    fn is_own(&self, table: &Object, expr: &Expr) -> bool {
        let Expr::Operator { name, left: Some(left), right } = expr.unwrapped() else { return false };
        let is_key = |expr: &Expr| {
            let Expr::Column(path) = expr.bare() else { return false };
            path.last().is_some_and(|column| proof::is_user_key(self.catalog(), self.tenancy(), table, column))
        };
        let pairs = [(left, right), (right, left)];
        name == "=" && pairs.iter().any(|(column, user)| is_key(column) && self.sessions.is_user(user))
    }

    /// True where an expression asks a table or a function that is not the session.
    fn asks_elsewhere(&self, expr: &Expr) -> bool {
        expr.any(|e| match e {
            Expr::Exists(_) | Expr::Opaque { .. } => true,
            Expr::Select(select) | Expr::ArrayOf(select) => !select.from.is_empty(),
            Expr::Call { .. } => !self.sessions.is_context(e) && !self.sessions.is_of_session(e),
            _ => false,
        })
    }
}
