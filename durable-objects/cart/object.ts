import { DurableObject } from 'cloudflare:workers';
import type { CallContext } from '#shared/contracts/call.ts';
import type { BindingKind } from '#shared/observability/costs.ts';
import { meterWork } from '#shared/observability/work.ts';
import type { BuyerFace } from '../buyer/face.ts';
import { type CopiedFace, copyObject, type PasteInput, pasteObject } from '../lib/copies.ts';
import { hostOf } from '../lib/host.ts';
import { ringUnlessRestoring } from '../lib/resting.ts';
import { callObject, type ObjectNamespace } from '../lib/namespace.ts';
import type { OrderFace } from '../order/face.ts';
import { type PricingEnv, pricingOf } from '../pricing/of-env.ts';
import { CartEngine } from './engine.ts';
import type {
  AddInput,
  Asker,
  CartFace,
  ChangeInput,
  CheckoutInput,
  CheckoutKey,
  ClaimInput,
  OpenInput,
  RemoveInput,
  SettingsInput,
} from './face.ts';
import type { AbsorbedCart } from './machine/lines.ts';
import { CART_MIGRATIONS } from './migrations.ts';
import type { CartPorts } from './ports.ts';
import { cartPricer } from './pricing.ts';

export interface CartEnv extends PricingEnv {
  ORDER: ObjectNamespace<OrderFace>;
  BUYER: ObjectNamespace<BuyerFace>;
  CART: ObjectNamespace<CartFace>;
}
const BINDINGS: Partial<Record<keyof CartEnv, BindingKind>> = {
  CATALOGUE: 'service',
  COMMERCE_DB: 'd1',
  ORDERS_DB: 'd1',
  ORDER: 'object',
  BUYER: 'object',
  CART: 'object',
  PROMOTION: 'object',
};

/** The platform's shell of a cart: everything happens in its engine. */
export class Cart extends DurableObject<CartEnv> implements CartFace, CopiedFace {
  readonly #engine: CartEngine;

  constructor(ctx: DurableObjectState, env: CartEnv) {
    super(ctx, env);
    this.#engine = new CartEngine(hostOf(ctx), outside(env));
  }

  async open(call: CallContext, input: OpenInput) {
    return this.#engine.open(call, input);
  }
  async read(call: CallContext, asker: Asker) {
    return this.#engine.read(call, asker);
  }
  async add(call: CallContext, asker: Asker, input: AddInput) {
    return this.#engine.add(call, asker, input);
  }
  async change(call: CallContext, asker: Asker, input: ChangeInput) {
    return this.#engine.change(call, asker, input);
  }
  async remove(call: CallContext, asker: Asker, input: RemoveInput) {
    return this.#engine.remove(call, asker, input);
  }
  async changeSettings(call: CallContext, asker: Asker, input: SettingsInput) {
    return this.#engine.changeSettings(call, asker, input);
  }
  async addCode(call: CallContext, asker: Asker, code: string) {
    return this.#engine.addCode(call, asker, code);
  }
  async removeCode(call: CallContext, asker: Asker, code: string) {
    return this.#engine.removeCode(call, asker, code);
  }
  async quote(call: CallContext, asker: Asker) {
    return this.#engine.quote(call, asker);
  }
  async claim(call: CallContext, input: ClaimInput) {
    return this.#engine.claim(call, input);
  }
  async absorb(call: CallContext, input: AbsorbedCart) {
    return this.#engine.absorb(call, input);
  }
  async erase(call: CallContext, asker: Asker) {
    return this.#engine.erase(call, asker);
  }
  async checkoutAgain(call: CallContext, input: CheckoutKey) {
    return this.#engine.checkoutAgain(call, input);
  }
  async checkout(call: CallContext, input: CheckoutInput) {
    return this.#engine.checkout(call, input);
  }
  async copy(call: CallContext) {
    return copyObject(call, this.ctx.storage);
  }
  async paste(call: CallContext, input: PasteInput) {
    return pasteObject(call, this.ctx.storage, CART_MIGRATIONS, input);
  }
  override async alarm() {
    await ringUnlessRestoring(this.env, this.ctx.storage, () => this.#engine.alarm());
  }
}

function outside(env: CartEnv): CartPorts {
  const metered = meterWork(env, BINDINGS);
  const { ORDER, BUYER, CART } = metered;
  return {
    pricer: cartPricer(pricingOf(metered)),
    order: (orderId, act) => callObject(ORDER, orderId, act),
    buyer: (customerId, act) => callObject(BUYER, customerId, act),
    cart: (cartId, act) => callObject(CART, cartId, act),
  };
}
