-- Functions that agents may call.
create table public.tools (
  id uuid not null default gen_random_uuid(),
  name text not null,
  display_name text,
  description text,
  tool_type text not null default 'function',
  endpoint_url text,
  http_method text,
  authentication_type text not null default 'none',
  input_schema jsonb not null default '{}',
  output_schema jsonb not null default '{}',
  configuration jsonb not null default '{}',
  timeout_seconds integer not null default 30,
  max_retries integer not null default 0,
  rate_limit_per_minute integer,
  requires_approval boolean not null default false,
  status text not null default 'active',
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

  constraint tools_pkey primary key (id),
  constraint tools_tenant_id_id_key unique (tenant_id, id),
  constraint tools_tenant_id_name_key unique (tenant_id, name),
  constraint tools_tenant_id_fkey foreign key (tenant_id)
    references public.tenants (id) on delete restrict,
  constraint tools_created_by_user_id_fkey foreign key (created_by_user_id)
    references auth.users (id) on delete set null,
  constraint tools_tool_type_check check (tool_type in ('function', 'api', 'database', 'search')),
  constraint tools_http_method_check
    check (http_method in ('GET', 'POST', 'PUT', 'PATCH', 'DELETE')),
  constraint tools_authentication_type_check
    check (authentication_type in ('none', 'api_key', 'oauth2', 'basic')),
  constraint tools_timeout_seconds_check check (timeout_seconds > 0),
  constraint tools_status_check check (status in ('active', 'inactive', 'deprecated')),
  constraint tools_sharing_mode_check check (sharing_mode in ('private', 'global', 'selective')),
  constraint tools_is_shared_check check (is_shared = (sharing_mode <> 'private')),
  constraint tools_resource_type_check
    check (resource_type in ('platform', 'solution', 'industry', 'custom')),
  constraint tools_access_count_check check (access_count >= 0)
);

create index idx_tools_tenant_id on public.tools (tenant_id);
create index idx_tools_sharing on public.tools (is_shared, sharing_mode);
create index idx_tools_shared_with on public.tools using gin (shared_with);
create index idx_tools_tags on public.tools using gin (tags);
create index idx_tools_created_by_user_id on public.tools (created_by_user_id);

create trigger tools_keep_tenant_id
  before update of tenant_id on public.tools
  for each row execute function public.keep_tenant_id();
create trigger tools_set_updated_at
  before update on public.tools
  for each row execute function public.set_updated_at();

comment on table public.tools is 'Functions that agents may call, and how to call them.';
comment on column public.tools.name is 'Unique within the tenant.';
comment on column public.tools.input_schema is 'JSON Schema of the arguments.';
comment on column public.tools.configuration is 'Settings of the tool; names of secrets, never secrets.';
comment on column public.tools.requires_approval is 'Whether a person must confirm each call.';
comment on column public.tools.deleted_at is 'Set when the tool was deleted; the row is kept until purged.';
comment on column public.tools.tenant_id is 'Owner; the context of the caller by default, and never changed.';
comment on column public.tools.created_by_user_id is 'User who made it; NULL once the user is gone.';
comment on column public.tools.is_shared is 'Whether other tenants may read the row at all; follows sharing_mode.';
comment on column public.tools.sharing_mode is 'private, global (all tenants may read) or selective (those in shared_with).';
comment on column public.tools.shared_with is 'Tenants that may read the row while sharing_mode is selective.';
comment on column public.tools.resource_type is 'Which kind of tenant provides it: platform, solution, industry or custom.';

create policy tools_select_with_sharing on public.tools
  for select to authenticated
  using (
    tenant_id = (select public.get_current_tenant_id())
    or (is_shared and (sharing_mode = 'global' or (select public.get_current_tenant_id()) = any (shared_with)))
  );
create policy tools_insert_own_tenant on public.tools
  for insert to authenticated
  with check (tenant_id = (select public.get_current_tenant_id()));
create policy tools_update_own_tenant on public.tools
  for update to authenticated
  using (tenant_id = (select public.get_current_tenant_id()))
  with check (tenant_id = (select public.get_current_tenant_id()));
create policy tools_delete_own_tenant on public.tools
  for delete to authenticated
  using (tenant_id = (select public.get_current_tenant_id()));

alter table public.tools enable row level security;
alter table public.tools force row level security;

grant select, insert, update, delete on public.tools to authenticated;
grant select, insert, update, delete on public.tools to service_role;
