import type { PaymentView } from '../stripe/view.ts';
import { Layout } from './layout.tsx';

interface Props {
  payment: PaymentView;
  /** What was wrong with what was told before. */
  error: string | null;
}

/** The hosted page where a customer tells what small deposits came to his bank account. */
export const verifyPage = ({ payment, error }: Props) => (
  <Layout title="Verify your bank account">
    {payment.verifyUrl === null ? (
      <p role="status">{payment.lastError ?? 'Your bank account is verified. Thank you.'}</p>
    ) : (
      <>
        <p>
          A deposit of 0.01 USD is on its way to your bank account. Its text holds a code of six characters
          that begins with SM. (In this world SM11AA, or 32 and 45, verify the account; SM33CC is one time too
          many, SM44DD too late.)
        </p>
        {error === null ? null : (
          <p class="error" role="alert">
            {error}
          </p>
        )}
        <form method="post" action={`/verify/${payment.id}`}>
          <input type="hidden" name="client_secret" value={payment.clientSecret} />
          <label>
            Code <input type="text" name="code" autocomplete="off" placeholder="SM11AA" />
          </label>
          <label>
            or the amounts of two deposits, in cents{' '}
            <input type="text" name="amounts" inputmode="numeric" autocomplete="off" placeholder="32 45" />
          </label>
          <button type="submit">Verify</button>
        </form>
      </>
    )}
  </Layout>
);
