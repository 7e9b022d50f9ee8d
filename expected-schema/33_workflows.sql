-- Workflows: steps that agents and people take together.
create table public.workflows (
  id uuid not null default gen_random_uuid(),
  name text not null,
  description text,
  definition jsonb not null default '{}',
  trigger_type text not null default 'manual',
  status text not null default 'draft',
  version integer not null default 1,
  is_active boolean not null default true,
  metadata jsonb not null default '{}',
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),

  display_name text,
  input_schema jsonb not null default '{}',
  output_schema jsonb not null default '{}',
  schedule text,
  timeout_seconds integer,
  last_run_at timestamp with time zone,
  deleted_at timestamp with time zone,

  tenant_id uuid not null default public.get_current_tenant_id(),
  created_by_user_id uuid,
  is_shared boolean not null default false,
  sharing_mode text not null default 'private',
  shared_with uuid[] not null default '{}',
  resource_type text not null default 'custom',
  tags text[] not null default '{}',
  category text,
  access_count integer not null default 0,
  last_accessed_at timestamp with time zone,

  constraint workflows_pkey primary key (id),
  constraint workflows_tenant_id_id_key unique (tenant_id, id),
  constraint workflows_tenant_id_name_key unique (tenant_id, name),
  constraint workflows_tenant_id_fkey foreign key (tenant_id)
    references public.tenants (id) on delete restrict,
  constraint workflows_created_by_user_id_fkey foreign key (created_by_user_id)
    references auth.users (id) on delete set null,
  constraint workflows_trigger_type_check check (trigger_type in ('manual', 'schedule', 'event')),
  constraint workflows_status_check check (status in ('draft', 'active', 'archived')),
  constraint workflows_version_check check (version > 0),
  constraint workflows_timeout_seconds_check check (timeout_seconds > 0),
  constraint workflows_sharing_mode_check check (sharing_mode in ('private', 'global', 'selective')),
  constraint workflows_is_shared_check check (is_shared = (sharing_mode <> 'private')),
  constraint workflows_resource_type_check
    check (resource_type in ('platform', 'solution', 'industry', 'custom')),
  constraint workflows_access_count_check check (access_count >= 0)
);

create index idx_workflows_tenant_id on public.workflows (tenant_id);
create index idx_workflows_sharing on public.workflows (is_shared, sharing_mode);
create index idx_workflows_shared_with on public.workflows using gin (shared_with);
create index idx_workflows_tags on public.workflows using gin (tags);
create index idx_workflows_created_by_user_id on public.workflows (created_by_user_id);

create trigger workflows_keep_tenant_id
  before update of tenant_id on public.workflows
  for each row execute function public.keep_tenant_id();
create trigger workflows_set_updated_at
  before update on public.workflows
  for each row execute function public.set_updated_at();

comment on table public.workflows is 'Workflows: steps that agents and people take together.';
comment on column public.workflows.name is 'Unique within the tenant.';
comment on column public.workflows.definition is 'The steps and the edges between them.';
comment on column public.workflows.schedule is 'Cron expression, while trigger_type is schedule.';
comment on column public.workflows.deleted_at is 'Set when the workflow was deleted; the row is kept until purged.';
comment on column public.workflows.tenant_id is 'Owner; the context of the caller by default, and never changed.';
comment on column public.workflows.created_by_user_id is 'User who made it; NULL once the user is gone.';
comment on column public.workflows.is_shared is 'Whether other tenants may read the row at all; follows sharing_mode.';
comment on column public.workflows.sharing_mode is 'private, global (all tenants may read) or selective (those in shared_with).';
comment on column public.workflows.shared_with is 'Tenants that may read the row while sharing_mode is selective.';
comment on column public.workflows.resource_type is 'Which kind of tenant provides it: platform, solution, industry or custom.';

create policy workflows_select_with_sharing on public.workflows
  for select to authenticated
  using (
    tenant_id = (select public.get_current_tenant_id())
    or (is_shared and (sharing_mode = 'global' or (select public.get_current_tenant_id()) = any (shared_with)))
  );
create policy workflows_insert_own_tenant on public.workflows
  for insert to authenticated
  with check (tenant_id = (select public.get_current_tenant_id()));
create policy workflows_update_own_tenant on public.workflows
  for update to authenticated
  using (tenant_id = (select public.get_current_tenant_id()))
  with check (tenant_id = (select public.get_current_tenant_id()));
create policy workflows_delete_own_tenant on public.workflows
  for delete to authenticated
  using (tenant_id = (select public.get_current_tenant_id()));

alter table public.workflows enable row level security;
alter table public.workflows force row level security;

grant select, insert, update, delete on public.workflows to authenticated;
grant select, insert, update, delete on public.workflows to service_role;
