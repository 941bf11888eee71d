-- An agency's inbox asks for its open assignments; without this it would read every one the agency ever had.
create index assignment_open on assignment (city_id, agency, sent_at) where state in ('sent', 'acknowledged', 'on_scene');
-- An incident's page names the incidents that were closed as the same as this one.
create index incident_duplicate on incident (city_id, duplicate_of) where duplicate_of is not null;
-- An empty inbox proves that messages do arrive, by when the last one did.
create index message_agency on message (city_id, agency, done_at) where state = 'delivered';
