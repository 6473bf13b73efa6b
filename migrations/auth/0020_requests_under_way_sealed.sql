-- What an application or a browser asked for may name whom it is for (`login_hint`): sealed under the reference or state that
-- only they hold. What is under way is begun again.
DELETE FROM oauth_pushed_requests;
DELETE FROM federation_requests;
ALTER TABLE oauth_pushed_requests RENAME COLUMN parameters TO parameters_sealed;
ALTER TABLE federation_requests RENAME COLUMN return_to TO return_to_sealed;
