-- Membership: one row per user and tenant. Users cannot write here, so nobody
-- can let himself in: invitations are issued and redeemed by the backend.
create table public.user_tenants (
  user_id uuid not null,
  tenant_id uuid not null,
  role text not null default 'member',
  status text not null default 'active',
  joined_at timestamp with time zone not null default now(),
  last_accessed_at timestamp with time zone,
  invitation_token text,
  invitation_expires_at timestamp with time zone,
  invited_by uuid,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),

  constraint user_tenants_pkey primary key (tenant_id, user_id),
  constraint user_tenants_tenant_id_invitation_token_key unique (tenant_id, invitation_token),
  constraint user_tenants_tenant_id_fkey foreign key (tenant_id)
    references public.tenants (id) on delete restrict,
  constraint user_tenants_user_id_fkey foreign key (user_id)
    references auth.users (id) on delete cascade,
  constraint user_tenants_invited_by_fkey foreign key (invited_by)
    references auth.users (id) on delete set null,
  constraint user_tenants_role_check check (role in ('member', 'viewer', 'admin', 'owner')),
  constraint user_tenants_status_check check (status in ('active', 'invited', 'suspended'))
);

create index idx_user_tenants_user_id on public.user_tenants (user_id);
create index idx_user_tenants_invited_by on public.user_tenants (invited_by);

create trigger user_tenants_set_updated_at
  before update on public.user_tenants
  for each row execute function public.set_updated_at();

comment on table public.user_tenants is 'Which user belongs to which tenant.';
comment on column public.user_tenants.role is 'Place in the tenant; rights come from user_roles.';
comment on column public.user_tenants.invitation_token is 'SHA-256 digest of the token that was mailed, never the token.';
comment on column public.user_tenants.invitation_expires_at is 'After this an open invitation is void.';
