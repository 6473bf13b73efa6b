import { Hono, type Context } from 'hono';
import type { DeviceRequestBody } from '#shared/contracts/http/oauth.ts';
import { api, Refused, type Refusal } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { formOf } from '../form.ts';
import { signedIn } from '../signed-in.ts';
import { page } from './layout.tsx';
import { Field, Notice } from './parts.tsx';

/** Where the user of a device without a keyboard types the code it shows (RFC 8628 §3.3). */
export const device = new Hono<PageEnv>()
  .use('/device', signedIn)
  .use('/device/*', signedIn)
  .get('/device', (c) => askForCode(c, c.req.query('user_code') ?? '', null))
  .post('/device', async (c) => {
    const userCode = (await formOf(c))['userCode'] ?? '';
    const body = { userCode };
    const found = await api<DeviceRequestBody>(c, { method: 'POST', path: '/v1/oauth/devices', body });
    return found.ok ? askForDecision(c, userCode, found.value) : askForCode(c, userCode, found.error);
  })
  .post('/device/decision', async (c) => {
    const form = await formOf(c);
    const decision = form['decision'] === 'allow' ? 'allow' : 'deny';
    const body = { userCode: form['userCode'] ?? '', decision };
    const decided = await api(c, { method: 'POST', path: '/v1/oauth/devices/decision', body });
    if (!decided.ok) return askForCode(c, body.userCode, decided.error);
    return page(c, {
      title: 'Device',
      children: (
        <div class="narrow">
          <h1>Device</h1>
          <Notice kind={decision === 'allow' ? 'good' : ''}>
            {decision === 'allow' ? 'Go back to your device: it is signed in.' : 'The device was refused.'}
          </Notice>
        </div>
      ),
    });
  });

function askForCode(c: Context<PageEnv>, userCode: string, refusal: Refusal | null) {
  const isWrong = refusal?.status === 404 || refusal?.status === 422;
  if (refusal !== null && !isWrong && refusal.status !== 429) throw new Refused(refusal);
  const error = isWrong ? 'This code is not known, was used or has expired.' : refusal?.detail;
  return page(c, {
    title: 'Sign a device in',
    status: refusal === null ? 200 : refusal.status === 429 ? 429 : 422,
    children: (
      <form method="post" action="/device" class="narrow">
        <h1>Sign a device in</h1>
        <Warning />
        <Field
          name="userCode"
          label="Code on your device"
          value={userCode}
          error={error}
          autocomplete="off"
          autocapitalize="characters"
          spellcheck="false"
          maxlength="40"
          required
        />
        <button type="submit">Continue</button>
      </form>
    ),
  });
}

const Warning = () => (
  <Notice kind="bad">
    Only go on if the code is on a device in front of you, and you began this yourself. Whoever sent you a
    code or a link to this page by message wants to get into your account.
  </Notice>
);

function askForDecision(c: Context<PageEnv>, userCode: string, asked: DeviceRequestBody) {
  return page(c, {
    title: 'Sign a device in',
    children: (
      <form method="post" action="/device/decision" class="narrow">
        <h1>Is this your device?</h1>
        <p>
          A device that shows <strong>{userCode.toUpperCase()}</strong> wants to use{' '}
          <strong>{asked.application}</strong> as <strong>{asked.account}</strong>. It could then:
        </p>
        <ul>
          {asked.scopes.map(({ name, text }) => (
            <li>
              {text} <span class="soft">({name})</span>
            </li>
          ))}
        </ul>
        <Warning />
        <input type="hidden" name="userCode" value={userCode} />
        <button type="submit" name="decision" value="allow">
          Yes, sign it in
        </button>{' '}
        <button type="submit" name="decision" value="deny" class="plain">
          Refuse
        </button>
      </form>
    ),
  });
}
