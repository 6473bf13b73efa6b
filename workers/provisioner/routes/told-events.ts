import { log } from '#shared/observability/log.ts';
import { MINUTE_MS, SECOND_MS } from '#shared/time/time.ts';

export const CONNECTION_MS = 10 * MINUTE_MS;
const LOOK_EVERY_MS = 2 * SECOND_MS;

interface Told<Value> {
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

/** What something is, by Server-Sent Events: looks again and again while somebody listens, and tells what has changed. */
export const toldEvents = <Value>(told: Told<Value>): Response =>
  new Response(eventsOf(told), {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    },
  });

function eventsOf<Value>({ event, first, look, isAtRest, until, requestId }: Told<Value>): ReadableStream {
  const encoder = new TextEncoder();
  const isOpen = { value: true };
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
  };
  return new ReadableStream<Uint8Array>({
    start(controller) {
      tell(controller).catch((error: unknown) => {
        log.warn('events not told', { requestId, event, error });
        if (isOpen.value) controller.error(error);
      });
    },
    cancel() {
      isOpen.value = false;
    },
  });
}
