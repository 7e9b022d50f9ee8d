//! Files as a forge knows them: relative to the root of the repository, with slashes.

use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

use crate::model::object::Location;

/// How the files of a report are named, and which one stands for a finding that no line of SQL explains.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// The root of the repository, absolute; empty where it is not known.
    pub root: PathBuf,
    /// The directory that relative names start from, absolute.
    pub here: PathBuf,
    /// `drift.toml`, or what declares the schema.
    pub fallback: Option<String>,
}

impl Places {
    /// The place of a finding, its file named from the root.
    pub fn of(&self, at: Option<&Location>) -> Option<Location> {
        let Location { file, line } = match at {
            Some(at) => at.clone(),
            None => Location { file: self.fallback.clone()?, line: 1 },
        };
        Some(Location { file: self.below_root(&file), line })
    }

    /// The name of a file from the root. What is not below it keeps its whole name.
    fn below_root(&self, file: &str) -> String {
        let whole = plain(&self.here.join(file));
        let below = whole.strip_prefix(plain(&self.root)).unwrap_or(&whole);
        below.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
    }
}

/// The path without `.` and `..`, by its letters alone: the file need not be there.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_from_the_root_of_the_repository() {
        let places = Places { root: "/repo".into(), here: "/repo/db".into(), fallback: Some("spec/drift.toml".into()) };
        let of = |file: &str| places.of(Some(&Location { file: file.into(), line: 3 })).map(|at| at.to_string());
        assert_eq!(of("spec/a.sql").as_deref(), Some("db/spec/a.sql:3"));
        assert_eq!(of("./spec/../a.sql").as_deref(), Some("db/a.sql:3"));
        assert_eq!(of("../a.sql").as_deref(), Some("a.sql:3"));
        assert_eq!(of("/repo/db/a.sql").as_deref(), Some("db/a.sql:3"));
        assert_eq!(places.of(None).map(|at| at.to_string()).as_deref(), Some("db/spec/drift.toml:1"));
        assert_eq!(Places::default().of(None), None);
    }
}
