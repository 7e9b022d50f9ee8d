-- Needs PostgreSQL 18
CREATE TABLE t (
  id int PRIMARY KEY,
  price int,
  sold int CONSTRAINT hoped CHECK (sold > 0) NOT ENFORCED,
  left_over int CONSTRAINT kept CHECK (left_over > 0)
);
CREATE TABLE lines (t int CONSTRAINT lines_t_fkey REFERENCES t NOT ENFORCED, u int CONSTRAINT lines_u_fkey REFERENCES t);
