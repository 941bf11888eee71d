-- Which incidents taught a lesson about a place, so that it goes when one of them becomes protected.
create table lesson_source (
    city_id text not null,
    id text not null,
    lesson text not null,
    incident text not null,
    taker text not null,
    at timestamptz not null,
    version int not null,
    primary key (city_id, id)
);
create index lesson_source_lesson on lesson_source (city_id, lesson);
create index lesson_source_incident on lesson_source (city_id, incident);
