import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { startSystem, type System } from '../../scripts/lib/system.ts';
import { chromiumPath, launchChromium } from './chromium.ts';

/** Longest wait for a page or an order to get somewhere. */
const WAIT_MS = 60_000;

/** A whole system with its demo catalogue and a browser in front of it, for the tests of one file. */
export function openShop() {
  let system: System;
  let browser: Browser;
  beforeAll(async () => {
    system = await startSystem({ seed: true });
    browser = await launchChromium(chromiumPath ?? '');
  });
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
  });
  return {
    get system(): System {
      return system;
    },
    /** A page of a visitor who was never here before. */
    async newPage(options: { javaScriptEnabled?: boolean } = {}): Promise<Page> {
      const context = await browser.newContext({ baseURL: system.origin, ...options });
      context.setDefaultTimeout(WAIT_MS);
      return context.newPage();
    },
  };
}
