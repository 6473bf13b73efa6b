import { z } from 'zod';
import { DAY_MS } from '#shared/time/time.ts';

const PERIOD_DAYS_MAX = 366;
const timeSchema = z.iso.datetime({
  offset: true,
  error: 'must be a time as in RFC 3339, e.g. 2026-11-01T00:00:00Z',
});

/** Half-open: `from` inclusive, `to` exclusive. A bound that is wrong is named. */
export const periodSchema = z
  .strictObject({ from: timeSchema, to: timeSchema })
  .refine(({ from, to }) => !(Date.parse(from) >= Date.parse(to)), {
    path: ['to'],
    error: 'must be after `from`',
  })
  .refine(({ from, to }) => !(Date.parse(to) - Date.parse(from) > PERIOD_DAYS_MAX * DAY_MS), {
    path: ['from'],
    error: `must be at most ${PERIOD_DAYS_MAX} days before \`to\``,
  });
