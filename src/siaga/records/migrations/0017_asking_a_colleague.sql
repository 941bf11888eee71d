-- An attended transfer to a colleague: the taker whose seat is rung instead of a telephone outside.
alter table leg add column colleague text;
create index leg_colleague on leg (city_id, colleague, dialled_at) where colleague is not null;
