-- What ends an application's sessions reads those that have not ended, of one account where it is one's: not every session the
-- application ever had.
DROP INDEX sessions_by_client;
CREATE INDEX sessions_by_client ON sessions (client_id, account_id) WHERE client_id IS NOT NULL AND revoked_at IS NULL;

-- What takes back what an account began, agreed to or gave out reads its own alone.
CREATE INDEX oauth_codes_by_account ON oauth_codes (account_id, client_id);
CREATE INDEX oauth_device_codes_by_account ON oauth_device_codes (account_id, client_id) WHERE account_id IS NOT NULL;
CREATE INDEX oauth_consents_by_client ON oauth_consents (client_id);
CREATE INDEX email_tokens_by_account ON email_tokens (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX email_codes_by_account ON email_codes (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX organisation_invitations_by_inviter ON organisation_invitations (invited_by, created_at);
CREATE INDEX organisation_api_keys_by_maker ON organisation_api_keys (created_by, created_at);
