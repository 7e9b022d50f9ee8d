-- Finding and entering a tenant: the backend's side of a request. Nothing here
-- is callable by users, who have the tenant that their token names.

create function public.has_tenant_access(p_tenant_id uuid) returns boolean
  language sql
  stable
  security definer
  set search_path = ''
  as $$
    select public.is_platform_admin()
      or exists (
        select 1
        from public.user_tenants m
        where m.user_id = auth.uid()
          and m.tenant_id = p_tenant_id
          and m.status = 'active'
      )
  $$;

comment on function public.has_tenant_access(uuid) is
  'Whether the user in the claims may enter the tenant: its active members, and platform admins.';

revoke execute on function public.has_tenant_access(uuid) from public;
grant execute on function public.has_tenant_access(uuid) to service_role;

create function public.get_tenant_by_domain(p_domain text) returns uuid
  language sql
  stable
  strict
  set search_path = ''
  as $$
    select t.id
    from public.tenants t
    where t.domain = lower(p_domain)
      and t.status = 'active'
      and t.deleted_at is null
  $$;

comment on function public.get_tenant_by_domain(text) is 'Active tenant with this domain, or NULL.';

revoke execute on function public.get_tenant_by_domain(text) from public;
grant execute on function public.get_tenant_by_domain(text) to service_role;

create function public.get_tenant_by_slug(p_slug text) returns uuid
  language sql
  stable
  strict
  set search_path = ''
  as $$
    select t.id
    from public.tenants t
    where t.slug = lower(p_slug)
      and t.status = 'active'
      and t.deleted_at is null
  $$;

comment on function public.get_tenant_by_slug(text) is 'Active tenant with this slug, or NULL.';

revoke execute on function public.get_tenant_by_slug(text) from public;
grant execute on function public.get_tenant_by_slug(text) to service_role;

-- Platform admins work inside one tenant at a time, like everyone else: this
-- admits them to each, and the policies need no exception for them.
create function public.set_tenant_context(p_tenant_id uuid) returns void
  language plpgsql
  set search_path = ''
  as $$
declare
  claims jsonb := coalesce(nullif(current_setting('request.jwt.claims', true), ''), '{}')::jsonb;
  app_metadata jsonb := coalesce(claims -> 'app_metadata', '{}');
begin
  if not public.has_tenant_access(p_tenant_id) then
    raise exception 'no access to tenant %', p_tenant_id
      using errcode = 'insufficient_privilege';
  end if;
  app_metadata := app_metadata || jsonb_build_object('tenant_id', p_tenant_id);
  claims := claims || jsonb_build_object('app_metadata', app_metadata);
  perform set_config('request.jwt.claims', claims::text, true);
end
$$;

comment on function public.set_tenant_context(uuid) is
  'Enters a tenant until the end of the transaction, if the user in the claims may.';

revoke execute on function public.set_tenant_context(uuid) from public;
grant execute on function public.set_tenant_context(uuid) to service_role;
