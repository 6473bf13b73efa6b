import { z } from 'zod';
import { callContextSchema, type CallContext } from '#shared/contracts/call.ts';
import type { Order, TimelineEntry } from '#shared/contracts/http/orders.ts';
import type { PaymentInstrument } from '#shared/contracts/payments.ts';
import { withoutWords } from '#shared/contracts/order-events.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { OrderCore } from './core.ts';
import type { OrderDocument } from './machine/document.ts';
import type { EffectStep } from './machine/intents.ts';
import { type ErasedPart, isErasable, openReturns, withoutPerson } from './machine/person.ts';
import { isPublic } from './machine/view.ts';

export const personInputSchema = z.strictObject({ personId: idSchema('user') });
export type PersonInput = z.infer<typeof personInputSchema>;

/** What an order keeps about its customer. */
export interface PersonalOrder {
  order: Order;
  timeline: TimelineEntry[];
  /** What staff wrote down about it for themselves. */
  staffNotes: { at: string; text: string }[];
  /** Where it came from; null: nobody told. */
  originCountry: string | null;
  instrument: Omit<PaymentInstrument, 'fingerprint'> | null;
  erasedAt: string | null;
}
/** `not_ended`: it is under way, or something of it is on its way back. */
export type EraseReply = Result<{ erased: boolean }, 'not_ended'>;

/** What becomes of a person's data in one order. */
export class OrderPersons {
  readonly #core: OrderCore;

  constructor(core: OrderCore) {
    this.#core = core;
  }

  /** Null: there is no such order of theirs. */
  personal(call: CallContext, input: PersonInput): PersonalOrder | null {
    callContextSchema.parse(call);
    const { personId } = personInputSchema.parse(input);
    const document = this.#core.document();
    if (document === null || document.customerId !== personId) return null;
    const order = this.#core.show(document, { as: 'customer', isOwn: true });
    if (order === null) return null;
    const { fingerprint: _fingerprint, ...instrument } = document.fraud?.instrument ?? { fingerprint: null };
    return {
      order,
      timeline: this.#core.storage.timeline({ as: 'customer' }),
      staffNotes: document.notes
        .filter(({ visible }) => !visible)
        .map(({ at, text }) => ({ at: rfc3339(at), text })),
      originCountry: document.fraud?.origin.country ?? null,
      instrument: 'brand' in instrument ? instrument : null,
      erasedAt: document.erased === undefined ? null : rfc3339(document.erased.at),
    };
  }

  /** Returns of it that are open, for whoever wants to erase its customer. */
  openReturns(call: CallContext): boolean {
    callContextSchema.parse(call);
    const document = this.#core.document();
    return document !== null && openReturns(document).length > 0;
  }

  /**
   * Takes the person out of the order, of all its versions, its log, its answers and what it sent, in one transaction; the
   * order has another version then. Repeats do nothing.
   */
  erase(call: CallContext, input: PersonInput): EraseReply {
    const { requestId } = callContextSchema.parse(call);
    const { personId } = personInputSchema.parse(input);
    const done = this.#core.host.storage.transactionSync((): EraseReply => {
      const document = this.#core.document();
      const part = document === null ? null : partOf(document, personId);
      if (document === null || part === null) return ok({ erased: false });
      if (document.erased?.part === part || document.erased?.part === 'customer')
        return ok({ erased: false });
      if (part === 'customer' && !isErasable(document)) return fail('not_ended');
      this.#take(document, part, { personId, requestId });
      return ok({ erased: true });
    });
    this.#core.host.waitUntil(this.#core.drain());
    return done;
  }

  #take(document: OrderDocument, part: ErasedPart, { personId, requestId }: PersonInput & CallContext): void {
    const { storage, history, commands, outbox, host } = this.#core;
    const at = host.clock.now();
    const before = withoutPerson(document, part);
    const after: OrderDocument = {
      ...before,
      version: document.version + 1,
      updatedAt: at,
      erased: { part, at },
    };
    history.rewrite((kept) => withoutPerson(kept, part));
    history.add(before, after, { at, by: { kind: 'system', id: null }, what: 'customer.erased', why: '' });
    if (part === 'customer') storage.wipeTimeline();
    commands.forgetOf(personId);
    outbox.forgetWords(({ step, requestId: asked }) => {
      const rewritten = part === 'customer' ? stepWithout(step) : step;
      return rewritten === null ? null : { step: rewritten, requestId: asked };
    });
    this.#core.replace(after, requestId);
    const answer = storage.placeAnswer();
    const order = this.#core.show(after, { as: 'customer' });
    if (answer?.kind === 'placed' && order !== null) storage.replacePlaceAnswer({ kind: 'placed', order });
  }
}

/** An organisation's order is the organisation's; who placed it is only to be reached no more. */
function partOf(document: OrderDocument, personId: string): ErasedPart | null {
  if (!isPublic(document) && document.state !== 'rejected') return null;
  if (document.customerId === personId) return 'customer';
  return document.placedBy === personId ? 'contact' : null;
}

/** What is still to be done, without anybody's words; null: there is nobody to tell. */
function stepWithout(step: EffectStep): EffectStep | null {
  if (step.step === 'mail') return null;
  if (step.step !== 'publish') return step;
  return { ...step, event: { ...step.event, data: withoutWords(step.event.data) } };
}
