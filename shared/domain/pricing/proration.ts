/**
 * What a plan that changes within its term costs. Pure; amounts in integer minor units, times in epoch milliseconds.
 *
 * Time that was paid for is worth its share of what was paid, by the millisecond, rounded half up to the minor unit. Another
 * plan costs its price for the time that is left, less what that time was worth.
 */

/** What was paid for which time. `to` null: for ever. */
export interface Cover {
  from: number;
  to: number | null;
  amount: number;
}

/** Of an amount for a stretch of time, the share of a part of it; half up. */
export function shareOfTime(amount: number, partMs: number, wholeMs: number): number {
  if (wholeMs <= 0) return 0;
  const [part, whole] = [BigInt(Math.min(Math.max(partMs, 0), wholeMs)), BigInt(wholeMs)];
  return Number((2n * BigInt(amount) * part + whole) / (2n * whole));
}

/** What of it lies ahead, worth what its time is worth. */
export function coversAhead(covers: readonly Cover[], now: number): Cover[] {
  return covers.flatMap(({ from, to, amount }) => {
    if (to === null || from >= now) return [{ from, to, amount }];
    return to <= now ? [] : [{ from: now, to, amount: shareOfTime(amount, to - now, to - from) }];
  });
}

/** What the customer has paid for and not used. */
export const unusedWorth = (covers: readonly Cover[], now: number): number =>
  coversAhead(covers, now).reduce((sum, { amount }) => sum + amount, 0);

/** A plan as it is sold: what a term costs, and how long it is; null: for ever. */
export interface PlanPrice {
  amount: number;
  termMs: number | null;
}

/** The term of an instance as it is: how long its plan's is, and when it ends. */
export interface PresentTerm {
  termMs: number | null;
  endsAt: number | null;
}

export interface PlanChange {
  /** What the new plan costs from now on. */
  cost: number;
  /** What the time it replaces was still worth. */
  unused: number;
  /** What is paid for once it is changed. */
  covers: Cover[];
  /** A new term begins now; otherwise the present one goes on to its end. */
  beginsAnew: boolean;
}

/**
 * Another plan from now on. With a term as long as the present one the end stays and the time to it is charged; with another
 * length a whole new term begins now. `cost` − `unused` is what is to pay; negative: it costs less than what was paid.
 */
export function changeOfPlan(
  covers: readonly Cover[],
  present: PresentTerm,
  plan: PlanPrice,
  now: number,
): PlanChange {
  const unused = unusedWorth(covers, now);
  const { termMs, amount } = plan;
  if (termMs === null || present.endsAt === null)
    return { cost: amount, unused, covers: [{ from: now, to: null, amount }], beginsAnew: false };
  if (termMs !== present.termMs)
    return { cost: amount, unused, covers: [{ from: now, to: now + termMs, amount }], beginsAnew: true };
  const left = Math.max(present.endsAt - now, 0);
  // More than a term may lie ahead: whole terms cost the whole price.
  const whole = Math.floor(left / termMs);
  const cost = whole * amount + shareOfTime(amount, left - whole * termMs, termMs);
  return { cost, unused, covers: [{ from: now, to: present.endsAt, amount: cost }], beginsAnew: false };
}

/** A further term, from the end of the present one or, once that has passed, from now on. */
export function renewal(
  covers: readonly Cover[],
  { endsAt, amount, termMs }: { endsAt: number; amount: number; termMs: number },
  now: number,
): { from: number; to: number; covers: Cover[] } {
  const from = Math.max(endsAt, now);
  const to = from + termMs;
  return { from, to, covers: [...coversAhead(covers, now), { from, to, amount }] };
}
