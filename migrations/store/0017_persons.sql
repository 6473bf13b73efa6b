-- Messages nobody could process may hold a person's data: they are found by whose they are.
CREATE INDEX dead_letters_of_customer ON dead_letters (json_extract(body, '$.customerId'))
  WHERE json_extract(body, '$.customerId') IS NOT NULL;
CREATE INDEX dead_letters_of_instance ON dead_letters (json_extract(body, '$.instanceId'))
  WHERE json_extract(body, '$.instanceId') IS NOT NULL;
CREATE INDEX dead_letters_of_operation ON dead_letters (json_extract(body, '$.inReplyTo'))
  WHERE json_extract(body, '$.inReplyTo') IS NOT NULL;
-- Why a line was taken back is needed no more once it is.
UPDATE undo_requests SET reason = '' WHERE state = 'done';
