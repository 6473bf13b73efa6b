import type { z } from 'zod';
import { newCustomer } from '../documents.ts';
import { noSuch, parameterRefusal } from '../errors.ts';
import type { FormTree } from '../form.ts';
import {
  cancelIntentParams,
  captureIntentParams,
  confirmIntentParams,
  createCustomerParams,
  createIntentParams,
  createRefundParams,
  listParams,
  retrieveParams,
  searchParams,
  updateIntentParams,
} from '../parameters.ts';
import type { AnyDocument, DocumentKind } from '../storage.ts';
import type { OperationContext } from './context.ts';
import { listOf, searchIntents, type ListDocument } from './lists.ts';
import { cancelIntent, captureIntent } from './captures.ts';
import { confirmIntent, createIntent, updateIntent } from './payment-intents.ts';
import { createRefund } from './refunds.ts';

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

/** The part of the API this world speaks. */
export const OPERATIONS = {
  'payment_intents.create': operation(createIntentParams, createIntent),
  'payment_intents.retrieve': retrieve('payment_intent', 'intent'),
  'payment_intents.update': operation(updateIntentParams, updateIntent),
  'payment_intents.confirm': operation(confirmIntentParams, confirmIntent),
  'payment_intents.capture': operation(captureIntentParams, captureIntent),
  'payment_intents.cancel': operation(cancelIntentParams, cancelIntent),
  'payment_intents.list': operation(listParams, listOf('payment_intent', '/v1/payment_intents')),
  'payment_intents.search': operation(searchParams, searchIntents),
  'charges.retrieve': retrieve('charge', 'charge'),
  'charges.list': operation(listParams, listOf('charge', '/v1/charges')),
  'refunds.create': operation(createRefundParams, createRefund),
  'refunds.retrieve': retrieve('refund', 'refund'),
  'refunds.list': operation(listParams, listOf('refund', '/v1/refunds')),
  'events.retrieve': retrieve('event', 'id'),
  'events.list': operation(listParams, listOf('event', '/v1/events')),
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
