import { z } from 'zod';

const callbackUrl = z.url({ protocol: /^https?$/ }).max(2000);
const reference = z.string().min(1).max(200);

export const serviceOrderSchema = z.strictObject({
  /** The caller's own name for what is ordered. */
  reference,
  plan: z.string().min(1).max(100),
  parameters: z.record(z.string(), z.unknown()).default({}),
  callbackUrl,
});
export const shipmentOrderSchema = z.strictObject({
  reference,
  address: z.record(z.string(), z.unknown()),
  items: z
    .array(z.strictObject({ sku: z.string(), title: z.string().optional(), quantity: z.int().min(1) }))
    .min(1)
    .max(100),
  weightGrams: z.int().min(0).optional(),
  callbackUrl,
});

/** `sequence` increases with each wish of the caller about one service; an older one than the last changes nothing. */
export const useSchema = z.strictObject({
  sequence: z.int().min(1),
  reason: z.string().max(200).optional(),
});
export type UseWish = z.infer<typeof useSchema> & { suspended: boolean };

/** What a service is to be from now on. `sequence` as in `useSchema`, counted apart. */
export const changeSchema = z.strictObject({
  sequence: z.int().min(1),
  plan: z.string().min(1).max(100),
  parameters: z.record(z.string(), z.unknown()),
});
export const rotateSchema = changeSchema.pick({ sequence: true });
/** `to` null: new access data for what it is. */
export interface Change {
  sequence: number;
  to: Pick<z.infer<typeof changeSchema>, 'plan' | 'parameters'> | null;
}

export interface ChangedService {
  serviceId: string;
  /** New access data, where it has some. */
  result?: Record<string, string>;
}

/** What the partner works on. `subjectId` is the id of the service or shipment. */
export interface PartnerOrder {
  kind: 'service' | 'shipment';
  reference: string;
  /** Plan of a service; `parcel` for a shipment. */
  plan: string;
  parameters: Record<string, unknown>;
  callbackUrl: string;
}

/** State of an operation as polled and as called back. */
export interface PartnerOperation {
  operationId: string;
  /** Exactly one of the two is there. */
  serviceId?: string;
  shipmentId?: string;
  reference: string;
  state: 'running' | 'succeeded' | 'failed';
  result?: Record<string, string>;
  error?: { code: string; message: string; permanent: boolean };
}
export interface PartnerSubject {
  id: string;
  kind: PartnerOrder['kind'];
  reference: string;
  plan: string;
  /** JSON text of what was asked for. */
  parameters: string;
  state: 'pending' | 'active' | 'suspended' | 'refused' | 'deleted';
  operationId: string;
}
