/**
 * Pays an order, or keeps a payment method for later ones, with the provider's form
 * (https://docs.stripe.com/payments/payment-element). The form lives in the provider's frame: this script never sees what
 * is typed into it.
 */

const UNREACHABLE = 'The payment provider cannot be reached. Check your connection and load this page again.';
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

const say = (text) => {
  document.querySelector('#pay-error').textContent = text;
};

/** Colours of our own pages inside the frame, which no style of ours reaches. */
function appearance() {
  const style = getComputedStyle(document.body);
  return { theme: 'stripe', variables: { colorText: style.color, fontSizeBase: style.fontSize } };
}

function start() {
  if (typeof window.Stripe !== 'function') return say(UNREACHABLE);
  const stripe = window.Stripe(publishableKey, { locale: document.documentElement.lang });
  const elements = stripe.elements({ clientSecret, appearance: appearance() });
  const element = elements.create('payment');
  element.on('ready', () => {
    button.disabled = false;
  });
  element.on('change', ({ value }) => offerToKeep(value.type));
  element.on('loaderror', () => void goOnOr(stripe, UNREACHABLE));
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
  try {
    const next = await elsewhere(stripe);
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

start();
