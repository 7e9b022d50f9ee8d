//! `[renames]`: what has another name in the declared SQL than in a database
//! that was made before. `table.orders = "invoices"` reads: what is there as
//! table `orders` is declared as `invoices`. Whether it is there is not asked here.

use toml::de::DeValue;

use crate::model::failure::Failure;
use crate::model::kind::ObjectKind;
use crate::model::object::Location;
use crate::model::object::ObjectId;
use crate::spec::section::Entry;
use crate::spec::section::Section;
use crate::spec::section::nearest_help;

/// Where names of a kind are unique, and so how many parts name one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the database: `app`.
    Database,
    /// In a schema: `[schema.]orders`.
    Schema,
    /// In a relation: `[schema.]orders.total`.
    Relation,
    /// In a schema, beside a relation, which may be named too: `[schema.][orders.]orders_idx`.
    Beside,
    /// In an enum type: `[schema.]status.open`.
    Values,
}

/// What a line of `[renames]` can be about.
#[derive(Debug, PartialEq, Eq)]
pub struct What {
    /// The first key.
    pub word: &'static str,
    pub kinds: &'static [ObjectKind],
    pub place: Place,
}

const fn what(word: &'static str, kinds: &'static [ObjectKind], place: Place) -> What {
    What { word, kinds, place }
}

/// All of it. A kind is proposed under the first word that has it.
pub const WHAT: &[What] = &[
    what("table", &[ObjectKind::Table, ObjectKind::ForeignTable], Place::Schema),
    what("column", &[ObjectKind::Column], Place::Relation),
    what("index", &[ObjectKind::Index], Place::Beside),
    what(
        "constraint",
        &[ObjectKind::PrimaryKey, ObjectKind::Unique, ObjectKind::ForeignKey, ObjectKind::Check, ObjectKind::Exclusion],
        Place::Relation,
    ),
    what(
        "type",
        &[ObjectKind::Enum, ObjectKind::Domain, ObjectKind::CompositeType, ObjectKind::RangeType],
        Place::Schema,
    ),
    what("enum-value", &[ObjectKind::Enum], Place::Values),
    what("function", &[ObjectKind::Function, ObjectKind::Procedure, ObjectKind::Aggregate], Place::Schema),
    what("policy", &[ObjectKind::Policy], Place::Relation),
    what("trigger", &[ObjectKind::Trigger], Place::Relation),
    what("rule", &[ObjectKind::Rule], Place::Relation),
    what("view", &[ObjectKind::View, ObjectKind::MaterializedView], Place::Schema),
    what("sequence", &[ObjectKind::Sequence], Place::Schema),
    what("statistics", &[ObjectKind::Statistics], Place::Beside),
    what("schema", &[ObjectKind::Schema], Place::Database),
];

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct Rename {
    pub what: &'static What,
    /// The names that lead to it, outermost first; those before the last may be fewer than there are.
    pub inside: Vec<String>,
    /// Its present name; a routine's may have its arguments.
    pub from: String,
    /// Its name in the declared SQL, alone.
    pub to: String,
    pub at: Location,
}

impl Rename {
    /// `table orders`, as people say it.
    pub fn present(&self) -> String {
        let names: Vec<&str> = self.inside.iter().map(String::as_str).chain([self.from.as_str()]).collect();
        format!("{} {}", self.what.word.replace('-', " "), names.join("."))
    }

    /// True where one may stand inside of what the other does: a schema may be left out.
    fn is_beside(&self, other: &Rename) -> bool {
        let (a, b) = (&self.inside, &other.inside);
        self.what == other.what && (a.ends_with(b) || b.ends_with(a))
    }

    fn bare(&self) -> &str {
        bare(self.what.kinds[0], &self.from)
    }
}

/// What only a routine has in its name: its arguments.
pub fn is_routine(kind: ObjectKind) -> bool {
    matches!(kind, ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Aggregate)
}

/// The name alone: a routine's is that without its arguments.
pub fn bare(kind: ObjectKind, name: &str) -> &str {
    name.split_once('(').filter(|_| is_routine(kind)).map_or(name, |(bare, _)| bare.trim())
}

