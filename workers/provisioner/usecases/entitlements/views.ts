import type { z } from 'zod';
import type { ActivationRow, LeaseRow, MeterState } from '#objects/instance-use/face.ts';
import type { activationSchema, leaseSchema, meterStateSchema } from '#shared/contracts/http/entitlements.ts';
import { rfc3339 } from '#shared/time/time.ts';

export const activationView = (row: ActivationRow): z.infer<typeof activationSchema> => ({
  id: row.id,
  unit: row.unit,
  name: row.name,
  activatedAt: rfc3339(row.activatedAt),
  seenAt: rfc3339(row.seenAt),
});
export const leaseView = (row: LeaseRow): z.infer<typeof leaseSchema> => ({
  id: row.id,
  unit: row.unit,
  name: row.name,
  leasedAt: rfc3339(row.leasedAt),
  expiresAt: rfc3339(row.expiresAt),
});
export const meterView = ({ resetsAt, ...meter }: MeterState): z.infer<typeof meterStateSchema> => ({
  ...meter,
  resetsAt: resetsAt === null ? null : rfc3339(resetsAt),
});
