-- People exist beside organizations; only the sign-in service reads them.
create table public.users (
  id uuid not null default gen_random_uuid(),
  email text not null,
  display_name text,

  constraint users_pkey primary key (id),
  constraint users_email_key unique (email)
);

-- Written by the sign-in service only.
create table public.memberships (
  account_id uuid not null default app.account_id(),
  user_id uuid not null,
  role text not null default 'member',
  joined_at timestamp with time zone not null default now(),

  constraint memberships_pkey primary key (account_id, user_id),
  constraint memberships_account_id_fkey foreign key (account_id)
    references public.organizations (id) on delete cascade,
  constraint memberships_user_id_fkey foreign key (user_id)
    references public.users (id) on delete cascade,
  constraint memberships_role_check check (role in ('member', 'admin', 'owner'))
);
create index memberships_user_id_idx on public.memberships (user_id);

create policy memberships_select on public.memberships
  for select to app_user
  using (account_id = (select app.account_id()));

alter table public.memberships enable row level security;
alter table public.memberships force row level security;

grant select on public.memberships to app_user;
