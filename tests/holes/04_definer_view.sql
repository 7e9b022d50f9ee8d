-- A view that reads with its owner's rights
-- A view without security_invoker asks the table as its owner, whom policies do not bind.
CREATE VIEW public.tool_names AS SELECT id, tenant_id, name FROM public.tools;
GRANT SELECT ON public.tool_names TO authenticated;
