import { z } from 'zod';
import { isRevoked, type Issue, type KnownKeys } from '#shared/auth/key-set.ts';
import type { OrderState, TimelineEntry } from '#shared/contracts/http/orders.ts';
import type { Clock } from '#shared/time/time.ts';
import type { Viewer } from './machine/view.ts';

/** Open connections of one order, for customers and for staff apart, so that neither can shut the other out. */
export const LISTENERS_MAX = 20;
/** Close codes: ours say that the client may come back with its last sequence number (4001 with a fresh token). */
export const CLOSE = { ended: 1000, unwanted: 1008, expired: 4001 } as const;
/** What a client may send: answered by the platform, without waking the object. */
const PING = { request: 'ping', response: 'pong' } as const;

export const listenWishSchema = z.strictObject({
  as: z.enum(['customer', 'operator']),
  /** Whose orders it may be; null: anybody's. */
  customerId: z.string().nullable(),
  /** Last sequence number the client has. */
  after: z.int().min(0),
  /** End of the session, epoch milliseconds. */
  until: z.int(),
  /** Of the token it was opened with, which may be revoked before its end; absent from an older release. */
  issue: z.strictObject({ subjects: z.array(z.string()), at: z.int() }).optional(),
  /** The client is told by an empty answer, instead of a connection, that nothing more will come. */
  refuseEnded: z.boolean(),
  /** The connection outlives the order's end, for what comes after the sale. */
  beyondEnd: z.boolean(),
});
export type ListenWish = z.infer<typeof listenWishSchema>;

/** What goes over a connection, as JSON. */
export type ListenerMessage =
  | { type: 'entry'; entry: TimelineEntry }
  /** The order has ended: nothing more comes, or only what happens after the sale. */
  | { type: 'end'; state: OrderState; after: number };

/** What there is to tell of the order, as it is now; null when there is no order. */
export interface OrderLog {
  customerId: string;
  /** Entries after a sequence number, oldest first. */
  entries(viewer: Viewer, after: number): TimelineEntry[];
  /** Its state once it has ended. */
  ended: OrderState | null;
}

interface Attachment {
  as: Viewer['as'];
  after: number;
  until: number;
  issue?: Issue | undefined;
  beyondEnd?: boolean;
  /** It was told of the end. */
  endTold?: boolean;
}

/**
 * The connections that follow an order, in the platform's hands: the object may sleep while they are open. Each knows
 * the last entry it was sent, so what is sent follows from the log alone: nothing twice, nothing left out, whoever woke.
 */
export class Listeners {
  readonly #ctx: DurableObjectState;
  readonly #clock: Clock;
  readonly #read: () => OrderLog | null;
  /** Never rejects. */
  readonly #revoked: () => Promise<KnownKeys['revoked']>;

  constructor(
    ctx: DurableObjectState,
    clock: Clock,
    read: () => OrderLog | null,
    revoked: () => Promise<KnownKeys['revoked']>,
  ) {
    this.#ctx = ctx;
    this.#clock = clock;
    this.#read = read;
    this.#revoked = revoked;
  }

  /** Answers an upgrade: 101, 204 (ended), 404 or 429. */
  accept(wish: ListenWish): Response {
    const log = this.#read();
    if (log === null || (wish.customerId !== null && wish.customerId !== log.customerId)) {
      return new Response(null, { status: 404 });
    }
    const news = log.entries({ as: wish.as }, wish.after);
    const over = wish.refuseEnded && !wish.beyondEnd;
    if (over && log.ended !== null && news.length === 0) return new Response(null, { status: 204 });
    this.expire();
    if (this.#ctx.getWebSockets(wish.as).length >= LISTENERS_MAX) return new Response(null, { status: 429 });
    const { 0: theirs, 1: ours } = new WebSocketPair();
    this.#ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING.request, PING.response));
    this.#ctx.acceptWebSocket(ours, [wish.as]);
    const { as, after, until, issue, beyondEnd } = wish;
    ours.serializeAttachment({ as, after, until, issue, beyondEnd } satisfies Attachment);
    tell(ours, log);
    return new Response(null, { status: 101, webSocket: theirs });
  }

  /** Sends everyone what they have not got yet, but for those whose right has ended meanwhile. Never throws. */
  async publish(): Promise<void> {
    if (this.#ctx.getWebSockets().length === 0) return;
    this.expire();
    await this.#expel();
    const log = this.#read();
    if (log === null) return;
    for (const socket of this.#ctx.getWebSockets()) tell(socket, log);
  }

  /** Closes what has outlived its session; answers when the next will. */
  expire(): number | null {
    const now = this.#clock.now();
    let next: number | null = null;
    for (const socket of this.#ctx.getWebSockets()) {
      const { until } = attachmentOf(socket);
      if (until <= now) close(socket, CLOSE.expired, 'expired');
      else next = next === null ? until : Math.min(next, until);
    }
    return next;
  }

  /** Whoever lost the right may come back, to be told so. */
  async #expel(): Promise<void> {
    const revoked = await this.#revoked();
    for (const socket of this.#ctx.getWebSockets()) {
      const { issue } = attachmentOf(socket);
      if (issue !== undefined && isRevoked(revoked, issue)) close(socket, CLOSE.expired, 'revoked');
    }
  }

  /** Nobody has anything to say here. */
  refuse(socket: WebSocket): void {
    close(socket, CLOSE.unwanted, 'nothing is expected but ping');
  }
}

function tell(socket: WebSocket, log: OrderLog): void {
  if (socket.readyState !== WebSocket.OPEN) return;
  const attachment = attachmentOf(socket);
  const news = log.entries({ as: attachment.as }, attachment.after);
  const after = news.at(-1)?.sequence ?? attachment.after;
  try {
    for (const entry of news) send(socket, { type: 'entry', entry });
    const isEndNew = log.ended !== null && attachment.endTold !== true;
    const next: Attachment = { ...attachment, after, endTold: log.ended !== null };
    socket.serializeAttachment(next);
    if (log.ended === null) return;
    if (isEndNew) send(socket, { type: 'end', state: log.ended, after });
    if (attachment.beyondEnd !== true) close(socket, CLOSE.ended, 'ended');
  } catch {
    // It went away meanwhile; the client comes back with what it has.
    close(socket, CLOSE.unwanted, 'lost');
  }
}

const attachmentOf = (socket: WebSocket): Attachment => socket.deserializeAttachment() as Attachment;
const send = (socket: WebSocket, message: ListenerMessage): void => socket.send(JSON.stringify(message));

function close(socket: WebSocket, code: number, reason: string): void {
  try {
    socket.close(code, reason);
  } catch {
    // Closed already.
  }
}
