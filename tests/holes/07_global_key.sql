-- A unique key without the tenant
-- Keys are checked for all rows, whoever sees them: the error says that another tenant has such a row.
CREATE UNIQUE INDEX tools_name_key ON public.tools (name);
