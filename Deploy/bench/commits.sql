-- A table of one short column, for measuring how many commits a second this machine can make.
create table public.bench_commits (value int not null);
