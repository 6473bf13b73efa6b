-- What a report's code is filled in with (JSON), so that the order words it in the customer's language.
ALTER TABLE reports ADD COLUMN params TEXT;
