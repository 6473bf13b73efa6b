import { callContextSchema, type CallContext } from '#shared/contracts/call.ts';
import { fail, ok } from '#shared/domain/result.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import { within } from '../lib/host.ts';
import { mayAsk, viewerOf } from './after-sale.ts';
import type { OrderCore } from './core.ts';
import { type EditInput, editInputSchema, type EditReply, preparedEdit } from './edit.ts';
import { editRefusal } from './machine/after-sale/edit.ts';
import type { OrderDocument } from './machine/document.ts';
import type { EffectStep } from './machine/intents.ts';

type UndoStep = Extract<EffectStep, { step: 'edit.undo' }>;

/** How long an edit waits for the one before it, and for what that one left to be done. */
const TURN_WAIT_MS = 10 * SECOND_MS;
const BUSY: EditReply = fail({
  code: 'not_allowed',
  detail: 'Another change of this order is under way: try again in a moment.',
});
/** What an edit would run into: the undoing of one before it, and its payment that asks for less. */
const LEFT: ReadonlySet<EffectStep['step']> = new Set<EffectStep['step']>(['edit.undo', 'payment.change']);

/**
 * Changes before the payment, one at a time. What is needed for one is taken first, written down before it is asked for;
 * the change and the end of that record are one transaction; only then goes back what is not needed any more.
 */
export class Edits {
  readonly #core: OrderCore;
  #turn: Promise<void> | null = null;

  constructor(core: OrderCore) {
    this.#core = core;
  }

  async edit(call: CallContext, input: EditInput): Promise<EditReply> {
    callContextSchema.parse(call);
    const asked = editInputSchema.parse(input);
    const { clock, after } = this.#core.host;
    const until = clock.now() + TURN_WAIT_MS;
    while (this.#turn !== null) {
      const left = until - clock.now();
      if (left <= 0) return BUSY;
      await within(after, left, this.#turn);
    }
    let done = (): void => {};
    this.#turn = new Promise((resolve) => {
      done = resolve;
    });
    try {
      return await this.#edit(call, asked);
    } finally {
      this.#turn = null;
      done();
    }
  }

  async #edit(call: CallContext, asked: EditInput): Promise<EditReply> {
    const core = this.#core;
    const { by, change, version } = asked;
    const present = core.document();
    if (present === null || !mayAsk(present, by)) return fail({ code: 'not_found' });
    const before = this.#answeredBefore(asked, present);
    if (before !== null) return before;
    if (!(await this.#isClear())) return BUSY;
    const document = core.document() ?? present;
    if (version !== null && version !== document.version) return fail({ code: 'changed' });
    const refused = editRefusal(document, change);
    if (refused !== null) return fail(refused);
    const { requestId } = call;
    const editId = core.host.newId('operation');
    const taken: { step: UndoStep | null; isGivenUp: boolean } = { step: null, isGivenUp: true };
    try {
      const prepared = await preparedEdit(
        {
          ports: core.ports,
          document,
          call,
          editId,
          newIds: () => core.newLine(document.customerId),
          begin: (taking) => {
            taken.step = { step: 'edit.undo', editId, ...taking };
            core.beginEdit(taken.step, requestId);
          },
          isOn: () => core.isEditOn(editId),
        },
        asked,
      );
      if (!prepared.ok) return prepared;
      const edited = core.host.storage.transactionSync(() => {
        // The outside was asked meanwhile: what was decided on must still be so, and what was taken still the edit's.
        if (core.document()?.version !== document.version) return null;
        if (taken.step !== null && !core.isEditOn(editId)) return null;
        const outcome = core.apply(prepared.value, requestId);
        if (taken.step !== null) core.editWritten(taken.step);
        const made = outcome?.document.version ?? document.version;
        core.commands.once(
          asked.once,
          () => made,
          () => true,
        );
        return outcome;
      });
      const order = edited === null ? null : core.show(edited.document, viewerOf(document, by));
      if (order === null) return fail({ code: 'changed' });
      taken.isGivenUp = false;
      core.host.waitUntil(core.drain());
      return ok({ order, replayed: false });
    } finally {
      if (taken.step !== null && taken.isGivenUp) core.editGivenUp(taken.step, requestId);
    }
  }

  /** A repeat of a request that was granted shows the order as it then was. */
  #answeredBefore({ once, by }: EditInput, present: OrderDocument): EditReply | null {
    const known = once === null ? null : this.#core.commands.answered<number>(once);
    if (known === null) return null;
    if (known.kind === 'key_reused') return fail({ code: 'key_reused' });
    const order = this.#core.show(this.#core.history.document(known.reply) ?? present, viewerOf(present, by));
    return order === null ? fail({ code: 'not_found' }) : ok({ order, replayed: true });
  }

  /** Nothing of an edit before this one is left to be done. */
  async #isClear(): Promise<boolean> {
    const { outbox, host } = this.#core;
    const left = () => outbox.openEffects().filter(({ payload }) => LEFT.has(payload.step.step));
    const open = left();
    if (open.length === 0) return true;
    for (const { key } of open) outbox.hasten(key);
    await within(host.after, TURN_WAIT_MS, this.#core.drain());
    return left().length === 0;
  }
}
