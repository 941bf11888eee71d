-- Where callers are said to be, two people on one sheet, and the change of shifts.
create table caller_location (
    city_id text not null,
    id text not null,
    call text,
    source text not null,
    lat float8 not null,
    lon float8 not null,
    at timestamptz not null,
    received_at timestamptz not null,
    accuracy_m float8,
    confidence_percent int,
    method text not null default '',
    number text,
    adopted_at timestamptz,
    adopted_by text,
    demo boolean not null default false,
    version int not null,
    primary key (city_id, id)
);
create index caller_location_call on caller_location (city_id, call, received_at) where call is not null;
create index caller_location_unmatched on caller_location (city_id, received_at) where call is null;

create table cell (
    city_id text not null,
    id text not null,
    lat float8 not null,
    lon float8 not null,
    radius_m float8 not null,
    azimuth_deg float8,
    width_deg float8 not null default 120,
    name text not null default '',
    imported_at timestamptz not null,
    version int not null,
    primary key (city_id, id)
);

create table location_ask (
    city_id text not null,
    id text not null,
    call text not null,
    kind text not null,
    uri text,
    asks int not null default 0,
    next_at timestamptz,
    asked_at timestamptz,
    answered_at timestamptz,
    trouble text not null default '',
    version int not null,
    primary key (city_id, id)
);
create index location_ask_call on location_ask (city_id, call);
create index location_ask_due on location_ask (city_id, next_at) where next_at is not null;

create table location_link (
    city_id text not null,
    id text not null,
    call text not null,
    sent_by text not null,
    sent_at timestamptz not null,
    expires_at timestamptz not null,
    opened_at timestamptz,
    first_fix_at timestamptz,
    last_fix_at timestamptz,
    fixes int not null default 0,
    ended_at timestamptz,
    demo boolean not null default false,
    version int not null,
    primary key (city_id, id)
);
create index location_link_call on location_link (city_id, call, sent_at);

create table sheet_guest (
    city_id text not null,
    id text not null,
    sheet text not null,
    person text not null,
    joined_at timestamptz not null,
    seen_at timestamptz not null,
    field text not null default '',
    left_at timestamptz,
    version int not null,
    primary key (city_id, id)
) with (fillfactor = 50);
create index sheet_guest_sheet on sheet_guest (city_id, sheet);

create table sheet_taking (
    city_id text not null,
    id text not null,
    sheet text not null,
    taken_from text not null,
    taken_by text not null,
    reason text not null,
    at timestamptz not null,
    told_at timestamptz,
    version int not null,
    primary key (city_id, id)
);
create index sheet_taking_untold on sheet_taking (city_id, taken_from) where told_at is null;

create table handover (
    city_id text not null,
    id text not null,
    given_by text not null,
    taken_by text not null,
    begun_at timestamptz not null,
    content text not null,
    notes text not null default '',
    given_at timestamptz,
    taken_at timestamptz,
    withdrawn_at timestamptz,
    version int not null,
    primary key (city_id, id)
);
create index handover_newest on handover (city_id, begun_at desc);
