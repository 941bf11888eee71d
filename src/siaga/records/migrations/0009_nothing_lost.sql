-- Nothing lost: who is alive, which node a headset is connected to, and calls that were written on paper.
create table heartbeat (
    city_id text not null,
    kind text not null,
    name text not null,
    life text not null,
    beats bigint not null,
    beat_at timestamptz not null,
    state text not null,
    silent_since timestamptz,
    version int not null,
    primary key (city_id, kind, name)
) with (fillfactor = 50);

alter table seat add column heard_on text[] not null default '{}';

alter table call add column typed_at timestamptz;
alter table call add column typed_by text;
create index call_on_paper on call (city_id, typed_at desc) where typed_at is not null;

create table paper_entry (
    city_id text not null,
    id text not null,
    call text not null,
    incident text,
    form text not null,
    still_going boolean not null,
    by text not null,
    at timestamptz not null,
    undone_at timestamptz,
    undone_by text,
    version int not null,
    primary key (city_id, id)
);
create index paper_entry_newest on paper_entry (city_id, at desc);
