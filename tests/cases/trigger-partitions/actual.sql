-- Not for pg_dump, which sets the state of the copies before it creates the trigger.
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$;
CREATE TABLE whole (a int) PARTITION BY LIST (a);
CREATE TABLE part PARTITION OF whole FOR VALUES IN (1) PARTITION BY LIST (a);
CREATE TABLE deep PARTITION OF part FOR VALUES IN (1);
CREATE TABLE other PARTITION OF whole FOR VALUES IN (2);
CREATE TRIGGER awake AFTER INSERT ON whole FOR EACH ROW EXECUTE FUNCTION touch();
ALTER TABLE deep DISABLE TRIGGER awake;
