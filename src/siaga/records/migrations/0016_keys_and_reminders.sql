-- Keys of one's own, the last act (for ten seconds of second thoughts), and reminders.
alter table person add column keys jsonb not null default '[]';
alter table person add column letters_off boolean not null default false;

create table last_act (
    city_id text not null,
    person text not null,
    steps jsonb not null,
    at timestamptz not null,
    undone_at timestamptz,
    version int not null,
    primary key (city_id, person)
) with (fillfactor = 50);

create table reminder (
    city_id text not null,
    id text not null,
    person text not null,
    text text not null,
    made_at timestamptz not null,
    due_at timestamptz not null,
    told_at timestamptz,
    done_at timestamptz,
    version int not null,
    primary key (city_id, id)
);
create index reminder_waiting on reminder (city_id, due_at) where done_at is null;
