-- A membership table that users may write
-- The check asks who the member is, and not which tenant he may join: everybody can let himself in.
CREATE POLICY user_tenants_join ON public.user_tenants FOR INSERT TO authenticated
  WITH CHECK (user_id = (SELECT auth.uid()));
GRANT INSERT ON public.user_tenants TO authenticated;
