//! `grant-public`: everybody has a right on a tenant table.

use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::grant_anon::Open;
use crate::tenancy::roles::role_id;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let open = Open::of(scene, &|grantee| grantee == "public");
    let help = |target: &str| format!("grant it by name to those who need it, then REVOKE ALL ON {target} FROM PUBLIC");
    open.findings("grant-public", "every role of the server", role_id("public"), &help)
}
