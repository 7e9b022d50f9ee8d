create type public.task_status as enum ('open', 'doing', 'done');

create table public.tasks (
  account_id uuid not null default app.account_id(),
  id uuid not null default gen_random_uuid(),
  project_id uuid not null,
  parent_id uuid,
  assignee_id uuid,
  title text not null,
  status public.task_status not null default 'open',
  due_on date,

  constraint tasks_pkey primary key (account_id, id),
  constraint tasks_account_id_fkey foreign key (account_id)
    references public.organizations (id) on delete cascade,
  constraint tasks_account_id_project_id_fkey foreign key (account_id, project_id)
    references public.projects (account_id, id) on delete cascade,
  constraint tasks_account_id_parent_id_fkey foreign key (account_id, parent_id)
    references public.tasks (account_id, id) on delete cascade,
  -- Only the assignee is forgotten: the account must stay.
  constraint tasks_account_id_assignee_id_fkey foreign key (account_id, assignee_id)
    references public.memberships (account_id, user_id) on delete set null (assignee_id)
);
create index tasks_account_id_project_id_idx on public.tasks (account_id, project_id);
create index tasks_account_id_parent_id_idx on public.tasks (account_id, parent_id);
create index tasks_account_id_assignee_id_idx on public.tasks (account_id, assignee_id);

create policy tasks_select on public.tasks
  for select to app_user
  using (account_id = (select app.account_id()));
create policy tasks_insert on public.tasks
  for insert to app_user
  with check (account_id = (select app.account_id()));
create policy tasks_update on public.tasks
  for update to app_user
  using (account_id = (select app.account_id()))
  with check (account_id = (select app.account_id()));
create policy tasks_delete on public.tasks
  for delete to app_user
  using (account_id = (select app.account_id()));

alter table public.tasks enable row level security;
alter table public.tasks force row level security;

grant select, insert, delete on public.tasks to app_user;
grant update (project_id, parent_id, assignee_id, title, status, due_on) on public.tasks to app_user;

create table public.labels (
  account_id uuid not null default app.account_id(),
  id uuid not null default gen_random_uuid(),
  name text not null,

  constraint labels_pkey primary key (account_id, id),
  constraint labels_account_id_name_key unique (account_id, name),
  constraint labels_account_id_fkey foreign key (account_id)
    references public.organizations (id) on delete cascade
);

create policy labels_select on public.labels
  for select to app_user
  using (account_id = (select app.account_id()));
create policy labels_insert on public.labels
  for insert to app_user
  with check (account_id = (select app.account_id()));
create policy labels_update on public.labels
  for update to app_user
  using (account_id = (select app.account_id()))
  with check (account_id = (select app.account_id()));
create policy labels_delete on public.labels
  for delete to app_user
  using (account_id = (select app.account_id()));

alter table public.labels enable row level security;
alter table public.labels force row level security;

grant select, insert, delete on public.labels to app_user;
grant update (name) on public.labels to app_user;

create table public.task_labels (
  account_id uuid not null default app.account_id(),
  task_id uuid not null,
  label_id uuid not null,

  constraint task_labels_pkey primary key (account_id, task_id, label_id),
  constraint task_labels_account_id_fkey foreign key (account_id)
    references public.organizations (id) on delete cascade,
  constraint task_labels_account_id_task_id_fkey foreign key (account_id, task_id)
    references public.tasks (account_id, id) on delete cascade,
  constraint task_labels_account_id_label_id_fkey foreign key (account_id, label_id)
    references public.labels (account_id, id) on delete cascade
);
create index task_labels_account_id_label_id_idx on public.task_labels (account_id, label_id);

create policy task_labels_select on public.task_labels
  for select to app_user
  using (account_id = (select app.account_id()));
create policy task_labels_insert on public.task_labels
  for insert to app_user
  with check (account_id = (select app.account_id()));
create policy task_labels_delete on public.task_labels
  for delete to app_user
  using (account_id = (select app.account_id()));

alter table public.task_labels enable row level security;
alter table public.task_labels force row level security;

grant select, insert, delete on public.task_labels to app_user;

-- Asks with the rights of whoever asks, so row security of the tables counts.
create view public.open_tasks with (security_invoker = true) as
  select t.account_id, t.id, t.title, t.due_on, p.name as project
  from public.tasks t
  join public.projects p on p.account_id = t.account_id and p.id = t.project_id
  where t.status <> 'done'
    and p.archived_at is null;

grant select on public.open_tasks to app_user;
