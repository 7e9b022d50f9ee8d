-- Questions about resources, answered with the rights of the caller: row
-- security decides, these only ask.

create function public.can_access_resource(p_resource_table text, p_resource_id uuid) returns boolean
  language plpgsql
  stable
  set search_path = ''
  as $$
begin
  case p_resource_table
    when 'agents' then
      return exists (select 1 from public.agents r where r.id = p_resource_id and r.deleted_at is null);
    when 'tools' then
      return exists (select 1 from public.tools r where r.id = p_resource_id and r.deleted_at is null);
    when 'prompts' then
      return exists (select 1 from public.prompts r where r.id = p_resource_id and r.deleted_at is null);
    when 'workflows' then
      return exists (select 1 from public.workflows r where r.id = p_resource_id and r.deleted_at is null);
    when 'rag_knowledge_sources' then
      return exists (select 1 from public.rag_knowledge_sources r where r.id = p_resource_id and r.deleted_at is null);
    else
      return false;
  end case;
end
$$;

comment on function public.can_access_resource(text, uuid) is
  'Whether the caller can read the resource: own, shared with all, or shared with the own tenant.';

revoke execute on function public.can_access_resource(text, uuid) from public;
grant execute on function public.can_access_resource(text, uuid) to authenticated, service_role;

create function public.get_accessible_agents() returns setof public.agents
  language sql
  stable
  set search_path = ''
  as $$
    select a.*
    from public.agents a
    where a.deleted_at is null
    order by a.priority nulls last, a.name
  $$;

comment on function public.get_accessible_agents() is 'Agents that the caller can read, the most important first.';

revoke execute on function public.get_accessible_agents() from public;
grant execute on function public.get_accessible_agents() to authenticated, service_role;
