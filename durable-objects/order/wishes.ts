import { callContextSchema, type CallContext } from '#shared/contracts/call.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { Answered, Once } from '../lib/commands.ts';
import {
  type CancelInput,
  cancelInputSchema,
  type CommandError,
  type CommandReply,
  type ResolveInput,
  resolveInputSchema,
  type RetryInput,
  retryInputSchema,
  type ReviewInput,
  reviewInputSchema,
} from './face.ts';
import {
  type AfterSaleAsked,
  type AfterSaleInput,
  afterSaleInputSchema,
  type AfterSaleLook,
  afterSaleLookSchema,
  type AfterSaleReply,
  commandOf,
  mayAsk,
  viewerOf,
} from './after-sale.ts';
import { type EditInput, type EditReply } from './edit.ts';
import { Edits } from './edits.ts';
import { checkAfterSale } from './machine/after-sale/check.ts';
import type { AfterSaleError } from './machine/after-sale/events.ts';
import type { OrderDocument } from './machine/document.ts';
import type { OrderEvent } from './machine/events.ts';
import { differenceOf, isAnythingPriced, isConfirmed } from './machine/resolution.ts';
import { isCardHandedOver } from './machine/after-sale/sold-cards.ts';
import { retryRefusal } from './machine/retrying.ts';
import { specOf } from './machine/table.ts';
import { publicDifference } from './machine/public-effects.ts';
import { isPublic, publicOrder, type Viewer } from './machine/view.ts';
import type { OrderCore } from './core.ts';

/** What people ask of an order: each wish has its effect and its answer in one transaction, with a key once. */
export class Wishes {
  readonly #core: OrderCore;
  readonly #edits: Edits;

  constructor(core: OrderCore) {
    this.#core = core;
    this.#edits = new Edits(core);
  }

  async cancel(call: CallContext, input: CancelInput): Promise<CommandReply> {
    const { by, text, keep, actorId, customerId, once } = cancelInputSchema.parse(input);
    const kept = keep === undefined ? {} : { keep };
    const event: OrderEvent = {
      type: 'cancel.requested',
      by,
      actorId,
      text,
      ...kept,
      at: this.#core.host.clock.now(),
    };
    return this.#command(call, event, { kind: by, customerId, once });
  }

  async retry(call: CallContext, input: RetryInput = {}): Promise<CommandReply> {
    const { effect, actorId, customerId, once } = retryInputSchema.parse(input);
    const at = this.#core.host.clock.now();
    const event: OrderEvent =
      effect === null
        ? { type: 'operator.retried', actorId, at }
        : { type: 'operator.step_retried', key: effect, actorId, at };
    return this.#command(call, event, { kind: 'operator', customerId, once });
  }

  async resolve(call: CallContext, input: ResolveInput): Promise<CommandReply> {
    const { as, text, confirm, actorId, customerId, once } = resolveInputSchema.parse(input);
    const at = this.#core.host.clock.now();
    const event: OrderEvent = { type: 'operator.resolved', as, text, confirm, actorId, at };
    return this.#command(call, event, { kind: 'operator', customerId, once });
  }

  async review(call: CallContext, input: ReviewInput): Promise<CommandReply> {
    const { decision, text, actorId, customerId, once } = reviewInputSchema.parse(input);
    const at = this.#core.host.clock.now();
    const by = { kind: 'operator', id: actorId } as const;
    const event: OrderEvent = { type: 'review.decided', decision, by, text, at };
    return this.#command(call, event, { kind: 'operator', customerId, once });
  }

  async afterSale(call: CallContext, input: AfterSaleInput): Promise<AfterSaleReply> {
    const { requestId } = callContextSchema.parse(call);
    const asked = afterSaleInputSchema.parse(input);
    const reply = this.#core.host.storage.transactionSync(() => this.#grant(asked, requestId));
    if (reply.ok) this.#core.host.waitUntil(this.#core.drain());
    return reply;
  }

  lookAfterSale(call: CallContext, input: AfterSaleLook): AfterSaleReply {
    callContextSchema.parse(call);
    const asked = afterSaleLookSchema.parse(input);
    const document = this.#documentFor(asked.by);
    if (document === null) return fail({ code: 'not_found' });
    const known = this.#core.commands.answered<Result<number, AfterSaleError>>(onceOf(asked));
    if (known !== null) return this.#granted(document, asked.by, known);
    const order = this.#core.show(document, viewerOf(document, asked.by));
    return order === null ? fail({ code: 'not_found' }) : ok({ order, replayed: false });
  }

  edit(call: CallContext, input: EditInput): Promise<EditReply> {
    return this.#edits.edit(call, input);
  }

