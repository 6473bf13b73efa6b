import type { ListenerMessage } from '#objects/order/listeners.ts';
import { SECOND_MS } from '#shared/time/time.ts';

/** A comment this often keeps middle boxes from closing a quiet connection, and shows one that is dead. */
const HEARTBEAT_MS = 15 * SECOND_MS;
/** How long a client waits before it comes back. */
const RETRY_MS = 2 * SECOND_MS;
/** A client that reads slower than this much behind is let go; it comes back where it was. */
const BEHIND_BYTES_MAX = 256 * 1024;

/**
 * Server-Sent Events (HTML Living Standard §9.2) of an order's socket. The stream lives here, in the worker: an answer
 * streamed by the order's object itself would keep that object in memory for as long as anybody listens.
 */
export function eventStream(socket: WebSocket, lifeMs: number): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let stop = (): void => {};
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        let open = true;
        stop = () => {
          open = false;
          clearInterval(heartbeat);
          clearTimeout(life);
          closeQuietly(socket);
        };
        const end = (): void => {
          if (!open) return;
          stop();
          controller.close();
        };
        const write = (text: string): void => {
          if (!open) return;
          controller.enqueue(encoder.encode(text));
          if ((controller.desiredSize ?? 0) < 0) end();
        };
        const heartbeat = setInterval(() => write(': still here\n\n'), HEARTBEAT_MS);
        const life = setTimeout(end, Math.max(0, lifeMs));
        write(`retry: ${RETRY_MS}\n\n`);
        socket.addEventListener('message', ({ data }) => write(eventOf(String(data))));
        socket.addEventListener('close', end);
        socket.addEventListener('error', end);
        socket.accept();
      },
      cancel() {
        stop();
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: BEHIND_BYTES_MAX }),
  );
}

function eventOf(data: string): string {
  const message = JSON.parse(data) as ListenerMessage;
  return message.type === 'entry'
    ? `id: ${message.entry.sequence}\ndata: ${JSON.stringify(message.entry)}\n\n`
    : `event: end\nid: ${message.after}\ndata: ${JSON.stringify({ state: message.state })}\n\n`;
}

function closeQuietly(socket: WebSocket): void {
  try {
    socket.close(1000);
  } catch {
    // Closed already.
  }
}
