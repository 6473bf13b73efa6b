/**
 * Passkeys in the browser (WebAuthn Level 3). Options and answers travel as JSON to our own page routes; tokens stay in
 * cookies that no script can read.
 */

const supported =
  typeof PublicKeyCredential === 'function' &&
  typeof PublicKeyCredential.parseCreationOptionsFromJSON === 'function' &&
  typeof PublicKeyCredential.parseRequestOptionsFromJSON === 'function';

async function post(path, body) {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = await response.json().catch(() => ({}));
  if (answer.type === '/problems/step-up-required') {
    window.location.assign(`/step-up?returnTo=${encodeURIComponent(window.location.pathname)}`);
  }
  if (!response.ok) throw new Error(answer.detail || answer.title || 'This did not work. Please try again.');
  return answer;
}

function say(element, text) {
  element.textContent = text;
  element.hidden = text === '';
}

/** A person who closes the browser's dialogue has changed their mind; that is no error to show. */
const isChangeOfMind = (error) => error.name === 'AbortError' || error.name === 'NotAllowedError';

let waiting = null;

/** What a passkey answers to a new challenge. */
async function askPasskey(mediation) {
  waiting?.abort();
  waiting = new AbortController();
  const { signal } = waiting;
  const { ceremonyId, options } = await post('/passkeys/sign-in-options', {});
  const credential = await navigator.credentials.get({
    publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options),
    mediation,
    signal,
  });
  return { ceremonyId, response: credential.toJSON() };
}

/** `path`: what becomes of the answer, a sign-in or a proof within one. */
async function usePasskey(mediation, path) {
  const shown = await askPasskey(mediation);
  const returnTo = new URLSearchParams(window.location.search).get('returnTo') ?? '/';
  const { next } = await post(path, { ...shown, returnTo });
  window.location.assign(next);
}

async function register(form) {
  const { ceremonyId, options } = await post('/passkeys/registration-options', {});
  const credential = await navigator.credentials.create({
    publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options),
  });
  const name = new FormData(form).get('name');
  const { next } = await post('/passkeys', {
    ceremonyId,
    response: credential.toJSON(),
    ...(name ? { name } : {}),
    returnTo: form.dataset.next,
  });
  window.location.assign(next);
}

async function attempt(status, work) {
  say(status, '');
  try {
    await work();
  } catch (error) {
    say(status, isChangeOfMind(error) ? 'No passkey was used.' : error.message);
  }
}

function prepareButton(box, work) {
  const status = box.querySelector('[role=alert]');
  box.hidden = false;
  box.querySelector('button').addEventListener('click', () => attempt(status, work));
}

const prepareUse = (box, path) => prepareButton(box, () => usePasskey('optional', path));

/** The answer goes with the form that the box stands in. */
const prepareForm = (box) =>
  prepareButton(box, async () => {
    const form = box.closest('form');
    form.elements.passkey.value = JSON.stringify(await askPasskey('optional'));
    form.submit();
  });

/** Offers passkeys among the suggestions of the e-mail field. Its failures stay silent: nobody asked for it yet. */
async function offerInAutofill() {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  try {
    await usePasskey('conditional', '/passkeys/sign-in');
  } catch {
    waiting = null;
  }
}

function prepareRegistration(form) {
  form.hidden = false;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void attempt(form.querySelector('[role=alert]'), () => register(form));
  });
}

if (supported) {
  const box = document.querySelector('[data-passkey-sign-in]');
  const stepUp = document.querySelector('[data-passkey-step-up]');
  const older = document.querySelector('[data-passkey-older]');
  const form = document.querySelector('[data-passkey-register]');
  if (box !== null) {
    prepareUse(box, '/passkeys/sign-in');
    void offerInAutofill();
  }
  if (stepUp !== null) prepareUse(stepUp, '/passkeys/step-up');
  if (older !== null) prepareForm(older);
  if (form !== null) prepareRegistration(form);
} else {
  for (const note of document.querySelectorAll('[data-passkey-missing]')) note.hidden = false;
}
