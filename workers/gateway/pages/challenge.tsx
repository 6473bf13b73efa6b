import { Hono, type Context } from 'hono';
import {
  CHALLENGE_ACTIONS,
  CHALLENGE_HEADER,
  type ChallengeAction,
  type ChallengeBody,
} from '#shared/contracts/http/challenge.ts';
import { publicApi, type Refusal } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { formOf } from '../form.ts';
import { page } from './layout.tsx';
import { RefusalNotice } from './parts.tsx';

const VENDOR_ORIGIN = 'https://challenges.cloudflare.com';
const VENDOR_SCRIPT = `${VENDOR_ORIGIN}/turnstile/v0/api.js`;
/** Field in which the vendor's widget leaves its token. */
const VENDOR_FIELD = 'cf-turnstile-response';

/** Of a form that a challenge was asked for: what was answered, for the call it is sent on with. */
export function challengeAnswer(form: Record<string, string>): { headers?: Record<string, string> } {
  const { challengeAnswer: solved = '', [VENDOR_FIELD]: token = '', pass = '' } = form;
  const answer = solved || (token && `turnstile:${token}`) || (pass && `mail:${pass}`);
  return answer === '' ? {} : { headers: { [CHALLENGE_HEADER]: answer } };
}

/** What a page with a form that may ask for a challenge needs beside it. */
export function challengeScripts(c: Context<PageEnv>, refusal: Refusal | null) {
  const kind = refusal?.challenge?.kind;
  if (kind === 'proof_of_work') return { scripts: ['challenge.js'] as const };
  if (kind !== 'turnstile') return {};
  c.set('vendorOrigin', VENDOR_ORIGIN);
  return { providerScript: VENDOR_SCRIPT };
}

interface Asked {
  action: ChallengeAction;
  refusal: Refusal | null;
  /** From the link of a mail, which stands for an answer. */
  pass?: string | undefined;
}

/** Within a form, before its button. */
export const Challenge = ({ action, refusal, pass = '' }: Asked) => {
  const challenge = refusal?.challenge;
  if (challenge === undefined) return pass === '' ? null : <input type="hidden" name="pass" value={pass} />;
  return (
    <>
      <Puzzle challenge={challenge} />
      <input type="hidden" name="challengeAction" value={action} />
      <p class="soft">
        Does this not work here?{' '}
        <button type="submit" class="plain" formaction="/challenge-link" formnovalidate>
          Mail me a link instead
        </button>
      </p>
    </>
  );
};

const Puzzle = ({ challenge }: { challenge: ChallengeBody }) =>
  challenge.kind === 'turnstile' ? (
    <div class="cf-turnstile" data-sitekey={challenge.siteKey} data-action={challenge.action}></div>
  ) : (
    <div data-puzzle={challenge.puzzle} data-bits={challenge.bits}>
      <input type="hidden" name="challengeAnswer" value="" />
      <p role="status">
        <noscript>Your browser runs no scripts, which would be needed here.</noscript>
      </p>
    </div>
  );

/** The way out for whoever cannot solve a challenge. */
export const challengeLink = new Hono<PageEnv>().post('/challenge-link', async (c) => {
  const form = await formOf(c);
  const email = form['email'] ?? '';
  const action = CHALLENGE_ACTIONS.find((known) => known === form['challengeAction']);
  if (action === undefined) return c.redirect('/sign-in', 303);
  const answer = await publicApi(c, {
    method: 'POST',
    path: '/v1/auth/challenge-link',
    body: { email, action },
  });
  const title = answer.ok ? 'Look into your mailbox' : 'This did not work';
  return page(c, {
    title,
    status: answer.ok ? 200 : 422,
    children: (
      <div class="narrow">
        <h1>{title}</h1>
        {answer.ok ? (
          <p>We have sent a message to {email}. Open the link in it to go on.</p>
        ) : (
          <RefusalNotice refusal={answer.error} />
        )}
      </div>
    ),
  });
});
