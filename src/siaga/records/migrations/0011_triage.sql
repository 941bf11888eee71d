-- What callers answered, versions of the response plans, and the type model.
alter table incident add column plan text;

create table given_answer (
    city_id text not null,
    id text not null,
    incident text not null,
    question text not null,
    said text not null,
    asked text not null,
    text text not null,
    edition text not null,
    at timestamptz not null,
    by text not null,
    struck_at timestamptz,
    version int not null,
    primary key (city_id, id)
);
create index given_answer_incident on given_answer (city_id, incident, at);

create table plan_edition (
    city_id text not null,
    id text not null,
    type text not null,
    edition int not null,
    plan text not null,
    source text not null,
    made_at timestamptz not null,
    made_by text not null,
    approved_name text,
    approved_role text,
    approved_on date,
    approved_at timestamptz,
    approved_by text,
    version int not null,
    primary key (city_id, id),
    unique (city_id, type, edition)
);

create table type_model (
    city_id text not null,
    id text not null,
    edition int not null,
    trained_at timestamptz not null,
    labels int not null,
    types int not null,
    threshold float8,
    figures text not null,
    digest text not null,
    weights text not null,
    version int not null,
    primary key (city_id, id)
);
create index type_model_newest on type_model (city_id, edition desc);

create table learning (
    city_id text not null,
    id text not null,
    due_at timestamptz not null,
    began_at timestamptz,
    ended_at timestamptz,
    result text not null,
    version int not null,
    primary key (city_id, id)
);
