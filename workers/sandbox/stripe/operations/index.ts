import { ACCOUNT } from '../documents/account.ts';
import { given, plainParams } from '../parameters/common.ts';
import {
  createCustomerParams,
  customerListParams,
  customerMethodParams,
  fundParams,
  methodListParams,
  updateCustomerParams,
} from '../parameters/customers.ts';
import { updateDisputeParams } from '../parameters/disputes.ts';
import {
  balanceListParams,
  chargeListParams,
  eventListParams,
  intentListParams,
  listParams,
  searchParams,
} from '../parameters/lists.ts';
import { attachMethodParams, createMethodParams, updateMethodParams } from '../parameters/methods.ts';
import {
  cancelIntentParams,
  captureIntentParams,
  confirmIntentParams,
  createIntentParams,
  updateIntentParams,
} from '../parameters/payment-intents.ts';
import { createRefundParams } from '../parameters/refunds.ts';
import {
  cancelSetupParams,
  confirmSetupParams,
  createSetupParams,
  setupListParams,
  updateSetupParams,
} from '../parameters/setup-intents.ts';
import { verifyParams } from '../parameters/verify.ts';
import {
  listConfigurations,
  listEndpoints,
  retrieveConfiguration,
  retrieveCountry,
  retrieveEndpoint,
} from './account.ts';
import { cancelIntent, captureIntent } from './captures.ts';
import { need } from './context.ts';
import { cashBalance, createCustomer, deleteCustomer, fundCashBalance, updateCustomer } from './customers.ts';
import { closeDispute, updateDispute } from './disputes.ts';
import { listOf, searchIntents } from './lists.ts';
import { operation, partsOf, retrieve, type Operation } from './operation.ts';
import { confirmIntent, createIntent, updateIntent } from './payment-intents.ts';
import { attachMethod, createMethod, detachMethod, updateMethod } from './payment-methods.ts';
import { createRefund } from './refunds.ts';
import { verifyDeposits } from './verify.ts';
import { approveReview } from './reviews.ts';
import { cancelSetup, confirmSetup, createSetup, updateSetup } from './setup-intents.ts';

/** The list is the queue: closed reviews are not in it. */
const OPEN_REVIEWS = { fields: { open: true } };

const PAYMENTS = {
  'payment_intents.create': operation(createIntentParams, createIntent),
  'payment_intents.retrieve': retrieve('payment_intent', 'intent'),
  'payment_intents.update': operation(updateIntentParams, updateIntent),
  'payment_intents.confirm': operation(confirmIntentParams, confirmIntent),
  'payment_intents.verify': operation(verifyParams, verifyDeposits('payment_intent')),
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
} as const satisfies Record<string, Operation>;

const TROUBLE = {
  'disputes.list': partsOf('dispute', '/v1/disputes'),
  'disputes.retrieve': retrieve('dispute', 'dispute'),
  'disputes.update': operation(updateDisputeParams, updateDispute),
  'disputes.close': operation(plainParams, (context, id) => closeDispute(context, id)),
  'reviews.list': operation(
    listParams,
    listOf('review', '/v1/reviews', () => OPEN_REVIEWS),
  ),
  'reviews.retrieve': retrieve('review', 'review'),
  'reviews.approve': operation(plainParams, (context, id) => approveReview(context, id)),
  'early_fraud_warnings.list': partsOf('radar.early_fraud_warning', '/v1/radar/early_fraud_warnings'),
  'early_fraud_warnings.retrieve': retrieve('radar.early_fraud_warning', 'early_fraud_warning'),
} as const satisfies Record<string, Operation>;

const CUSTOMERS = {
  'customers.create': operation(createCustomerParams, createCustomer),
  'customers.retrieve': retrieve('customer', 'id'),
  'customers.update': operation(updateCustomerParams, updateCustomer),
  'customers.delete': operation(plainParams, deleteCustomer),
  'customers.list': operation(
    customerListParams,
    listOf('customer', '/v1/customers', ({ email }) => ({ fields: given({ email }) })),
  ),
  'customers.payment_methods': operation(customerMethodParams, (context, id, input) =>
    listOf<typeof input>('payment_method', `/v1/customers/${id}/payment_methods`, ({ type }) => ({
      fields: { customer: need(context, 'customer', id).id, ...given({ type }) },
    }))(context, id, input),
  ),
  'customers.cash_balance': operation(plainParams, cashBalance),
  'customers.cash_balance_transactions': operation(listParams, (context, id, input) =>
    listOf('customer_cash_balance_transaction', `/v1/customers/${id}/cash_balance_transactions`, () => ({
      parent: id,
    }))(context, id, input),
  ),
  'customers.fund': operation(fundParams, fundCashBalance),
  'payment_methods.create': operation(createMethodParams, createMethod),
  'payment_methods.retrieve': retrieve('payment_method', 'payment_method'),
  'payment_methods.update': operation(updateMethodParams, updateMethod),
  'payment_methods.attach': operation(attachMethodParams, attachMethod),
  'payment_methods.detach': operation(plainParams, detachMethod),
  'payment_methods.list': operation(
    methodListParams,
    listOf('payment_method', '/v1/payment_methods', ({ customer, type }) => ({
      fields: given({ customer, type }),
    })),
  ),
  'setup_intents.create': operation(createSetupParams, createSetup),
  'setup_intents.retrieve': retrieve('setup_intent', 'intent'),
  'setup_intents.update': operation(updateSetupParams, updateSetup),
  'setup_intents.confirm': operation(confirmSetupParams, confirmSetup),
  'setup_intents.verify': operation(verifyParams, verifyDeposits('setup_intent')),
  'setup_intents.cancel': operation(cancelSetupParams, cancelSetup),
  'setup_intents.list': operation(
    setupListParams,
    listOf('setup_intent', '/v1/setup_intents', ({ customer, payment_method }) => ({
      fields: given({ customer, payment_method }),
    })),
  ),
} as const satisfies Record<string, Operation>;

const ACCOUNTS = {
  'account.retrieve': operation(plainParams, () => ACCOUNT),
  'country_specs.retrieve': operation(plainParams, retrieveCountry),
  'webhook_endpoints.list': operation(listParams, listEndpoints),
  'webhook_endpoints.retrieve': operation(plainParams, retrieveEndpoint),
  'payment_method_configurations.list': operation(listParams, listConfigurations),
  'payment_method_configurations.retrieve': operation(plainParams, retrieveConfiguration),
  'balance_transactions.list': operation(
    balanceListParams,
    listOf('balance_transaction', '/v1/balance_transactions', ({ type, source, currency, payout }) => ({
      fields: given({ type, source, currency, payout }),
    })),
  ),
  'balance_transactions.retrieve': retrieve('balance_transaction', 'id'),
  'events.retrieve': retrieve('event', 'id'),
  'events.list': operation(
    eventListParams,
    listOf('event', '/v1/events', ({ type, types }) => ({
      labels: types ?? (type === undefined ? null : [type]),
    })),
  ),
} as const satisfies Record<string, Operation>;

/** The part of the API this world speaks. */
export const OPERATIONS = { ...PAYMENTS, ...TROUBLE, ...CUSTOMERS, ...ACCOUNTS };
export type OperationName = keyof typeof OPERATIONS;
