-- One arm of an OR that forgets the tenant
-- Most rows stay hidden, so a test with one row of each tenant passes. Only the parsed expression, or a row
-- that is made for the arm, shows it.
ALTER POLICY workflows_select_with_sharing ON public.workflows
  USING (tenant_id = (SELECT public.get_current_tenant_id()) OR trigger_type = 'event');
