import type { MethodSetup, SavedMethod, UnverifiedMethod } from '#shared/contracts/http/payment-methods.ts';
import type { PaymentError } from '#shared/contracts/payments.ts';
import type { Result } from '#shared/domain/result.ts';
import type { Clock } from '#shared/time/time.ts';

/** What a provider keeps of customers: `account` is whom it knows one of them as. */
export interface MethodVault {
  /** One account a customer and generation: safe to repeat, also after `askedAt` (epoch milliseconds) is long ago. */
  openAccount(input: {
    customerId: string;
    generation: number;
    askedAt: number;
  }): Promise<Result<string, PaymentError>>;
  /** Newest first. */
  list(account: string): Promise<Result<SavedMethod[], PaymentError>>;
  /** Accounts entered to be kept that their holder has to verify first; newest first. */
  listUnverified(account: string): Promise<Result<UnverifiedMethod[], PaymentError>>;
  /** `not_found` for one that is not this account's. */
  find(account: string, methodId: string): Promise<Result<SavedMethod, PaymentError>>;
  /** Nothing is kept or charged before the customer confirms it with the provider. */
  setUp(account: string, idempotencyKey: string): Promise<Result<MethodSetup, PaymentError>>;
  /** The method must be this account's. */
  remove(methodId: string): Promise<Result<null, PaymentError>>;
  makeDefault(account: string, methodId: string): Promise<Result<null, PaymentError>>;
  /**
   * Deletes the account with all that is kept of it, or where that cannot be, all that names its holder; payments stay. Safe to
   * repeat.
   */
  closeAccount(account: string): Promise<Result<null, PaymentError>>;
}

export interface ProviderCustomer {
  account: string | null;
  generation: number;
  /** Epoch milliseconds. */
  askedAt: number;
}
/** Which account is whose. */
export interface ProviderCustomers {
  find(customerId: string): Promise<ProviderCustomer | null>;
  /** Writes down that an account is about to be asked for; what was written before stays. */
  ask(customerId: string, now: number): Promise<ProviderCustomer>;
  /** What another wrote first stays, and is answered. */
  keep(customerId: string, generation: number, account: string): Promise<string>;
  /** The provider has lost this account: the next generation is to be asked for. */
  forget(customerId: string, account: string, now: number): Promise<void>;
}

export interface VaultPorts {
  vault: MethodVault;
  customers: ProviderCustomers;
  clock: Clock;
}
