-- What happened, only added to. Partitions are reached through the table alone:
-- nobody has a privilege on one of them.
create table public.events (
  account_id uuid not null default app.account_id(),
  id uuid not null default gen_random_uuid(),
  occurred_at timestamp with time zone not null default now(),
  kind text not null,
  task_id uuid,
  payload jsonb not null default '{}',

  constraint events_pkey primary key (account_id, id, occurred_at),
  constraint events_account_id_fkey foreign key (account_id)
    references public.organizations (id) on delete cascade,
  constraint events_account_id_task_id_fkey foreign key (account_id, task_id)
    references public.tasks (account_id, id) on delete cascade
) partition by range (occurred_at);

create table public.events_2026 partition of public.events
  for values from ('2026-01-01 00:00:00+00') to ('2027-01-01 00:00:00+00');
create table public.events_2027 partition of public.events
  for values from ('2027-01-01 00:00:00+00') to ('2028-01-01 00:00:00+00');
create index events_account_id_task_id_idx on public.events (account_id, task_id);

create policy events_select on public.events
  for select to app_user
  using (account_id = (select app.account_id()));
create policy events_insert on public.events
  for insert to app_user
  with check (account_id = (select app.account_id()));

alter table public.events enable row level security;
alter table public.events force row level security;

grant select, insert on public.events to app_user;
