/** What runs in the frame, at this origin: reads the form, pays or saves at this origin's API, and tells the shop how it ended. */
export const frameScript = (shopOrigin: string): string => `'use strict';
const SHOP = ${JSON.stringify(shopOrigin)};
const form = document.querySelector('form');
const { payment, secret, key } = form.dataset;
const tell = (message) => parent.postMessage(message, SHOP);

/** The test account numbers of US banks begin with zeros, no card's does. */
const isAccount = (number) => number.startsWith('000');

function fields() {
  const number = form.elements.number.value.trim();
  if (number === '') return { payment_method: form.elements.payment_method.value };
  if (/^[a-z]{2}/i.test(number))
    return { 'payment_method_data[type]': 'sepa_debit', 'payment_method_data[sepa_debit][iban]': number };
  if (isAccount(number))
    return { 'payment_method_data[type]': 'us_bank_account', 'payment_method_data[us_bank_account][account_number]': number };
  const [month, year] = form.elements.expiry.value.split('/').map((part) => part.trim());
  return {
    'payment_method_data[type]': 'card',
    'payment_method_data[card][number]': number,
    ...(month ? { 'payment_method_data[card][exp_month]': month } : {}),
    ...(year ? { 'payment_method_data[card][exp_year]': year } : {}),
    ...(form.elements.cvc.value ? { 'payment_method_data[card][cvc]': form.elements.cvc.value } : {}),
  };
}

function chosen() {
  const number = form.elements.number.value.trim();
  if (number === '') return form.elements.payment_method.selectedOptions[0]?.dataset.type;
  if (isAccount(number)) return 'us_bank_account';
  return /^[a-z]{2}/i.test(number) ? 'sepa_debit' : 'card';
}
form.addEventListener('input', () => tell({ kind: 'change', type: chosen() }));

async function confirm(params) {
  const body = new URLSearchParams({ key, client_secret: secret, ...fields(), ...params });
  const kind = payment.startsWith('seti_') ? 'setup' : 'payment';
  const response = await fetch('/v1/' + kind + '_intents/' + payment + '/confirm', { method: 'POST', body });
  const answer = await response.json();
  if (!response.ok) {
    const { type, code, decline_code, message } = answer.error;
    return { error: { type, code, decline_code, message } };
  }
  const next = answer.next_action?.redirect_to_url?.url;
  if (next !== undefined) return { next };
  return { [kind + 'Intent']: { id: answer.id, status: answer.status } };
}

addEventListener('message', async ({ origin, source, data }) => {
  if (origin !== SHOP || source !== parent || data.kind !== 'confirm') return;
  try {
    tell({ kind: 'outcome', outcome: await confirm(data.params) });
  } catch {
    tell({ kind: 'outcome', outcome: { error: { type: 'api_connection_error' } } });
  }
});
new ResizeObserver(() => tell({ kind: 'height', height: document.documentElement.scrollHeight })).observe(form);
tell({ kind: 'ready' });
`;
