-- What a randomization gives is shown on a form nobody enters, kept by the login that draws the allocation.
grant execute on function open.keep_derived(text, text, text, jsonb, text) to eq_allocator;
