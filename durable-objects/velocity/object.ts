import { DurableObject } from 'cloudflare:workers';
import type { CallContext } from '#shared/contracts/call.ts';
import { hostOf } from '../lib/host.ts';
import { VelocityEngine } from './engine.ts';
import type { CountInput, VelocityFace } from './face.ts';

/** The platform's shell of a subject's count: everything happens in its engine. */
export class Velocity extends DurableObject<object> implements VelocityFace {
  readonly #engine: VelocityEngine;

  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    this.#engine = new VelocityEngine(hostOf(ctx));
  }

  async count(call: CallContext, input: CountInput) {
    return this.#engine.count(call, input);
  }
  override async alarm() {
    await this.#engine.alarm();
  }
}
