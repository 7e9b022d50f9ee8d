-- A check that is weaker than what may be read
-- Whoever may update a row may give it to another tenant. It does not show with a WHERE, because then the policy
-- for reading is applied to the new row too.
DROP TRIGGER prompts_keep_tenant_id ON public.prompts;
ALTER POLICY prompts_update_own_tenant ON public.prompts WITH CHECK (true);
