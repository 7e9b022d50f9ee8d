//! Roles as the server has them: what each is allowed beyond its grants, and
//! whose member it is. Facts only; who may do what is for others to conclude.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Deserialize;
use serde::Serialize;

/// One role of the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    pub name: Arc<str>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub superuser: bool,
    /// Row-level security does not apply to it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub bypass_row_security: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub login: bool,
    /// What its sessions begin with in every database, as `name=value`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<Arc<str>>,
    /// The roles that it is a direct member of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub member_of: Vec<Membership>,
}

/// That a role is a member of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    pub role: Arc<str>,
    /// True where the privileges count without `SET ROLE`.
    pub inherit: bool,
    /// True where `SET ROLE` is allowed.
    pub set: bool,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

impl Role {
    /// A role without any attribute, member of nothing.
    pub fn plain(name: &str) -> Role {
        Role {
            name: name.into(),
            superuser: false,
            bypass_row_security: false,
            login: false,
            settings: Vec::new(),
            member_of: Vec::new(),
        }
    }
}

/// The role of a name, where the server has it.
pub fn find<'a>(roles: &'a [Role], name: &str) -> Option<&'a Role> {
    roles.iter().find(|role| *role.name == *name)
}

/// The role itself and all that it is a member of, over any number of steps:
/// with `inherited`, only those whose privileges it has without `SET ROLE`
/// (`pg_has_role(…, 'USAGE')`), else all (`'MEMBER'`).
pub fn closure(roles: &[Role], name: &str, inherited: bool) -> BTreeSet<Arc<str>> {
    let mut reached: BTreeSet<Arc<str>> = BTreeSet::from([Arc::from(name)]);
    let mut work = vec![Arc::<str>::from(name)];
    while let Some(next) = work.pop() {
        for membership in find(roles, &next).iter().flat_map(|role| &role.member_of) {
            if (membership.inherit || !inherited) && reached.insert(membership.role.clone()) {
                work.push(membership.role.clone());
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(name: &str, member_of: &[(&str, bool)]) -> Role {
        let member = |(role, inherit): &(&str, bool)| Membership { role: (*role).into(), inherit: *inherit, set: true };
        Role { member_of: member_of.iter().map(member).collect(), ..Role::plain(name) }
    }

    #[test]
    fn membership_is_followed_over_steps_and_inheritance_stops_where_it_is_off() {
        let roles =
            [role("app", &[("team", true)]), role("team", &[("owner", false), ("reader", true)]), role("owner", &[])];
        let names = |inherited| closure(&roles, "app", inherited).iter().map(|r| r.to_string()).collect::<Vec<_>>();
        assert_eq!(names(true), ["app", "reader", "team"]);
        assert_eq!(names(false), ["app", "owner", "reader", "team"]);
    }
}
