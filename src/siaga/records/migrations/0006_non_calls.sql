-- Non-calls: the second opinion on a prank, restrictions, referrals, corrections, automatic texts, the audit.

create table prank_review (
    city_id text not null,
    id text not null,
    number text,
    called_at timestamptz not null,
    said_by text not null,
    said_at timestamptz not null,
    state text not null,
    decided_by text,
    decided_at timestamptz,
    reason text,
    version int not null,
    primary key (city_id, id)
);
create index prank_review_pending on prank_review (city_id, called_at) where state = 'pending';
create index prank_review_number on prank_review (city_id, number, called_at) where number is not null;
create index prank_review_decided on prank_review (city_id, decided_at) where decided_at is not null;

create table restriction (
    city_id text not null,
    id text not null,
    number text not null,
    reason text not null,
    by text not null,
    from_at timestamptz not null,
    until_at timestamptz not null,
    seconds smallint not null check (seconds between 0 and 15),
    pranks int not null,
    reviewed_at timestamptz,
    reviewed_by text,
    revoked_at timestamptz,
    revoked_by text,
    revoked_why text,
    version int not null,
    primary key (city_id, id)
);
create index restriction_standing on restriction (city_id, number) where revoked_at is null;
create index restriction_until on restriction (city_id, until_at);

create table referral (
    city_id text not null,
    id text not null,
    neighbour text not null,
    by text not null,
    at timestamptz not null,
    version int not null,
    primary key (city_id, id)
);

create table correction (
    city_id text not null,
    id text not null,
    call text not null,
    before text not null,
    after text,
    reason text not null,
    by text not null,
    at timestamptz not null,
    version int not null,
    primary key (city_id, id)
);
create index correction_call on correction (city_id, call);

create table caller_text (
    city_id text not null,
    id text not null,
    call text not null,
    number text not null,
    at timestamptz not null,
    version int not null,
    primary key (city_id, id)
);
create index caller_text_number on caller_text (city_id, number, at);
create index caller_text_call on caller_text (city_id, call);

create table owed_closing (
    city_id text not null,
    id text not null,
    reason text not null,
    by text not null,
    at timestamptz not null,
    version int not null,
    primary key (city_id, id)
);

create table flagged_call (
    city_id text not null,
    id text not null,
    at timestamptz not null,
    why text not null,
    pranks int not null,
    blind boolean not null,
    outcome text,
    incident text,
    checked_at timestamptz,
    version int not null,
    primary key (city_id, id)
);
create index flagged_call_unchecked on flagged_call (city_id, at) where outcome is null;
create index flagged_call_at on flagged_call (city_id, at);

-- What a taker disposed of last, for the list on which she can correct it; and the genuine calls of each day.
create index call_disposed on call (city_id, ended_at) where disposition is not null;
