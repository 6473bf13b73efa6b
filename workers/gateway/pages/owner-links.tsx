import { Hono, type Context } from 'hono';
import { api, errorAt, publicApi, type Answer } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { formOf } from '../form.ts';
import { signedIn } from '../signed-in.ts';
import { page } from './layout.tsx';
import { Field, isLinkRefused, LinkRefused, Notice, RefusalNotice } from './parts.tsx';

interface OwnerLink {
  /** Path of the page, as the mail has it. */
  page: string;
  route: string;
  /** Whether the link counts only in a session of its account. */
  needsSession: boolean;
  title: string;
  text: string;
  button: string;
  done: string;
  /** Where to ask for another one. */
  again: string;
}

/** A click alone changes nothing: scanners of mail follow links too. */
const LINKS: readonly OwnerLink[] = [
  {
    page: '/confirm-email',
    route: '/v1/auth/email-change/confirm',
    needsSession: true,
    title: 'Your new address',
    text: 'From now on your account uses this address, to sign in and for our mails.',
    button: 'Use the new address',
    done: 'Your account uses the new address now.',
    again: '/account',
  },
  {
    page: '/undo-email',
    route: '/v1/auth/email-change/undo',
    needsSession: false,
    title: 'Take the change back',
    text: 'Your account goes back to this address, everybody is signed out, what was added to it since is taken back, and you choose a new password.',
    button: 'Take the change back',
    done: 'Your address is back. We have sent you a link for a new password.',
    again: '/forgot-password',
  },
  {
    page: '/not-me',
    route: '/v1/auth/not-me',
    needsSession: false,
    title: 'That was not me',
    text: 'Everybody is signed out of your account, what was added to it by somebody else is taken back, and you choose a new password.',
    button: 'Sign everybody out',
    done: 'Everybody is signed out. We have sent you a link for a new password.',
    again: '/forgot-password',
  },
];

/** Null: all is done. Else what one signs in by stays as it was changed, until one of these is shown. */
type Done = null | { needs: readonly string[] };

/** Six digits are of an app, anything else a recovery code. */
const codeOf = (typed: string) =>
  /^\d{6}$/.test(typed.trim()) ? { code: typed.trim() } : { recoveryCode: typed.trim() };

/** Of the three fields, what was filled in. */
function shownIn({ password = '', code = '', passkey = '' }: Record<string, string>): object {
  if (passkey !== '') return { passkey: jsonOf(passkey) };
  if (password !== '') return { password };
  return code === '' ? {} : codeOf(code);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

export const ownerLinks = new Hono<PageEnv>();
for (const link of LINKS) {
  if (link.needsSession) ownerLinks.use(link.page, signedIn);
  ownerLinks.get(link.page, (c) => show(c, link, c.req.query('token') ?? '', null));
  ownerLinks.post(link.page, async (c) => {
    const { token = '', needs = '', ...fields } = await formOf(c);
    const call = { method: 'POST', path: link.route, body: { token, ...shownIn(fields) } } as const;
    const answer = await (link.needsSession ? api<Done>(c, call) : publicApi<Done>(c, call));
    return show(c, link, token, answer, needs.split(' '));
  });
}

/** `needs`: what the form that was sent asked for, for when it is shown again. */
const show = (
  c: Context<PageEnv>,
  link: OwnerLink,
  token: string,
  answer: Answer<Done> | null,
  needs: readonly string[] = [],
) =>
  page(c, {
    title: link.title,
    status: answer === null || answer.ok ? 200 : 422,
    script: 'passkeys.js',
    children: (
      <div class="narrow">
        <h1>{link.title}</h1>
        <Body link={link} token={token} answer={answer} needs={needs} />
      </div>
    ),
  });

interface BodyProps {
  link: OwnerLink;
  token: string;
  answer: Answer<Done> | null;
  needs: readonly string[];
}

const Body = ({ link, token, answer, needs }: BodyProps) => {
  if (answer?.ok === true) {
    return (
      <>
        <Notice kind="good">{link.done}</Notice>
        {answer.value !== null && (
          <OlderForm link={link} token={token} answer={answer} needs={answer.value.needs} />
        )}
      </>
    );
  }
  if (token === '' || isLinkRefused(answer?.error ?? null)) return <LinkRefused again={link.again} />;
  if (needs.some((need) => need !== '')) {
    return <OlderForm link={link} token={token} answer={answer} needs={needs} />;
  }
  return (
    <form method="post" action={link.page}>
      <RefusalNotice refusal={answer?.error ?? null} />
      <p>{link.text}</p>
      <input type="hidden" name="token" value={token} />
      <button type="submit">{link.button}</button>
    </form>
  );
};

/** A mailbox alone takes no passkey and no app away and puts none back: what was there before is asked for. */
const OlderForm = ({ link, token, answer, needs }: BodyProps) => {
  const refusal = answer?.ok === false ? answer.error : null;
  const isTyped = needs.includes('password') || needs.includes('code');
  return (
    <form method="post" action={link.page}>
      <h2>A passkey or an authenticator app was added or removed</h2>
      <p>
        That stays as it is for now.{' '}
        {needs.length === 0
          ? 'No mail changes that for an account of our staff: ask another administrator to disable it.'
          : 'If it was not you, show what you signed in with before.'}
      </p>
      <RefusalNotice refusal={refusal} />
      <input type="hidden" name="token" value={token} />
      <input type="hidden" name="needs" value={needs.join(' ')} />
      {needs.includes('password') && (
        <Field
          name="password"
          label="The password you had before"
          type="password"
          autocomplete="current-password"
          error={errorAt(refusal, '/password')}
        />
      )}
      {needs.includes('code') && (
        <Field
          name="code"
          label="A code of the app you had before, or one of its recovery codes"
          autocomplete="one-time-code"
          error={errorAt(refusal, '/code') ?? errorAt(refusal, '/recoveryCode')}
        />
      )}
      {needs.includes('passkey') && (
        <>
          <input type="hidden" name="passkey" value="" />
          <div data-passkey-older hidden>
            <p>
              <button type="button">Use the passkey you had before</button>
            </p>
            <p class="error" role="alert" hidden></p>
          </div>
          <p data-passkey-missing hidden>
            This browser has no passkeys: open this link in the one you signed in with before.
          </p>
        </>
      )}
      {isTyped && <button type="submit">It was not me</button>}
    </form>
  );
};
