//! The list of every kind of object. One line here registers a kind; its two
//! files in `kinds/` and its case folder are the rest.

/// Calls `$callback!` with one `(Variant, module, "word")` line per kind.
/// The order of the lines is the order of sections in reports and snapshots.
#[macro_export]
#[doc(hidden)]
macro_rules! for_each_kind {
    ($callback:ident) => {
        $callback! {
            (Schema, schema, "schema")
            (Extension, extension, "extension")
            (Language, language, "language")
            (AccessMethod, access_method, "access-method")
            (TextSearchParser, text_search_parser, "text-search-parser")
            (TextSearchTemplate, text_search_template, "text-search-template")
            (ForeignDataWrapper, foreign_data_wrapper, "foreign-data-wrapper")
            (ForeignServer, foreign_server, "foreign-server")
            (UserMapping, user_mapping, "user-mapping")
            (Collation, collation, "collation")
            (Enum, enum_type, "enum")
            (Domain, domain, "domain")
            (CompositeType, composite_type, "composite-type")
            (RangeType, range_type, "range-type")
            (TextSearchDictionary, text_search_dictionary, "text-search-dictionary")
            (TextSearchConfiguration, text_search_configuration, "text-search-configuration")
            (Cast, cast, "cast")
            (Conversion, conversion, "conversion")
            (Operator, operator, "operator")
            (OperatorFamily, operator_family, "operator-family")
            (OperatorClass, operator_class, "operator-class")
            (Sequence, sequence, "sequence")
            (Table, table, "table")
            (ForeignTable, foreign_table, "foreign-table")
            (Column, column, "column")
            (PrimaryKey, primary_key, "primary-key")
            (Unique, unique, "unique")
            (ForeignKey, foreign_key, "foreign-key")
            (Check, check, "check")
            (Exclusion, exclusion, "exclusion")
            (Index, index, "index")
            (Statistics, statistics, "statistics")
            (View, view, "view")
            (MaterializedView, materialized_view, "materialized-view")
            (Function, function, "function")
            (Procedure, procedure, "procedure")
            (Transform, transform, "transform")
            (Aggregate, aggregate, "aggregate")
            (Trigger, trigger, "trigger")
            (Rule, rule, "rule")
            (Policy, policy, "policy")
            (Grant, grant, "grant")
            (Publication, publication, "publication")
            (Subscription, subscription, "subscription")
            (Database, database, "database")
            (Setting, setting, "setting")
            (DefaultPrivilege, default_privilege, "default-privilege")
            (EventTrigger, event_trigger, "event-trigger")
            (SecurityLabel, security_label, "security-label")
        }
    };
}

macro_rules! object_kind {
    ($(($variant:ident, $module:ident, $word:literal))*) => {
        /// What an object is. The word is the one used in finding codes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ObjectKind { $($variant),* }

        impl ObjectKind {
            /// Every kind, in report order.
            pub const ALL: &'static [ObjectKind] = &[$(ObjectKind::$variant),*];

            /// The kind's word: `table`, `foreign-key`.
            pub const fn word(self) -> &'static str {
                match self { $(ObjectKind::$variant => $word),* }
            }
        }
    };
}
for_each_kind!(object_kind);

impl ObjectKind {
    /// The kind of a word, as found in a snapshot.
    pub fn from_word(word: &str) -> Option<ObjectKind> {
        Self::ALL.iter().copied().find(|kind| kind.word() == word)
    }

    /// True for what is said of another object, and is named after what it says: a grant after
    /// its grantee, a label after its provider. It has no place among the names of a schema.
    pub const fn is_said_of_another(self) -> bool {
        matches!(self, ObjectKind::Grant | ObjectKind::SecurityLabel)
    }

    /// The word as prose: `foreign key`.
    pub fn prose(self) -> String {
        self.word().replace('-', " ")
    }
}

impl std::fmt::Display for ObjectKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}
