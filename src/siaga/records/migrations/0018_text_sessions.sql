-- Conversations by text: line by line, and which of a taker's sessions lie aside while she does something else.
alter table call add column aside_at timestamptz;
alter table call add column said_at timestamptz;
alter table call add column seen_at timestamptz;

create table text_line (
    city_id text not null,
    id text not null,
    call text not null,
    at timestamptz not null,
    by text,
    text text not null,
    version int not null,
    primary key (city_id, id)
);
create index text_line_call on text_line (city_id, call, at);
