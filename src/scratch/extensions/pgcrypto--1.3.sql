\echo Use "CREATE EXTENSION pgcrypto" to load this file. \quit

-- The functions of pgcrypto 1.3 by name and type, without C code: enough to load
-- a schema that uses them. Hashes, HMACs and random bytes are the real thing;
-- encryption and password hashing are not there and say so when called.
-- Relocatable, so a function that needs another one looks up where it lives now.

create function gen_random_uuid() returns uuid
  language sql volatile parallel safe
  as $$ select pg_catalog.gen_random_uuid() $$;

-- A random UUID has fixed bits; hashing two of them leaves none.
create function gen_random_bytes(integer) returns bytea
  language plpgsql volatile strict parallel safe
  as $$
declare
  bytes bytea := '';
begin
  if $1 < 1 or $1 > 1024 then
    raise exception 'Length not in range' using errcode = 'external_routine_invocation_exception';
  end if;
  while length(bytes) < $1 loop
    bytes := bytes || sha256(
      uuid_send(pg_catalog.gen_random_uuid()) || uuid_send(pg_catalog.gen_random_uuid())
    );
  end loop;
  return substring(bytes from 1 for $1);
end
$$;

create function digest(bytea, text) returns bytea
  language plpgsql immutable strict parallel safe
  as $$
declare
  -- The rest is for SHA-1, the one hash that core Postgres lacks.
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
  case lower($2)
    when 'md5' then
      return decode(md5($1), 'hex');
    when 'sha224', 'sha-224', 'sha2-224' then
      return sha224($1);
    when 'sha256', 'sha-256', 'sha2-256' then
      return sha256($1);
    when 'sha384', 'sha-384', 'sha2-384' then
      return sha384($1);
    when 'sha512', 'sha-512', 'sha2-512' then
      return sha512($1);
    when 'sha1', 'sha-1' then
      message := $1 || decode('80' || repeat('00', ((55 - length($1)) % 64 + 64) % 64), 'hex')
        || int8send(length($1)::bigint * 8);
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
      return decode(
        lpad(to_hex(h0), 8, '0') || lpad(to_hex(h1), 8, '0') || lpad(to_hex(h2), 8, '0')
          || lpad(to_hex(h3), 8, '0') || lpad(to_hex(h4), 8, '0'),
        'hex'
      );
    else
      raise exception 'Cannot use "%": No such hash algorithm', $2
        using errcode = 'external_routine_invocation_exception';
  end case;
end
$$;

create function digest(text, text) returns bytea
  language plpgsql immutable strict parallel safe
  as $$
declare
  home text := (select extnamespace::regnamespace::text from pg_catalog.pg_extension where extname = 'pgcrypto');
  result bytea;
begin
  execute format('select %s.digest($1, $2)', home)
    into result using convert_to($1, getdatabaseencoding()), $2;
  return result;
end
$$;

-- RFC 2104.
create function hmac(bytea, bytea, text) returns bytea
  language plpgsql immutable strict parallel safe
  as $$
declare
  home text := (select extnamespace::regnamespace::text from pg_catalog.pg_extension where extname = 'pgcrypto');
  hash text := format('select %s.digest($1, $2)', home);
  size integer := case when lower($3) ~ '(384|512)$' then 128 else 64 end;
  secret bytea := $2;
  inside bytea;
  outside bytea;
  result bytea;
