-- Retention and legal hold of recordings. `look_at`: when it is next asked whether a recording's time is over.
alter table recording add column look_at timestamptz;
alter table recording add column held_at timestamptz;
alter table recording add column held_by text;
alter table recording add column hold_reason text;
alter table recording add column erasing_at timestamptz;
alter table recording add column erased_at timestamptz;
alter table recording add column erased_as text;
update recording set look_at = saved_at;
create index recording_look on recording (city_id, look_at) where look_at is not null;
create index recording_erasing on recording (city_id, erasing_at) where erasing_at is not null and erased_at is null;
-- The supervisor's list shows the newest first.
create index recording_saved on recording (city_id, saved_at desc);
