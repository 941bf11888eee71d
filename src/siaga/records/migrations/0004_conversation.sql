-- Hold, transfer, call-back and supervision: what a call, a seat and an outbound connection (leg) remember of it.

alter table call add column held_at timestamptz;
alter table call add column held_until timestamptz;
alter table call add column attempts int not null default 0;
alter table call add column last_attempt_at timestamptz;
alter table call add column last_attempt text;

alter table seat add column leg text;
alter table seat add column monitors text;
alter table seat add column monitor_mode text;
alter table seat add column muted boolean not null default false;
alter table seat add column phone text;
alter table seat add column by_phone boolean not null default false;

create table leg (
    city_id text not null,
    id text not null,
    purpose text not null,
    state text not null,
    taker text not null,
    address text not null,
    label text not null,
    caller_id text not null,
    dialled_at timestamptz not null,
    ring_until timestamptz not null,
    call text,
    incident text,
    agency text,
    node text,
    rang_at timestamptz,
    answered_at timestamptz,
    joined_at timestamptz,
    ended_at timestamptz,
    cause text,
    digits text not null,
    version int not null,
    primary key (city_id, id)
);
create index leg_state on leg (city_id, state);
create index leg_call on leg (city_id, call, dialled_at) where call is not null;
create index leg_incident on leg (city_id, incident, dialled_at) where incident is not null;
