import { z } from 'zod';
import { emailSchema } from './auth.ts';

/** What a challenge may be asked for. An answer to one is none to another. */
export const CHALLENGE_ACTIONS = ['sign_in', 'sign_up', 'password_reset', 'email_code'] as const;
export type ChallengeAction = (typeof CHALLENGE_ACTIONS)[number];

/** Header that carries the answer: `<kind>:<answer>`. */
export const CHALLENGE_HEADER = 'x-challenge-answer';
export const CHALLENGE_ANSWER_CHARACTERS_MAX = 2_200;

export const challengeLinkSchema = z
  .strictObject({ email: emailSchema, action: z.enum(CHALLENGE_ACTIONS) })
  .meta({ id: 'ChallengeLink' });
export const linkSentSchema = z.strictObject({ status: z.literal('link_sent') }).meta({ id: 'LinkSent' });

/** Member `challenge` of the problem `challenge-required`. */
export const challengeSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('proof_of_work'),
    puzzle: z.string(),
    /** SHA-256 of `<puzzle>:<nonce>` must begin with this many zero bits. */
    bits: z.int(),
    expiresAt: z.iso.datetime(),
  }),
  z.object({
    kind: z.literal('turnstile'),
    siteKey: z.string(),
    action: z.enum(CHALLENGE_ACTIONS),
  }),
]);
export type ChallengeBody = z.infer<typeof challengeSchema>;
