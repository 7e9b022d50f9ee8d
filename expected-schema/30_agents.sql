-- AI agents. The 24 columns up to updated_at are those of the single-tenant
-- application; what follows was added for tenants and their demands.
create table public.agents (
  id uuid not null default gen_random_uuid(),
  name text not null,
  display_name text,
  description text,
  system_prompt text not null,
  model text not null default 'gpt-4',
  temperature numeric(3,2) not null default 0.70,
  max_tokens integer not null default 2000,
  context_window integer,
  response_format text not null default 'markdown',
  status text not null default 'development',
  avatar text,
  color text,
  capabilities text[] not null default '{}',
  knowledge_domains text[] not null default '{}',
  business_function text,
  role text,
  tier integer,
  priority integer,
  rag_enabled boolean not null default true,
  is_custom boolean not null default true,
  metadata jsonb not null default '{}',
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),

  -- Presentation
  slug text,
  tagline text,
  long_description text,
  icon_url text,
  banner_url text,
  greeting_message text,
  fallback_message text,
  starter_prompts text[] not null default '{}',
  example_dialogues jsonb not null default '[]',
  languages text[] not null default '{}',
  tone text,
  persona jsonb not null default '{}',

  -- Expertise
  department text,
  specialization text,
  expertise_level text,
  therapeutic_areas text[] not null default '{}',
  regulatory_scope text[] not null default '{}',

  -- Model
  version text not null default '1.0.0',
  model_provider text,
  fallback_model text,
  top_p numeric(3,2),
  frequency_penalty numeric(3,2),
  presence_penalty numeric(3,2),
  stop_sequences text[] not null default '{}',
  timeout_seconds integer not null default 60,
  max_retries integer not null default 2,
  streaming_enabled boolean not null default true,
  reasoning_mode text not null default 'direct',

  -- Memory, tools and retrieval
  memory_enabled boolean not null default false,
  memory_window integer,
  tools_enabled boolean not null default false,
  tool_config jsonb not null default '{}',
  rag_config jsonb not null default '{}',
  rag_top_k integer not null default 8,
  rag_similarity_threshold numeric(4,3),
  embedding_model text,
  handoff_enabled boolean not null default false,
  handoff_rules jsonb not null default '[]',

  -- Governance
  guardrails jsonb not null default '{}',
  requires_human_review boolean not null default false,
  hipaa_compliant boolean not null default false,
  gdpr_compliant boolean not null default false,
  audit_enabled boolean not null default true,
  data_classification text not null default 'internal',
  evidence_required boolean not null default false,
  validation_status text not null default 'unvalidated',
  validated_at timestamp with time zone,

  -- Quality and cost
  accuracy_score numeric(5,4),
  average_rating numeric(3,2),
  rating_count integer not null default 0,
  average_latency_ms integer,
  cost_per_query numeric(10,4),
  monthly_budget numeric(12,2),
  rate_limit_per_minute integer,

  -- Life cycle
  published_at timestamp with time zone,
  deprecated_at timestamp with time zone,
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

  constraint agents_pkey primary key (id),
  constraint agents_tenant_id_id_key unique (tenant_id, id),
  constraint agents_tenant_id_name_key unique (tenant_id, name),
  constraint agents_tenant_id_slug_key unique (tenant_id, slug),
  constraint agents_tenant_id_fkey foreign key (tenant_id)
    references public.tenants (id) on delete restrict,
  constraint agents_created_by_user_id_fkey foreign key (created_by_user_id)
    references auth.users (id) on delete set null,
  constraint agents_status_check check (status in ('development', 'testing', 'active', 'deprecated')),
  constraint agents_temperature_check check (temperature >= 0 and temperature <= 2),
  constraint agents_max_tokens_check check (max_tokens > 0),
  constraint agents_tier_check check (tier >= 1 and tier <= 3),
  constraint agents_expertise_level_check
    check (expertise_level in ('junior', 'senior', 'principal')),
  constraint agents_reasoning_mode_check check (reasoning_mode in ('direct', 'stepwise', 'planned')),
  constraint agents_data_classification_check
    check (data_classification in ('public', 'internal', 'confidential', 'restricted')),
  constraint agents_validation_status_check
    check (validation_status in ('unvalidated', 'pending', 'validated', 'expired')),
  constraint agents_accuracy_score_check check (accuracy_score >= 0 and accuracy_score <= 1),
  constraint agents_sharing_mode_check check (sharing_mode in ('private', 'global', 'selective')),
  constraint agents_is_shared_check check (is_shared = (sharing_mode <> 'private')),
  constraint agents_resource_type_check
    check (resource_type in ('platform', 'solution', 'industry', 'custom')),
  constraint agents_access_count_check check (access_count >= 0)
);

create index idx_agents_tenant_id on public.agents (tenant_id);
create index idx_agents_sharing on public.agents (is_shared, sharing_mode);
create index idx_agents_shared_with on public.agents using gin (shared_with);
create index idx_agents_tags on public.agents using gin (tags);
create index idx_agents_created_by_user_id on public.agents (created_by_user_id);
create index idx_agents_tenant_id_status on public.agents (tenant_id, status);

create trigger agents_keep_tenant_id
  before update of tenant_id on public.agents
  for each row execute function public.keep_tenant_id();
create trigger agents_set_updated_at
  before update on public.agents
  for each row execute function public.set_updated_at();

comment on table public.agents is 'AI agents: prompt, model, knowledge and limits of each.';
comment on column public.agents.name is 'Unique within the tenant.';
comment on column public.agents.system_prompt is 'Instructions that precede every conversation.';
comment on column public.agents.tier is '1 to 3; 1 is the most capable.';
comment on column public.agents.slug is 'Short name in addresses; unique within the tenant where given.';
comment on column public.agents.rag_similarity_threshold is 'Chunks below this similarity are not used.';
comment on column public.agents.requires_human_review is 'Answers are held back until a person has released them.';
comment on column public.agents.data_classification is 'The most sensitive data that the agent may be given.';
comment on column public.agents.deleted_at is 'Set when the agent was deleted; the row is kept until purged.';
comment on column public.agents.tenant_id is 'Owner; the context of the caller by default, and never changed.';
comment on column public.agents.created_by_user_id is 'User who made it; NULL once the user is gone.';
comment on column public.agents.is_shared is 'Whether other tenants may read the row at all; follows sharing_mode.';
comment on column public.agents.sharing_mode is 'private, global (all tenants may read) or selective (those in shared_with).';
comment on column public.agents.shared_with is 'Tenants that may read the row while sharing_mode is selective.';
comment on column public.agents.resource_type is 'Which kind of tenant provides it: platform, solution, industry or custom.';

create policy agents_select_with_sharing on public.agents
  for select to authenticated
  using (
    tenant_id = (select public.get_current_tenant_id())
    or (is_shared and (sharing_mode = 'global' or (select public.get_current_tenant_id()) = any (shared_with)))
  );
create policy agents_insert_own_tenant on public.agents
  for insert to authenticated
  with check (tenant_id = (select public.get_current_tenant_id()));
create policy agents_update_own_tenant on public.agents
  for update to authenticated
  using (tenant_id = (select public.get_current_tenant_id()))
  with check (tenant_id = (select public.get_current_tenant_id()));
create policy agents_delete_own_tenant on public.agents
  for delete to authenticated
  using (tenant_id = (select public.get_current_tenant_id()));

alter table public.agents enable row level security;
alter table public.agents force row level security;

grant select, insert, update, delete on public.agents to authenticated;
grant select, insert, update, delete on public.agents to service_role;
