-- Row security of the registry and the membership tables. It is a file of its
-- own because two of the policies ask user_roles, which must exist by then.
-- Policies come first, then row security: the other order locks everyone out in between.
-- The policy on user_roles asks no table, so none of them can recurse.

-- A member sees the own tenant; once it is deleted, only its admins still do.
create policy tenants_select_own_tenant on public.tenants
  for select to authenticated
  using (
    id = (select public.get_current_tenant_id())
    and (
      deleted_at is null
      or exists (
        select 1
        from public.user_roles r
        where r.tenant_id = tenants.id
          and r.user_id = (select auth.uid())
          and r.role = 'tenant_admin'
      )
    )
  );

alter table public.tenants enable row level security;
alter table public.tenants force row level security;

-- Who is in the own tenant is known to its members; open invitations are known
-- to the invited and to the tenant's admins.
create policy user_tenants_select_own_tenant on public.user_tenants
  for select to authenticated
  using (
    tenant_id = (select public.get_current_tenant_id())
    and (
      status <> 'invited'
      or user_id = (select auth.uid())
      or exists (
        select 1
        from public.user_roles r
        where r.tenant_id = user_tenants.tenant_id
          and r.user_id = (select auth.uid())
          and r.role = 'tenant_admin'
      )
    )
  );

alter table public.user_tenants enable row level security;
alter table public.user_tenants force row level security;

create policy user_roles_select_own_tenant on public.user_roles
  for select to authenticated
  using (tenant_id = (select public.get_current_tenant_id()));

alter table public.user_roles enable row level security;
alter table public.user_roles force row level security;

grant select on public.tenants to authenticated;
grant select, insert, update, delete on public.tenants to service_role;
grant select on public.user_tenants to authenticated;
grant select, insert, update, delete on public.user_tenants to service_role;
grant select on public.user_roles to authenticated;
grant select, insert, update, delete on public.user_roles to service_role;
