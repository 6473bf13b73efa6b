import { log } from '#shared/observability/log.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#shared/time/time.ts';
import { fanOut } from './fan-out.ts';
import type { EventOwnerSource, EventPorts, StoredEvent } from './ports.ts';

/** Younger ones are still on their way in the request that stored them. */
const GRACE_MS = MINUTE_MS;
/** Messages in one send: the platform's limit of a batch. */
const BATCH_MAX = 100;
const BATCHES_MAX = 20;
const KEEP_MS = 90 * DAY_MS;
const FORGET_MAX = 500;
/** Longer than the queue's own retries take. */
const UNANSWERED_MS = HOUR_MS;
const ATTEMPTS_MAX = 5;
/** Questions to the provider in one run: one or two requests each. */
const LOOKUPS_MAX = 20;
/** A provider that is away is not asked on; one event it cannot answer for holds up no other. */
const FAILURES_MAX = 3;

type SweepPorts = EventPorts & { owners: EventOwnerSource };

/**
 * Looks up whose the unmatched events are, sends on what never reached the queue or was never heard of again, and forgets
 * what is long settled. Safe to repeat.
 */
export async function sweepInbox(
  ports: SweepPorts,
  requestId: string,
): Promise<{ matched: number; enqueued: number; repeated: number; givenUp: number; forgotten: number }> {
  const matched = await lookUpUnmatched(ports, requestId);
  const enqueued = await sendForgotten(ports, requestId);
  const { repeated, givenUp } = await repeatUnanswered(ports, requestId);
  const forgotten = await ports.inbox.forget(ports.clock.now() - KEEP_MS, FORGET_MAX);
  return { matched, enqueued, repeated, givenUp, forgotten };
}

const send = (ports: SweepPorts, events: readonly StoredEvent[], requestId: string): Promise<number> =>
  fanOut(
    ports,
    events.map((event) => ({ event, messageId: event.eventId })),
    requestId,
  );

async function sendForgotten(ports: SweepPorts, requestId: string): Promise<number> {
  const before = ports.clock.now() - GRACE_MS;
  let enqueued = 0;
  for (let batch = 0; batch < BATCHES_MAX; batch += 1) {
    const events = await ports.inbox.notEnqueued(before, BATCH_MAX);
    const sent = await send(ports, events, requestId);
    enqueued += sent;
    if (sent === 0 || events.length < BATCH_MAX) break;
  }
  return enqueued;
}

/** A queue keeps a message for days, but not for ever: what nobody told the end of is sent again, a few times. */
async function repeatUnanswered(ports: SweepPorts, requestId: string) {
  const now = ports.clock.now();
  const events = await ports.inbox.unanswered(now - UNANSWERED_MS, BATCH_MAX);
  const hopeless = events.filter(({ attempts }) => attempts >= ATTEMPTS_MAX);
  const ids = hopeless.map(({ eventId }) => eventId);
  if (ids.length > 0) {
    await ports.inbox.settle(
      ids,
      { state: 'failed', detail: `sent ${ATTEMPTS_MAX} times, never taken in` },
      now,
    );
    log.error('payment events nobody took in', { requestId, eventIds: ids });
  }
  const again = events.filter(({ attempts }) => attempts < ATTEMPTS_MAX);
  return { repeated: await send(ports, again, requestId), givenUp: ids.length };
}

const NOBODYS = { state: 'unmatched', detail: 'the provider knows no order for it' } as const;
/** Disputes and refunds among them are for a person all the same: reconciliation lists those of no order. */
const ELSEWHERE = { state: 'ignored', detail: 'of a payment that no order here asked for' } as const;

/** Each is asked about once; where the provider cannot be reached, again in the next run. */
async function lookUpUnmatched(ports: SweepPorts, requestId: string): Promise<number> {
  const events = await ports.inbox.notLookedUp(ports.clock.now() - GRACE_MS, LOOKUPS_MAX);
  let matched = 0;
  let failures = 0;
  for (const event of events) {
    const { eventId, type } = event;
    try {
      const payment = await ports.owners.ownerOf(event);
      if (payment === null) {
        await ports.inbox.leave(eventId, NOBODYS, ports.clock.now());
        log.warn('payment event of no order', { requestId, eventId, type });
      } else if (payment === 'elsewhere') {
        await ports.inbox.leave(eventId, ELSEWHERE, ports.clock.now());
      } else {
        await ports.inbox.matched(eventId, payment, ports.clock.now());
        matched += 1;
      }
    } catch (error) {
      log.warn('owner of a payment event not found yet', { requestId, eventId, error });
      failures += 1;
      if (failures === FAILURES_MAX) break;
    }
  }
  return matched;
}
