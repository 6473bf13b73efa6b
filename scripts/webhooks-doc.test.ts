import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { PUBLIC_EVENT_TYPES } from '#shared/contracts/order-events.ts';
import { ROOT } from './lib/workers.ts';
import { readConfig } from './lib/config.ts';

describe('webhooks', () => {
  it('document every event that leaves the shop', () => {
    const page = readFileSync(path.join(ROOT, 'docs/webhooks.md'), 'utf8');
    const rows = [...page.matchAll(/^\| `([a-z_.]+)`/gm)].map(([, type]) => type);
    expect(rows).toEqual(expect.arrayContaining([...PUBLIC_EVENT_TYPES]));
  });

  it('go to the public internet alone as committed, so that no deployment sends them inside', () => {
    expect(readConfig('purchase').vars).toMatchObject({ WEBHOOK_TARGETS: 'public' });
  });
});
