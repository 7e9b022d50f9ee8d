//! Who reaches whose rows of a table: what the rules conclude of grants,
//! row-level security and policies, in one word for each command.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

/// Whose rows a role reaches by one command. Ordered from the least to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// It has no privilege.
    NoPrivilege,
    /// It has the privilege, and no policy admits a row.
    NoRow,
    /// The rows of its own tenant.
    Own,
    /// Those, and what other tenants share by the declared predicate.
    OwnAndShared,
    /// Rows that belong to no tenant.
    Global,
    /// A policy is not proved to keep it to its own tenant's rows.
    Others,
    /// Row-level security does not hold it back: every row.
    Every,
}

impl Reach {
    /// True where the rows of other tenants are within reach.
    pub const fn is_open(self) -> bool {
        match self {
            Reach::Others | Reach::Every => true,
            Reach::NoPrivilege | Reach::NoRow | Reach::Own | Reach::OwnAndShared | Reach::Global => false,
        }
    }

    /// The words of a report.
    pub const fn words(self) -> &'static str {
        match self {
            Reach::NoPrivilege => "no privilege",
            Reach::NoRow => "no row",
            Reach::Own => "own tenant",
            Reach::OwnAndShared => "own and shared",
            Reach::Global => "all, on purpose",
            Reach::Others => "other tenants too",
            Reach::Every => "every row",
        }
    }
}

/// Whether row-level security is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RowSecurity {
    Off,
    /// For everybody but the owner.
    On,
    /// For the owner too.
    Forced,
}

/// What one role reaches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RoleReach {
    pub role: String,
    pub select: Reach,
    pub insert: Reach,
    pub update: Reach,
    pub delete: Reach,
}

impl RoleReach {
    /// The commands in the order in which a report shows them.
    pub const fn all(&self) -> [(&'static str, Reach); 4] {
        [("read", self.select), ("insert", self.insert), ("update", self.update), ("delete", self.delete)]
    }
}

/// What roles reach of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TableReach {
    pub schema: String,
    pub table: String,
    pub row_security: RowSecurity,
    pub roles: Vec<RoleReach>,
}

impl TableReach {
    /// True where somebody reaches rows that are everybody's.
    pub fn is_global(&self) -> bool {
        self.roles.iter().any(|role| role.all().iter().any(|(_, reach)| *reach == Reach::Global))
    }

    /// True where somebody reaches other tenants' rows.
    pub fn is_open(&self) -> bool {
        self.roles.iter().any(|role| role.all().iter().any(|(_, reach)| reach.is_open()))
    }
}
