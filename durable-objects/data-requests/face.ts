import { z } from 'zod';
import type { CallContext } from '#shared/contracts/call.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { type Answered, type Once, onceSchema } from '../lib/commands.ts';
import { type DataRequest, dataRequestSchema, REQUEST_KINDS, type StepResult } from './machine.ts';

/** Requests of one person listed at once, the newest. */
export const LISTED_MAX = 50;

export const askInputSchema = z.strictObject({
  id: idSchema('dataRequest'),
  accountId: idSchema('user'),
  kind: z.enum(REQUEST_KINDS),
  /** Account of whoever asks. */
  askedBy: z.string().min(1).max(100),
  /** How long an erasure can be taken back. */
  graceMs: z.int().min(0),
  isRepeat: z.boolean(),
  /** Null: asked by no request of a client. */
  once: onceSchema.nullable(),
});
export type AskInput = z.infer<typeof askInputSchema>;
export const requestIdSchema = z.strictObject({ id: idSchema('dataRequest') });
export type RequestId = z.infer<typeof requestIdSchema>;

export type Asked = { kind: 'asked' | 'under_way'; request: DataRequest };

/** RPC face of the `DataRequests` object, one a person, named by their account: does one request after the other. */
export interface DataRequestsFace {
  /** `under_way`: one of the kind stands already, and nothing was begun. */
  ask(call: CallContext, input: AskInput): Promise<Answered<Asked>>;
  /** What was answered before under this key; null: nothing yet. For one that must look before it asks. */
  recall(call: CallContext, once: Once): Promise<Answered<Asked> | null>;
  /** The newest first, at most `LISTED_MAX`. */
  list(call: CallContext): Promise<DataRequest[]>;
  /** Null: unknown here. */
  get(call: CallContext, input: RequestId): Promise<DataRequest | null>;
  /** Takes an erasure back that waits. Null: unknown here. */
  cancel(call: CallContext, input: RequestId): Promise<DataRequest | 'too_late' | null>;
  /** Goes on where a request failed. Null: unknown here. */
  retry(call: CallContext, input: RequestId): Promise<DataRequest | 'not_failed' | null>;
}

export const stepInputSchema = z.strictObject({ request: dataRequestSchema });
/** The worker's side, each call with limits of its own. All of it safe to repeat. */
export interface DataRequestSteps {
  /** A bounded part of the step the request stands at. */
  take(call: CallContext, input: { request: DataRequest }): Promise<StepResult>;
  /** The request has come to this: staff see it, and the person is told what they have to know. */
  tell(call: CallContext, input: { request: DataRequest }): Promise<void>;
}
