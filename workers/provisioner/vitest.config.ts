import { workerProject } from '../../shared/testing/worker-project.ts';

/**
 * Knows every variant but those whose id ends in `dead`; breaks over those that end in `fa11`. What a variant is delivered as
 * follows from the digit before the last: 1 a licence, 2 a file that is not there, else a service.
 */
const CATALOGUE = `
  import { WorkerEntrypoint } from 'cloudflare:workers';
  let told = [];
  export class CatalogueRpc extends WorkerEntrypoint {
    keepTemplates(call, { templates }) { told = templates; return templates.length; }
    toldTemplates() { return told; }
    resolveVariants(call, { items }) {
      const variantIds = items.map((item) => item.variantId);
      if (variantIds.some((id) => id.endsWith('fa11'))) throw new Error('catalogue is down');
      const refused = variantIds.filter((id) => id.endsWith('dead'));
      const variants = variantIds.filter((id) => !refused.includes(id)).map((variantId) => ({
        productId: variantId.replace('var_', 'prod_'), productVersion: 1, variantId, sku: 'SKU-' + variantId.slice(-4),
        kind: 'service', title: 'Thing', variantTitle: 'Standard', stockTracked: true, availability: 'out_of_stock',
        customisationSchema: { type: 'object', properties: { region: { type: 'string' } }, additionalProperties: false },
        fulfilment: variantId.at(-2) === '1'
          ? { template: 'licence-key', activationsMax: 3, validDays: 30 }
          : variantId.at(-2) === '2'
            ? { template: 'download', objectKey: 'nothing.pdf', fileName: 'nothing.pdf', downloadsMax: 2 }
            : { template: 'partner-service', plan: 'vm-small', validDays: null },
      }));
      return { ok: true, value: { variants, refused: refused.map((variantId) => ({ variantId, reason: 'unknown_variant' })) } };
    }
  }
  export default { fetch: () => new Response(null, { status: 501 }) };
`;

/**
 * Keeps gift cards in memory as the payments worker does: the same cards under the same key, and none once they were
 * withdrawn. `cardsOf` is for tests.
 */
const GIFT_CARDS = `
  import { WorkerEntrypoint } from 'cloudflare:workers';
  const issues = new Map();
  const known = (key) => issues.get(key) ?? issues.set(key, { cards: [], isActive: false, isShut: false, round: 0, isWithdrawn: false }).get(key);
  export class GiftCardsRpc extends WorkerEntrypoint {
    issue(call, { key, quantity, value, customerId, recipient }) {
      const issue = known(key);
      if (issue.isWithdrawn) return { ok: false, error: 'withdrawn' };
      if (issue.cards.length === 0) {
        issue.wish = { value, customerId, recipient };
        issue.cards = Array.from({ length: quantity }, (_, position) => ({
          cardId: 'gft_' + crypto.randomUUID().replaceAll('-', ''), code: 'CODE-' + position + '-' + crypto.randomUUID(),
        }));
      }
      return { ok: true, value: { cards: issue.cards } };
    }
    activate(call, { key }) {
      if (!issues.has(key)) throw new Error('no such cards');
      known(key).isActive = true;
    }
    withdraw(call, { key }) { known(key).isWithdrawn = true; }
    shut(call, { key, shut, round }) {
      const issue = known(key);
      if (round > issue.round) Object.assign(issue, { isShut: shut, round });
    }
    cardsOf(instanceId) {
      return [...issues].filter(([key]) => key.startsWith(instanceId + '/'))
        .flatMap(([, { cards, ...issue }]) => cards.map((card) => ({ ...card, ...issue })));
    }
  }
  export default { fetch: () => new Response(null, { status: 501 }) };
`;

export default workerProject({
  name: 'provisioner',
  isolate: true,
  secrets: {
    DOWNLOAD_SIGNING_KEY: 'only-for-tests',
    CREDENTIALS_KEY: 'k2:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=',
    LICENCE_SIGNING_KEYS:
      'AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=,next:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=',
    PARTNER_API_KEY: 'partner-key-of-tests',
    MAIL_API_KEY: 're_test_unit',
    PARTNER_WEBHOOK_SECRET: 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX',
    // Partners of tests have names that nobody looks up.
    CONNECTION_TARGETS: 'any',
  },
  databases: { STORE_DB: 'store', STORE_DB_2: 'store' },
  fakes: { 'tradepost-catalogue': CATALOGUE, 'tradepost-payments': GIFT_CARDS },
});
