-- What all tenants may read, for the catalogue page. A materialized view knows no
-- row security, so only the backend reads it, and it holds nothing that is not
-- shared with everyone. Refresh it concurrently: the unique index is for that.
create materialized view public.mv_platform_shared_resources as
  select
    'agents'::text as resource_table,
    r.id as resource_id,
    r.tenant_id as tenant_id,
    r.name as name,
    r.category as category,
    r.tags as tags,
    r.resource_type as resource_type,
    r.access_count as access_count,
    r.updated_at as updated_at
  from public.agents r
  where r.sharing_mode = 'global'
    and r.deleted_at is null
  union all
  select
    'tools'::text as resource_table,
    r.id as resource_id,
    r.tenant_id as tenant_id,
    r.name as name,
    r.category as category,
    r.tags as tags,
    r.resource_type as resource_type,
    r.access_count as access_count,
    r.updated_at as updated_at
  from public.tools r
  where r.sharing_mode = 'global'
    and r.deleted_at is null
  union all
  select
    'prompts'::text as resource_table,
    r.id as resource_id,
    r.tenant_id as tenant_id,
    r.name as name,
    r.category as category,
    r.tags as tags,
    r.resource_type as resource_type,
    r.access_count as access_count,
    r.updated_at as updated_at
  from public.prompts r
  where r.sharing_mode = 'global'
    and r.deleted_at is null
  union all
  select
    'workflows'::text as resource_table,
    r.id as resource_id,
    r.tenant_id as tenant_id,
    r.name as name,
    r.category as category,
    r.tags as tags,
    r.resource_type as resource_type,
    r.access_count as access_count,
    r.updated_at as updated_at
  from public.workflows r
  where r.sharing_mode = 'global'
    and r.deleted_at is null
  union all
  select
    'rag_knowledge_sources'::text as resource_table,
    r.id as resource_id,
    r.tenant_id as tenant_id,
    r.name as name,
    r.category as category,
    r.tags as tags,
    r.resource_type as resource_type,
    r.access_count as access_count,
    r.updated_at as updated_at
  from public.rag_knowledge_sources r
  where r.sharing_mode = 'global'
    and r.deleted_at is null;

create unique index mv_platform_shared_resources_key
  on public.mv_platform_shared_resources (tenant_id, resource_table, resource_id);
create index idx_mv_platform_shared_resources_category
  on public.mv_platform_shared_resources (resource_table, category);

comment on materialized view public.mv_platform_shared_resources is
  'Resources that are shared with all tenants; as of the last refresh.';

grant select on public.mv_platform_shared_resources to service_role;
