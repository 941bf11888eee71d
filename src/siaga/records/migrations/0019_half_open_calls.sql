-- A call whose telephone has not confirmed our answer is nobody's conversation yet: it is offered to no taker.
alter table call add column half_open boolean not null default false;
