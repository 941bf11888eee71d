-- Protected cases: the class, the named circle, the acts the law wants in time, and which numbers may be rung.
alter table incident add column protected_class text;
alter table incident add column report_channel text;
create index incident_protected on incident (city_id, id) where protected;

create table circle_member (
    city_id text not null,
    id text not null,
    incident text not null,
    person text not null,
    kind text not null,
    by text not null,
    reason text not null,
    from_at timestamptz not null,
    until_at timestamptz not null,
    ended_at timestamptz,
    ended_by text,
    version int not null,
    primary key (city_id, id)
);
create index circle_member_person on circle_member (city_id, person, until_at) where ended_at is null;
create index circle_member_incident on circle_member (city_id, incident, from_at);

create table legal_clock (
    city_id text not null,
    id text not null,
    incident text not null,
    duty text not null,
    started_at timestamptz not null,
    warn_at timestamptz not null,
    due_at timestamptz not null,
    rung_at timestamptz,
    overdue_at timestamptz,
    done_at timestamptz,
    done_by text,
    done_how text,
    version int not null,
    primary key (city_id, id)
);
create index legal_clock_open on legal_clock (city_id, warn_at) where done_at is null;
create index legal_clock_incident on legal_clock (city_id, incident);

create table call_safety (
    city_id text not null,
    id text not null,
    number text not null,
    incident text not null,
    verdict text not null,
    from_hour time,
    until_hour time,
    reason text,
    by text,
    at timestamptz not null,
    version int not null,
    primary key (city_id, id)
);
create index call_safety_number on call_safety (city_id, number, at desc);
create index call_safety_incident on call_safety (city_id, incident);
