import { callContextSchema, type CallContext } from '#shared/contracts/call.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import { within } from '../lib/host.ts';
import { migrateObject } from '../lib/migrations.ts';
import { type PlaceAnswer, type Placed, type PlaceInput, placeInputSchema, type PlaceReply } from './face.ts';
import { allowanceReached } from './machine/allowance.ts';
import type { OrderDocument } from './machine/document.ts';
import { openOrder } from './machine/transition.ts';
import { isPlaced, publicOrder } from './machine/view.ts';
import { ORDER_MIGRATIONS } from './migrations.ts';
import { orderNumber } from './number.ts';
import type { OrderCore } from './core.ts';

/** How long placing waits for the order to become payable before it answers `placing`. */
const PLACE_WAIT_MS = 10 * SECOND_MS;
/** How long the answer then waits for lists to show the order. */
const SHOWN_WAIT_MS = SECOND_MS;
/** How long it then waits for the directory, without which nobody is told of the order. */
const REGISTERED_WAIT_MS = 5 * SECOND_MS;
/** Placing: opens the order once, waits until it is worth answering, and gives every repeat the same answer. */
export class Placing {
  readonly #core: OrderCore;

  constructor(core: OrderCore) {
    this.#core = core;
  }

  async place(call: CallContext, input: PlaceInput): Promise<PlaceReply> {
    const { requestId } = callContextSchema.parse(call);
    const placed = placeInputSchema.parse(input);
    return this.#reply(this.#open(placed, requestId), requestId);
  }

  async placeReply(call: CallContext): Promise<PlaceReply | null> {
    const { requestId } = callContextSchema.parse(call);
    return this.#core.document() === null ? null : this.#reply(false, requestId);
  }

  async #reply(fresh: boolean, requestId: string): Promise<PlaceReply> {
    const present = this.#core.storage.placeAnswer();
    if (present !== null) return { ...present, replayed: true };
    this.#core.host.waitUntil(this.#core.drain());
    await within(this.#core.host.after, PLACE_WAIT_MS, this.#core.whenPlaced());
    if (fresh) this.#acknowledge(requestId);
    await within(this.#core.host.after, SHOWN_WAIT_MS, this.#core.outbox.drain());
    await within(this.#core.host.after, REGISTERED_WAIT_MS, this.#core.whenRegistered());
    return this.#answer(fresh, requestId);
  }

  /** True when the order did not exist before. */
  #open(placed: Placed, requestId: string): boolean {
    const { orderId, customerId, placedBy, request, quote, exchangeOf, changeOf, origin, giftCards } = placed;
    if (this.#core.document() !== null) return false;
    migrateObject(this.#core.host.storage, ORDER_MIGRATIONS);
    const at = this.#core.host.clock.now();
    const lineIds = request.lines.map(() => this.#core.newLine(customerId));
    const number = orderNumber(orderId);
    const placement = {
      id: orderId,
      number,
      customerId,
      placedBy,
      request,
      quote,
      exchangeOf,
      changeOf,
      origin,
      giftCards,
      lineIds,
      at,
    };
    this.#core.host.storage.transactionSync(() => {
      const opened = openOrder(placement);
      const by = { kind: 'customer', id: placedBy ?? customerId } as const;
      this.#core.history.add(null, opened.document, { at, by, what: 'order.placed', why: '' });
      this.#core.keep(opened, at, requestId);
    });
    return true;
  }

  /** Written down before it is given, so that a repeat of the request gets the same. */
  #answer(fresh: boolean, requestId: string): PlaceReply {
    return this.#core.host.storage.transactionSync(() => {
      const present = this.#core.storage.placeAnswer();
      if (present !== null) return { ...present, replayed: true };
      if (fresh) this.#acknowledge(requestId);
      const document = this.#core.document();
      if (document === null || this.#isUntold(document) || !this.#core.isRegistered())
        return { kind: 'in_flight' };
      const answer = answerOf(document, this.#core.host.clock.now());
      this.#core.storage.savePlaceAnswer(answer);
      return { ...answer, replayed: !fresh };
    });
  }

  /** The client of an order that is still being placed is told of it as it is. */
  #acknowledge(requestId: string): void {
    const document = this.#core.document();
    if (document === null || !this.#isUntold(document)) return;
    this.#core.apply({ type: 'order.acknowledged', at: this.#core.host.clock.now() }, requestId);
  }

  #isUntold(document: OrderDocument): boolean {
    return (
      !isPlaced(document) &&
      document.shortage === null &&
      usedUp(document) === undefined &&
      document.allowance?.state !== 'refused' &&
      document.reason?.code !== 'blocked' &&
      !isFieldRefused(document) &&
      !document.acknowledged
    );
  }
}

/** A field of what was asked for could not be granted. */
const isFieldRefused = ({ reason }: OrderDocument): boolean =>
  reason?.code === 'payment_method_unknown' || reason?.code === 'gift_card_refused';

/** The promotion that had no use left for this order. */
const usedUp = ({ promotions }: OrderDocument) => promotions.find((claim) => claim.refusal !== null);

function answerOf(document: OrderDocument, at: number): PlaceAnswer {
  if (document.state === 'rejected' || isFieldRefused(document))
    return { kind: 'refused', refusals: document.refusals };
  const claim = usedUp(document);
  if (document.reason?.code === 'promotion_used_up' && claim !== undefined) {
    const codeIndex = claim.code === null ? null : document.request.codes.indexOf(claim.code);
    return { kind: 'promotion_used_up', orderId: document.id, codeIndex, text: document.reason.text };
  }
  const reached = allowanceReached(document);
  if (document.reason?.code === 'purchase_limit' && reached !== null) {
    const { lineIndex, left } = reached;
    return { kind: 'purchase_limit', orderId: document.id, lineIndex, left, text: document.reason.text };
  }
  if (document.reason?.code === 'out_of_stock' && document.shortage !== null) {
    const { lineIndex, available } = document.shortage;
    return { kind: 'out_of_stock', orderId: document.id, lineIndex, available };
  }
  if (document.reason?.code === 'blocked') return { kind: 'blocked', orderId: document.id };
  const order = publicOrder(document, { as: 'customer' }, at);
  if (order === null) throw new Error(`an order in state ${document.state} cannot be answered with`);
  return { kind: 'placed', order };
}
