-- What is known about places before anything happens there.
create table premises (
    city_id text not null,
    id text not null,
    kind text not null,
    text text not null,
    "where" text not null,
    lat float8 not null,
    lon float8 not null,
    radius_m float8 not null,
    kelurahan text,
    owner text not null,
    author text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    long_reason text,
    about_person boolean not null,
    legal_basis text,
    reviewed_at timestamptz,
    reviewed_by text,
    ended_at timestamptz,
    ended_by text,
    version int not null,
    primary key (city_id, id)
);
create index premises_known on premises (city_id, lat) where ended_at is null;
create index premises_ends on premises (city_id, expires_at) where ended_at is null;
