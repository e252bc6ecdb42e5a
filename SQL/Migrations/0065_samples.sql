-- Records of treatment drawn at random to be looked at, such as sessions for their fidelity: so many of each block of a
-- group, such as those of a therapist at a site. The draw belongs to the save, and nobody can tell the next one from those before.
create table treatment.sample_groups (
  trial_id integer not null references open.trials,
  sample   text not null check (length(sample) between 1 and 40),
  draw_group  text not null check (length(draw_group) between 1 and 200),
  block    integer not null check (block >= 1),
  size     integer not null check (size >= 1),
  placed   integer not null check (placed between 0 and size),
  drawn    integer not null check (drawn between 0 and placed),
  primary key (trial_id, sample, draw_group)
);
comment on table treatment.sample_groups is 'Where the draw of a sample stands in a group; no login reads it, since it tells of the draws to come';
comment on column treatment.sample_groups.trial_id is 'Trial';
comment on column treatment.sample_groups.sample is 'Sample of the definition';
comment on column treatment.sample_groups.draw_group is 'Site, and the person where the definition draws by person';
comment on column treatment.sample_groups.block is 'Number of the present block, from 1';
comment on column treatment.sample_groups.size is 'Records of the present block';
comment on column treatment.sample_groups.placed is 'Records of the present block so far';
comment on column treatment.sample_groups.drawn is 'Of these, drawn';
create trigger sample_groups_kept before delete or truncate on treatment.sample_groups
  for each statement execute function access.refuse_change();
alter table treatment.sample_groups enable row level security;
alter table treatment.sample_groups force row level security;
create policy sample_groups_scope on treatment.sample_groups
  using (trial_id = (select access.trial())) with check (trial_id = (select access.trial()));
select treatment.seal_table('sample_groups');

create table treatment.sampled_records (
  trial_id    integer not null,
  sample      text not null check (length(sample) between 1 and 40),
  participant text not null,
  form        text not null,
  visit       text not null,
  repeat      integer not null check (repeat >= 1),
  site_key    text not null,
  draw_group  text not null,
  block       integer not null check (block >= 1),
  place       integer not null check (place >= 1),
  is_drawn    boolean not null,
  placed_at   timestamptz not null,
  primary key (trial_id, sample, participant, form, visit, repeat),
  unique (trial_id, sample, draw_group, block, place),
  foreign key (trial_id, participant) references open.participants
);
comment on table treatment.sampled_records is 'Records a sample was drawn from, each placed once, when it was first handed in; append-only';
comment on column treatment.sampled_records.trial_id is 'Trial';
comment on column treatment.sampled_records.sample is 'Sample of the definition';
comment on column treatment.sampled_records.participant is 'Participant key';
comment on column treatment.sampled_records.form is 'Form of the record';
comment on column treatment.sampled_records.visit is 'Visit code';
comment on column treatment.sampled_records.repeat is 'Number among repeats';
comment on column treatment.sampled_records.site_key is 'Site';
comment on column treatment.sampled_records.draw_group is 'Group it was placed in; a record changed later stays there';
comment on column treatment.sampled_records.block is 'Block of the group';
comment on column treatment.sampled_records.place is 'Place in the block';
comment on column treatment.sampled_records.is_drawn is 'Whether it is in the sample';
comment on column treatment.sampled_records.placed_at is 'Instant of the save';
create trigger sampled_records_append_only before update or delete or truncate on treatment.sampled_records
  for each statement execute function access.refuse_change();
create trigger sampled_records_locked before insert on treatment.sampled_records
  for each row execute function open.refuse_when_locked();
alter table treatment.sampled_records enable row level security;
alter table treatment.sampled_records force row level security;
create policy sampled_records_scope on treatment.sampled_records
  using (trial_id = (select access.trial()) and case when (select open.any_transfer())
    then open.sees_person(site_key, participant) else access.sees_site(site_key) end)
  with check (trial_id = (select access.trial()) and case when (select open.any_transfer())
    then open.sees_person(site_key, participant) else access.sees_site(site_key) end);
select treatment.seal_table('sampled_records');

-- Selection by places: of the records left in a block, each is as likely as the others to be among those still to be
-- drawn, whoever saves and in whatever order (D. E. Knuth, The Art of Computer Programming 2, 3.4.2, algorithm S).
create function treatment.draw_samples() returns trigger language plpgsql
  security definer set search_path = pg_catalog as $$
