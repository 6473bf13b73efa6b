import { describe, expect, test } from 'vitest';
import { ask, submit } from '../testing/browser.ts';

const OWN =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const signIn = (fields: Record<string, string>) => submit('/sign-in', { email: 'ann@mail.test', ...fields });

describe('a form that a challenge is asked for', () => {
  test('shows our puzzle with a script of our own, and a way out without one', async () => {
    const response = await signIn({ password: 'pressed' });
    const html = await response.text();
    expect(response.status).toBe(422);
    expect(html).toMatch(/data-puzzle="puzzle\.1" data-bits="4"/);
    expect(html).toMatch(/\/assets\/challenge\.\w+\.js/);
    expect(html).toMatch(/formaction="\/challenge-link"/);
    expect(html).not.toContain('pressed');
    expect(response.headers.get('content-security-policy')).toBe(OWN);
  });

  test('shows the vendor’s widget, and lets the vendor in on this very page alone', async () => {
    const response = await signIn({ password: 'turnstile' });
    expect(await response.text()).toMatch(/class="cf-turnstile" data-sitekey="0x4AAA" data-action="sign_in"/);
    expect(response.headers.get('content-security-policy')).toBe(
      OWN.replace(
        "script-src 'self'",
        "script-src 'self' https://challenges.cloudflare.com; frame-src https://challenges.cloudflare.com",
      ),
    );
    expect((await ask('/sign-in')).headers.get('content-security-policy')).toBe(OWN);
  });

  test('is answered by the link of a mail, which whoever has no scripts can ask for', async () => {
    const asked = await submit('/challenge-link', { email: 'ann@mail.test', challengeAction: 'sign_in' });
    expect(await asked.text()).toContain('Look into your mailbox');
    expect(await (await ask('/sign-in?pass=p4ss')).text()).toMatch(/name="pass" value="p4ss"/);
    expect((await signIn({ password: 'pressed', pass: 'p4ss' })).status).toBe(303);
  });
});
