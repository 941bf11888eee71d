-- The first rows of the house. city_id leads every primary key, so that one database can serve many cities
-- and be sharded by city. version is the row's optimistic lock: every update names the version it read.

create table head (
    city_id text primary key,
    position bigint not null,
    hash bytea not null
);

create table journal (
    city_id text not null,
    position bigint not null,
    at timestamptz not null,
    name text not null,
    incident text,
    call text,
    entry text not null,
    hash bytea not null,
    primary key (city_id, position)
);
create index journal_incident on journal (city_id, incident, position) where incident is not null;
create index journal_call on journal (city_id, call, position) where call is not null;

create table writer (
    city_id text not null,
    writer text not null,
    batch bigint not null,
    answer jsonb not null,
    at timestamptz not null default now(),
    primary key (city_id, writer)
);

create table idempotency (
    city_id text not null,
    key text not null,
    result jsonb,
    at timestamptz not null default now(),
    primary key (city_id, key)
);
create index idempotency_at on idempotency (city_id, at);

create table counter (
    city_id text not null,
    name text not null,
    value bigint not null,
    primary key (city_id, name)
);

create table bookmark (
    city_id text not null,
    follower text not null,
    position bigint not null,
    version int not null,
    primary key (city_id, follower)
);

create table stumble (
    city_id text not null,
    id text not null,
    follower text not null,
    position bigint not null,
    error text not null,
    at timestamptz not null,
    version int not null,
    primary key (city_id, id)
);

create table call (
    city_id text not null,
    id text not null,
    channel text not null,
    state text not null,
    urgency smallint not null,
    arrived_at timestamptz not null,
    number text,
    display_name text,
    node text,
    device text,
    lat float8,
    lon float8,
    accuracy_m float8,
    said text,
    offered_to text,
    offer_until timestamptz,
    passed_by text[] not null,
    taker text,
    answered_at timestamptz,
    ended_at timestamptz,
    end_reason text,
    disposition text,
    incident text,
    digits text not null,
    called_back_at timestamptz,
    demo boolean not null,
    version int not null,
    primary key (city_id, id)
);
create index call_live on call (city_id, state, urgency, arrived_at) where state <> 'ended';
create index call_owed on call (city_id, ended_at)
    where state = 'ended' and disposition is null and incident is null and called_back_at is null;
create index call_arrived on call (city_id, arrived_at);
create index call_number on call (city_id, number, arrived_at) where number is not null;

create table seat (
    city_id text not null,
    taker text not null,
    state text not null,
    since timestamptz not null,
    idle_since timestamptz not null,
    call text,
    wrapup_until timestamptz,
    reason text,
    audio boolean not null,
    audio_lost_at timestamptz,
    desk text,
    version int not null,
    primary key (city_id, taker)
);

create table incident (
    city_id text not null,
    id text not null,
    year int not null,
    number int not null,
    type text not null,
    kind text not null,
    priority smallint not null check (priority between 1 and 4),
    protected boolean not null,
    place_text text not null,
    lat float8,
    lon float8,
    accuracy_m float8,
    kelurahan text,
    kecamatan text,
    method text not null,
    landmark text,
    rt_rw text,
    hazards text[] not null,
    source text not null,
    call text,
    opened_at timestamptz not null,
    opened_by text,
    outcome text,
    closed_at timestamptz,
    closed_by text,
    duplicate_of text,
    batch text,
    demo boolean not null,
    version int not null,
    primary key (city_id, id),
    unique (city_id, year, number)
);
create index incident_open on incident (city_id, priority, opened_at) where outcome is null;
create index incident_opened on incident (city_id, opened_at);
create index incident_batch on incident (city_id, batch) where batch is not null;

create table note (
    city_id text not null,
    id text not null,
    incident text not null,
    at timestamptz not null,
    by text not null,
    text text not null,
    struck_at timestamptz,
    struck_by text,
    version int not null,
    primary key (city_id, id)
);
create index note_incident on note (city_id, incident, at);