begin
  if length(secret) > size then
    execute hash into secret using secret, $3;
  end if;
  secret := secret || decode(repeat('00', size - length(secret)), 'hex');
  inside := secret;
  outside := secret;
  for i in 0 .. size - 1 loop
    inside := set_byte(inside, i, get_byte(secret, i) # 54);
    outside := set_byte(outside, i, get_byte(secret, i) # 92);
  end loop;
  execute hash into result using inside || $1, $3;
  execute hash into result using outside || result, $3;
  return result;
end
$$;

create function hmac(text, text, text) returns bytea
  language plpgsql immutable strict parallel safe
  as $$
declare
  home text := (select extnamespace::regnamespace::text from pg_catalog.pg_extension where extname = 'pgcrypto');
  result bytea;
begin
  execute format('select %s.hmac($1, $2, $3)', home)
    into result
    using convert_to($1, getdatabaseencoding()), convert_to($2, getdatabaseencoding()), $3;
  return result;
end
$$;

-- What cannot be done without C code.

create function encrypt(bytea, bytea, text) returns bytea
  language plpgsql immutable strict parallel safe
  as $$
begin
  raise exception 'encrypt() is not available in drift''s embedded Postgres; use --scratch local'
    using errcode = 'feature_not_supported';
end
$$;

create function decrypt(bytea, bytea, text) returns bytea
  language plpgsql immutable strict parallel safe
  as $$
begin
  raise exception 'decrypt() is not available in drift''s embedded Postgres; use --scratch local'
    using errcode = 'feature_not_supported';
end
$$;

create function encrypt_iv(bytea, bytea, bytea, text) returns bytea
  language plpgsql immutable strict parallel safe
  as $$
begin
  raise exception 'encrypt_iv() is not available in drift''s embedded Postgres; use --scratch local'
    using errcode = 'feature_not_supported';
end
$$;

create function decrypt_iv(bytea, bytea, bytea, text) returns bytea
  language plpgsql immutable strict parallel safe
  as $$
begin
  raise exception 'decrypt_iv() is not available in drift''s embedded Postgres; use --scratch local'
    using errcode = 'feature_not_supported';
end
$$;

create function crypt(text, text) returns text
  language plpgsql immutable strict parallel safe
  as $$
begin
  raise exception 'crypt() is not available in drift''s embedded Postgres; use --scratch local'
    using errcode = 'feature_not_supported';
end
$$;

create function gen_salt(text) returns text
  language plpgsql volatile strict parallel safe
  as $$
begin
  raise exception 'gen_salt() is not available in drift''s embedded Postgres; use --scratch local'
    using errcode = 'feature_not_supported';
end
$$;

create function gen_salt(text, integer) returns text
  language plpgsql volatile strict parallel safe
  as $$
begin
  raise exception 'gen_salt() is not available in drift''s embedded Postgres; use --scratch local'
    using errcode = 'feature_not_supported';
end
$$;

create function pgp_sym_encrypt(text, text) returns bytea
  language plpgsql volatile strict parallel safe
  as $$
begin
  raise exception 'pgp_sym_encrypt() is not available in drift''s embedded Postgres; use --scratch local'
    using errcode = 'feature_not_supported';
end
$$;

create function pgp_sym_encrypt_bytea(bytea, text) returns bytea
  language plpgsql volatile strict parallel safe
  as $$
begin
  raise exception 'pgp_sym_encrypt_bytea() is not available in drift''s embedded Postgres; use --scratch local'
    using errcode = 'feature_not_supported';
end
$$;

create function pgp_sym_encrypt(text, text, text) returns bytea
  language plpgsql volatile strict parallel safe
  as $$
begin
  raise exception 'pgp_sym_encrypt() is not available in drift''s embedded Postgres; use --scratch local'
    using errcode = 'feature_not_supported';
end
$$;

create function pgp_sym_encrypt_bytea(bytea, text, text) returns bytea
  language plpgsql volatile strict parallel safe
  as $$
begin
  raise exception 'pgp_sym_encrypt_bytea() is not available in drift''s embedded Postgres; use --scratch local'
    using errcode = 'feature_not_supported';
end
$$;

create function pgp_sym_decrypt(bytea, text) returns text
  language plpgsql immutable strict parallel safe
  as $$
begin
  raise exception 'pgp_sym_decrypt() is not available in drift''s embedded Postgres; use --scratch local'
    using errcode = 'feature_not_supported';
end
$$;

create function pgp_sym_decrypt_bytea(bytea, text) returns bytea
  language plpgsql immutable strict parallel safe
  as $$
begin
  raise exception 'pgp_sym_decrypt_bytea() is not available in drift''s embedded Postgres; use --scratch local'
    using errcode = 'feature_not_supported';
end
$$;

create function pgp_sym_decrypt(bytea, text, text) returns text
  language plpgsql immutable strict parallel safe
  as $$
begin
  raise exception 'pgp_sym_decrypt() is not available in drift''s embedded Postgres; use --scratch local'
    using errcode = 'feature_not_supported';
end
$$;

create function pgp_sym_decrypt_bytea(bytea, text, text) returns bytea
  language plpgsql immutable strict parallel safe
  as $$
begin
  raise exception 'pgp_sym_decrypt_bytea() is not available in drift''s embedded Postgres; use --scratch local'
    using errcode = 'feature_not_supported';
end
$$;

create function pgp_pub_encrypt(text, bytea) returns bytea
  language plpgsql volatile strict parallel safe
  as $$
begin
  raise exception 'pgp_pub_encrypt() is not available in drift''s embedded Postgres; use --scratch local'
    using errcode = 'feature_not_supported';
end
$$;

create function pgp_pub_encrypt_bytea(bytea, bytea) returns bytea
  language plpgsql volatile strict parallel safe
  as $$
begin
  raise exception 'pgp_pub_encrypt_bytea() is not available in drift''s embedded Postgres; use --scratch local'
    using errcode = 'feature_not_supported';
end
$$;

create function pgp_pub_encrypt(text, bytea, text) returns bytea
  language plpgsql volatile strict parallel safe
  as $$
begin
  raise exception 'pgp_pub_encrypt() is not available in drift''s embedded Postgres; use --scratch local'
    using errcode = 'feature_not_supported';
end
$$;

create function pgp_pub_encrypt_bytea(bytea, bytea, text) returns bytea
  language plpgsql volatile strict parallel safe
  as $$
begin
  raise exception 'pgp_pub_encrypt_bytea() is not available in drift''s embedded Postgres; use --scratch local'
    using errcode = 'feature_not_supported';
end
$$;

create function pgp_pub_decrypt(bytea, bytea) returns text
  language plpgsql immutable strict parallel safe
  as $$
begin
  raise exception 'pgp_pub_decrypt() is not available in drift''s embedded Postgres; use --scratch local'
    using errcode = 'feature_not_supported';
end
$$;

create function pgp_pub_decrypt_bytea(bytea, bytea) returns bytea
  language plpgsql immutable strict parallel safe
  as $$
begin
  raise exception 'pgp_pub_decrypt_bytea() is not available in drift''s embedded Postgres; use --scratch local'
    using errcode = 'feature_not_supported';
end
$$;

create function pgp_pub_decrypt(bytea, bytea, text) returns text
  language plpgsql immutable strict parallel safe
  as $$
begin
  raise exception 'pgp_pub_decrypt() is not available in drift''s embedded Postgres; use --scratch local'
    using errcode = 'feature_not_supported';
end
$$;

create function pgp_pub_decrypt_bytea(bytea, bytea, text) returns bytea
  language plpgsql immutable strict parallel safe
  as $$
begin
  raise exception 'pgp_pub_decrypt_bytea() is not available in drift''s embedded Postgres; use --scratch local'
    using errcode = 'feature_not_supported';
end
$$;

create function pgp_pub_decrypt(bytea, bytea, text, text) returns text
  language plpgsql immutable strict parallel safe
  as $$
begin
  raise exception 'pgp_pub_decrypt() is not available in drift''s embedded Postgres; use --scratch local'
    using errcode = 'feature_not_supported';
end
$$;

create function pgp_pub_decrypt_bytea(bytea, bytea, text, text) returns bytea
  language plpgsql immutable strict parallel safe
  as $$
begin
  raise exception 'pgp_pub_decrypt_bytea() is not available in drift''s embedded Postgres; use --scratch local'
    using errcode = 'feature_not_supported';
end
$$;

create function pgp_key_id(bytea) returns text
  language plpgsql immutable strict parallel safe
  as $$
begin
  raise exception 'pgp_key_id() is not available in drift''s embedded Postgres; use --scratch local'
    using errcode = 'feature_not_supported';
end
$$;

create function armor(bytea) returns text
  language plpgsql immutable strict parallel safe
  as $$
begin
  raise exception 'armor() is not available in drift''s embedded Postgres; use --scratch local'
    using errcode = 'feature_not_supported';
end
$$;

create function armor(bytea, text[], text[]) returns text
  language plpgsql immutable strict parallel safe
  as $$
begin
  raise exception 'armor() is not available in drift''s embedded Postgres; use --scratch local'
    using errcode = 'feature_not_supported';
end
$$;

create function dearmor(text) returns bytea
  language plpgsql immutable strict parallel safe
  as $$
begin
  raise exception 'dearmor() is not available in drift''s embedded Postgres; use --scratch local'
    using errcode = 'feature_not_supported';
end
$$;

create function pgp_armor_headers(text, out key text, out value text) returns setof record
  language plpgsql immutable strict parallel safe
  as $$
begin
  raise exception 'pgp_armor_headers() is not available in drift''s embedded Postgres; use --scratch local'
    using errcode = 'feature_not_supported';
end
$$;
