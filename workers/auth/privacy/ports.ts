import type { DataRequestsFace } from '#objects/data-requests/face.ts';
import { callObject } from '#objects/lib/namespace.ts';
import type { DataSubjectService } from '#shared/contracts/privacy.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import type { Env } from '../env.ts';
import { copyShelf, type CopyShelf } from './copies.ts';
import { erasureMarks, type ErasureMarks } from './erasure-marks.ts';
import { privacyQueries, type PrivacyQueries } from './queries.ts';

/** The other workers that keep data about persons. */
export type Subject = 'catalogue' | 'payments' | 'provisioner' | 'purchase';

export interface PrivacyPorts {
  rows: PrivacyQueries;
  copies: CopyShelf;
  marks: ErasureMarks;
  subjects: Record<Subject, DataSubjectService>;
  /** Calls the object of a person. */
  of<Value>(accountId: string, act: (person: DataRequestsFace) => Promise<Value>): Promise<Value>;
  /** How long an erasure can be taken back. */
  graceMs: number;
}

export const privacyPorts = (env: Env): PrivacyPorts => ({
  rows: privacyQueries(env.AUTH_DB),
  copies: copyShelf(env.DATA_EXPORTS, env.BACKUP_KEY),
  marks: erasureMarks(env.BACKUPS),
  subjects: {
    catalogue: env.DATA_CATALOGUE,
    payments: env.DATA_PAYMENTS,
    provisioner: env.DATA_PROVISIONER,
    purchase: env.DATA_PURCHASE,
  },
  of: (accountId, act) => callObject(env.DATA_REQUESTS, accountId, act),
  graceMs: graceOf(env.ERASURE_GRACE_SECONDS),
});

function graceOf(text: string): number {
  if (!/^\d{1,8}$/.test(text)) throw new Error('ERASURE_GRACE_SECONDS must be seconds, decimal');
  return Number(text) * SECOND_MS;
}