declare
  v_all jsonb := nullif(current_setting('eq.consequences', true), '')::jsonb;
  v_one jsonb;
  v_name text;
  v_size integer;
  v_group treatment.sample_groups;
  v_is_drawn boolean;
begin
  if new.submitted_at is null or v_all is null or v_all ->> 'form' <> new.form then
    return null;
  end if;
  for v_one in select s.value from jsonb_array_elements(v_all -> 'samples') s order by s.value ->> 'sample' loop
    continue when exists (select from treatment.sampled_records r
      where r.trial_id = new.trial_id and r.sample = v_one ->> 'sample' and r.participant = new.participant
        and r.form = new.form and r.visit = new.visit and r.repeat = new.repeat);
    v_name := new.site_key || coalesce('/' || (v_one ->> 'person'), '');
    v_size := (v_one ->> 'size')::integer;
    insert into treatment.sample_groups (trial_id, sample, draw_group, block, size, placed, drawn)
    values (new.trial_id, v_one ->> 'sample', v_name, 1, v_size, 0, 0)
    on conflict (trial_id, sample, draw_group) do nothing;
    select s.* into v_group from treatment.sample_groups s
     where s.trial_id = new.trial_id and s.sample = v_one ->> 'sample' and s.draw_group = v_name for update;
    -- A full block is followed by another; so is one whose size an amendment changed.
    if v_group.placed = v_group.size or v_group.size <> v_size then
      v_group.block := v_group.block + case when v_group.placed > 0 then 1 else 0 end;
      v_group.size := v_size;
      v_group.placed := 0;
      v_group.drawn := 0;
    end if;
    -- 48 bits of the server's own generator; the places left divide them evenly enough.
    v_is_drawn := ('x' || right(gen_random_uuid()::text, 12))::bit(48)::bigint % (v_size - v_group.placed)
      < (v_one ->> 'drawn')::integer - v_group.drawn;
    update treatment.sample_groups s
       set block = v_group.block, size = v_size, placed = v_group.placed + 1,
           drawn = v_group.drawn + v_is_drawn::integer
     where s.trial_id = new.trial_id and s.sample = v_one ->> 'sample' and s.draw_group = v_name;
    insert into treatment.sampled_records (trial_id, sample, participant, form, visit, repeat, site_key, draw_group, block,
      place, is_drawn, placed_at)
    values (new.trial_id, v_one ->> 'sample', new.participant, new.form, new.visit, new.repeat, new.site_key, v_name,
      v_group.block, v_group.placed + 1, v_is_drawn, new.entered_at);
    perform treatment.note(new.site_key, new.participant || '/' || new.form || '@' || new.visit || '#' || new.repeat,
      'placed in a sample', v_one ->> 'sample');
  end loop;
  return null;
end $$;
comment on function treatment.draw_samples() is
  'Trigger: places a record handed in for the first time in the samples that draw from it, and draws; definer, since no login holds where a draw stands';
revoke execute on function treatment.draw_samples() from public;
create trigger entries_draw_samples after insert or update of version on treatment.entries
  for each row execute function treatment.draw_samples();

-- Who treats learns from no table and no trail whether a session was drawn, which would tell of the rest of a block:
-- only the list below gives it, to the roles the program lets ask.
create function treatment.drawn_records(p_sample text)
  returns table (participant text, form text, visit text, repeat integer, placed_at timestamptz, answers jsonb,
    is_voided boolean)
  language sql stable security definer set search_path = pg_catalog
begin atomic
  select r.participant, r.form, r.visit, r.repeat, r.placed_at, e.answers, e.status = 'voided'
    from treatment.sampled_records r
    join treatment.entries e on e.trial_id = r.trial_id and e.participant = r.participant and e.form = r.form
     and e.visit = r.visit and e.repeat = r.repeat
   where r.trial_id = access.trial() and r.sample = p_sample and r.is_drawn
   order by r.placed_at, r.participant, r.form, r.visit, r.repeat;
end;
comment on function treatment.drawn_records(text) is
  'The records of a sample in the sites of the request, in the order they were handed in; definer, since no login holds the table';
revoke execute on function treatment.drawn_records(text) from public;
grant execute on function treatment.drawn_records(text) to eq_treating;
