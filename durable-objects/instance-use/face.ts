import { z } from 'zod';
import type { CallContext } from '#shared/contracts/call.ts';
import { type MeterPeriod, termsSchema } from '#shared/domain/entitlements.ts';
import type { Result } from '#shared/domain/result.ts';

/** Longest that a repeat of a count is recognised. */
export const COUNT_KEY_KEPT_DAYS = 7;

/** Which unit of what was bought (its key, from 0); null: whichever has room, the device's own first. */
const unitSchema = z.int().min(0).nullable();
/** SHA-256, hexadecimal, of what its application calls a device. */
export const deviceSchema = z.string().regex(/^[0-9a-f]{64}$/);

export const takeInputSchema = z.strictObject({
  terms: termsSchema,
  unit: unitSchema,
  device: deviceSchema,
  name: z.string().max(100),
});
export type TakeInput = z.infer<typeof takeInputSchema>;

export const giveUpInputSchema = z.union([
  z.strictObject({ id: z.string().max(60) }),
  z.strictObject({ device: deviceSchema, unit: unitSchema }),
]);
export type GiveUpInput = z.infer<typeof giveUpInputSchema>;

export const beatInputSchema = z.strictObject({
  terms: termsSchema,
  unit: unitSchema,
  id: z.string().max(60),
});
export type BeatInput = z.infer<typeof beatInputSchema>;

export const countInputSchema = z.strictObject({
  terms: termsSchema,
  meter: z.string().max(60),
  amount: z.int().min(1).max(1_000_000_000),
  /** Names this count: a repeat counts nothing more. */
  key: z.string().min(1).max(300),
});
export type CountInput = z.infer<typeof countInputSchema>;

export const lookInputSchema = z.strictObject({
  terms: termsSchema,
  unit: unitSchema,
  device: deviceSchema.nullable(),
});
export type LookInput = z.infer<typeof lookInputSchema>;

/** `upTo`: given then or before, milliseconds since the epoch. */
export const forgetInputSchema = z.strictObject({ upTo: z.int() });
export type ForgetInput = z.infer<typeof forgetInputSchema>;

export interface ActivationRow {
  id: string;
  unit: number;
  device: string;
  name: string;
  activatedAt: number;
  seenAt: number;
}
export interface LeaseRow {
  id: string;
  unit: number;
  device: string;
  name: string;
  leasedAt: number;
  expiresAt: number;
}
export interface MeterState {
  name: string;
  period: MeterPeriod;
  used: number;
  /** Null: none. */
  limit: number | null;
  /** When it begins again at nothing; null: never. */
  resetsAt: number | null;
}

/** What a device may be told of itself: how it stands, or whether there would be room for it. */
export type DeviceStanding = 'within' | 'beyond' | 'room' | 'full';
export interface Look {
  /** Null: no device was asked about. `seat`: null where no seats are given away. */
  seat: { standing: DeviceStanding; activation: ActivationRow | null } | null;
  /** Null: none was asked about, or nothing is leased. */
  lease: { standing: 'within' | 'room' | 'full'; lease: LeaseRow | null } | null;
  meters: MeterState[];
}

/**
 * RPC face of an `InstanceUse` object, named by the instance's id: the one that counts who uses it. Every method is safe to
 * repeat. What an instance entitles to comes along with each call; of two revisions the newer counts, whichever came last.
 */
export interface InstanceUseFace {
  /** Takes a seat for a device, or finds the one it has. */
  activate(
    call: CallContext,
    input: TakeInput,
  ): Promise<Result<{ activation: ActivationRow; isNew: boolean }, 'full'>>;
  /** Frees a seat; false: there was none. */
  deactivate(call: CallContext, input: GiveUpInput): Promise<boolean>;
  /** Takes a lease for a device, or renews the one it has, unless there are fewer by now than were given before it. */
  lease(
    call: CallContext,
    input: TakeInput,
  ): Promise<Result<{ lease: LeaseRow; isNew: boolean }, 'full' | 'nothing_leased'>>;
  /** Renews a lease that has not expired; `full`: there are fewer by now than were given before it. */
  beat(call: CallContext, input: BeatInput): Promise<Result<LeaseRow, 'expired' | 'full' | 'nothing_leased'>>;
  release(call: CallContext, input: GiveUpInput): Promise<boolean>;
  /** Counts, all or nothing. A repeat gets the answer of the first time. */
  count(
    call: CallContext,
    input: CountInput,
  ): Promise<Result<{ meter: MeterState; isReplay: boolean }, 'unknown_meter' | 'over_limit' | 'key_reused'>>;
  look(call: CallContext, input: LookInput): Promise<Look>;
  /** Everybody who uses it now. */
  all(call: CallContext): Promise<{ activations: ActivationRow[]; leases: LeaseRow[] }>;
  /** Frees the seats and leases that were given up to a time. What is counted stays. */
  forget(call: CallContext, input: ForgetInput): Promise<void>;
  /** Forgets everything. */
  erase(call: CallContext): Promise<void>;
}
