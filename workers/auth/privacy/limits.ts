/** Rows of `data_requests` go so long after their end: as long as the audit log tells of them. */
export { AUDIT_KEPT_MS as ENDED_REQUEST_KEPT_MS } from '../limits.ts';
/** Persons whose erasure one call begins again. */
export const REPLAYED_MAX = 50;
