-- Where things are: imported names, what takers' corrections taught, and whether somebody made sure of a place.
alter table incident add column place_unverified boolean not null default false;
alter table incident add column place_confirmed boolean not null default false;

create table place_import (
    city_id text not null,
    id text not null,
    file text not null,
    source text not null,
    rows int not null,
    by text not null,
    at timestamptz not null,
    undone_at timestamptz,
    undone_by text,
    version int not null,
    primary key (city_id, id)
);

create table place_name (
    city_id text not null,
    id text not null,
    batch text not null,
    name text not null,
    kind text not null,
    lat float8,
    lon float8,
    accuracy_m float8,
    kelurahan text,
    aliases text[] not null default '{}',
    note text not null default '',
    line text,
    verified boolean not null default false,
    version int not null,
    primary key (city_id, id)
);
create index place_name_batch on place_name (city_id, batch, id);

create table place_lesson (
    city_id text not null,
    id text not null,
    key text not null,
    words text not null,
    place text not null,
    lat float8 not null,
    lon float8 not null,
    accuracy_m float8,
    kelurahan text,
    uses int not null,
    takers text[] not null default '{}',
    state text not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    last_by text not null,
    judged_at timestamptz,
    judged_by text,
    version int not null,
    primary key (city_id, id)
);
create index place_lesson_key on place_lesson (city_id, key);
