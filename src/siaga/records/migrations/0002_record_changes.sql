-- One call of this function is one durable transaction: the whole batch of a writer, fenced by the head row.
--
-- The head row is locked first, so that commits happen in journal order and no two writers can deadlock.
-- Each operation is one statement over a set of rows and must touch exactly as many rows as it was given:
-- a row whose version moved makes the batch fail with 40001, and the writer retries its parts alone.
-- The writer's last batch and its answer are kept: a writer whose connection broke at commit hands in the same
-- batch again and gets the first answer, instead of guessing. This is looked up under the head lock, so that a
-- first try that is still on its way to its commit is waited for.

create function record_changes(
    p_city text, p_writer text, p_batch bigint, p_keys jsonb, p_operations jsonb, p_entries jsonb,
    p_numbered text[]
) returns jsonb language plpgsql as $$
declare
    v_position bigint;
    v_first bigint;
    v_hash bytea;
    v_operation jsonb;
    v_touched bigint;
    v_entry jsonb;
    v_hashes bytea[] := '{}';
    v_kept text[];
    v_repeated jsonb;
    v_numbers jsonb;
    v_answer jsonb;
begin
    select position, hash into v_position, v_hash from head where city_id = p_city for update;
    if not found then
        raise exception 'no head row for city %', p_city using errcode = '55000';
    end if;
    select answer into v_answer from writer
    where city_id = p_city and writer = p_writer and batch = p_batch;
    if found then
        return v_answer;
    end if;
    v_first := v_position + 1;

    if p_keys is not null then
        -- Inserting finds the known keys by the unique index, whatever a plan kept since the table was empty says.
        with kept as (
            insert into idempotency (city_id, key, result)
            select p_city, given ->> 'key', given -> 'result' from jsonb_array_elements(p_keys) given
            on conflict (city_id, key) do nothing
            returning key
        )
        select coalesce(array_agg(key), '{}') into v_kept from kept;
        if cardinality(v_kept) < jsonb_array_length(p_keys) then
            select jsonb_object_agg(known.key, jsonb_build_object('result', known.result)) into v_repeated
            from idempotency known
            where known.city_id = p_city
              and known.key in (select given ->> 'key' from jsonb_array_elements(p_keys) given)
              and known.key <> all (v_kept);
            delete from idempotency where city_id = p_city and key = any (v_kept);
            return jsonb_build_object('repeated', v_repeated);
        end if;
    end if;

    for v_operation in select value from jsonb_array_elements(p_operations) loop
        execute v_operation ->> 'sql' using v_operation -> 'rows';
        get diagnostics v_touched = row_count;
        if v_touched <> jsonb_array_length(v_operation -> 'rows') then
            raise exception 'moved' using errcode = '40001';
        end if;
    end loop;

    if jsonb_array_length(p_entries) > 0 then
        for v_entry in select value from jsonb_array_elements(p_entries) loop
            v_hash := sha256(v_hash || convert_to(v_entry ->> 'entry', 'UTF8'));
            v_hashes := array_append(v_hashes, v_hash);
        end loop;
        insert into journal (city_id, position, at, name, incident, call, entry, hash)
        select p_city, v_position + ordinal, (value ->> 'at')::timestamptz, value ->> 'name',
               value ->> 'incident', value ->> 'call', value ->> 'entry', chained
        from rows from (jsonb_array_elements(p_entries), unnest(v_hashes))
             with ordinality as given (value, chained, ordinal);
        v_position := v_position + jsonb_array_length(p_entries);
        update head set position = v_position, hash = v_hash where city_id = p_city;
    end if;

    if p_numbered is not null then
        -- One look by key for each, planned anew each time: a plan made without statistics, or kept since the
        -- table was empty, reads all of the city's incidents for every batch.
        execute 'select jsonb_object_agg(found.id, found.number) from unnest($2) wanted (id) cross join lateral '
            '(select id, number from incident where city_id = $1 and id = wanted.id limit 1) found'
        into v_numbers using p_city, p_numbered;
    end if;
    v_answer := jsonb_build_object('first', v_first, 'last', v_position, 'numbers', v_numbers);
    insert into writer (city_id, writer, batch, answer) values (p_city, p_writer, p_batch, v_answer)
    on conflict (city_id, writer) do update set batch = excluded.batch, answer = excluded.answer, at = now();
    if v_position >= v_first then
        perform pg_notify('siaga_' || p_city, v_position::text);
    end if;
    return v_answer;
end $$;
