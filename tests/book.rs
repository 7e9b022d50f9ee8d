//! The documentation site is made of `docs/`: every page is in its table of contents, and every
//! link of README and the pages leads somewhere, also below a heading.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

use pulldown_cmark::Event;
use pulldown_cmark::Options;
use pulldown_cmark::Parser;
use pulldown_cmark::Tag;
use pulldown_cmark::TagEnd;

use crate::common::root;

/// What a page points to, and the anchors of its headings.
struct Page {
    links: Vec<String>,
    anchors: BTreeSet<String>,
}

fn read(path: &Path) -> Page {
    let text = fs::read_to_string(path).unwrap();
    let (mut links, mut anchors) = (Vec::new(), BTreeSet::new());
    let mut heading: Option<String> = None;
    let mut repeated: BTreeMap<String, u32> = BTreeMap::new();
    for event in Parser::new_ext(&text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => links.push(dest_url.to_string()),
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&text);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                let anchor = anchor(&heading.take().unwrap());
                let seen = repeated.entry(anchor.clone()).or_default();
                anchors.insert(if *seen == 0 { anchor } else { format!("{anchor}-{seen}") });
                *seen += 1;
            }
            _ => {}
        }
    }
    Page { links, anchors }
}

/// As forges and mdBook name a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

/// Every Markdown file of `docs/`, below it.
pub fn pages() -> BTreeSet<PathBuf> {
    let (mut found, mut open) = (BTreeSet::new(), vec![root().join("docs")]);
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "md") {
                found.insert(path.strip_prefix(root().join("docs")).unwrap().to_owned());
            }
        }
    }
    found
}

/// A path without `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => assert!(plain.pop(), "{} leaves the repository", path.display()),
            part => plain.push(part),
        }
    }
    plain
}

#[test]
fn every_page_is_in_the_table_of_contents_once() {
    let listed = read(&root().join("docs/SUMMARY.md")).links;
    let once: BTreeSet<PathBuf> = listed.iter().map(PathBuf::from).collect();
    assert_eq!(once.len(), listed.len(), "a page is listed twice");
    let mut there = pages();
    assert!(there.remove(Path::new("SUMMARY.md")));
    assert_eq!(once, there);
    let book = fs::read_to_string(root().join("book.toml")).unwrap();
    let book: toml::Table = book.parse().unwrap();
    assert_eq!(book["book"]["src"].as_str(), Some("docs"));
}

#[test]
fn every_link_leads_somewhere() {
    let mut files: Vec<PathBuf> = pages().into_iter().map(|page| root().join("docs").join(page)).collect();
    files.extend(["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"].map(|name| root().join(name)));
    let mut followed = 0;
    for file in &files {
        for link in read(file).links.iter().filter(|link| !link.contains("://") && !link.starts_with("mailto:")) {
            let (path, anchor) = link.split_once('#').map_or((link.as_str(), None), |(path, a)| (path, Some(a)));
            let to = if path.is_empty() { file.clone() } else { plain(&file.parent().unwrap().join(path)) };
            assert!(to.exists(), "{} links to {link}, which does not exist", file.display());
            // The site holds docs/ and nothing else.
            let docs = root().join("docs");
            assert!(!file.starts_with(&docs) || to.starts_with(&docs), "{} links out of docs/: {link}", file.display());
            if let Some(anchor) = anchor {
                assert!(read(&to).anchors.contains(anchor), "{} links to {link}: no such heading", file.display());
            }
            followed += 1;
        }
    }
    assert!(followed > 40, "only {followed} links");
}

/// The page of commands names each of the program's, and no other.
#[test]
fn the_page_of_commands_has_all_of_them() {
    let help = crate::common::stdout(&crate::common::drift(&["--help"]));
    let listed = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let known = listed.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let known: BTreeSet<&str> = known.map(|line| line.split_whitespace().next().unwrap()).collect();
    let page = fs::read_to_string(root().join("docs/commands.md")).unwrap();
    let named = page.lines().filter_map(|line| line.strip_prefix("| `drift "));
    let named: BTreeSet<&str> = named.map(|rest| rest.split([' ', '`']).next().unwrap()).collect();
    let known: BTreeSet<&str> = known.into_iter().filter(|name| *name != "help").collect();
    assert_eq!(named, known);
}

/// A recipe is a command that CONTRIBUTING.md says, and each that it says has a recipe.
#[test]
fn the_recipes_are_the_commands_of_contributing() {
    let recipes = fs::read_to_string(root().join("justfile")).unwrap();
    let recipes = recipes.lines().filter_map(|line| line.strip_prefix("    ")).filter(|line| !line.starts_with('@'));
    let recipes: BTreeSet<String> = recipes.map(|line| line.replace("{{FILTER}}", "cases::")).collect();
    let text = fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap();
    // In line or in a block of its own.
    let commands = Parser::new(&text).filter_map(|event| match event {
        Event::Code(code) | Event::Text(code) => Some(code.trim().to_owned()),
        _ => None,
    });
    let starts = ["cargo ", "CARGO_INCREMENTAL=1 cargo ", "DRIFT_BLESS=1 cargo ", ".ci/", "mdbook "];
    let said: BTreeSet<String> = commands.filter(|code| starts.iter().any(|start| code.starts_with(start))).collect();
    assert_eq!(recipes, said);
}
