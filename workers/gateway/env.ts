import type { AppVariables } from '#shared/http/app.ts';
import type { BindingKind } from '#shared/observability/costs.ts';
import type { GeneratedEnv } from './env.generated.ts';
import type { BrowserCart } from './cart-cookie.ts';
import type { Session } from './session.ts';

export type Env = GeneratedEnv;

export const BINDINGS: Partial<Record<keyof Env, BindingKind>> = {
  AUTH: 'service',
  CATALOGUE: 'service',
  PAYMENTS: 'service',
  PROVISIONER: 'service',
  PURCHASE: 'service',
};

/** Bindings and variables of a page route. */
export interface PageEnv {
  Bindings: Env;
  Variables: AppVariables & {
    session: Session;
    cart: BrowserCart;
    /** Origin of a vendor whose widget this very page shows: its policy lets that in, and no other page's does. */
    vendorOrigin?: string;
  };
}
