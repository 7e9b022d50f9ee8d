-- Same predicate, other spelling: not drift.
CREATE DOMAIN email AS text CHECK (value   like '%@%');
