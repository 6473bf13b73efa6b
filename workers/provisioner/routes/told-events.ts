import { Problem } from '#shared/http/problems.ts';
import { log } from '#shared/observability/log.ts';
import { MINUTE_MS, SECOND_MS } from '#shared/time/time.ts';

export const CONNECTION_MS = 10 * MINUTE_MS;
const LOOK_EVERY_MS = 2 * SECOND_MS;

/** Streams that one caller may keep open at once, of all that one isolate serves: each looks into the store every two seconds. */
export const STREAMS_MAX = 20;
const streams = new Map<string, number>();

interface Told<Value> {
  /** Whose token asks. */
  userId: string;
  /** Name of the events. */
  event: string;
  first: Value;
  /** Null: it is gone. */
  look: () => Promise<Value | null>;
  /** Nothing changes by itself any more. */
  isAtRest: (value: Value) => boolean;
  /** End of the connection, epoch milliseconds. */
  until: number;
  requestId: string;
}

/**
 * What something is, by Server-Sent Events: looks again and again while somebody listens, and tells what has changed. Throws a
 * `rate-limited` problem where the caller follows as much as one may already.
 */
export function toldEvents<Value>(told: Told<Value>): Response {
  const open = streams.get(told.userId) ?? 0;
  if (open >= STREAMS_MAX)
    throw new Problem({
      slug: 'rate-limited',
      detail: `You follow ${STREAMS_MAX} streams already: close one, or read instead of following.`,
      headers: { 'retry-after': '30' },
    });
  streams.set(told.userId, open + 1);
  return new Response(
    eventsOf(told, () => free(told.userId)),
    {
      headers: {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store, no-transform',
        'x-accel-buffering': 'no',
      },
    },
  );
}

function free(userId: string): void {
  const left = (streams.get(userId) ?? 1) - 1;
  if (left > 0) streams.set(userId, left);
  else streams.delete(userId);
}

function eventsOf<Value>(
  { event, first, look, isAtRest, until, requestId }: Told<Value>,
  ended: () => void,
): ReadableStream {
  const encoder = new TextEncoder();
  const isOpen = { value: true };
  const end = (): void => {
    if (isOpen.value) ended();
    isOpen.value = false;
  };
  const tell = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    let told = '';
    let present: Value | null = first;
    while (isOpen.value && present !== null) {
      const text = JSON.stringify(present);
      if (text !== told) controller.enqueue(encoder.encode(`event: ${event}\ndata: ${text}\n\n`));
      told = text;
      if (isAtRest(present)) {
        controller.enqueue(encoder.encode('event: end\ndata: {}\n\n'));
        break;
      }
      if (Date.now() >= until) break;
      await new Promise((resolve) => {
        setTimeout(resolve, LOOK_EVERY_MS);
      });
      present = isOpen.value ? await look() : null;
    }
    if (isOpen.value) controller.close();
    end();
  };
  return new ReadableStream<Uint8Array>({
    start(controller) {
      tell(controller).catch((error: unknown) => {
        log.warn('events not told', { requestId, event, error });
        if (isOpen.value) controller.error(error);
        end();
      });
    },
    cancel() {
      end();
    },
  });
}