  /**
   * A wish, with its effect and its answer in one transaction; with a key once. The version it led to is kept: a repeat shows
   * the order as it then was, and what was taken out of it since is not in the answer either.
   */
  async #command(
    call: CallContext,
    event: OrderEvent,
    { kind: as, customerId, once }: { kind: Viewer['as']; customerId: string | null; once: Once | null },
  ): Promise<CommandReply> {
    const { requestId } = callContextSchema.parse(call);
    const document = this.#core.document();
    if (document === null) return fail({ code: 'not_found' });
    const viewer: Viewer = { as, isOwn: document.customerId === customerId };
    const { kind, ...answer } = this.#core.commands.once(
      once,
      () => this.#obey(event, requestId, viewer),
      (reply) => reply.ok,
    );
    if (kind === 'key_reused' || !('reply' in answer)) return fail({ code: 'key_reused' });
    const { reply, replayed } = answer;
    if (!reply.ok) return reply;
    this.#core.host.waitUntil(this.#core.drain());
    const order = this.#core.show(this.#asOf(reply.value) ?? document, viewer);
    return order === null ? fail({ code: 'not_found' }) : ok({ order, replayed });
  }

  /** The version it led to. */
  #obey(event: OrderEvent, requestId: string, viewer: Viewer): Result<number, CommandError> {
    const parked = this.#core.outbox.parkedEffects().map(({ key }) => key);
    if (event.type === 'operator.step_retried' && !parked.includes(event.key)) {
      const document = this.#core.document();
      return document === null || document.state === 'needs_operator'
        ? fail(UNKNOWN_EFFECT)
        : fail(refusalOf(document, event));
    }
    const known = decidedBefore(this.#core.document(), event, viewer);
    if (known !== null) return known;
    const present = this.#core.document();
    if (event.type === 'operator.retried' && present !== null) {
      const detail = retryRefusal(present);
      if (detail !== null) return fail({ code: 'not_now', detail });
    }
    if (event.type === 'cancel.requested' && present !== null && isCardHandedOver(present))
      return fail({ code: 'not_now', detail: CARDS_HANDED_OVER });
    const outcome = this.#core.apply(event, requestId);
    const order = outcome === null ? null : this.#core.show(outcome.document, viewer);
    if (outcome === null || order === null) return fail({ code: 'not_found' });
    if (!outcome.allowed) return fail(refusalOf(outcome.document, event));
    if (event.type === 'operator.step_retried') this.#core.outbox.unparkOne(event.key);
    return ok(outcome.document.version);
  }

  /** Grants a wish once for its key. The version it led to is kept: a repeat shows the order as it then was. */
  #grant(asked: AfterSaleAsked, requestId: string): AfterSaleReply {
    const { by, wish } = asked;
    const document = this.#documentFor(by);
    if (document === null) return fail({ code: 'not_found' });
    const answer = this.#core.commands.once(
      onceOf(asked),
      (): Result<number, AfterSaleError> => {
        const at = this.#core.host.clock.now();
        const command = commandOf(document, { by, wish }, (kind) => this.#core.host.newId(kind), at);
        const error = checkAfterSale(document, command);
        if (error !== null) return fail(error);
        return ok(this.#core.apply(command, requestId)?.document.version ?? document.version);
      },
      (reply) => reply.ok,
    );
    return this.#granted(document, by, answer);
  }

  #asOf(version: number): OrderDocument | null {
    const present = this.#core.document();
    return present?.version === version ? present : this.#core.history.document(version);
  }

  /** Null: for whoever asks there is no such order. */
  #documentFor(by: AfterSaleAsked['by']): OrderDocument | null {
    const document = this.#core.document();
    return document !== null && mayAsk(document, by) && isPublic(document) ? document : null;
  }

  #granted(
    document: OrderDocument,
    by: AfterSaleAsked['by'],
    answer: Answered<Result<number, AfterSaleError>>,
  ): AfterSaleReply {
    if (answer.kind === 'key_reused') return fail({ code: 'key_reused' });
    if (!answer.reply.ok) return answer.reply;
    const then = this.#asOf(answer.reply.value) ?? document;
    const order = this.#core.show(then, viewerOf(then, by));
    return order === null ? fail({ code: 'not_found' }) : ok({ order, replayed: answer.replayed });
  }
}

const onceOf = ({ by, key, fingerprint }: AfterSaleLook): Once => ({ key: `${by.id}:${key}`, fingerprint });

const CARDS_HANDED_OVER =
  'Gift cards of this order were handed over and may be spent: refund everything, which gives back what is left on them.';
const UNKNOWN_EFFECT: CommandError = {
  code: 'refused',
  refusals: [{ pointer: '/effect', detail: 'is not the key of an effect that was given up' }],
  replayed: false,
};

/** Wishes that only an order that waits for a person grants. */
const FOR_OPERATORS: ReadonlySet<OrderEvent['type']> = new Set<OrderEvent['type']>([
  'operator.retried',
  'operator.step_retried',
  'operator.resolved',
]);

/** The same decision twice is one; another one comes too late. Null: none was made. */
function decidedBefore(
  document: OrderDocument | null,
  event: OrderEvent,
  viewer: Viewer,
): Result<number, CommandError> | null {
  const made = document?.fraud?.review?.decision ?? null;
  if (event.type !== 'review.decided' || document === null || made === null) return null;
  const order = publicOrder(document, viewer, event.at);
  if (order !== null && made.decision === event.decision) return ok(document.version);
  const was = made.decision === 'approve' ? 'approved' : 'refused';
  return fail({ code: 'not_now', detail: `The order was ${was} before.` });
}

/** Why the machine did not follow a wish. */
function refusalOf(document: OrderDocument, event: OrderEvent): CommandError {
  const state = specOf(document.state).public ?? document.state;
  if (event.type === 'review.decided') {
    return { code: 'not_now', detail: `Only an order in in_review is decided about; this one is ${state}.` };
  }
  if (FOR_OPERATORS.has(event.type) && document.state !== 'needs_operator') {
    return { code: 'not_now', detail: `This needs an order in needs_operator; this one is ${state}.` };
  }
  if (event.type !== 'operator.resolved') {
    return { code: 'not_now', detail: `The order is ${state}: it has gone too far for this.` };
  }
  if (event.as === 'completed' && !isAnythingPriced(document))
    return {
      code: 'not_now',
      detail: 'The order has no price yet, so nothing of it is completed: end it as cancelled.',
    };
  const difference = differenceOf(document, event.as);
  return isConfirmed(document, event.as, event.confirm)
    ? { code: 'not_now', detail: `The order would not stay ${event.as}: a person would be asked again.` }
    : { code: 'unconfirmed', difference: publicDifference(document, difference) };
}
