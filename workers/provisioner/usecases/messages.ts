import { z } from 'zod';
import { provisioningMessageSchema } from '#shared/contracts/messages.ts';

const [provision, activate, deprovision, suspend, resume] = provisioningMessageSchema.options;

/** Like the contract, but a fulfilment that is none becomes a failed line with a reason, not a message nobody can read. */
export const openLineSchema = provision.extend({ fulfilment: z.unknown() });
export const activateLineSchema = activate;
export const undoLineSchema = deprovision;
export const suspendLineSchema = suspend;
export const resumeLineSchema = resume;
export const messageSchema = z.discriminatedUnion('type', [
  openLineSchema,
  activateLineSchema,
  undoLineSchema,
  suspendLineSchema,
  resumeLineSchema,
]);
