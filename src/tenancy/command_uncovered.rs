//! `command-uncovered`: a privilege that no policy lets anybody use.

use crate::model::finding::Fix;
use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::tenancy::Confined;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::isolation::list;
use crate::tenancy::policies::Command;
use crate::tenancy::policies::reaches;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let mut findings = Vec::new();
    for (table, _) in scene.tables_with_policies().filter(|(table, _)| table.flag("row_security")) {
        // Without a permissive policy for anybody it is one fact, and another rule's.
        if !scene.children(ObjectKind::Policy, table).iter().any(|policy| policy.flag("permissive")) {
            continue;
        }
        let roles: Vec<(&Confined, Vec<Command>)> = scene
            .confined
            .iter()
            .map(|role| (role, uncovered(scene, table, role)))
            .filter(|(_, commands)| !commands.is_empty())
            .collect();
        if !roles.is_empty() {
            findings.push(finding(scene, table, &roles));
        }
    }
    findings
}

fn uncovered(scene: &Scene, table: &Object, role: &Confined) -> Vec<Command> {
    let bound = is_bound(table, role);
    Command::ALL
        .into_iter()
        .filter(|command| bound && role.access.may_some_column(table, command.word()))
        .filter(|command| !is_covered(scene, table, role, *command))
        .collect()
}

/// True where the row-level security of a table, once enabled, binds a role.
pub(super) fn is_bound(table: &Object, role: &Confined) -> bool {
    !role.is_unbound() && (!role.access.owns(table) || table.flag("force_row_security"))
}

/// True where a permissive policy admits a command of a role.
pub(super) fn is_covered(scene: &Scene, table: &Object, role: &Confined, command: Command) -> bool {
    scene.children(ObjectKind::Policy, table).iter().any(|policy| {
        policy.flag("permissive") && command.is_of(policy) && reaches(policy, role) && says_something(policy, command)
    })
}

/// A policy without the expression that a command asks admits nothing.
fn says_something(policy: &Object, command: Command) -> bool {
    let has = |name: &str| policy.attributes.get(name).is_some();
    match command {
        Command::Insert => has("check") || has("using"),
        Command::Select | Command::Update | Command::Delete => has("using"),
    }
}

/// What comes of it: mostly nothing that anybody would notice.
fn harm(roles: &[(&Confined, Vec<Command>)]) -> String {
    let any = |wanted: &[Command]| roles.iter().any(|(_, commands)| commands.iter().any(|c| wanted.contains(c)));
    let harms = [
        (any(&[Command::Select]), "reads find nothing"),
        (any(&[Command::Update, Command::Delete]), "changes touch no row and say so to nobody"),
        (any(&[Command::Insert]), "inserts fail"),
    ];
    list(&harms.iter().filter(|(is, _)| *is).map(|(_, harm)| *harm).collect::<Vec<_>>())
}

fn finding(scene: &Scene, table: &Object, roles: &[(&Confined, Vec<Command>)]) -> RuleFinding {
    let name = table.id.dotted();
    let told: Vec<String> = roles
        .iter()
        .map(|(role, commands)| {
            let words: Vec<&str> = commands.iter().map(|command| command.word()).collect();
            format!("{} for {}", list(&words), role.name)
        })
        .collect();
    let wanted = |policy: &&Object| {
        let used = |(role, commands): &(&Confined, Vec<Command>)| {
            reaches(policy, role) && commands.iter().any(|command| command.is_of(policy))
        };
        policy.flag("permissive") && scene.catalog.get(&policy.id).is_none() && roles.iter().any(used)
    };
    let missing: Vec<&Object> = scene.declared_children(ObjectKind::Policy, table).iter().filter(wanted).collect();
    let (help, fix) = if missing.is_empty() {
        let help = format!("declare a policy on {name} for it, or revoke the privilege");
        (help, Fix::None { reason: "the expected SQL declares no such policy either".into() })
    } else {
        ("create the declared policies with `drift fix --additive`".to_owned(), Fix::Additive)
    };
    RuleFinding {
        code: "command-uncovered",
        severity: Severity::Warning,
        object: table.id.clone(),
        message: format!("{name} grants what no policy admits: {}; {}", told.join("; "), harm(roles)),
        help,
        expected: None,
        supersedes: missing.into_iter().map(|policy| (policy.id.clone(), None)).collect(),
        fix,
    }
}
