create table access.users (
  user_id        bigint generated always as identity primary key,
  username       text not null unique check (username ~ '^[a-z0-9][a-z0-9._-]{1,63}$'),
  full_name      text not null check (length(full_name) between 1 and 120),
  password_hash  bytea not null,
  password_salt  bytea not null check (length(password_salt) = 16),
  password_cost  integer not null check (password_cost >= 16384),
  factor_box     bytea not null,
  factor_step    bigint not null default 0,
  failures       integer not null default 0 check (failures >= 0),
  retry_after    timestamptz,
  is_enabled     boolean not null default true,
  created_at     timestamptz not null default clock_timestamp(),
  last_sign_in   timestamptz
);
comment on table access.users is 'People who can sign in';
comment on column access.users.user_id is 'Pseudonymous identity, never reused';
comment on column access.users.username is 'Name typed at sign-in';
comment on column access.users.full_name is 'Printed name shown beside signatures';
comment on column access.users.password_hash is 'scrypt output, 32 bytes';
comment on column access.users.password_salt is 'Random salt of the hash';
comment on column access.users.password_cost is 'scrypt N with which the hash was made; r = 8, p = 1';
comment on column access.users.factor_box is 'One-time code secret, boxed under the installation key';
comment on column access.users.factor_step is 'Last one-time code step used; each step works once';
comment on column access.users.failures is 'Failed sign-ins in a row';
comment on column access.users.retry_after is 'Instant before which sign-in is refused, null when free';
comment on column access.users.is_enabled is 'False refuses sign-in with the same words as a wrong password';
comment on column access.users.created_at is 'Instant of creation';
comment on column access.users.last_sign_in is 'Instant of the last complete sign-in, null before the first';

create table access.grants (
  trial_id   integer not null,
  user_id    bigint not null references access.users,
  role       text not null,
  site_key   text not null default '*',
  granted_at timestamptz not null default clock_timestamp(),
  granted_by bigint,
  ended_at   timestamptz,
  primary key (trial_id, user_id, role, site_key)
);
comment on table access.grants is 'Roles held in a trial; a role of site scope names its site, others have *';
comment on column access.grants.trial_id is 'Trial';
comment on column access.grants.user_id is 'Holder';
comment on column access.grants.role is 'Role of the trial''s definition';
comment on column access.grants.site_key is 'Site, or * for the whole trial';
comment on column access.grants.granted_at is 'Instant of the grant';
comment on column access.grants.granted_by is 'User who granted, null for the console';
comment on column access.grants.ended_at is 'Instant of the end, null while in force';
create index grants_by_user on access.grants (user_id);

create table access.sessions (
  token_hash  bytea primary key check (length(token_hash) = 32),
  user_id     bigint not null references access.users,
  stage       text not null check (stage in ('password', 'complete')),
  trial_id    integer,
  role        text,
  site_key    text,
  form_token  bytea not null check (length(form_token) = 32),
  created_at  timestamptz not null default clock_timestamp(),
  seen_at     timestamptz not null default clock_timestamp(),
  fresh_at    timestamptz,
  expires_at  timestamptz not null,
  ended_at    timestamptz
);
comment on table access.sessions is 'Signed-in sessions; the cookie holds the preimage of token_hash';
comment on column access.sessions.token_hash is 'SHA-256 of the cookie''s 32 random bytes';
comment on column access.sessions.user_id is 'Person';
comment on column access.sessions.stage is 'password: first factor given; complete: both';
comment on column access.sessions.trial_id is 'Trial worked on, null before one is chosen';
comment on column access.sessions.role is 'Role acted in';
comment on column access.sessions.site_key is 'Site acted at, * for roles without site';
comment on column access.sessions.form_token is 'Anti-forgery token';
comment on column access.sessions.created_at is 'Start';
comment on column access.sessions.seen_at is 'Last request';
comment on column access.sessions.fresh_at is 'Last full authentication';
comment on column access.sessions.expires_at is 'Absolute end';
comment on column access.sessions.ended_at is 'Sign-out or revocation';
create index sessions_by_user on access.sessions (user_id) where ended_at is null;

create table access.events (
  event_id  bigint generated always as identity primary key,
  at        timestamptz not null default clock_timestamp(),
  user_id   bigint,
  subject   text not null,
  kind      text not null,
  detail    text not null default ''
);
comment on table access.events is 'Account events: sign-ins, failures, grants, ends; append-only';
comment on column access.events.event_id is 'Order of the events';
comment on column access.events.at is 'Instant';
comment on column access.events.user_id is 'Who acted, null when unknown';
comment on column access.events.subject is 'User name concerned';
comment on column access.events.kind is 'What happened';
comment on column access.events.detail is 'Further words, never a secret';
create trigger events_append_only before update or delete or truncate on access.events
  for each statement execute function access.refuse_change();

-- A request key that was answered. The reply never holds an arm (specification: sealed if it does;
-- here the acknowledgement is not replayed but read again by right).
create table access.replies (
  trial_id     integer not null,
  user_id      bigint not null,
  operation    text not null,
  request_key  text not null check (length(request_key) between 16 and 64),
  request_hash bytea not null check (length(request_hash) = 32),
  status       integer not null,
  body         text not null,
  at           timestamptz not null default clock_timestamp(),
  replays      integer not null default 0,
  primary key (trial_id, user_id, operation, request_key)
);
comment on table access.replies is 'Replies by request key: the same key and request get the same bytes again';
comment on column access.replies.trial_id is 'Trial';
comment on column access.replies.user_id is 'Requester';
comment on column access.replies.operation is 'Act';
comment on column access.replies.request_key is 'Key chosen by the client';
comment on column access.replies.request_hash is 'SHA-256 of the request';
comment on column access.replies.status is 'HTTP status answered';
comment on column access.replies.body is 'Body answered';
comment on column access.replies.at is 'Instant of the act';
comment on column access.replies.replays is 'Times repeated; writing it makes a replay wait for the standby';
