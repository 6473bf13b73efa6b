import type { CatalogueService } from '#shared/contracts/catalogue.ts';
import { systemClock } from '#shared/time/time.ts';
import { systemChance } from '../lib/host.ts';
import type { ObjectNamespace } from '../lib/namespace.ts';
import type { PromotionFace } from '../promotion/face.ts';
import type { PricingService } from './face.ts';
import { pricingService } from './service.ts';
import { httpTaxService } from './tax-service.ts';

export interface PricingEnv {
  CATALOGUE: CatalogueService;
  COMMERCE_DB: D1Database;
  ORDERS_DB: D1Database;
  PROMOTION: ObjectNamespace<PromotionFace>;
  /** ISO 3166-1 alpha-2: where a customer is who did not say. */
  HOME_COUNTRY: string;
  /** Empty: the shop's own rates. */
  TAX_SERVICE_BASE: string;
  TAX_SERVICE_KEY?: string;
}

/** Pricing as a worker or an object of it binds it. */
export const pricingOf = (env: PricingEnv): PricingService =>
  pricingService({
    clock: systemClock,
    catalogue: env.CATALOGUE,
    commerce: env.COMMERCE_DB,
    orders: env.ORDERS_DB,
    promotions: env.PROMOTION,
    chance: systemChance,
    taxService:
      env.TAX_SERVICE_BASE === ''
        ? null
        : httpTaxService({ base: env.TAX_SERVICE_BASE, apiKey: env.TAX_SERVICE_KEY ?? '' }),
    home: { country: env.HOME_COUNTRY, region: null },
  });
