\echo Use "CREATE EXTENSION \"uuid-ossp\"" to load this file. \quit

-- The functions of uuid-ossp 1.1 by name and type, without C code.

create function uuid_nil() returns uuid
  language sql immutable strict parallel safe
  as $$ select '00000000-0000-0000-0000-000000000000'::uuid $$;

create function uuid_ns_dns() returns uuid
  language sql immutable strict parallel safe
  as $$ select '6ba7b810-9dad-11d1-80b4-00c04fd430c8'::uuid $$;

create function uuid_ns_url() returns uuid
  language sql immutable strict parallel safe
  as $$ select '6ba7b811-9dad-11d1-80b4-00c04fd430c8'::uuid $$;

create function uuid_ns_oid() returns uuid
  language sql immutable strict parallel safe
  as $$ select '6ba7b812-9dad-11d1-80b4-00c04fd430c8'::uuid $$;

create function uuid_ns_x500() returns uuid
  language sql immutable strict parallel safe
  as $$ select '6ba7b814-9dad-11d1-80b4-00c04fd430c8'::uuid $$;

-- Time-based. SQL knows no network card, so both use a random node with the
-- multicast bit set, as the standard allows.
create function uuid_generate_v1() returns uuid
  language plpgsql volatile strict parallel safe
  as $$
declare
  -- Steps of 100 ns since 15 October 1582.
  ticks text := lpad(
    to_hex(floor(extract(epoch from clock_timestamp()) * 1000000)::bigint * 10 + 122192928000000000), 16, '0');
  random text := replace(pg_catalog.gen_random_uuid()::text, '-', '');
  first_of_node text := lpad(to_hex(get_byte(decode(substr(random, 21, 2), 'hex'), 0) | 1), 2, '0');
begin
  return (
    substr(ticks, 9, 8) || substr(ticks, 5, 4) || '1' || substr(ticks, 2, 3)
      || substr(random, 17, 4) || first_of_node || substr(random, 23, 10)
  )::uuid;
end
$$;

create function uuid_generate_v1mc() returns uuid
  language plpgsql volatile strict parallel safe
  as $$
declare
  -- Steps of 100 ns since 15 October 1582.
  ticks text := lpad(
    to_hex(floor(extract(epoch from clock_timestamp()) * 1000000)::bigint * 10 + 122192928000000000), 16, '0');
  random text := replace(pg_catalog.gen_random_uuid()::text, '-', '');
  first_of_node text := lpad(to_hex(get_byte(decode(substr(random, 21, 2), 'hex'), 0) | 1), 2, '0');
begin
  return (
    substr(ticks, 9, 8) || substr(ticks, 5, 4) || '1' || substr(ticks, 2, 3)
      || substr(random, 17, 4) || first_of_node || substr(random, 23, 10)
  )::uuid;
end
$$;

create function uuid_generate_v3(namespace uuid, name text) returns uuid
  language plpgsql immutable strict parallel safe
  as $$
declare
  bytes bytea := decode(md5(uuid_send(namespace) || convert_to(name, getdatabaseencoding())), 'hex');
begin
  bytes := set_byte(bytes, 6, (get_byte(bytes, 6) & 15) | 48);
  bytes := set_byte(bytes, 8, (get_byte(bytes, 8) & 63) | 128);
  return encode(bytes, 'hex')::uuid;
end
$$;

create function uuid_generate_v4() returns uuid
  language sql volatile strict parallel safe
  as $$ select pg_catalog.gen_random_uuid() $$;

-- Core Postgres has no SHA-1, and pgcrypto need not be installed: so it is here too.
create function uuid_generate_v5(namespace uuid, name text) returns uuid
  language plpgsql immutable strict parallel safe
  as $$
declare
  source bytea := uuid_send(namespace) || convert_to(name, getdatabaseencoding());
  bytes bytea;
  message bytea;
  h0 bigint := 1732584193;
  h1 bigint := 4023233417;
  h2 bigint := 2562383102;
  h3 bigint := 271733878;
  h4 bigint := 3285377520;
  a bigint;
  b bigint;
  c bigint;
  d bigint;
  e bigint;
  f bigint;
  k bigint;
  t bigint;
  word bigint[];
  at integer;
begin
  message := source || decode('80' || repeat('00', ((55 - length(source)) % 64 + 64) % 64), 'hex')
    || int8send(length(source)::bigint * 8);
  for block in 0 .. length(message) / 64 - 1 loop
    word := array_fill(0::bigint, array[80]);
    for i in 0 .. 15 loop
      at := block * 64 + i * 4;
      word[i + 1] := (get_byte(message, at)::bigint << 24) | (get_byte(message, at + 1)::bigint << 16)
        | (get_byte(message, at + 2)::bigint << 8) | get_byte(message, at + 3)::bigint;
    end loop;
    for i in 17 .. 80 loop
      t := word[i - 3] # word[i - 8] # word[i - 14] # word[i - 16];
      word[i] := ((t << 1) | (t >> 31)) & 4294967295;
    end loop;
    a := h0; b := h1; c := h2; d := h3; e := h4;
    for i in 1 .. 80 loop
      if i <= 20 then
        f := (b & c) | ((~b) & 4294967295 & d);
        k := 1518500249;
      elsif i <= 40 then
        f := b # c # d;
        k := 1859775393;
      elsif i <= 60 then
        f := (b & c) | (b & d) | (c & d);
        k := 2400959708;
      else
        f := b # c # d;
        k := 3395469782;
      end if;
      t := ((((a << 5) | (a >> 27)) & 4294967295) + f + e + k + word[i]) & 4294967295;
      e := d;
      d := c;
      c := ((b << 30) | (b >> 2)) & 4294967295;
      b := a;
      a := t;
    end loop;
    h0 := (h0 + a) & 4294967295;
    h1 := (h1 + b) & 4294967295;
    h2 := (h2 + c) & 4294967295;
    h3 := (h3 + d) & 4294967295;
    h4 := (h4 + e) & 4294967295;
  end loop;
  bytes := decode(
    lpad(to_hex(h0), 8, '0') || lpad(to_hex(h1), 8, '0') || lpad(to_hex(h2), 8, '0') || lpad(to_hex(h3), 8, '0'),
    'hex'
  );
  bytes := set_byte(bytes, 6, (get_byte(bytes, 6) & 15) | 80);
  bytes := set_byte(bytes, 8, (get_byte(bytes, 8) & 63) | 128);
  return encode(bytes, 'hex')::uuid;
end
$$;
