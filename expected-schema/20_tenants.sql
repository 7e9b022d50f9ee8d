-- The registry: one row per tenant. Tenants form a tree below the platform tenant.
create table public.tenants (
  id uuid not null default gen_random_uuid(),
  name text not null,
  slug text not null,
  domain text,
  type text not null default 'client',
  parent_tenant_id uuid,
  status text not null default 'active',
  description text,

  subscription_tier text not null default 'trial',
  subscription_status text not null default 'trialing',
  subscription_starts_at timestamp with time zone,
  subscription_ends_at timestamp with time zone,
  trial_ends_at timestamp with time zone,

  billing_email text,
  contact_email text,
  contact_phone text,
  website_url text,

  branding jsonb not null default '{}',
  features jsonb not null default '{}',
  config jsonb not null default '{}',
  quotas jsonb not null default '{}',
  resource_access_config jsonb not null default '{}',
  metadata jsonb not null default '{}',

  industry text,
  company_size text,
  country_code text,
  timezone text not null default 'UTC',
  locale text not null default 'en',
  data_region text,

  hipaa_compliant boolean not null default false,
  gdpr_compliant boolean not null default false,
  sox_compliant boolean not null default false,

  activated_at timestamp with time zone,
  suspended_at timestamp with time zone,
  deactivated_at timestamp with time zone,
  created_by_user_id uuid,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  deleted_at timestamp with time zone,

  constraint tenants_pkey primary key (id),
  constraint tenants_slug_key unique (slug),
  constraint tenants_domain_key unique (domain),
  constraint tenants_parent_tenant_id_fkey foreign key (parent_tenant_id)
    references public.tenants (id) on delete restrict,
  constraint tenants_created_by_user_id_fkey foreign key (created_by_user_id)
    references auth.users (id) on delete set null,
  constraint tenants_slug_check check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  constraint tenants_domain_check check (domain = lower(domain)),
  constraint tenants_type_check check (type in ('client', 'solution', 'industry', 'platform')),
  constraint tenants_parent_tenant_id_check check (parent_tenant_id <> id),
  constraint tenants_status_check check (status in ('active', 'inactive', 'suspended', 'archived')),
  constraint tenants_subscription_tier_check
    check (subscription_tier in ('trial', 'standard', 'professional', 'enterprise')),
  constraint tenants_subscription_status_check
    check (subscription_status in ('trialing', 'active', 'past_due', 'canceled')),
  constraint tenants_company_size_check
    check (company_size in ('micro', 'small', 'medium', 'large', 'enterprise')),
  constraint tenants_country_code_check check (country_code ~ '^[A-Z]{2}$')
);

-- The platform tenant is what get_super_admin_tenant_id() finds: there is one.
create unique index tenants_one_platform_key on public.tenants (type)
  where type = 'platform' and deleted_at is null;
create index idx_tenants_parent_tenant_id on public.tenants (parent_tenant_id);
create index idx_tenants_type_status on public.tenants (type, status);
create index idx_tenants_created_by_user_id on public.tenants (created_by_user_id);

create trigger tenants_set_updated_at
  before update on public.tenants
  for each row execute function public.set_updated_at();

comment on table public.tenants is 'Registry of tenants; every other table refers to it.';
comment on column public.tenants.slug is 'Short name in addresses; unique across the platform.';
comment on column public.tenants.domain is 'Own domain of the tenant, in lower case.';
comment on column public.tenants.type is 'client, solution, industry or platform; there is one platform tenant.';
comment on column public.tenants.parent_tenant_id is 'Tenant that this one belongs to; confers no access.';
comment on column public.tenants.subscription_tier is 'What was bought: trial, standard, professional or enterprise.';
comment on column public.tenants.quotas is 'Upper limits by name; a missing name means unlimited.';
comment on column public.tenants.resource_access_config is 'Which kinds of shared resources the tenant wants to see.';
comment on column public.tenants.deleted_at is 'Set when the tenant was deleted; rows are kept until purged.';
