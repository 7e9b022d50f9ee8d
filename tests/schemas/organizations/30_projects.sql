-- Keys lead with the account, so that rows of one account lie together and no
-- key can refer to another account's row. The account is not among the columns
-- that may be updated.
create table public.projects (
  account_id uuid not null default app.account_id(),
  id uuid not null default gen_random_uuid(),
  name text not null,
  archived_at timestamp with time zone,

  constraint projects_pkey primary key (account_id, id),
  constraint projects_account_id_name_key unique (account_id, name),
  constraint projects_account_id_fkey foreign key (account_id)
    references public.organizations (id) on delete cascade
);

create policy projects_select on public.projects
  for select to app_user
  using (account_id = (select app.account_id()));
create policy projects_insert on public.projects
  for insert to app_user
  with check (account_id = (select app.account_id()));
create policy projects_update on public.projects
  for update to app_user
  using (account_id = (select app.account_id()))
  with check (account_id = (select app.account_id()));
create policy projects_delete on public.projects
  for delete to app_user
  using (account_id = (select app.account_id()));

alter table public.projects enable row level security;
alter table public.projects force row level security;

grant select, insert, delete on public.projects to app_user;
grant update (name, archived_at) on public.projects to app_user;

-- Who works on what.
create table public.project_members (
  account_id uuid not null default app.account_id(),
  project_id uuid not null,
  user_id uuid not null,

  constraint project_members_pkey primary key (account_id, project_id, user_id),
  constraint project_members_account_id_fkey foreign key (account_id)
    references public.organizations (id) on delete cascade,
  constraint project_members_account_id_project_id_fkey foreign key (account_id, project_id)
    references public.projects (account_id, id) on delete cascade,
  constraint project_members_account_id_user_id_fkey foreign key (account_id, user_id)
    references public.memberships (account_id, user_id) on delete cascade
);
create index project_members_account_id_user_id_idx on public.project_members (account_id, user_id);

create policy project_members_select on public.project_members
  for select to app_user
  using (account_id = (select app.account_id()));
create policy project_members_insert on public.project_members
  for insert to app_user
  with check (account_id = (select app.account_id()));
create policy project_members_delete on public.project_members
  for delete to app_user
  using (account_id = (select app.account_id()));

alter table public.project_members enable row level security;
alter table public.project_members force row level security;

grant select, insert, delete on public.project_members to app_user;
