/**
 * What a page of the shop loads in place of Stripe.js: the part of its face the shop uses. Everything a person types stays
 * in the frame; between the two go a client secret and an outcome, never a number.
 */
export const shopScript = (origin: string): string => `'use strict';
(() => {
  const ORIGIN = ${JSON.stringify(origin)};
  const element = (publishableKey, clientSecret) => {
    const frame = document.createElement('iframe');
    const listeners = {};
    const tell = (name, detail) => (listeners[name] ?? []).forEach((listener) => listener(detail));
    let answer = null;
    window.addEventListener('message', ({ origin, source, data }) => {
      if (origin !== ORIGIN || source !== frame.contentWindow) return;
      if (data.kind === 'ready') tell('ready', {});
      if (data.kind === 'change') tell('change', { value: { type: data.type } });
      if (data.kind === 'height') frame.height = data.height;
      if (data.kind === 'outcome' && answer !== null) answer(data.outcome);
    });
    return {
      on(name, listener) {
        (listeners[name] ??= []).push(listener);
        return this;
      },
      mount(target) {
        frame.title = 'Secure payment input frame';
        frame.width = '100%';
        frame.allow = 'payment *';
        frame.src = ORIGIN + '/stripe-js/payment?' + new URLSearchParams({ client_secret: clientSecret, key: publishableKey });
        (typeof target === 'string' ? document.querySelector(target) : target).append(frame);
      },
      confirm(params) {
        return new Promise((resolve) => {
          answer = resolve;
          frame.contentWindow.postMessage({ kind: 'confirm', params }, ORIGIN);
        });
      },
    };
  };
  async function confirm({ elements, confirmParams, redirect }) {
    const outcome = await elements.getElement('payment').confirm(confirmParams);
    if (outcome.next !== undefined) {
      window.location.assign(outcome.next);
      return new Promise(() => {});
    }
    if (outcome.error === undefined && redirect !== 'if_required') window.location.assign(confirmParams.return_url);
    return outcome;
  }
  window.Stripe = (publishableKey) => ({
    elements({ clientSecret }) {
      const made = {};
      return {
        create(kind) {
          if (kind !== 'payment') throw new Error('this stand-in has the Payment Element alone');
          made.payment = element(publishableKey, clientSecret);
          return made.payment;
        },
        getElement: (kind) => made[kind] ?? null,
      };
    },
    async retrievePaymentIntent(clientSecret) {
      const [id] = clientSecret.split('_secret_');
      const query = new URLSearchParams({ key: publishableKey, client_secret: clientSecret });
      const response = await fetch(ORIGIN + '/v1/payment_intents/' + id + '?' + query);
      const answer = await response.json();
      return response.ok ? { paymentIntent: answer } : { error: answer.error };
    },
    confirmPayment: confirm,
    confirmSetup: confirm,
  });
})();
`;
