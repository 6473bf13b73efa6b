import { card } from './make.ts';
import type { Aftermath, TestMethod } from './types.ts';

const chargeback = (reason: string, networkReasonCode: string, times = 1): Aftermath => ({
  kind: 'dispute',
  reason,
  networkReasonCode,
  case: 'chargeback',
  times,
});
const inquiry = (reason: string, networkReasonCode: string): Aftermath => ({
  kind: 'dispute',
  reason,
  networkReasonCode,
  case: 'inquiry',
  times: 1,
});

/** Cards that pay and make trouble afterwards (https://docs.stripe.com/testing#disputes, #refunds). */
export const TROUBLING_CARDS: readonly TestMethod[] = [
  card('pm_card_createDispute', '4000000000000259', 'Disputed as fraudulent', {
    aftermath: chargeback('fraudulent', '10.4'),
  }),
  card('pm_card_createDisputeProductNotReceived', '4000000000002685', 'Disputed as not received', {
    aftermath: chargeback('product_not_received', '13.1'),
  }),
  card('pm_card_createDisputeInquiry', '4000000000001976', 'The bank inquires; no money is taken', {
    aftermath: inquiry('fraudulent', '10'),
  }),
  card('pm_card_createMultipleDisputes', '4000004040000079', 'Disputed twice', {
    aftermath: chargeback('fraudulent', '10.4', 2),
  }),
  card('pm_card_createIssuerFraudRecord', '4000000000005423', 'The issuer warns of fraud', {
    aftermath: { kind: 'fraud_warning' },
  }),
  card('pm_card_pendingRefund', '4000000000007726', 'Succeeds; refunds are pending first', {
    refunds: 'pending_first',
  }),
  card('pm_card_refundFail', '4000000000005126', 'Succeeds; refunds fail later', { refunds: 'fails_later' }),
];
