-- A template belongs to the account that wrote it; all accounts may read it once
-- it is public. Copies are made, so no key refers to a template.
create table public.templates (
  account_id uuid not null default app.account_id(),
  id uuid not null default gen_random_uuid(),
  name text not null,
  body text not null,
  is_public boolean not null default false,

  constraint templates_pkey primary key (account_id, id),
  constraint templates_account_id_name_key unique (account_id, name),
  constraint templates_account_id_fkey foreign key (account_id)
    references public.organizations (id) on delete cascade
);

create policy templates_select on public.templates
  for select to app_user
  using (account_id = (select app.account_id()) or is_public);
create policy templates_insert on public.templates
  for insert to app_user
  with check (account_id = (select app.account_id()));
create policy templates_update on public.templates
  for update to app_user
  using (account_id = (select app.account_id()))
  with check (account_id = (select app.account_id()));
create policy templates_delete on public.templates
  for delete to app_user
  using (account_id = (select app.account_id()));

alter table public.templates enable row level security;
alter table public.templates force row level security;

grant select, insert, delete on public.templates to app_user;
grant update (name, body, is_public) on public.templates to app_user;
