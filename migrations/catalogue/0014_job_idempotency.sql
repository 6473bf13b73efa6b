-- A request to begin a job that is sent again is answered by the job it has begun.
ALTER TABLE catalogue_jobs ADD COLUMN idempotency_key TEXT;
CREATE UNIQUE INDEX catalogue_jobs_by_idempotency_key ON catalogue_jobs (created_by, idempotency_key)
  WHERE idempotency_key IS NOT NULL;
