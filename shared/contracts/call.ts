import { z } from 'zod';

/** First argument of every RPC method and part of every queue message: ties log lines of all hops together. */
export const callContextSchema = z.strictObject({ requestId: z.string().min(1).max(64) });
export type CallContext = z.infer<typeof callContextSchema>;
