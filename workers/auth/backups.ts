import type { Source } from '#shared/backup/sources.ts';
import { newRequestId } from '#shared/http/request-id.ts';
import { systemClock } from '#shared/time/time.ts';
import type { Env } from './env.ts';
import { endRestored } from './queries/end-restored.ts';

/** What this worker keeps. Its objects count tries and witness the audit log: they begin anew. */
export const sources = (env: Env): Source[] => [
  {
    kind: 'database',
    name: 'AUTH_DB',
    database: env.AUTH_DB,
    seeded: [],
    settle: () => endRestored(env.AUTH_DB, { now: systemClock.now(), requestId: newRequestId() }),
  },
];
