-- Prompt templates.
create table public.prompts (
  id uuid not null default gen_random_uuid(),
  name text not null,
  display_name text,
  description text,
  content text not null,
  system_prompt text,
  variables jsonb not null default '[]',
  complexity text not null default 'simple',
  domain text,
  model_requirements jsonb not null default '{}',
  estimated_tokens integer,
  status text not null default 'draft',
  version text not null default '1.0.0',
  metadata jsonb not null default '{}',
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
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

  constraint prompts_pkey primary key (id),
  constraint prompts_tenant_id_id_key unique (tenant_id, id),
  constraint prompts_tenant_id_name_key unique (tenant_id, name),
  constraint prompts_tenant_id_fkey foreign key (tenant_id)
    references public.tenants (id) on delete restrict,
  constraint prompts_created_by_user_id_fkey foreign key (created_by_user_id)
    references auth.users (id) on delete set null,
  constraint prompts_complexity_check check (complexity in ('simple', 'moderate', 'complex')),
  constraint prompts_estimated_tokens_check check (estimated_tokens >= 0),
  constraint prompts_status_check check (status in ('draft', 'active', 'archived')),
  constraint prompts_sharing_mode_check check (sharing_mode in ('private', 'global', 'selective')),
  constraint prompts_is_shared_check check (is_shared = (sharing_mode <> 'private')),
  constraint prompts_resource_type_check
    check (resource_type in ('platform', 'solution', 'industry', 'custom')),
  constraint prompts_access_count_check check (access_count >= 0)
);

create index idx_prompts_tenant_id on public.prompts (tenant_id);
create index idx_prompts_sharing on public.prompts (is_shared, sharing_mode);
create index idx_prompts_shared_with on public.prompts using gin (shared_with);
create index idx_prompts_tags on public.prompts using gin (tags);
create index idx_prompts_created_by_user_id on public.prompts (created_by_user_id);

create trigger prompts_keep_tenant_id
  before update of tenant_id on public.prompts
  for each row execute function public.keep_tenant_id();
create trigger prompts_set_updated_at
  before update on public.prompts
  for each row execute function public.set_updated_at();

comment on table public.prompts is 'Prompt templates, with the variables that each expects.';
comment on column public.prompts.name is 'Unique within the tenant.';
comment on column public.prompts.content is 'The template; variables stand in double braces.';
comment on column public.prompts.variables is 'List of the variables: name, type, required.';
comment on column public.prompts.deleted_at is 'Set when the prompt was deleted; the row is kept until purged.';
comment on column public.prompts.tenant_id is 'Owner; the context of the caller by default, and never changed.';
comment on column public.prompts.created_by_user_id is 'User who made it; NULL once the user is gone.';
comment on column public.prompts.is_shared is 'Whether other tenants may read the row at all; follows sharing_mode.';
comment on column public.prompts.sharing_mode is 'private, global (all tenants may read) or selective (those in shared_with).';
comment on column public.prompts.shared_with is 'Tenants that may read the row while sharing_mode is selective.';
comment on column public.prompts.resource_type is 'Which kind of tenant provides it: platform, solution, industry or custom.';

create policy prompts_select_with_sharing on public.prompts
  for select to authenticated
  using (
    tenant_id = (select public.get_current_tenant_id())
    or (is_shared and (sharing_mode = 'global' or (select public.get_current_tenant_id()) = any (shared_with)))
  );
create policy prompts_insert_own_tenant on public.prompts
  for insert to authenticated
  with check (tenant_id = (select public.get_current_tenant_id()));
create policy prompts_update_own_tenant on public.prompts
  for update to authenticated
  using (tenant_id = (select public.get_current_tenant_id()))
  with check (tenant_id = (select public.get_current_tenant_id()));
create policy prompts_delete_own_tenant on public.prompts
  for delete to authenticated
  using (tenant_id = (select public.get_current_tenant_id()));

alter table public.prompts enable row level security;
alter table public.prompts force row level security;

grant select, insert, update, delete on public.prompts to authenticated;
grant select, insert, update, delete on public.prompts to service_role;
