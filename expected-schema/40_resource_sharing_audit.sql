-- Who shared what with whom. Written by the backend and only added to; a tenant
-- reads what concerns its own resources.
create table public.resource_sharing_audit (
  id uuid not null default gen_random_uuid(),
  tenant_id uuid not null,
  resource_table text not null,
  resource_id uuid not null,
  action text not null,
  actor_user_id uuid,
  sharing_mode_before text,
  sharing_mode_after text,
  shared_with_before uuid[] not null default '{}',
  shared_with_after uuid[] not null default '{}',
  reason text,
  metadata jsonb not null default '{}',
  created_at timestamp with time zone not null default now(),

  constraint resource_sharing_audit_pkey primary key (id),
  constraint resource_sharing_audit_tenant_id_fkey foreign key (tenant_id)
    references public.tenants (id) on delete restrict,
  constraint resource_sharing_audit_actor_user_id_fkey foreign key (actor_user_id)
    references auth.users (id) on delete set null,
  constraint resource_sharing_audit_resource_table_check
    check (resource_table in ('agents', 'tools', 'prompts', 'workflows', 'rag_knowledge_sources')),
  constraint resource_sharing_audit_action_check
    check (action in ('shared', 'unshared', 'changed', 'accessed'))
);

create index idx_resource_sharing_audit_tenant_id_created_at
  on public.resource_sharing_audit (tenant_id, created_at desc);
create index idx_resource_sharing_audit_resource
  on public.resource_sharing_audit (resource_table, resource_id);
create index idx_resource_sharing_audit_actor_user_id
  on public.resource_sharing_audit (actor_user_id);

comment on table public.resource_sharing_audit is 'Who shared what with whom; only added to.';
comment on column public.resource_sharing_audit.tenant_id is 'Owner of the resource at that time.';
comment on column public.resource_sharing_audit.resource_id is 'Row of resource_table; no foreign key, for the entry outlives the row.';

create policy resource_sharing_audit_select_own_tenant on public.resource_sharing_audit
  for select to authenticated
  using (tenant_id = (select public.get_current_tenant_id()));

alter table public.resource_sharing_audit enable row level security;
alter table public.resource_sharing_audit force row level security;

grant select on public.resource_sharing_audit to authenticated;
grant select, insert on public.resource_sharing_audit to service_role;