/// The line that says that `old` is declared as `new`; `None` for what no line can rename.
pub fn line(old: &ObjectId, new: &ObjectId) -> Option<String> {
    let what = WHAT.iter().find(|what| what.kinds.contains(&old.kind))?;
    let parent = if what.place == Place::Relation { &*old.parent } else { "" };
    let names = [&*old.schema, parent, &*old.name];
    let keys: Vec<String> =
        names.iter().filter(|name| !name.is_empty()).map(|name| key(bare(old.kind, name).len(), name)).collect();
    Some(format!("{}.{} = {}", what.word, keys.join("."), quoted(&whole(usize::MAX, bare(new.kind, &new.name)))))
}

/// A key of TOML that is read back as one name; its first `bare` bytes are the name alone.
fn key(bare: usize, name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.is_empty() && name.chars().all(plain) {
        return name.to_owned();
    }
    quoted(&whole(bare, name))
}

/// A name so that [`parts`] takes it for one: what is in the arguments of a routine parts nothing.
fn whole(bare: usize, name: &str) -> String {
    let (alone, arguments) = name.split_at(bare.min(name.len()));
    let odd: &[char] = if arguments.is_empty() { &['.', '"', '(', ')'] } else { &['.', '"'] };
    match alone.contains(odd) {
        true => format!("\"{}\"{arguments}", alone.replace('"', "\"\"")),
        false => name.to_owned(),
    }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", c as u32)),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

/// Reads `[renames]`.
///
/// # Errors
/// A kind that is not known, a name that is none, and lines that contradict one another.
pub(super) fn renames(section: &Section) -> Result<Vec<Rename>, Failure> {
    let words: Vec<&str> = WHAT.iter().map(|what| what.word).collect();
    let mut renames = Vec::new();
    for entry in &section.entries {
        let Some(what) = WHAT.iter().find(|what| what.word == entry.key) else {
            let message = format!("unknown kind of object in [renames]: `{}`", entry.key);
            return Err(section.source.failure(&entry.span(), message, nearest_help(entry.key, &words)));
        };
        match section.section(entry.key)? {
            Some(lines) => collect(what, &lines, &[], &mut renames)?,
            None => continue,
        }
    }
    renames.sort_by_key(|(span, _): &(usize, Rename)| *span);
    let renames: Vec<Rename> = renames.into_iter().map(|(_, rename)| rename).collect();
    for (n, rename) in renames.iter().enumerate() {
        contradiction(rename, &renames[..n])?;
    }
    Ok(renames)
}

/// `orders.total = …` without quotes is a table in a table to TOML, and two names to us.
fn collect(
    what: &'static What,
    section: &Section,
    outer: &[&str],
    into: &mut Vec<(usize, Rename)>,
) -> Result<(), Failure> {
    for entry in &section.entries {
        let keys: Vec<&str> = outer.iter().copied().chain([entry.key]).collect();
        if let DeValue::Table(inner) = entry.value.get_ref() {
            let inner = Section::new(section.source, section.path_of(entry.key), entry.span(), inner);
            collect(what, &inner, &keys, into)?;
            continue;
        }
        into.push((entry.key_span.start, rename(what, section, entry, &keys)?));
    }
    Ok(())
}

fn rename(what: &'static What, section: &Section, entry: &Entry, keys: &[&str]) -> Result<Rename, Failure> {
    let fail = |message: String, help: &str| Err(section.source.failure(&entry.span(), message, help));
    let to = section.text(entry)?;
    let written = keys.join(".");
    // The text of a value may hold anything, so as a key of its own it is not taken apart.
    let (path, label) = match (what.place, keys) {
        (Place::Values, [path @ .., label]) if !path.is_empty() => (path, Some((*label).to_owned())),
        _ => (keys, None),
    };
    let parted = path.iter().map(|key| parts(key)).collect::<Option<Vec<_>>>();
    let Some(mut inside) = parted.map(|parts| parts.concat()) else {
        return fail(format!("{written:?} in [renames.{}] is no name", what.word), "write schema.name, or name");
    };
    inside.extend(label);
    let from = inside.pop().unwrap_or_default();
    let (least, most, form) = match what.place {
        Place::Database => (0, 0, "name"),
        Place::Schema => (0, 1, "name or schema.name"),
        Place::Relation => (1, 2, "table.name or schema.table.name"),
        Place::Beside => (0, 2, "name, schema.name or schema.table.name"),
        Place::Values => (1, 2, "type.value or schema.type.value"),
    };
    if !(least..=most).contains(&inside.len()) {
        let message = format!("{written:?} in [renames.{}] does not name one {0}", what.word.replace('-', " "));
        return fail(message, &format!("write {form}"));
    }
    let to = match what.place {
        Place::Values => to,
        _ => match parts(&to).as_deref() {
            Some([name]) if bare(what.kinds[0], name) == name => name.clone(),
            Some(_) | None => {
                let message =
                    format!("{to:?}, the new name of {written:?} in [renames.{}], is more than a name", what.word);
                return fail(message, "write the new name alone: nothing moves to another place, and arguments stay");
            }
        },
    };
    let at = section.source.location(&entry.span());
    let rename = Rename { what, inside, from, to, at };
    if rename.bare() == rename.to {
        return fail(format!("{} is renamed to the name that it has", rename.present()), "remove the line");
    }
    Ok(rename)
}

/// Two lines that cannot both be followed.
fn contradiction(rename: &Rename, earlier: &[Rename]) -> Result<(), Failure> {
    let fail = |message: String, help: String| Err(Failure { message: format!("{}: {message}", rename.at), help });
    for other in earlier.iter().filter(|other| rename.is_beside(other)) {
        let (a, b) = (rename.present(), other.present());
        let other_line = other.at.line;
        if rename.from == other.from {
            return fail(format!("{a} has two new names, here and on line {other_line}"), "keep one of the two".into());
        }
        if rename.to == other.to && rename.bare() != other.bare() {
            let message = format!("{a} and {b} (line {other_line}) are both renamed to {}", rename.to);
            return fail(message, "only one of them can have the name".into());
        }
        let (first, second) = (rename.to == other.bare(), other.to == rename.bare());
        if first && second {
            let message = format!("{a} and {b} (line {other_line}) take each other's name");
            let help = "no plan can tell later whether that was done: give one of them a third name first, in a run of its own";
            return fail(message, help.into());
        }
        if first || second {
            let (start, end) = if first { (rename, other) } else { (other, rename) };
            let message = format!(
                "{} is renamed to {}, and {} to {} (lines {} and {}): a chain",
                start.present(),
                start.to,
                end.from,
                end.to,
                start.at.line,
                end.at.line
            );
            let help = format!(
                "if it is one thing that was renamed twice, say it once: {} = {:?}; if they are two, rename one in a run of its own",
                start.from, end.to
            );
            return fail(message, help);
        }
    }
    Ok(())
}

/// The names in `schema."Odd name"`, or `None`. A dot within parentheses parts nothing.
fn parts(text: &str) -> Option<Vec<String>> {
    let mut names = vec![String::new()];
    let (mut quoted, mut depth) = (false, 0u32);
    let mut chars = text.trim().chars().peekable();
    while let Some(c) = chars.next() {
        let name = names.last_mut()?;
        match c {
            '"' if depth > 0 => name.push(c),
            '"' if quoted && chars.peek() == Some(&'"') => name.extend(chars.next()),
            '"' => quoted = !quoted,
            '.' if !quoted && depth == 0 => names.push(String::new()),
            '(' if !quoted => {
                depth += 1;
                name.push(c);
            }
            ')' if !quoted => {
                depth = depth.checked_sub(1)?;
                name.push(c);
            }
            c => name.push(c),
        }
    }
    let whole = !quoted && depth == 0 && names.iter().all(|name| !name.is_empty());
    whole.then_some(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::drift_toml::parse;

    fn read(text: &str) -> Result<Vec<String>, Failure> {
        let one = |r: Rename| format!("{} = {} ({})", r.present(), r.to, r.at.line);
        parse("drift.toml", text).map(|spec| spec.renames.into_iter().map(one).collect())
    }

    #[test]
    fn a_line_reads_as_people_say_it_in_every_form_of_toml() {
        let text = "\
[renames]
table.orders = \"invoices\"
column.orders.total = \"amount\"
column.\"app.orders.Total Sum\" = \"Sum\"
function.\"total(public.status, numeric(10,2))\" = \"sum_total\"
enum-value.status.\"v1.0 (old)\" = \"v1.0\"
enum-value.\"app.status.open\" = \"opened\"
type.'\"a.b\"' = '\"c.d\"'
[renames.index]
\"public.orders.orders_idx\" = \"by_day\"
";
        let wanted = [
            "table orders = invoices (2)",
            "column orders.total = amount (3)",
            "column app.orders.Total Sum = Sum (4)",
            "function total(public.status, numeric(10,2)) = sum_total (5)",
            "enum value status.v1.0 (old) = v1.0 (6)",
            "enum value app.status.open = opened (7)",
            "type a.b = c.d (8)",
            "index public.orders.orders_idx = by_day (10)",
        ];
        assert_eq!(read(text).unwrap(), wanted);
    }

    #[test]
    fn what_cannot_be_followed_is_an_error_with_its_line() {
        let cases: &[(&str, &str, &str)] = &[
            ("tabel.a = \"b\"", "drift.toml:2: unknown kind of object in [renames]: `tabel`", "did you mean `table`?"),
            ("table = \"b\"", "`table` of [renames] must be a table, [renames.table], and is a string", ""),
            ("table.a = 1", "drift.toml:2: `a` of [renames.table] must be a string, and is an integer", ""),
            ("table.a = \"\"", "drift.toml:2: `a` of [renames.table] is empty", ""),
            ("table.a = \"public.b\"", "is more than a name", "the new name alone"),
            ("function.\"f(int)\" = \"g(int)\"", "is more than a name", "arguments stay"),
            ("column.a = \"b\"", "\"a\" in [renames.column] does not name one column", "schema.table.name"),
            ("table.\"a.b.c\" = \"d\"", "does not name one table", "name or schema.name"),
            ("table.\"a..b\" = \"d\"", "is no name", ""),
            ("table.a = \"a\"", "drift.toml:2: table a is renamed to the name that it has", "remove"),
            ("function.\"f(int)\" = \"f\"", "is renamed to the name that it has", "remove"),
            ("table.a = \"b\"\ntable.\"public.a\" = \"c\"", "drift.toml:3: table public.a has two new names", "one of"),
            (
                "table.a = \"c\"\ntable.b = \"c\"",
                "drift.toml:3: table b and table a (line 2) are both renamed to c",
                "",
            ),
            (
                "table.a = \"b\"\ntable.b = \"c\"",
                "drift.toml:3: table a is renamed to b, and b to c (lines 2 and 3): a chain",
                "say it once: a = \"c\"",
            ),
            ("table.b = \"c\"\ntable.a = \"b\"", "table a is renamed to b, and b to c (lines 3 and 2): a chain", ""),
            (
                "table.a = \"b\"\ntable.b = \"a\"",
                "drift.toml:3: table b and table a (line 2) take each other's name",
                "a third name",
            ),
        ];
        for (text, message, help) in cases {
            let failure = read(&format!("[renames]\n{text}")).expect_err(text);
            assert!(failure.message.contains(message), "{text}\n  says: {}\n  not:  {message}", failure.message);
            assert!(failure.help.contains(help), "{text}\n  helps: {}\n  not:   {help}", failure.help);
        }
        // Columns of two tables have nothing to do with one another.
        assert!(read("[renames]\ncolumn.x.a = \"b\"\ncolumn.y.b = \"c\"").is_ok());
    }

    #[test]
    fn the_proposed_line_is_read_back_as_what_it_is_about() {
        let id = |kind, parent: &str, name: &str| ObjectId::new(kind, "public", parent, name);
        let cases = [
            (id(ObjectKind::Table, "", "orders"), "invoices"),
            (id(ObjectKind::Column, "Odd \"one\"", "a.b"), "c \"d\" \\e"),
            (id(ObjectKind::Function, "", "total(public.status, numeric)"), "sum(public.status, numeric)"),
            (id(ObjectKind::Index, "orders", "orders_idx"), "by_day"),
            (id(ObjectKind::Function, "", "odd.one(integer)"), "other.one(integer)"),
            (id(ObjectKind::View, "", "open ((v"), "v (old)"),
        ];
        for (old, to) in cases {
            let new = ObjectId { name: to.into(), ..old.clone() };
            let line = line(&old, &new).unwrap();
            let spec =
                parse("drift.toml", &format!("[renames]\n{line}")).unwrap_or_else(|e| panic!("{line}: {}", e.message));
            let rename = &spec.renames[0];
            assert!(rename.what.kinds.contains(&old.kind) && rename.inside[0] == "public", "{line}");
            let to = bare(old.kind, to);
            assert_eq!((rename.from.as_str(), rename.to.as_str()), (&*old.name, to), "{line}");
        }
        assert_eq!(line(&id(ObjectKind::Grant, "orders", "app"), &id(ObjectKind::Grant, "orders", "b")), None);
    }
}
