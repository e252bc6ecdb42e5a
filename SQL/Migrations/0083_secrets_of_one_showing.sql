-- The secret of a device is no longer drawn with the invitation, where whoever opens the address first reads it, but at each
-- showing: what counts is the one that the person answers with, and it is kept with the account alone.
drop trigger b_key_in_force on access.invitations;
drop trigger b_rotated on access.invitations;
drop trigger rows_sealed on access.invitations;
alter table access.invitations drop column factor_box;
-- A seal is over every column of a row: those there are get one over what is left.
select access.seal_table('invitations');
