-- Functions that read no table: the tenant context and the trigger functions.

-- The one source of truth for "which tenant is asking". It fails closed: without
-- claims, or with empty ones, the answer is NULL, and NULL equals no tenant.
create function public.get_current_tenant_id() returns uuid
  language sql
  stable
  parallel safe
  set search_path = ''
  as $$
    select nullif(
      nullif(current_setting('request.jwt.claims', true), '')::jsonb -> 'app_metadata' ->> 'tenant_id',
      ''
    )::uuid
  $$;

comment on function public.get_current_tenant_id() is
  'Tenant of the caller, from the claim app_metadata.tenant_id; NULL, and so nothing, without one.';

revoke execute on function public.get_current_tenant_id() from public;
grant execute on function public.get_current_tenant_id() to authenticated, service_role;

create function public.set_updated_at() returns trigger
  language plpgsql
  set search_path = ''
  as $$
begin
  new.updated_at := now();
  return new;
end
$$;

comment on function public.set_updated_at() is 'Trigger: stamps updated_at.';

revoke execute on function public.set_updated_at() from public;

-- Row security alone lets a member of two tenants carry a row from one to the
-- other. A row that has no tenant yet may be given one: that is how old rows
-- are brought in.
create function public.keep_tenant_id() returns trigger
  language plpgsql
  set search_path = ''
  as $$
begin
  if old.tenant_id is not null and new.tenant_id is distinct from old.tenant_id then
    raise exception 'a row of %.% cannot move to another tenant', tg_table_schema, tg_table_name
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end
$$;

comment on function public.keep_tenant_id() is 'Trigger: refuses to move a row to another tenant.';

revoke execute on function public.keep_tenant_id() from public;
