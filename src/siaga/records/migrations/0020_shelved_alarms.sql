-- Alarms a person has put aside for some minutes, with a reason.
alter table alarm add column shelved_until timestamptz;
alter table alarm add column shelved_by text;
alter table alarm add column shelved_reason text;
alter table alarm add column shelvings int not null default 0;
