-- Everybody has just authenticated: the product wants that within five minutes.
update access.sessions set fresh_at = clock_timestamp(), seen_at = clock_timestamp();
checkpoint;
