CREATE TABLE t (id int PRIMARY KEY, note text);
CREATE TABLE log (id int, note text);
CREATE RULE keep AS ON DELETE TO t DO INSTEAD NOTHING;
CREATE RULE logged AS ON INSERT TO t DO ALSO INSERT INTO log VALUES (new.id, new.note);
CREATE RULE off AS ON UPDATE TO t DO ALSO NOTIFY changed;
ALTER TABLE t DISABLE RULE off;
-- Same rule, other spelling: not drift.
CREATE RULE spelled AS ON UPDATE TO log WHERE new.id IN (1, 2) DO ALSO DELETE FROM t;
