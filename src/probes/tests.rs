use super::*;

#[test]
fn what_a_person_made_is_told_from_what_a_person_did_to_it() {
    for maker in ["created_by", "created_by_user_id", "owner_id", "user_id", "author"] {
        assert!(names_a_maker(maker), "{maker}");
    }
    for other in ["reviewed_by", "updated_by", "invited_by", "assigned_user_id", "granted_by"] {
        assert!(!names_a_maker(other), "{other}");
    }
}

#[test]
fn every_probe_has_a_page_with_four_headings() {
    for probe in PROBES {
        let headings: Vec<&str> = probe.page.lines().filter(|line| line.starts_with('#')).collect();
        let title = format!("# {}", probe.code);
        assert_eq!(headings, [&title, "## What it checks", "## Why it matters", "## How to fix", "## Fix safety"]);
    }
}
