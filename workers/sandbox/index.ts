import { app } from './app.ts';

export { Broker } from './broker/object.ts';
export { DomainNames } from './dns/object.ts';
export { Warehouse } from './fulfilment/object.ts';
export { Mailbox } from './mail/object.ts';
export { Partner } from './partner/object.ts';
export { PaymentService } from './stripe/object.ts';

export default { fetch: app.fetch };
