-- Stand-ins for what Supabase provides before the first migration runs.
-- Everything is created only where absent, so on a real Supabase database this
-- file changes nothing. Roles live in the cluster, not in the database: two
-- databases may be prepared at once, so losing the race to create one is fine.
-- No default privileges are set: what a role may do is then said by the schema.

do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'anon') then
    create role anon nologin noinherit;
  end if;
exception when duplicate_object or unique_violation then
  null;
end
$$;

do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'authenticated') then
    create role authenticated nologin noinherit;
  end if;
exception when duplicate_object or unique_violation then
  null;
end
$$;

do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
    create role service_role nologin noinherit bypassrls;
  end if;
exception when duplicate_object or unique_violation then
  null;
end
$$;

do $$
begin
  if to_regnamespace('auth') is null then
    create schema auth;
  end if;
  if to_regnamespace('extensions') is null then
    create schema extensions;
  end if;
exception when duplicate_schema or unique_violation then
  null;
end
$$;

-- What changes are sent to users by; tables are added to it by the application.
do $$
begin
  if not exists (select from pg_catalog.pg_publication where pubname = 'supabase_realtime') then
    create publication supabase_realtime;
  end if;
end
$$;

-- The columns that applications refer to; the real table has more.
do $$
begin
  if to_regclass('auth.users') is null then
    create table auth.users (
      id uuid not null,
      aud text,
      role text,
      email text,
      phone text,
      email_confirmed_at timestamp with time zone,
      last_sign_in_at timestamp with time zone,
      raw_app_meta_data jsonb,
      raw_user_meta_data jsonb,
      is_super_admin boolean,
      is_anonymous boolean not null default false,
      banned_until timestamp with time zone,
      created_at timestamp with time zone default now(),
      updated_at timestamp with time zone default now(),
      deleted_at timestamp with time zone,
      constraint users_pkey primary key (id)
    );
  end if;
end
$$;

-- Claims arrive as one JSON document in request.jwt.claims; older gateways set
-- one variable per claim, and those win where they are set. A variable that was
-- set in an earlier transaction reads as '' and counts as absent.
do $$
begin
  if to_regprocedure('auth.jwt()') is null then
    create function auth.jwt() returns jsonb
      language sql stable
      as $body$
        select coalesce(
          nullif(current_setting('request.jwt.claim', true), ''),
          nullif(current_setting('request.jwt.claims', true), '')
        )::jsonb
      $body$;
  end if;
  if to_regprocedure('auth.uid()') is null then
    create function auth.uid() returns uuid
      language sql stable
      as $body$
        select coalesce(
          nullif(current_setting('request.jwt.claim.sub', true), ''),
          nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
        )::uuid
      $body$;
  end if;
  if to_regprocedure('auth.role()') is null then
    create function auth.role() returns text
      language sql stable
      as $body$
        select coalesce(
          nullif(current_setting('request.jwt.claim.role', true), ''),
          nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role'
        )
      $body$;
  end if;
  if to_regprocedure('auth.email()') is null then
    create function auth.email() returns text
      language sql stable
      as $body$
        select coalesce(
          nullif(current_setting('request.jwt.claim.email', true), ''),
          nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email'
        )
      $body$;
  end if;
end
$$;

-- A grant that is there already is not repeated: repeating it would need rights
-- on schemas that, on the real platform, belong to someone else.
do $$
declare
  wanted record;
begin
  for wanted in
    select s.name as schema_name, r.name as role_name
    from unnest(array['public', 'auth', 'extensions']) as s (name)
    cross join unnest(array['anon', 'authenticated', 'service_role']) as r (name)
    where to_regnamespace(s.name) is not null
  loop
    if not has_schema_privilege(wanted.role_name, wanted.schema_name, 'usage') then
      execute format('grant usage on schema %I to %I', wanted.schema_name, wanted.role_name);
    end if;
  end loop;
end
$$;
