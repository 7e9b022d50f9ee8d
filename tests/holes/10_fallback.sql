-- A context that falls back to some tenant
-- Without claims the session is nobody's. Here it becomes the platform's.
CREATE OR REPLACE FUNCTION public.get_current_tenant_id() RETURNS uuid
  LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = ''
  AS $$
    SELECT coalesce(
      nullif(nullif(current_setting('request.jwt.claims', true), '')::jsonb -> 'app_metadata' ->> 'tenant_id', '')::uuid,
      (SELECT t.id FROM public.tenants t ORDER BY t.created_at LIMIT 1)
    )
  $$;
