-- Same incident? What further callers said, incidents that have to do with each other, and what fields were before.
alter table incident add column parent text;
alter table incident add column major boolean not null default false;
create index incident_parent on incident (city_id, parent) where parent is not null;

create table statement (
    city_id text not null,
    id text not null,
    incident text not null,
    call text,
    sheet text,
    reporter text,
    type text,
    place text not null,
    lat double precision,
    lon double precision,
    accuracy_m double precision,
    landmark text,
    rt_rw text,
    hazards text[] not null,
    lines text[] not null,
    notes text[] not null,
    by text not null,
    at timestamptz not null,
    parted_at timestamptz,
    parted_by text,
    parted_reason text,
    became text,
    version int not null,
    primary key (city_id, id)
);
create index statement_incident on statement (city_id, incident, at);
create index statement_sheet on statement (city_id, sheet) where sheet is not null;

create table incident_link (
    city_id text not null,
    id text not null,
    one text not null,
    other text not null,
    reason text not null,
    by text not null,
    at timestamptz not null,
    removed_at timestamptz,
    removed_by text,
    version int not null,
    primary key (city_id, id)
);
create index incident_link_one on incident_link (city_id, one) where removed_at is null;
create index incident_link_other on incident_link (city_id, other) where removed_at is null;

create table field_change (
    city_id text not null,
    id text not null,
    incident text not null,
    field text not null,
    before text not null,
    after text not null,
    by text,
    at timestamptz not null,
    version int not null,
    primary key (city_id, id)
);
create index field_change_incident on field_change (city_id, incident, at);