create table reporter (
    city_id text not null,
    id text not null,
    incident text not null,
    call text,
    name text,
    number text,
    at timestamptz not null,
    version int not null,
    primary key (city_id, id)
);
create index reporter_incident on reporter (city_id, incident, at);

create table assignment (
    city_id text not null,
    id text not null,
    incident text not null,
    agency text not null,
    state text not null,
    priority smallint not null,
    sent_at timestamptz not null,
    due_at timestamptz not null,
    within_seconds int not null,
    rung int not null,
    escalated_at timestamptz,
    acknowledged_at timestamptz,
    acknowledged_by text,
    on_scene_at timestamptz,
    done_at timestamptz,
    result text,
    declined_reason text,
    demo boolean not null,
    version int not null,
    primary key (city_id, id)
);
create index assignment_due on assignment (city_id, due_at) where state = 'sent';
create index assignment_incident on assignment (city_id, incident);
create index assignment_agency on assignment (city_id, agency, sent_at);

create table unit (
    city_id text not null,
    code text not null,
    agency text not null,
    what text not null,
    status text not null,
    since timestamptz not null,
    incident text,
    station text,
    sample boolean not null,
    version int not null,
    primary key (city_id, code)
);

create table alarm (
    city_id text not null,
    id text not null,
    kind text not null,
    priority smallint not null,
    raised_at timestamptz not null,
    incident text,
    call text,
    assignment text,
    agency text,
    words text,
    acknowledged_at timestamptz,
    acknowledged_by text,
    cleared_at timestamptz,
    version int not null,
    primary key (city_id, id)
);
create index alarm_standing on alarm (city_id, priority, raised_at) where cleared_at is null;

create table message (
    city_id text not null,
    id text not null,
    channel text not null,
    "to" text not null,
    text text not null,
    created_at timestamptz not null,
    next_at timestamptz not null,
    state text not null,
    attempts int not null,
    assignment text,
    agency text,
    last_error text,
    done_at timestamptz,
    demo boolean not null,
    version int not null,
    primary key (city_id, id)
);
create index message_due on message (city_id, next_at) where state = 'pending';
create index message_assignment on message (city_id, assignment) where assignment is not null;

create table contact (
    city_id text not null,
    id text not null,
    agency text not null,
    rung int not null,
    name text not null,
    address text not null,
    active boolean not null,
    version int not null,
    primary key (city_id, id)
);

create table person (
    city_id text not null,
    id text not null,
    username text not null,
    name text not null,
    password_hash text not null,
    roles text[] not null,
    agency text,
    language text not null,
    in_circle boolean not null,
    active boolean not null,
    totp_secret text,
    must_change_password boolean not null,
    created_at timestamptz not null,
    sample boolean not null,
    version int not null,
    primary key (city_id, id),
    unique (city_id, username)
);

create table session (
    city_id text not null,
    id text not null,
    person text not null,
    csrf text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    version int not null,
    primary key (city_id, id)
);
create index session_expires on session (city_id, expires_at);

create table token (
    city_id text not null,
    id text not null,
    name text not null,
    person text,
    scope text not null,
    created_at timestamptz not null,
    revoked_at timestamptz,
    version int not null,
    primary key (city_id, id)
);

create table sheet (
    city_id text not null,
    id text not null,
    taker text not null,
    call text,
    incident text,
    draft text not null,
    saved_at timestamptz not null,
    revision int not null,
    done_at timestamptz,
    version int not null,
    primary key (city_id, id)
);
create index sheet_open on sheet (city_id, taker, saved_at) where done_at is null;

create table recording (
    city_id text not null,
    id text not null,
    call text not null,
    file text not null,
    seconds float8 not null,
    sha256 text not null,
    saved_at timestamptz not null,
    version int not null,
    primary key (city_id, id)
);
create index recording_call on recording (city_id, call);

create table import_batch (
    city_id text not null,
    id text not null,
    file text not null,
    rows int not null,
    by text not null,
    at timestamptz not null,
    undone_at timestamptz,
    version int not null,
    primary key (city_id, id)
);
