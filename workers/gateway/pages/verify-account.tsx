import type { Verification } from '#shared/contracts/http/payment-methods.ts';
import { safeLink } from '../return-to.ts';
import { Time } from './parts.tsx';

/** What the customer has to do so that the bank account he typed can be debited. */
export const VerifyAccount = ({ verification }: { verification: Verification }) => {
  const { kind, arrivesAt, verifyBefore, url } = verification;
  const href = safeLink(url);
  return (
    <section aria-label="Verify your bank account">
      <p>
        {kind === 'deposit_code'
          ? 'A small deposit is on its way to your bank account. Its text holds a code of six characters.'
          : 'Two small deposits are on their way to your bank account.'}{' '}
        {arrivesAt !== null && (
          <>
            They should be there on <Time at={arrivesAt} />.{' '}
          </>
        )}
        Tell the payment provider what came until <Time at={verifyBefore} />.
      </p>
      {href !== null && (
        <p>
          <a class="button" href={href}>
            Verify your bank account
          </a>
        </p>
      )}
    </section>
  );
};
