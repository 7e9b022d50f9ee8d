-- A role that inherits the owner
-- The owner of a table is not bound by its policies unless they are forced, and neither is whoever is a member
-- of the owner: no SET ROLE is needed.
CREATE ROLE app_owner;
GRANT app_owner TO authenticated;
ALTER TABLE public.prompts OWNER TO app_owner;
ALTER TABLE public.prompts NO FORCE ROW LEVEL SECURITY;
