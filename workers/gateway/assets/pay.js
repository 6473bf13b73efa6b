/**
 * Pays an order, or keeps a payment method for later ones, with the provider's form
 * (https://docs.stripe.com/payments/payment-element). The form lives in the provider's frame: this script never sees what
 * is typed into it.
 */

const UNREACHABLE = 'The payment provider cannot be reached. Check your connection and load this page again.';
const SLOW =
  'The payment provider takes long to answer. It may still come; else check your connection and load this page again.';
const SLOW_AND_HOSTED =
  'The payment provider takes long to answer. It may still come; else load this page again, or pay at the provider’s own page below.';
/** How long a customer looks at a form that does not come before he is told. */
const SLOW_AFTER_MS = 8_000;
const UNEXPLAINED = 'That did not go through. Please try again or use another payment method.';
/** Only words of these kinds are meant for the customer (https://docs.stripe.com/api/errors). */
const FOR_CUSTOMERS = new Set(['card_error', 'validation_error']);

const form = document.querySelector('#pay');
const button = form.querySelector('button[type="submit"]');
const { publishableKey, clientSecret, returnUrl, purpose, amount } = form.dataset;
/** What the provider asked for when this page was last left for it; a payment that cannot be changed keeps asking for that. */
const TOLD = new URLSearchParams(window.location.search).get('changed');
/** States of a payment that still waits for the customer (https://docs.stripe.com/payments/paymentintents/lifecycle). */
const PAYABLE = new Set(['requires_payment_method', 'requires_confirmation', 'requires_action']);

const told = document.querySelector('#pay-error');
const say = (text) => {
  told.textContent = text;
};

/** Tells a customer who waits too long for the provider; the answer takes that back. */
function waiting() {
  const before = told.textContent;
  const slow = document.querySelector('#pay-hosted') === null ? SLOW : SLOW_AND_HOSTED;
  const timer = setTimeout(() => say(slow), SLOW_AFTER_MS);
  return () => {
    clearTimeout(timer);
    if (told.textContent === slow) say(before);
  };
}

/** The provider's script comes when it comes. That it failed before we looked is told as that it takes long. */
const provided = () =>
  new Promise((resolve, reject) => {
    if (typeof window.Stripe === 'function') return resolve();
    const script = document.querySelector('script[data-provider]');
    script.addEventListener('load', resolve);
    script.addEventListener('error', reject);
  });

/** Colours of our own pages inside the frame, which no style of ours reaches. */
function appearance() {
  const style = getComputedStyle(document.body);
  return { theme: 'stripe', variables: { colorText: style.color, fontSizeBase: style.fontSize } };
}

async function start() {
  const isThere = waiting();
  try {
    await provided();
  } catch {
    isThere();
    return say(UNREACHABLE);
  }
  const stripe = window.Stripe(publishableKey, { locale: document.documentElement.lang });
  const elements = stripe.elements({ clientSecret, appearance: appearance() });
  const element = elements.create('payment');
  element.on('ready', () => {
    isThere();
    button.disabled = false;
  });
  element.on('change', ({ value }) => offerToKeep(value.type));
  element.on('loaderror', () => {
    isThere();
    void goOnOr(stripe, UNREACHABLE);
  });
  element.mount('#payment-element');
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void submit(stripe, elements);
  });
}

/**
 * Where to go when the payment is not what this page says any more, because the order was paid, changed or ended meanwhile,
 * in another tab perhaps; null when it is, or nobody knows.
 */
async function elsewhere(stripe) {
  if (purpose === 'keep') return null;
  const { paymentIntent } = await stripe.retrievePaymentIntent(clientSecret);
  if (paymentIntent === undefined) return null;
  if (!PAYABLE.has(paymentIntent.status)) return returnUrl;
  const present = String(paymentIntent.amount);
  return present === amount || present === TOLD ? null : `${window.location.pathname}?changed=${present}`;
}

/** Leaves for where the payment is now; says this where it is still here. */
async function goOnOr(stripe, text) {
  const next = await elsewhere(stripe).catch(() => null);
  if (next === null) say(text);
  else window.location.assign(next);
}

/** To keep any other the provider refuses, and the payment with it. */
function offerToKeep(method) {
  const { save } = form.elements;
  if (save !== undefined) save.disabled = !save.dataset.methods.split(' ').includes(method);
}

function confirm(stripe, elements) {
  const asked = { elements, confirmParams: { return_url: returnUrl }, redirect: 'if_required' };
  if (purpose === 'keep') return stripe.confirmSetup(asked);
  const { save } = form.elements;
  if (save?.checked && !save.disabled) asked.confirmParams.setup_future_usage = 'off_session';
  return stripe.confirmPayment(asked);
}

async function submit(stripe, elements) {
  button.disabled = true;
  say('');
  const isThere = waiting();
  try {
    const next = await elsewhere(stripe).finally(isThere);
    if (next !== null) return window.location.assign(next);
    const { error } = await confirm(stripe, elements);
    if (error === undefined) return window.location.assign(returnUrl);
    if (FOR_CUSTOMERS.has(error.type) && error.message !== undefined) say(error.message);
    else await goOnOr(stripe, UNEXPLAINED);
  } catch {
    say(UNREACHABLE);
  }
  button.disabled = false;
}

void start();
