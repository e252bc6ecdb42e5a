/// The comparisons, made for this connection alone: what the database itself holds of functions is
/// not trusted.
extension RecordReader {
  static let comparisons = """
    create function pg_temp.removed(p_class text, p_part text) returns text language sql as $$
      select case when p_class = 'allocation' then 'false' else format(
        'exists (select from %1$I.removed_values r where r.trial_id = a.trial_id and r.audit_row = a.seq and r.part = %2$L)'
          || case when p_part = 'reason' then
            ' or exists (select from %1$I.removed_reasons r where r.trial_id = a.trial_id and r.audit_row = a.seq)'
            else '' end,
        p_class, p_part) end
    $$;

    create function pg_temp.audit_faults(p_class text) returns table (trial_id integer, kind text, place text)
      language plpgsql as $$
    begin
      return query execute format($q$
        with linked as (
          select a.*, lag(a.seq, 1, 0::bigint) over w as before,
                 lag(a.hash, 1, decode(repeat('00', 32), 'hex')) over w as previous,
                 coalesce(max(a.format) over (w rows between unbounded preceding and 1 preceding), 1) as earlier_format,
                 %2$s as is_removed, %3$s as is_silent,
                 -- Answers of forms stand in the trail as JSON, what is said with an act as it was typed.
                 case when a.action in ('deviation judged', 'alert acknowledged') then %5$L else %4$L end as mark
            from %1$I.audit a window w as (partition by a.trial_id order by a.seq)),
        judged as (
          select l.trial_id, l.seq, l.before, case
            when l.seq <> l.before + 1 then 'missing'
            -- A removed row of the first format cannot be computed again. None is newer than one of a later format,
            -- or holds what only those have: otherwise whoever calls a row old could write anything into it.
            when coalesce(l.format, 0) not in (1, 2, 3) or l.format < l.earlier_format then 'changed'
            when l.format = 1 and (coalesce(l.salt, l.old_digest, l.new_digest, l.reason_digest, l.proof) is not null
              or (l.software, l.session, l.zone, l.cause) <> ('', '', '', '')) then 'changed'
            when l.format < 3 and (l.request <> '' or l.grant_period is not null) then 'changed'
            when l.format > 1 and length(l.salt) is distinct from 48 then 'changed'
            -- What was removed left its mark and nothing else, where there was a value and nowhere else.
            when l.is_removed and (l.old <> l.mark or l.new <> l.mark
              or l.format > 1 and ((l.old is null) <> (l.old_digest is null) or (l.new is null) <> (l.new_digest is null)
                or substr(l.salt, 1, 32) <> decode(repeat('00', 32), 'hex'))) then 'changed'
            when l.is_silent and (l.reason is distinct from %5$L
              or l.format > 1 and substr(l.salt, 33, 16) <> decode(repeat('00', 16), 'hex')) then 'changed'
            when l.format = 1 and not l.is_removed and not l.is_silent and l.hash is distinct from sha256(l.previous || convert_to(jsonb_build_array(
              l.trial_id, l.seq, extract(epoch from l.at)::numeric(20,6)::text, l.actor, l.role, l.site_key, l.object,
              l.action, l.field, l.old, l.new, l.reason)::text, 'UTF8')) then 'changed'
            when l.format = 2 and l.hash is distinct from sha256(l.previous || convert_to(jsonb_build_array(2, l.trial_id, l.seq,
              extract(epoch from l.at)::numeric(20,6)::text, l.actor, l.role, l.site_key, l.object, l.action, l.field,
              encode(l.old_digest, 'hex'), encode(l.new_digest, 'hex'), encode(l.reason_digest, 'hex'), l.software,
              l.session, l.zone, l.cause)::text, 'UTF8')) then 'changed'
            when l.format = 3 and l.hash is distinct from sha256(l.previous || convert_to(jsonb_build_array(3, l.trial_id, l.seq,
              extract(epoch from l.at)::numeric(20,6)::text, l.actor, l.role, l.site_key, l.object, l.action, l.field,
              encode(l.old_digest, 'hex'), encode(l.new_digest, 'hex'), encode(l.reason_digest, 'hex'), l.software,
              l.session, l.zone, l.cause, l.request, l.grant_period)::text, 'UTF8')) then 'changed'
            when l.format in (2, 3) and (not l.is_silent
                and sha256(substr(l.salt, 33, 16) || convert_to(l.reason, 'UTF8')) is distinct from l.reason_digest
              or not l.is_removed
                and (sha256(substr(l.salt, 1, 16) || convert_to(l.old, 'UTF8')) is distinct from l.old_digest
                  or sha256(substr(l.salt, 17, 16) || convert_to(l.new, 'UTF8')) is distinct from l.new_digest))
              then 'changed' end as kind
            from linked l),
        ends as (
          select a.trial_id, max(a.seq) as size, (array_agg(a.hash order by a.seq desc))[1] as head
            from %1$I.audit a group by a.trial_id),
        found as (
          select j.trial_id, j.kind, case when j.kind = 'missing' then j.before + 1 else j.seq end as place
            from judged j where j.kind is not null
          union all
          select coalesce(h.trial_id, e.trial_id), 'cut', coalesce(e.size, 0) + 1
            from %1$I.audit_heads h full join ends e on e.trial_id = h.trial_id
           where h.size > 0 and (h.size, h.head) is distinct from (e.size, e.head) or h.trial_id is null)
        select distinct on (f.trial_id) f.trial_id, f.kind, f.place::text from found f order by f.trial_id, f.place
      $q$, p_class, pg_temp.removed(p_class, 'values'), pg_temp.removed(p_class, 'reason'),
        '"[personal data removed]"', '[personal data removed]');
    end $$;

    create function pg_temp.seal_faults(p_class text) returns table (trial_id integer, kind text, place text)
      language plpgsql as $$
    begin
      return query execute format($q$
        with linked as (
          select s.*, lag(s.n, 1, 0::bigint) over w as before,
                 lag(s.hash, 1, decode(repeat('00', 32), 'hex')) over w as previous
            from %1$I.seals s window w as (partition by s.trial_id order by s.n)),
        ends as (
          select s.trial_id, max(s.n) as size, (array_agg(s.hash order by s.n desc))[1] as head
            from %1$I.seals s group by s.trial_id),
        found as (
          select l.trial_id, case when l.n <> l.before + 1 then 'missing' else 'changed' end as kind,
                 case when l.n <> l.before + 1 then l.before + 1 else l.n end as place
            from linked l
           where l.n <> l.before + 1 or l.hash is distinct from sha256(l.previous || convert_to(jsonb_build_array(l.trial_id, l.n,
             l.relation, l.row_key, l.width, encode(l.digest, 'hex'),
             extract(epoch from l.at)::numeric(20,6)::text)::text, 'UTF8'))
          union all
          select coalesce(h.trial_id, e.trial_id), 'cut', coalesce(e.size, 0) + 1
            from %1$I.seal_heads h full join ends e on e.trial_id = h.trial_id
           where h.size > 0 and (h.size, h.head) is distinct from (e.size, e.head) or h.trial_id is null)
        select distinct on (f.trial_id) f.trial_id, f.kind, f.place::text from found f order by f.trial_id, f.place
      $q$, p_class);
    end $$;

    create function pg_temp.proof(p_hash bytea, p_key bytea) returns bytea language sql as $$
      select sha256(p_key || sha256(p_key || p_hash))
    $$;

    -- What was vouched for at the first start with the key, and never again: a later act of the kind, in a trial that
    -- had none as well, would vouch for whatever somebody wrote meanwhile. The first of all stands in the schema of
    -- accounts, and all others were written with it.
    create function pg_temp.adopted(p_class text) returns text language sql as $$
      select format($q$
        select f.trial_id, (f.row_key ->> 'seals')::bigint as seals, (f.row_key ->> 'audit')::bigint as audited
          from (select distinct on (s.trial_id) s.* from %1$I.seals s where s.relation = 'adopted'
                 order by s.trial_id, s.n) f
         where f.proof = pg_temp.proof(f.hash, $1)
           and abs(extract(epoch from f.at - (
             select s.at from access.seals s where s.relation = 'adopted' order by s.n limit 1))) <= 60
      $q$, p_class)
    $$;

    create function pg_temp.unproven(p_class text, p_audited boolean, p_key bytea)
      returns table (trial_id integer, kind text, place text, is_audit boolean) language plpgsql as $$
    begin
      return query execute format($q$
        with adopted as (%2$s)
        select distinct on (s.trial_id) s.trial_id,
               case when s.digest is null then 'missing'
                 when exists (select from %1$I.seals e where e.trial_id = s.trial_id and e.relation = s.relation
                   and e.row_key = s.row_key and e.n < s.n and e.digest is not null) then 'changed' else 'added' end,
               s.relation || coalesce(' ' || (select string_agg(k || ' ' || (s.row_key ->> k), ', ' order by k)
                               from jsonb_object_keys(s.row_key - array['trial_id']) k), ''), false
          from %1$I.seals s left join adopted a on a.trial_id = s.trial_id
         where s.n > coalesce(a.seals, 0) and s.proof is distinct from pg_temp.proof(s.hash, $1)
         order by s.trial_id, s.n
      $q$, p_class, pg_temp.adopted(p_class)) using p_key;
      if p_audited then
        return query execute format($q$
          with adopted as (%2$s)
          select distinct on (s.trial_id) s.trial_id, 'added', s.seq::text, true
            from %1$I.audit s left join adopted a on a.trial_id = s.trial_id
           where s.seq > coalesce(a.audited, 0) and s.proof is distinct from pg_temp.proof(s.hash, $1)
           order by s.trial_id, s.seq
        $q$, p_class, pg_temp.adopted(p_class)) using p_key;
      end if;
    end $$;

    create function pg_temp.row_faults(p_class text, p_table text, p_left text[])
      returns table (trial_id integer, kind text, place text) language plpgsql as $$
    declare
      v_columns text[];
      v_key text[];
      v_column record;
      v_value jsonb;
      v_added jsonb := '{}';
    begin
      -- What stands in a column that came after a row was sealed: what the step that added the column put there. Any
      -- change since would have sealed the row anew.
      for v_column in select a.attname, pg_get_expr(d.adbin, d.adrelid) as expression
          from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
         where a.attrelid = format('%I.%I', p_class, p_table)::regclass and a.attnum > 0 and not a.attisdropped
           and a.attgenerated = '' and a.attidentity = '' loop
        if v_column.expression is null then
          v_added := v_added || jsonb_build_object(v_column.attname, null);
        elsif v_column.expression ~ '^(''[^'']*''::[a-z ]+|[0-9]+|true|false)\\Z' then
          execute 'select to_jsonb(' || v_column.expression || ')' into v_value;
          v_added := v_added || jsonb_build_object(v_column.attname, v_value);
        end if;
      end loop;
      select array_agg(a.attname::text order by a.attnum) into v_columns from pg_attribute a
       where a.attrelid = format('%I.%I', p_class, p_table)::regclass and a.attnum > 0 and not a.attisdropped;
      select array_agg(a.attname::text) into v_key from pg_index i join pg_attribute a
          on a.attrelid = i.indrelid and a.attnum = any (i.indkey::smallint[])
       where i.indrelid = format('%I.%I', p_class, p_table)::regclass and i.indisprimary;
      return query execute format($q$
        with present as (
          select coalesce((x.j ->> 'trial_id')::integer, 0) as trial_id, x.j - $3 as key, x.j
            from (select to_jsonb(t) as j from %1$I.%2$I t) x),
        last as (
          select distinct on (s.trial_id, s.row_key) s.trial_id, s.row_key, s.width, s.digest, s.n
            from %1$I.seals s where s.relation = $1 order by s.trial_id, s.row_key, s.n desc),
        found as (
          select coalesce(l.trial_id, p.trial_id) as trial_id, coalesce(l.row_key, p.key) as key, l.n,
                 case when p.j is null then 'missing' when l.digest is null then 'added' else 'changed' end as kind
            from present p full join last l on l.trial_id = p.trial_id and l.row_key = p.key
           where l.digest is distinct from
             sha256(convert_to((p.j - $2 - coalesce(($4)[l.width + 1:], array[]::text[]))::text, 'UTF8'))
             or exists (select from unnest(($4)[l.width + 1:]) c
               where $5 ? c and c <> all ($2) and p.j -> c is distinct from $5 -> c))
        select distinct on (f.trial_id) f.trial_id, f.kind,
               $1 || coalesce(' ' || (select string_agg(k || ' ' || (f.key ->> k), ', ' order by array_position($4, k))
                               from jsonb_object_keys(f.key - array['trial_id']) k), '')
          from found f order by f.trial_id, f.n nulls last, f.key
      $q$, p_class, p_table)
      using p_table, p_left,
        array(select c from unnest(v_columns) c where c <> all (v_key)), v_columns, v_added;
    end $$;

    create function pg_temp.version_faults(p_class text) returns table (trial_id integer, kind text, place text)
      language plpgsql as $$
    begin
      return query execute format($q$
        with versions as (
          select v.*, v.participant || '/' || v.form || '@' || v.visit || '#' || v.repeat as object,
                 lag(v.answers, 1, '{}'::jsonb) over w as earlier, lag(v.version, 1, 0) over w as before
            from %1$I.entry_versions v
          window w as (partition by v.trial_id, v.participant, v.form, v.visit, v.repeat order by v.version)),
        expected as (
          select v.trial_id, v.object, coalesce(o.key, n.key) as field, v.version, o.value::text as old,
                 n.value::text as new, v.author, v.reason,
                 row_number() over (partition by v.trial_id, v.object, coalesce(o.key, n.key) order by v.version) as k
            from versions v
            cross join lateral (select coalesce(o.key, n.key) as key from jsonb_each(v.earlier) o
              full join jsonb_each(v.answers) n on n.key = o.key where o.value is distinct from n.value) d
            left join lateral jsonb_each(v.earlier) o on o.key = d.key
            left join lateral jsonb_each(v.answers) n on n.key = d.key),
        audited as (
          select a.trial_id, a.object, a.field, a.old, a.new, a.actor, a.reason, a.seq,
                 row_number() over (partition by a.trial_id, a.object, a.field order by a.seq) as k
            from %1$I.audit a
           where a.action in ('drafted', 'submitted') and a.field <> '' and (a.old is distinct from a.new
             or not exists (select from %1$I.removed_values r where r.trial_id = a.trial_id and r.audit_row = a.seq))),
        found as (
          select v.trial_id, 'missing' as kind, v.object || ' version ' || (v.before + 1) as place
            from versions v where v.version <> v.before + 1
          union all
          select coalesce(e.trial_id, a.trial_id), case when a.seq is null then 'added' when e.version is null then 'missing'
                   else 'changed' end,
                 coalesce(e.object || ' version ' || e.version, a.object || ' audit row ' || a.seq)
            from expected e full join audited a on a.trial_id = e.trial_id and a.object = e.object
              and a.field = e.field and a.k = e.k
           where (e.old, e.new, e.author, e.reason) is distinct from (a.old, a.new, a.actor, a.reason)
             and not exists (select from %1$I.tombstones t where t.trial_id = coalesce(e.trial_id, a.trial_id)
               and t.confirmed_at is not null and coalesce(e.field, a.field) = t.field
               and coalesce(e.object, a.object) = t.participant || '/' || t.form || '@' || t.visit || '#' || t.repeat)
          union all
          select coalesce(e.trial_id, v.trial_id), case when e.version is null then 'missing' else 'changed' end,
                 coalesce(e.participant || '/' || e.form || '@' || e.visit || '#' || e.repeat, v.object)
            from %1$I.entries e full join (select distinct on (x.trial_id, x.object) x.* from versions x
                   order by x.trial_id, x.object, x.version desc) v
              on v.trial_id = e.trial_id and v.participant = e.participant and v.form = e.form and v.visit = e.visit
                 and v.repeat = e.repeat
           where (e.version, e.answers) is distinct from (v.version, v.answers))
        select distinct on (f.trial_id) f.trial_id, f.kind, f.place from found f order by f.trial_id, f.place
      $q$, p_class);
    end $$;

    create function pg_temp.signature_faults(p_class text) returns table (trial_id integer, kind text, place text)
      language plpgsql as $$
    begin
      return query execute format($q$
        select distinct on (s.trial_id) s.trial_id, case when v.version is null then 'missing' else 'changed' end,
               s.participant || '/' || s.form || '@' || s.visit || '#' || s.repeat || ' version ' || s.version
          from %1$I.signatures s join open.trials t on t.trial_id = s.trial_id
          left join %1$I.entry_versions v on v.trial_id = s.trial_id and v.participant = s.participant and v.form = s.form
            and v.visit = s.visit and v.repeat = s.repeat and v.version = s.version
         where v.version is null
            or s.binding <> sha256(convert_to('signature/v3' || chr(10) || encode(s.digest, 'hex') || chr(10)
                 || extract(epoch from s.at)::numeric(20,6)::text, 'UTF8'))
            or s.digest <> (select sha256(convert_to(string_agg(octet_length(p.text) || ':' || p.text, chr(10) order by p.n), 'UTF8'))
                 from unnest(array['signature/v2', t.key, s.participant, s.form, s.visit, s.version::text, v.answers::text,
                   s.signer_name, s.signer_role, s.meaning] || case when s.repeat = 1 then array[]::text[]
                   else array[s.repeat::text] end) with ordinality as p (text, n))
               and not exists (select from %1$I.tombstones x where x.trial_id = s.trial_id and x.participant = s.participant
                 and x.form = s.form and x.visit = s.visit and x.repeat = s.repeat and x.confirmed_at is not null)
         order by s.trial_id, s.at, s.participant, s.form, s.visit, s.repeat, s.version
      $q$, p_class);
    end $$;

    create function pg_temp.query_faults(p_class text) returns table (trial_id integer, kind text, place text)
      language plpgsql as $$
    begin
      return query execute format($q$
        select coalesce(h.trial_id, q.trial_id), 'changed',
               coalesce(h.queries, 0) || ' where the last is number ' || coalesce(q.last, 0)
          from %1$I.audit_heads h
          full join (select d.trial_id, max(d.query_no) as last from %1$I.data_queries d group by d.trial_id) q
            on q.trial_id = h.trial_id
         where coalesce(h.queries, 0) <> coalesce(q.last, 0)
         order by 1
      $q$, p_class);
    end $$;

    create function pg_temp.checkpoints_of(p_class text) returns table (trial_id integer, log text, size bigint,
      head bytea, signature bytea, public_key bytea) language plpgsql as $$
    begin
      return query execute format('select c.trial_id, c.log, c.size, c.head, c.signature, c.public_key
        from %I.checkpoints c order by 1, 2, 3', p_class);
    end $$;

    create function pg_temp.hashes_of(p_class text, p_log text, p_trial integer) returns setof bytea language plpgsql as $$
    begin
      if p_log = 'audit' then
        return query execute format('select a.hash from %I.audit a where a.trial_id = $1 order by a.seq', p_class) using p_trial;
      else
        return query execute format('select s.hash from %I.seals s where s.trial_id = $1 order by s.n', p_class) using p_trial;
      end if;
    end $$;
    """
}
