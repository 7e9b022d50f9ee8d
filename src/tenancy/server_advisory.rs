//! `server-advisory`: the server itself lets through what policies hide. What
//! is known about which version is data: `advisories.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::ObjectId;
use crate::tenancy::RuleFinding;
use crate::tenancy::SERVER_ADVISORY;
use crate::tenancy::Said;
use crate::tenancy::Scene;
use crate::tenancy::roles::listed;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advisories {
    advisory: Vec<Advisory>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advisory {
    id: String,
    what: String,
    /// The first major version concerned.
    since: u32,
    /// By major version, the minor one with the repair.
    fixed: BTreeMap<String, u32>,
}

static ADVISORIES: LazyLock<Vec<Advisory>> = LazyLock::new(|| {
    let parsed: Result<Advisories, toml::de::Error> = toml::from_str(include_str!("advisories.toml"));
    parsed.expect("the advisories are a part of the program, and a test reads them").advisory
});

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    // What SQL was brought to life in is nobody's server.
    if !scene.catalog.live {
        return Vec::new();
    }
    let (major, minor) = (scene.catalog.server_version / 10_000, scene.catalog.server_version % 10_000);
    let open: Vec<&Advisory> = ADVISORIES.iter().filter(|advisory| advisory.concerns(major, minor)).collect();
    finding(major, minor, &open).into_iter().collect()
}

impl Advisory {
    fn concerns(&self, major: u32, minor: u32) -> bool {
        match self.fixed.get(&major.to_string()) {
            Some(repaired) => minor < *repaired,
            // Newer major versions began with the repair; older ones never got it.
            None => major >= self.since && self.fixed.keys().all(|k| k.parse::<u32>().is_ok_and(|k| k > major)),
        }
    }
}

fn finding(major: u32, minor: u32, open: &[&Advisory]) -> Option<RuleFinding> {
    let worst = open.last()?;
    let repaired: Option<Vec<u32>> = open.iter().map(|a| a.fixed.get(&major.to_string()).copied()).collect();
    let help = match repaired.and_then(|minors| minors.into_iter().max()) {
        Some(minor) => format!("upgrade the server to {major}.{minor} or later; a minor upgrade is a restart"),
        None => format!("upgrade to a newer major version: {major} gets no repair any more"),
    };
    let ids: Vec<&str> = open.iter().map(|advisory| advisory.id.as_str()).collect();
    let said = Said {
        message: format!(
            "PostgreSQL {major}.{minor} lets through what policies hide ({}): {}",
            listed(&ids),
            worst.what
        ),
        help,
    };
    let object = ObjectId::new(ObjectKind::Setting, "", "", "server_version");
    let reason = "no statement repairs a server";
    Some(RuleFinding::left(SERVER_ADVISORY, Severity::Warning, object, said, reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(major: u32, minor: u32) -> Vec<&'static str> {
        ADVISORIES.iter().filter(|a| a.concerns(major, minor)).map(|a| a.id.as_str()).collect()
    }

    #[test]
    fn each_version_has_the_faults_that_it_has() {
        assert_eq!(ids(17, 12), [""; 0]);
        assert_eq!(ids(17, 5), ["CVE-2025-8713", "CVE-2026-120154"]);
        assert_eq!(ids(18, 4), ["CVE-2026-120154"]);
        assert_eq!(ids(19, 0), [""; 0], "a newer major version began with all repairs");
        assert_eq!(ids(13, 23), ["CVE-2026-120154"], "an older one never gets it");
        assert_eq!(ids(14, 2), ["CVE-2023-2455", "CVE-2024-10976", "CVE-2025-8713", "CVE-2026-120154"]);
    }

    #[test]
    fn says_what_to_upgrade_to() {
        let open =
            |major, minor| -> Vec<&Advisory> { ADVISORIES.iter().filter(|a| a.concerns(major, minor)).collect() };
        let help = |major, minor| finding(major, minor, &open(major, minor)).unwrap().help;
        assert!(help(15, 2).starts_with("upgrade the server to 15.20 or later"));
        assert!(help(13, 23).contains("newer major version"));
        assert!(finding(17, 12, &open(17, 12)).is_none());
    }
}
