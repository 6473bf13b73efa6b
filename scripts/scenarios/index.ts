import { buysAndReceives } from './buys-and-receives.ts';
import * as wrong from './goes-wrong.ts';
import { buysBundles } from './buys-bundles.ts';
import { buysGiftCards } from './buys-gift-cards.ts';
import { buysOfPartners } from './buys-of-partners.ts';
import * as plans from './changes-its-plan.ts';
import { importsProducts } from './imports-products.ts';
import * as kept from './keeps-a-method.ts';
import * as past from './money-moves-past-the-order.ts';
import * as suspicious from './looks-suspicious.ts';
import { paysWithGiftCards } from './pays-with-gift-cards.ts';
import { paysLess } from './pays-less.ts';
import * as faults from './lost-and-repeated.ts';
import { signsInByPasskey } from './signs-in-by-passkey.ts';
import { tellsMerchants } from './tells-merchants.ts';
import * as transfers from './transfers-money.ts';
import * as verified from './verifies-an-account.ts';
import type { Scenario } from './world.ts';

/** The journey and every way it goes wrong, as run by `npm run demo` and by the system tests. */
export const SCENARIOS: readonly Scenario[] = [
  importsProducts,
  signsInByPasskey,
  buysAndReceives,
  buysOfPartners,
  buysBundles,
  buysGiftCards,
  paysWithGiftCards,
  paysLess,
  tellsMerchants,
  ...Object.values(wrong),
  ...Object.values(faults),
  ...Object.values(kept),
  ...Object.values(transfers),
  ...Object.values(verified),
  ...Object.values(past),
  ...Object.values(suspicious),
  ...Object.values(plans),
];

/** Those that need nothing but test cards: they also run against Stripe itself. */
export const STRIPE_SCENARIOS: readonly Scenario[] = [
  buysAndReceives,
  wrong.cardDeclined,
  wrong.partnerRefuses,
  wrong.customerCancels,
];
