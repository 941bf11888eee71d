-- What the silent check knows of a call: since when the voice detector listens, the check's own times, the signs.
alter table call
    add column watched_at timestamptz,
    add column voice_at timestamptz,
    add column check_began_at timestamptz,
    add column check_played_at timestamptz,
    add column check_ended_at timestamptz,
    add column check_result text,
    add column knocks int not null default 0,
    add column cannot_speak_at timestamptz;

-- Yes/no questions played to somebody who cannot speak, and the keys he answered with.
create table silent_question (
    city_id text not null,
    id text not null,
    call text not null,
    code text not null,
    by text not null,
    asked_at timestamptz not null,
    answered_at timestamptz,
    answer text,
    version int not null,
    primary key (city_id, id)
);
create index silent_question_call on silent_question (city_id, call, asked_at);
