import { DurableObject } from 'cloudflare:workers';
import type { CallContext } from '#shared/contracts/call.ts';
import { type CopiedFace, copyObject, type PasteInput, pasteObject } from '../lib/copies.ts';
import { hostOf } from '../lib/host.ts';
import { ringUnlessRestoring } from '../lib/resting.ts';
import { PromotionEngine } from './engine.ts';
import type { ClaimUseInput, PromotionFace, ReturnUseInput, RoomInput } from './face.ts';
import { PROMOTION_MIGRATIONS } from './migrations.ts';

/** The platform's shell of a promotion's uses: everything happens in its engine. */
export class Promotion extends DurableObject<object> implements PromotionFace, CopiedFace {
  #engine: PromotionEngine;

  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    this.#engine = new PromotionEngine(hostOf(ctx));
  }

  async claim(call: CallContext, input: ClaimUseInput) {
    return this.#engine.claim(call, input);
  }
  async giveBack(call: CallContext, input: ReturnUseInput) {
    return this.#engine.giveBack(call, input);
  }
  async hasRoom(call: CallContext, input: RoomInput) {
    return this.#engine.hasRoom(call, input);
  }
  async uses(call: CallContext) {
    return this.#engine.uses(call);
  }
  async copy(call: CallContext) {
    return copyObject(call, this.ctx.storage);
  }
  async paste(call: CallContext, input: PasteInput) {
    const isPasted = pasteObject(call, this.ctx.storage, PROMOTION_MIGRATIONS, input);
    // What there is it looks for when it begins.
    this.#engine = new PromotionEngine(hostOf(this.ctx));
    return isPasted;
  }
  override async alarm() {
    await ringUnlessRestoring(this.env, this.ctx.storage, () => this.#engine.alarm());
  }
}
