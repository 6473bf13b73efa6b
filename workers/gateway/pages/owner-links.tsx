import { Hono, type Context } from 'hono';
import { api, publicApi, type Answer } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { formOf } from '../form.ts';
import { signedIn } from '../signed-in.ts';
import { page } from './layout.tsx';
import { LinkRefused, Notice, RefusalNotice } from './parts.tsx';

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

export const ownerLinks = new Hono<PageEnv>();
for (const link of LINKS) {
  if (link.needsSession) ownerLinks.use(link.page, signedIn);
  ownerLinks.get(link.page, (c) => show(c, link, c.req.query('token') ?? '', null));
  ownerLinks.post(link.page, async (c) => {
    const token = (await formOf(c))['token'] ?? '';
    const call = { method: 'POST', path: link.route, body: { token } } as const;
    return show(c, link, token, await (link.needsSession ? api<null>(c, call) : publicApi<null>(c, call)));
  });
}

const show = (c: Context<PageEnv>, link: OwnerLink, token: string, answer: Answer<null> | null) =>
  page(c, {
    title: link.title,
    status: answer === null || answer.ok ? 200 : 422,
    children: (
      <div class="narrow">
        <h1>{link.title}</h1>
        <Body link={link} token={token} answer={answer} />
      </div>
    ),
  });

const Body = ({ link, token, answer }: { link: OwnerLink; token: string; answer: Answer<null> | null }) => {
  if (answer?.ok === true) return <Notice kind="good">{link.done}</Notice>;
  if (token === '' || answer?.error.status === 410) return <LinkRefused again={link.again} />;
  return (
    <form method="post" action={link.page}>
      <RefusalNotice refusal={answer?.error ?? null} />
      <p>{link.text}</p>
      <input type="hidden" name="token" value={token} />
      <button type="submit">{link.button}</button>
    </form>
  );
};
