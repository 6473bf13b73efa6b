import { z } from 'zod';
import { idSchema } from '#shared/ids/ids.ts';
import type { CallContext } from './call.ts';

/**
 * What each worker answers about a person's data (entrypoint `DataSubjectRpc`, bound by the auth worker alone, which knows
 * who a person is and asks all of them: `workers/auth`). Rights of access and erasure: GDPR Art. 15, 17 and 20.
 */
export interface DataSubjectService {
  /**
   * A page of all that this worker keeps about the person. Never what is secret from them too (hashes, seeds, risk rules), nor
   * what is another person's. Repeatable; what changes between pages may be in neither or both.
   */
  exportPage(call: CallContext, input: ExportPageInput): Promise<ExportPage>;
  /** What has to end before the person can be erased, at most `OBSTACLES_MAX`; none: nothing stands against it. */
  obstacles(call: CallContext, input: { customerId: string }): Promise<{ obstacles: ErasureObstacle[] }>;
  /**
   * Takes a bounded step of erasing the person: deletes what no law demands, takes what names them out of what has to be
   * kept. Safe to repeat at any step, in parallel and after its end; then it finds nothing to do.
   */
  eraseStep(call: CallContext, input: EraseStepInput): Promise<EraseStep>;
}

export const OBSTACLES_MAX = 50;

export const exportPageInputSchema = z.strictObject({
  customerId: idSchema('user'),
  /** `next` of the page before; null: the first. */
  cursor: z.string().max(1000).nullable(),
});
export type ExportPageInput = z.input<typeof exportPageInputSchema>;

export interface ExportPage {
  /** `section`: what it is, as `docs/privacy.md` names it (`orders`, `instances`); `data`: JSON. */
  items: { section: string; data: unknown }[];
  /** Null: this was the last page. */
  next: string | null;
}

/** Something under way that erasing would leave in the air: an order not ended, an instance still running. */
export interface ErasureObstacle {
  code: 'order_open' | 'return_open' | 'dispute_open' | 'instance_running' | 'renewal_due';
  /** Id of the order, payment or instance. */
  subject: string;
}

export const eraseStepInputSchema = z.strictObject({
  customerId: idSchema('user'),
  /** `next` of the step before; null: the first. */
  cursor: z.string().max(1000).nullable(),
});
export type EraseStepInput = z.input<typeof eraseStepInputSchema>;

export interface EraseStep {
  /** Null: nothing is left to do. */
  next: string | null;
  /** What this step erased, by the table or object of `docs/storage.md`. */
  erased: Record<string, number>;
  /** What stays without name, and why: told in the first step that comes upon it. */
  kept: { section: string; because: 'tax_law' | 'disputes' | 'fraud_prevention' | 'security_log' }[];
}
