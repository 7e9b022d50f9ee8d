-- What a user may do, tenant by tenant. A platform-wide role is one that is held
-- in the platform tenant, so the column needs no NULL and no row escapes it.
create table public.user_roles (
  id uuid not null default gen_random_uuid(),
  user_id uuid not null,
  tenant_id uuid not null,
  role text not null,
  granted_by uuid,
  granted_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),

  constraint user_roles_pkey primary key (id),
  constraint user_roles_tenant_id_user_id_role_key unique (tenant_id, user_id, role),
  constraint user_roles_tenant_id_fkey foreign key (tenant_id)
    references public.tenants (id) on delete restrict,
  constraint user_roles_user_id_fkey foreign key (user_id)
    references auth.users (id) on delete cascade,
  constraint user_roles_granted_by_fkey foreign key (granted_by)
    references auth.users (id) on delete set null,
  constraint user_roles_role_check check (role in ('editor', 'tenant_admin', 'platform_admin'))
);

create index idx_user_roles_user_id on public.user_roles (user_id);
create index idx_user_roles_granted_by on public.user_roles (granted_by);

create trigger user_roles_set_updated_at
  before update on public.user_roles
  for each row execute function public.set_updated_at();

comment on table public.user_roles is 'Roles of users, each within one tenant; written by the backend only.';
comment on column public.user_roles.role is 'platform_admin counts only in the platform tenant.';
comment on column public.user_roles.granted_by is 'User who granted the role; NULL if the backend did.';
