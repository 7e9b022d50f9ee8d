//! What is one or two statements, and nothing is made of: collations, text
//! search, operators with their classes and families, casts, user mappings.

use drift::model::ident::literal;
use drift::model::ident::quote;
use drift::model::object::ObjectId;

use super::build::Builder;
use super::model::*;
use super::render::Names;
use super::render::ROLES;
use super::render::object;

#[derive(Debug, Clone, PartialEq)]
pub enum Small {
    Collation { schema: Id, posix: bool },
    Dictionary { schema: Id, accept: bool },
    Configuration { schema: Id, dictionary: Option<Id>, token: &'static str },
    Family { schema: Id },
    Class { schema: Id, extended: bool },
    Operator { schema: Id, function: Id },
    Cast { of: Id, assignment: bool },
    Mapping { server: Id, role: usize, option: Option<String> },
    Conversion { schema: Id, second: bool },
    Transform { of: Id, second: bool },
    Setting { role: Option<usize>, parameter: &'static str, value: usize },
    Label { on: Id, provider: usize, number: usize },
    Subscription { publication: String, option: bool },
}

/// The sorts that there are.
pub const SORTS: &[&str] = &[
    "collation",
    "dictionary",
    "configuration",
    "family",
    "class",
    "operator",
    "cast",
    "mapping",
    "conversion",
    "transform",
    "setting",
    "label",
    "label",
    "subscription",
];

/// What the label provider of test servers answers to.
const PROVIDERS: &[&str] = &["mask", "Odd \"one\""];

const PARAMETERS: &[&str] = &["statement_timeout", "app.mode", "lock_timeout"];

const TOKENS: &[&str] = &["asciiword", "word, asciiword", "url", "numword"];

impl Small {
    pub fn schema(&self) -> Option<Id> {
        match self {
            Small::Collation { schema, .. }
            | Small::Dictionary { schema, .. }
            | Small::Configuration { schema, .. }
            | Small::Family { schema }
            | Small::Class { schema, .. }
            | Small::Conversion { schema, .. }
            | Small::Operator { schema, .. } => Some(*schema),
            Small::Cast { .. } | Small::Mapping { .. } | Small::Transform { .. } => None,
            Small::Setting { .. } | Small::Label { .. } | Small::Subscription { .. } => None,
        }
    }

    pub fn refers(&self) -> Vec<Id> {
        let mut ids: Vec<Id> = self.schema().into_iter().collect();
        match self {
            Small::Configuration { dictionary, .. } => ids.extend(dictionary),
            Small::Operator { function, .. } => ids.push(*function),
            Small::Cast { of, .. } | Small::Transform { of, .. } => ids.push(*of),
            Small::Label { on, .. } => ids.push(*on),
            Small::Conversion { .. } | Small::Setting { .. } | Small::Subscription { .. } => {}
            Small::Mapping { server, .. } => ids.push(*server),
            Small::Collation { .. } | Small::Dictionary { .. } | Small::Family { .. } | Small::Class { .. } => {}
        }
        ids
    }

    /// False for what is called after what it is for.
    pub fn is_freely_named(&self) -> bool {
        !matches!(self, Small::Operator { .. } | Small::Cast { .. } | Small::Transform { .. })
            && !self.says_of_another()
    }

    pub fn is_describable(&self) -> bool {
        !self.says_of_another()
    }

    fn says_of_another(&self) -> bool {
        matches!(self, Small::Mapping { .. } | Small::Setting { .. } | Small::Label { .. })
    }
}

impl Builder<'_> {
    pub fn small(&mut self, sort: &str) -> Option<()> {
        let schema = self.schema();
        let one = |n: bool, m: bool| n ^ m;
        let (chance, other) = (self.random.chance(50), self.random.chance(30));
        let small = match sort {
            "collation" => Small::Collation { schema, posix: one(chance, other) },
            "dictionary" => Small::Dictionary { schema, accept: chance },
            "configuration" => {
                let dictionary = self.any(|what| matches!(what, What::Small(Small::Dictionary { .. })));
                Small::Configuration { schema, dictionary, token: self.random.word(TOKENS) }
            }
            "family" => Small::Family { schema },
            "class" => Small::Class { schema, extended: chance },
            "operator" => {
                let fold = |what: &What| matches!(what, What::Function(f) if matches!(f.form, Form::Fold { .. }));
                let function = self.any(fold)?;
                let bits = format!("{:b}", self.number());
                let name = format!("@{}", bits.replace('0', "~").replace('1', "!"));
                if self.taken.contains(&name) {
                    return None;
                }
                self.taken.push(name.clone());
                self.model.add(name, What::Small(Small::Operator { schema, function }));
                return Some(());
            }
            "cast" => {
                let of = self.any(|what| matches!(what, What::Enum { .. }))?;
                let same = |what: &What| matches!(what, What::Small(Small::Cast { of: o, .. }) if *o == of);
                if !self.model.ids(same).is_empty() {
                    return None;
                }
                Small::Cast { of, assignment: chance }
            }
            "mapping" => {
                let server = loop {
                    match self.any(|what| matches!(what, What::Server { .. })) {
                        Some(server) => break server,
                        None => self.foreign()?,
                    }
                };
                let role = self.random.below(ROLES.len());
                let same = |what: &What| matches!(what, What::Small(Small::Mapping { server: s, role: r, .. }) if *s == server && *r == role);
                if !self.model.ids(same).is_empty() {
                    return None;
                }
                Small::Mapping { server, role, option: chance.then(|| "it's".to_owned()) }
            }
            "conversion" => Small::Conversion { schema, second: chance },
            "transform" => {
                let of = self.any(|what| matches!(what, What::Enum { .. } | What::Composite { .. }))?;
                self.alone(|small| matches!(small, Small::Transform { of: o, .. } if *o == of))?;
                Small::Transform { of, second: chance }
            }
            "setting" => {
                let (parameter, role) = (self.random.word(PARAMETERS), self.random.below(ROLES.len()));
                let role = chance.then_some(role);
                self.alone(|small| matches!(small, Small::Setting { role: r, parameter: p, .. } if *r == role && *p == parameter))?;
                Small::Setting { role, parameter, value: self.number() }
            }
            "label" => {
                let on = self.any(|what| {
                    let typed = matches!(what, What::Enum { .. } | What::Domain { .. } | What::Composite { .. });
                    let routine = matches!(what, What::Function(_) | What::Procedure { .. } | What::Aggregate { .. });
                    let relation = matches!(what, What::Table(_) | What::View(_) | What::Sequence { .. });
                    let other = matches!(what, What::Column(_) | What::Schema | What::Publication { .. });
                    typed || routine || relation || other
                })?;
                let provider = usize::from(other);
                self.alone(
                    |small| matches!(small, Small::Label { on: o, provider: p, .. } if *o == on && *p == provider),
                )?;
                Small::Label { on, provider, number: self.number() }
            }
            "subscription" => Small::Subscription { publication: self.name(), option: chance },
            other => panic!("nobody knows how to make {other}"),
        };
        self.named(What::Small(small))
    }

    /// Something if there is no small thing of some sort yet.
    fn alone(&self, same: impl Fn(&Small) -> bool) -> Option<()> {
        self.model.ids(|what| matches!(what, What::Small(small) if same(small))).is_empty().then_some(())
    }

    /// Changes something about it that its object shows.
    pub fn small_altered(&mut self, small: &mut Small) -> Option<()> {
        match small {
            Small::Collation { posix, .. } => *posix = !*posix,
            Small::Dictionary { accept, .. } => *accept = !*accept,
            Small::Configuration { token, .. } => {
                *token = TOKENS[(TOKENS.iter().position(|t| t == token)? + 1) % TOKENS.len()];
            }
            Small::Family { .. } => return None,
            Small::Class { extended, .. } => *extended = !*extended,
            Small::Operator { function, .. } => {
                let fold = |what: &What| matches!(what, What::Function(f) if matches!(f.form, Form::Fold { .. }));
                let other = self.any(fold).filter(|other| other != function)?;
                *function = other;
            }
            Small::Cast { assignment, .. } => *assignment = !*assignment,
            Small::Mapping { option, .. } => {
                *option = if option.is_some() { None } else { Some("other \"one\"".to_owned()) };
            }
            Small::Conversion { second, .. } | Small::Transform { second, .. } => *second = !*second,
            Small::Setting { value: number, .. } | Small::Label { number, .. } => *number += 1,
            Small::Subscription { publication, option } => match self.random.chance(50) {
                true => *option = !*option,
                false => *publication = self.name(),
            },
        }
        Some(())
    }
}

impl Names<'_> {
    /// The statements that make it.
    pub fn small(&self, id: Id, small: &Small) -> Vec<String> {
        match small {
            Small::Collation { posix, .. } => {
                let kind = if *posix { "POSIX" } else { "C" };
                vec![format!("CREATE COLLATION {} (LC_COLLATE = 'C', LC_CTYPE = '{kind}')", self.path(id))]
            }
            Small::Dictionary { accept, .. } => {
                vec![format!("CREATE TEXT SEARCH DICTIONARY {} (TEMPLATE = simple, accept = {accept})", self.path(id))]
            }
            Small::Configuration { dictionary, token, .. } => {
                let path = self.path(id);
                let with = dictionary.map_or("simple".to_owned(), |dictionary| self.path(dictionary));
                vec![
                    format!("CREATE TEXT SEARCH CONFIGURATION {path} (PARSER = \"default\")"),
                    format!("ALTER TEXT SEARCH CONFIGURATION {path} ADD MAPPING FOR {token} WITH {with}"),
                ]
            }
            Small::Family { .. } => vec![format!("CREATE OPERATOR FAMILY {} USING btree", self.path(id))],
            Small::Class { extended, .. } => {
                let more = if *extended { ", FUNCTION 2 hashint4extended(int4, int8)" } else { "" };
                vec![format!(
                    "CREATE OPERATOR CLASS {} FOR TYPE int4 USING hash AS OPERATOR 1 =, FUNCTION 1 hashint4(int4){more}",
                    self.path(id)
                )]
            }
            Small::Operator { function, .. } => vec![format!(
                "CREATE OPERATOR {}.{} (FUNCTION = {}, RIGHTARG = text)",
                quote(self.schema(id)),
                self.name(id),
                self.path(*function)
            )],
            Small::Cast { of, assignment } => {
                let context = if *assignment { " AS ASSIGNMENT" } else { "" };
                vec![format!("CREATE CAST ({} AS inet) WITH INOUT{context}", self.path(*of))]
            }
            Small::Mapping { server, role, option } => {
                let options = option.as_ref().map(|value| format!(" OPTIONS (\"user\" {})", literal(value)));
                let (role, server) = (quote(ROLES[*role]), self.quoted(*server));
                vec![format!("CREATE USER MAPPING FOR {role} SERVER {server}{}", options.unwrap_or_default())]
            }
            Small::Conversion { second, .. } => {
                let (encoding, function) =
                    if *second { ("LATIN2", "iso8859_to_utf8") } else { ("LATIN1", "iso8859_1_to_utf8") };
                vec![format!("CREATE CONVERSION {} FOR '{encoding}' TO 'UTF8' FROM {function}", self.path(id))]
            }
            Small::Transform { of, second } => {
                let function = if *second { "dsimple_init" } else { "prsd_lextype" };
                let of = self.path(*of);
                vec![format!("CREATE TRANSFORM FOR {of} LANGUAGE sql (FROM SQL WITH FUNCTION {function}(internal))")]
            }
            Small::Setting { role, parameter, value } => {
                let whose = role.map(|role| format!("ROLE {} IN ", quote(ROLES[role]))).unwrap_or_default();
                let sql = format!("ALTER {whose}DATABASE %I SET {parameter} TO '{value}'");
                vec![format!("DO $set$ BEGIN EXECUTE format({}, current_database()); END $set$", literal(&sql))]
            }
            Small::Label { on, provider, number } => {
                let provider = quote(PROVIDERS[*provider]);
                vec![format!("SECURITY LABEL FOR {provider} ON {} IS 'it''s {number}'", self.target(*on).0)]
            }
            Small::Subscription { publication, option } => vec![format!(
                "CREATE SUBSCRIPTION {} CONNECTION 'host=127.0.0.1 port=1 dbname=x' PUBLICATION {} \
                 WITH (connect = false, slot_name = NONE, binary = {option})",
                self.quoted(id),
                quote(publication)
            )],
        }
    }

