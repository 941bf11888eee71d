-- The phone room with more callers than seats: what a caller needs, where he was taken, what he was told;
-- which group a seat is in and what its taker knows; the room's modes; the notice of an incident.
alter table call add column needs text[] not null default '{}';
alter table call add column needed_at timestamptz;
alter table call add column overflowed text[] not null default '{}';
alter table call add column open_to text[] not null default '{}';
alter table call add column outside text;
alter table call add column told text;
alter table call add column other_matter boolean not null default false;

alter table seat add column seat_group text not null default '';
alter table seat add column skills text[] not null default '{}';

alter table sheet add column different_from text[] not null default '{}';

create table room (
    city_id text not null,
    id text not null,
    night_switch text not null,
    flood_since timestamptz,
    flood_by text,
    on_call_since timestamptz,
    on_call_by text,
    calm_since timestamptz,
    empty_since timestamptz,
    arrivals timestamptz[] not null,
    version int not null,
    primary key (city_id, id)
);

create table notice (
    city_id text not null,
    id text not null,
    playing boolean not null,
    by text,
    since timestamptz not null,
    version int not null,
    primary key (city_id, id)
);
create index notice_on on notice (city_id) where playing;
