-- The unblinded data manager and the independent statistician work on the login of the committee. What the program
-- lets them do was granted to the login of those who treat alone, and answered by a fault: to read the list of a
-- sample whose reviews they read, and to ask for the removal of personal data from a form of treatment.
grant execute on function treatment.drawn_records(text),
  treatment.ask_removal(text, text, text, integer, text, text),
  treatment.ask_query_removal(text, text, text, integer, integer, text),
  treatment.ask_reason_removal(text, text, text, integer, integer, text),
  treatment.confirm_removal(integer) to eq_committee;
