-- A range cannot be changed in place; no column holds this one.
CREATE TYPE words AS RANGE (SUBTYPE = text, COLLATION = "C");
