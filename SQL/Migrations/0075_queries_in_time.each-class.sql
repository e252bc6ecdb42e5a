-- Applied once for each of the classes open, outcome and treatment; :class is the schema.
-- A check may ask only when something is still so some hours after an answer was handed in: what comes within the
-- hours is no question to anybody.
create index entry_versions_by_time on :class.entry_versions (trial_id, form, at);

create function :class.answered_since(p_participant text, p_form text, p_visit text, p_repeat integer, p_field text)
  returns timestamptz language sql stable security definer set search_path = pg_catalog
begin atomic
  select min(v.at)
    from :class.entries e
    join :class.entry_versions v using (trial_id, participant, form, visit, repeat)
   where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_form and e.visit = p_visit
     and e.repeat = p_repeat and e.submitted_at is not null
     and v.version > coalesce((select max(w.version) from :class.entry_versions w
       where w.trial_id = e.trial_id and w.participant = e.participant and w.form = e.form and w.visit = e.visit
         and w.repeat = e.repeat
         and (w.status = 'in_progress' or w.answers -> p_field is distinct from e.answers -> p_field)), 0);
end;
comment on function :class.answered_since(text, text, text, integer, text) is
  'Instant since which a field of an entry has the answer that stands, as it was handed in; definer, since the program looks again on logins that hold no table of versions';

create function :class.answered_between(p_form text, p_after timestamptz, p_until timestamptz)
  returns table (participant text) language sql stable security definer set search_path = pg_catalog
begin atomic
  select distinct v.participant
    from :class.entry_versions v
   where v.trial_id = access.trial() and v.form = p_form and v.at > p_after and v.at <= p_until
     and v.status <> 'in_progress'
   order by v.participant;
end;
comment on function :class.answered_between(text, timestamptz, timestamptz) is
  'Participants of whom an entry of a form was handed in or changed in a time; definer, since the program holds no table of versions';

revoke execute on function :class.answered_since(text, text, text, integer, text),
  :class.answered_between(text, timestamptz, timestamptz) from public;
grant execute on function :class.answered_since(text, text, text, integer, text),
  :class.answered_between(text, timestamptz, timestamptz) to eq_committee;
do $$
begin
  if ':class' <> 'treatment' then
    grant execute on function :class.answered_since(text, text, text, integer, text) to eq_allocator;
  end if;
end $$;