    /// How `COMMENT ON` names it, and the object that it is.
    pub fn small_target(&self, id: Id, small: &Small) -> (String, ObjectId) {
        let name = self.name(id);
        let in_schema = |word: &str, kind: &str, name: &str| {
            (format!("{kind} {}", self.path(id)), object(word, self.schema(id), "", name))
        };
        let using = |word: &str, kind: &str, method: &str| {
            let (target, object) = in_schema(word, kind, &format!("{name} ({method})"));
            (format!("{target} USING {method}"), object)
        };
        match small {
            Small::Collation { .. } => in_schema("collation", "COLLATION", name),
            Small::Dictionary { .. } => in_schema("text-search-dictionary", "TEXT SEARCH DICTIONARY", name),
            Small::Configuration { .. } => in_schema("text-search-configuration", "TEXT SEARCH CONFIGURATION", name),
            Small::Family { .. } => using("operator-family", "OPERATOR FAMILY", "btree"),
            Small::Class { .. } => using("operator-class", "OPERATOR CLASS", "hash"),
            Small::Operator { .. } => {
                let schema = self.schema(id);
                let target = format!("OPERATOR {}.{name} (NONE, text)", quote(schema));
                (target, object("operator", schema, "", &format!("{name}(NONE, text)")))
            }
            Small::Cast { of, .. } => {
                let path = self.path(*of);
                (format!("CAST ({path} AS inet)"), object("cast", "", "", &format!("{path} as inet")))
            }
            Small::Mapping { server, role, .. } => {
                (String::new(), object("user-mapping", "", self.name(*server), ROLES[*role]))
            }
            Small::Conversion { .. } => in_schema("conversion", "CONVERSION", name),
            Small::Transform { of, .. } => {
                let path = self.path(*of);
                (format!("TRANSFORM FOR {path} LANGUAGE sql"), object("transform", "", "", &format!("{path} for sql")))
            }
            Small::Setting { role, parameter, .. } => {
                let whose = role.map(|role| format!(" of {}", ROLES[role])).unwrap_or_default();
                (String::new(), object("setting", "", "", &format!("{parameter}{whose}")))
            }
            Small::Label { on, provider, .. } => (String::new(), self.labelled(*on, PROVIDERS[*provider])),
            Small::Subscription { .. } => {
                (format!("SUBSCRIPTION {}", self.quoted(id)), object("subscription", "", "", name))
            }
        }
    }

    /// The label of something.
    fn labelled(&self, on: Id, provider: &str) -> ObjectId {
        let label = |schema: &str, parent: &str, name: &str| object("security-label", schema, parent, name);
        match &self.model.get(on).what {
            What::Schema => label(self.name(on), "", provider),
            What::Publication { .. } => label("", self.name(on), &format!("{provider} (publication)")),
            What::Column(column) => {
                let name = format!("{provider} ({})", self.name(on));
                label(self.schema(column.table), self.name(column.table), &name)
            }
            What::Enum { .. } | What::Domain { .. } | What::Composite { .. } => {
                label(self.schema(on), self.name(on), &format!("{provider} (type)"))
            }
            What::Function(_) | What::Procedure { .. } | What::Aggregate { .. } => {
                label(self.schema(on), &self.signature(on), provider)
            }
            _ => label(self.schema(on), self.name(on), provider),
        }
    }

    /// What comes along by itself.
    pub fn small_companion(&self, id: Id, small: &Small) -> Option<ObjectId> {
        let family = || object("operator-family", self.schema(id), "", &format!("{} (hash)", self.name(id)));
        matches!(small, Small::Class { .. }).then(family)
    }
}
