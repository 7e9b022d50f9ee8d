-- Needs PostgreSQL 18
CREATE TABLE t (
  id int PRIMARY KEY,
  price int CONSTRAINT extra CHECK (price > 0) NOT ENFORCED,
  sold int CONSTRAINT hoped CHECK (sold > 0),
  left_over int CONSTRAINT kept CHECK (left_over > 0) NOT ENFORCED
);
CREATE TABLE lines (t int CONSTRAINT lines_t_fkey REFERENCES t, u int CONSTRAINT lines_u_fkey REFERENCES t NOT ENFORCED);
