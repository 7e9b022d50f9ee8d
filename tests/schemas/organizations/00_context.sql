-- The role that requests run as, and how they say whose they are.
do $$
begin
  if not exists (select from pg_roles where rolname = 'app_user') then
    create role app_user nologin;
  end if;
end
$$;

create schema app;
grant usage on schema app to app_user;

-- A setting that was made in an earlier transaction reads as '': that is nobody, too.
create function app.account_id() returns uuid
  language sql
  stable
  parallel safe
  set search_path = ''
  as $$ select nullif(current_setting('app.account_id', true), '')::uuid $$;

create function app.user_id() returns uuid
  language sql
  stable
  parallel safe
  set search_path = ''
  as $$ select nullif(current_setting('app.user_id', true), '')::uuid $$;

revoke execute on function app.account_id() from public;
revoke execute on function app.user_id() from public;
grant execute on function app.account_id() to app_user;
grant execute on function app.user_id() to app_user;
