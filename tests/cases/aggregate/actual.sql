-- Another start, and no way to move a window.
CREATE AGGREGATE total(integer) (SFUNC = int4pl, STYPE = int4, INITCOND = '1');
