-- A policy that is always true
-- Somebody needed the list to work. Permissive policies are joined by OR, so this one outweighs all others.
CREATE POLICY tools_list ON public.tools FOR SELECT TO authenticated USING (true);
