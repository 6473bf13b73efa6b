import type { z } from 'zod';
import { newCustomer } from '../documents/customer.ts';
import { noSuch, parameterRefusal } from '../errors.ts';
import type { FormTree } from '../form.ts';
import { given, plainParams, retrieveParams } from '../parameters/common.ts';
import { createCustomerParams } from '../parameters/customers.ts';
import { updateDisputeParams } from '../parameters/disputes.ts';
import {
  balanceListParams,
  chargeListParams,
  eventListParams,
  intentListParams,
  listParams,
  partListParams,
  searchParams,
} from '../parameters/lists.ts';
import {
  cancelIntentParams,
  captureIntentParams,
  confirmIntentParams,
  createIntentParams,
  updateIntentParams,
} from '../parameters/payment-intents.ts';
import { createRefundParams } from '../parameters/refunds.ts';
import type { AnyDocument, DocumentKind } from '../storage.ts';
import { cancelIntent, captureIntent } from './captures.ts';
import type { OperationContext } from './context.ts';
import { closeDispute, updateDispute } from './disputes.ts';
import { listOf, searchIntents, type ListDocument } from './lists.ts';
import { confirmIntent, createIntent, updateIntent } from './payment-intents.ts';
import { createRefund } from './refunds.ts';
import { approveReview } from './reviews.ts';

export type OperationResult = AnyDocument | ListDocument;
type Run<Params> = (context: OperationContext, id: string, params: Params) => OperationResult;
export interface Prepared {
  run: (context: OperationContext) => OperationResult;
  expand: string[];
}
type Operation = (id: string, params: FormTree) => Prepared;

/** Checks the parameters first; the result runs with what was understood. */
function operation<Schema extends z.ZodType<{ expand?: string[] | undefined }>>(
  schema: Schema,
  run: Run<z.infer<Schema>>,
): Operation {
  return (id, params) => {
    const parsed = schema.safeParse(params, { reportInput: true });
    if (!parsed.success) throw parameterRefusal(parsed.error);
    return { run: (context) => run(context, id, parsed.data), expand: parsed.data.expand ?? [] };
  };
}

const retrieve = (kind: DocumentKind, param: string): Operation =>
  operation(retrieveParams, (context, id) => {
    const document = context.store.get(kind, id);
    if (document === null) throw noSuch(kind, id, param);
    return document;
  });

/** Parts of a payment: by charge or by payment. */
const partsOf = (kind: 'refund' | 'dispute' | 'radar.early_fraud_warning', url: string): Operation =>
  operation(
    partListParams,
    listOf(kind, url, ({ charge, payment_intent }) => ({ fields: given({ charge, payment_intent }) })),
  );

/** The list is the queue: closed reviews are not in it. */
const OPEN_REVIEWS = { fields: { open: true } };

/** The part of the API this world speaks. */
export const OPERATIONS = {
  'payment_intents.create': operation(createIntentParams, createIntent),
  'payment_intents.retrieve': retrieve('payment_intent', 'intent'),
  'payment_intents.update': operation(updateIntentParams, updateIntent),
  'payment_intents.confirm': operation(confirmIntentParams, confirmIntent),
  'payment_intents.capture': operation(captureIntentParams, captureIntent),
  'payment_intents.cancel': operation(cancelIntentParams, cancelIntent),
  'payment_intents.list': operation(
    intentListParams,
    listOf('payment_intent', '/v1/payment_intents', ({ customer }) => ({ fields: given({ customer }) })),
  ),
  'payment_intents.search': operation(searchParams, searchIntents),
  'charges.retrieve': retrieve('charge', 'charge'),
  'charges.list': operation(
    chargeListParams,
    listOf('charge', '/v1/charges', ({ customer, payment_intent, transfer_group }) => ({
      fields: given({ customer, payment_intent, transfer_group }),
    })),
  ),
  'refunds.create': operation(createRefundParams, createRefund),
  'refunds.retrieve': retrieve('refund', 'refund'),
  'refunds.list': partsOf('refund', '/v1/refunds'),
  'disputes.list': partsOf('dispute', '/v1/disputes'),
  'disputes.retrieve': retrieve('dispute', 'dispute'),
  'disputes.update': operation(updateDisputeParams, updateDispute),
  'disputes.close': operation(plainParams, (context, id) => closeDispute(context, id)),
  'balance_transactions.list': operation(
    balanceListParams,
    listOf('balance_transaction', '/v1/balance_transactions', ({ type, source, currency, payout }) => ({
      fields: given({ type, source, currency, payout }),
    })),
  ),
  'balance_transactions.retrieve': retrieve('balance_transaction', 'id'),
  'reviews.list': operation(
    listParams,
    listOf('review', '/v1/reviews', () => OPEN_REVIEWS),
  ),
  'reviews.retrieve': retrieve('review', 'review'),
  'reviews.approve': operation(plainParams, (context, id) => approveReview(context, id)),
  'early_fraud_warnings.list': partsOf('radar.early_fraud_warning', '/v1/radar/early_fraud_warnings'),
  'early_fraud_warnings.retrieve': retrieve('radar.early_fraud_warning', 'early_fraud_warning'),
  'events.retrieve': retrieve('event', 'id'),
  'events.list': operation(
    eventListParams,
    listOf('event', '/v1/events', ({ type, types }) => ({
      labels: types ?? (type === undefined ? null : [type]),
    })),
  ),
  'payment_methods.retrieve': retrieve('payment_method', 'payment_method'),
  'customers.retrieve': retrieve('customer', 'customer'),
  'customers.list': operation(listParams, listOf('customer', '/v1/customers')),
  'customers.create': operation(createCustomerParams, (context, _id, input) => {
    const customer = newCustomer(
      {
        email: input.email ?? null,
        name: input.name ?? null,
        description: input.description ?? null,
        metadata: input.metadata ?? {},
      },
      context.now,
    );
    context.store.put(customer);
    return customer;
  }),
} as const satisfies Record<string, Operation>;
export type OperationName = keyof typeof OPERATIONS;
