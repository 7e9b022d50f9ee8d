-- The right to empty a table
-- TRUNCATE asks no policy: it takes the rows of all tenants.
GRANT TRUNCATE ON public.workflows TO authenticated;
