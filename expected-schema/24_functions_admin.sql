-- Who runs the platform. These look past row security, so only the backend may
-- call them; no policy does.

create function public.get_super_admin_tenant_id() returns uuid
  language sql
  stable
  security definer
  set search_path = ''
  as $$
    select t.id
    from public.tenants t
    where t.type = 'platform'
      and t.deleted_at is null
  $$;

comment on function public.get_super_admin_tenant_id() is 'The platform tenant, or NULL before it was created.';

revoke execute on function public.get_super_admin_tenant_id() from public;
grant execute on function public.get_super_admin_tenant_id() to service_role;

create function public.is_platform_admin() returns boolean
  language sql
  stable
  security definer
  set search_path = ''
  as $$
    select exists (
      select 1
      from public.user_roles r
      where r.user_id = auth.uid()
        and r.tenant_id = public.get_super_admin_tenant_id()
        and r.role = 'platform_admin'
        and (r.expires_at is null or r.expires_at > now())
    )
  $$;

comment on function public.is_platform_admin() is 'Whether the user in the claims administers the platform.';

revoke execute on function public.is_platform_admin() from public;
grant execute on function public.is_platform_admin() to service_role;
