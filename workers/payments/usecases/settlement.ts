/** A movement of our balance at the provider, as kept; amounts in minor units of `currency`, times RFC 3339. */
export interface SettlementRow {
  transaction_id: string;
  provider: string;
  payment_id: string;
  order_id: string | null;
  category: string;
  source: string;
  payment_currency: string;
  currency: string;
  amount: number;
  fee: number;
  net: number;
  exchange_rate: string | null;
  occurred_at: string;
  available_at: string;
}
