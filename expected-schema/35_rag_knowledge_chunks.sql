-- The text of the sources, in pieces with embeddings. A chunk has the tenant of
-- its source: the key says so, for foreign keys do not ask row security.
-- There is no approximate index: it would search all tenants and filter
-- afterwards. Within one tenant the search is exact.
create table public.rag_knowledge_chunks (
  id uuid not null default gen_random_uuid(),
  tenant_id uuid not null default public.get_current_tenant_id(),
  source_id uuid not null,
  chunk_index integer not null,
  content text not null,
  content_hash text,
  token_count integer,
  page_number integer,
  section_title text,
  embedding vector(1536),
  metadata jsonb not null default '{}',
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),

  constraint rag_knowledge_chunks_pkey primary key (id),
  constraint rag_knowledge_chunks_tenant_id_source_id_chunk_index_key
    unique (tenant_id, source_id, chunk_index),
  constraint rag_knowledge_chunks_tenant_id_fkey foreign key (tenant_id)
    references public.tenants (id) on delete restrict,
  constraint rag_knowledge_chunks_tenant_id_source_id_fkey foreign key (tenant_id, source_id)
    references public.rag_knowledge_sources (tenant_id, id) on delete cascade,
  constraint rag_knowledge_chunks_chunk_index_check check (chunk_index >= 0)
);

create index idx_rag_knowledge_chunks_tenant_id on public.rag_knowledge_chunks (tenant_id);

create trigger rag_knowledge_chunks_keep_tenant_id
  before update of tenant_id on public.rag_knowledge_chunks
  for each row execute function public.keep_tenant_id();
create trigger rag_knowledge_chunks_set_updated_at
  before update on public.rag_knowledge_chunks
  for each row execute function public.set_updated_at();

comment on table public.rag_knowledge_chunks is 'Pieces of the knowledge sources, with their embeddings.';
comment on column public.rag_knowledge_chunks.tenant_id is 'Owner; the same as that of the source.';
comment on column public.rag_knowledge_chunks.chunk_index is 'Place within the source, from 0.';
comment on column public.rag_knowledge_chunks.embedding is 'By the embedding_model of the source; NULL until computed.';

create policy rag_knowledge_chunks_select_own_tenant on public.rag_knowledge_chunks
  for select to authenticated
  using (tenant_id = (select public.get_current_tenant_id()));
create policy rag_knowledge_chunks_insert_own_tenant on public.rag_knowledge_chunks
  for insert to authenticated
  with check (tenant_id = (select public.get_current_tenant_id()));
create policy rag_knowledge_chunks_update_own_tenant on public.rag_knowledge_chunks
  for update to authenticated
  using (tenant_id = (select public.get_current_tenant_id()))
  with check (tenant_id = (select public.get_current_tenant_id()));
create policy rag_knowledge_chunks_delete_own_tenant on public.rag_knowledge_chunks
  for delete to authenticated
  using (tenant_id = (select public.get_current_tenant_id()));

alter table public.rag_knowledge_chunks enable row level security;
alter table public.rag_knowledge_chunks force row level security;

grant select, insert, update, delete on public.rag_knowledge_chunks to authenticated;
grant select, insert, update, delete on public.rag_knowledge_chunks to service_role;
