-- Applied once for each of the classes open, outcome and treatment; :class is the schema.
-- Forms of which a role reads its own entries only: the rows of others do not exist for it, whatever is asked.
create policy entries_own on :class.entries as restrictive
  using ((select access.own_forms()) is null or form <> all ((select access.own_forms())::text[])
    or author = (select access.actor()));
create policy entry_versions_own on :class.entry_versions as restrictive
  using ((select access.own_forms()) is null or form <> all ((select access.own_forms())::text[])
    or author = (select access.actor()));

-- What is said of an entry is read by who reads the entry.
create function :class.is_own_entry(p_participant text, p_form text, p_visit text, p_repeat integer) returns boolean
  language sql stable set search_path = pg_catalog
begin atomic
  select exists (select from :class.entries e
     where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_form
       and e.visit = p_visit and e.repeat = p_repeat and e.author = access.actor());
end;
comment on function :class.is_own_entry(text, text, text, integer) is 'Whether the caller wrote the present version of an entry';
revoke execute on function :class.is_own_entry(text, text, text, integer) from public;
grant execute on function :class.is_own_entry(text, text, text, integer) to eq_open, eq_outcome, eq_treating, eq_allocator,
  eq_custodian, eq_committee, eq_reports;
create policy signatures_own on :class.signatures as restrictive
  using ((select access.own_forms()) is null or form <> all ((select access.own_forms())::text[])
    or :class.is_own_entry(participant, form, visit, repeat));
create policy verifications_own on :class.verifications as restrictive
  using ((select access.own_forms()) is null or form <> all ((select access.own_forms())::text[])
    or :class.is_own_entry(participant, form, visit, repeat));
create policy data_queries_own on :class.data_queries as restrictive
  using ((select access.own_forms()) is null or form <> all ((select access.own_forms())::text[])
    or :class.is_own_entry(participant, form, visit, repeat));
create policy data_query_messages_own on :class.data_query_messages as restrictive
  using ((select access.own_forms()) is null
    or exists (select from :class.data_queries q
        where q.trial_id = data_query_messages.trial_id and q.query_no = data_query_messages.query_no));
create policy audit_own on :class.audit as restrictive for select
  using ((select access.own_forms()) is null
    or split_part(split_part(object, '/', 2), '@', 1) <> all ((select access.own_forms())::text[])
    or actor = (select access.actor()));
