-- Documents, sites and feeds that agents may draw upon.
create table public.rag_knowledge_sources (
  id uuid not null default gen_random_uuid(),
  name text not null,
  description text,
  source_type text not null default 'file',
  uri text,
  mime_type text,
  content_hash text,
  size_bytes bigint,
  language text,
  embedding_model text not null default 'text-embedding-3-small',
  chunk_size integer not null default 1000,
  chunk_overlap integer not null default 200,
  chunk_count integer not null default 0,
  processing_status text not null default 'pending',
  processing_error text,
  processed_at timestamp with time zone,
  refresh_interval interval,
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

  constraint rag_knowledge_sources_pkey primary key (id),
  constraint rag_knowledge_sources_tenant_id_id_key unique (tenant_id, id),
  constraint rag_knowledge_sources_tenant_id_name_key unique (tenant_id, name),
  constraint rag_knowledge_sources_tenant_id_fkey foreign key (tenant_id)
    references public.tenants (id) on delete restrict,
  constraint rag_knowledge_sources_created_by_user_id_fkey foreign key (created_by_user_id)
    references auth.users (id) on delete set null,
  constraint rag_knowledge_sources_source_type_check
    check (source_type in ('file', 'website', 'feed', 'api', 'database')),
  constraint rag_knowledge_sources_chunk_overlap_check
    check (chunk_overlap >= 0 and chunk_overlap < chunk_size),
  constraint rag_knowledge_sources_processing_status_check
    check (processing_status in ('pending', 'processing', 'ready', 'failed')),
  constraint rag_knowledge_sources_sharing_mode_check check (sharing_mode in ('private', 'global', 'selective')),
  constraint rag_knowledge_sources_is_shared_check check (is_shared = (sharing_mode <> 'private')),
  constraint rag_knowledge_sources_resource_type_check
    check (resource_type in ('platform', 'solution', 'industry', 'custom')),
  constraint rag_knowledge_sources_access_count_check check (access_count >= 0)
);

create index idx_rag_knowledge_sources_tenant_id on public.rag_knowledge_sources (tenant_id);
create index idx_rag_knowledge_sources_sharing on public.rag_knowledge_sources (is_shared, sharing_mode);
create index idx_rag_knowledge_sources_shared_with on public.rag_knowledge_sources using gin (shared_with);
create index idx_rag_knowledge_sources_tags on public.rag_knowledge_sources using gin (tags);
create index idx_rag_knowledge_sources_created_by_user_id on public.rag_knowledge_sources (created_by_user_id);

create trigger rag_knowledge_sources_keep_tenant_id
  before update of tenant_id on public.rag_knowledge_sources
  for each row execute function public.keep_tenant_id();
create trigger rag_knowledge_sources_set_updated_at
  before update on public.rag_knowledge_sources
  for each row execute function public.set_updated_at();

comment on table public.rag_knowledge_sources is 'Documents, sites and feeds that agents may draw upon.';
comment on column public.rag_knowledge_sources.name is 'Unique within the tenant.';
comment on column public.rag_knowledge_sources.content_hash is 'SHA-256 of the content that was last processed.';
comment on column public.rag_knowledge_sources.embedding_model is 'Model that embedded the chunks; a change means embedding them anew.';
comment on column public.rag_knowledge_sources.deleted_at is 'Set when the source was deleted; the row is kept until purged.';
comment on column public.rag_knowledge_sources.tenant_id is 'Owner; the context of the caller by default, and never changed.';
comment on column public.rag_knowledge_sources.created_by_user_id is 'User who made it; NULL once the user is gone.';
comment on column public.rag_knowledge_sources.is_shared is 'Whether other tenants may read the row at all; follows sharing_mode.';
comment on column public.rag_knowledge_sources.sharing_mode is 'private, global (all tenants may read) or selective (those in shared_with).';
comment on column public.rag_knowledge_sources.shared_with is 'Tenants that may read the row while sharing_mode is selective.';
comment on column public.rag_knowledge_sources.resource_type is 'Which kind of tenant provides it: platform, solution, industry or custom.';

create policy rag_knowledge_sources_select_with_sharing on public.rag_knowledge_sources
  for select to authenticated
  using (
    tenant_id = (select public.get_current_tenant_id())
    or (is_shared and (sharing_mode = 'global' or (select public.get_current_tenant_id()) = any (shared_with)))
  );
create policy rag_knowledge_sources_insert_own_tenant on public.rag_knowledge_sources
  for insert to authenticated
  with check (tenant_id = (select public.get_current_tenant_id()));
create policy rag_knowledge_sources_update_own_tenant on public.rag_knowledge_sources
  for update to authenticated
  using (tenant_id = (select public.get_current_tenant_id()))
  with check (tenant_id = (select public.get_current_tenant_id()));
create policy rag_knowledge_sources_delete_own_tenant on public.rag_knowledge_sources
  for delete to authenticated
  using (tenant_id = (select public.get_current_tenant_id()));

alter table public.rag_knowledge_sources enable row level security;
alter table public.rag_knowledge_sources force row level security;

grant select, insert, update, delete on public.rag_knowledge_sources to authenticated;
grant select, insert, update, delete on public.rag_knowledge_sources to service_role;
