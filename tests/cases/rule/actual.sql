CREATE TABLE t (id int PRIMARY KEY, note text);
CREATE TABLE log (id int, note text);
CREATE RULE logged AS ON INSERT TO t DO ALSO INSERT INTO log VALUES (new.id, 'x');
CREATE RULE off AS ON UPDATE TO t DO ALSO NOTIFY changed;
CREATE RULE spelled AS ON UPDATE TO public.log WHERE new.id = ANY (ARRAY[1, 2]) DO DELETE FROM public.t;
CREATE RULE undeclared AS ON DELETE TO log DO INSTEAD NOTHING;
