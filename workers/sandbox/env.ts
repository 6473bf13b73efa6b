import type { GeneratedEnv } from './env.generated.ts';
import type { Broker } from './broker/object.ts';
import type { DomainNames } from './dns/object.ts';
import type { Warehouse } from './fulfilment/object.ts';
import type { Mailbox } from './mail/object.ts';
import type { Partner } from './partner/object.ts';
import type { PaymentService } from './stripe/object.ts';

export type Env = Omit<
  GeneratedEnv,
  'PAYMENT_SERVICE' | 'PARTNER' | 'MAILBOX' | 'DOMAIN_NAMES' | 'BROKER' | 'WAREHOUSE'
> & {
  BROKER: DurableObjectNamespace<Broker>;
  WAREHOUSE: DurableObjectNamespace<Warehouse>;
  PAYMENT_SERVICE: DurableObjectNamespace<PaymentService>;
  PARTNER: DurableObjectNamespace<Partner>;
  MAILBOX: DurableObjectNamespace<Mailbox>;
  DOMAIN_NAMES: DurableObjectNamespace<DomainNames>;
};

/** One of each: this world has one payment account, one partner, one broker, one warehouse, and so on. */
const THE_ONE = 'the-one';
export const paymentService = (env: Env) => env.PAYMENT_SERVICE.getByName(THE_ONE);
export const partner = (env: Env) => env.PARTNER.getByName(THE_ONE);
export const broker = (env: Env) => env.BROKER.getByName(THE_ONE);
export const warehouse = (env: Env) => env.WAREHOUSE.getByName(THE_ONE);
export const mailbox = (env: Env) => env.MAILBOX.getByName(THE_ONE);
export const domainNames = (env: Env) => env.DOMAIN_NAMES.getByName(THE_ONE);
