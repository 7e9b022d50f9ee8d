-- The registry.
create table public.organizations (
  id uuid not null default gen_random_uuid(),
  slug text not null,
  name text not null,
  country text not null,
  created_at timestamp with time zone not null default now(),

  constraint organizations_pkey primary key (id),
  constraint organizations_slug_key unique (slug)
);

-- The same for everybody.
create table public.countries (
  code text not null,
  name text not null,

  constraint countries_pkey primary key (code)
);

alter table public.organizations
  add constraint organizations_country_fkey foreign key (country) references public.countries (code);
create index organizations_country_idx on public.organizations (country);

create policy organizations_select on public.organizations
  for select to app_user
  using (id = (select app.account_id()));
create policy organizations_update on public.organizations
  for update to app_user
  using (id = (select app.account_id()))
  with check (id = (select app.account_id()));

alter table public.organizations enable row level security;
alter table public.organizations force row level security;

grant select on public.organizations to app_user;
grant update (name, country) on public.organizations to app_user;
grant select on public.countries to app_user;
