import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { type LogLine, startSystem, type System } from '../../scripts/lib/system.ts';
import { chromiumPath, launchChromium } from './chromium.ts';

/** Longest wait for a page or an order to get somewhere. */
const WAIT_MS = 60_000;
/** What the workers said last, shown beside a test that failed. */
const LAST_LINES = 80;
const SHOWN_OF_A_PAGE = 2_000;

/** A whole system with its demo catalogue and a browser in front of it, for the tests of one file. */
export function openShop() {
  let system: System;
  let browser: Browser;
  beforeAll(async () => {
    system = await startSystem({ seed: true });
    browser = await launchChromium(chromiumPath ?? '');
  });
  let pages: Page[] = [];
  let logged = 0;
  beforeEach(() => {
    pages = [];
    logged = system.logs.length;
  });
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return;
    console.error(`${task.name}: failed\n${await whatWasSeen(pages, system.logs.slice(logged))}`);
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
      const page = await context.newPage();
      pages.push(page);
      return page;
    },
  };
}

/** The pages as they stand, and what went wrong in the workers meanwhile. */
async function whatWasSeen(pages: readonly Page[], logs: readonly LogLine[]): Promise<string> {
  const shown = pages.map(async (page) => {
    const text = await page.innerText('body', { timeout: 5_000 }).catch((error: unknown) => String(error));
    return `${page.url()}\n${text.slice(0, SHOWN_OF_A_PAGE)}`;
  });
  const notable = logs.filter(({ message }) => !message.startsWith('{"level":"info","message":"request"'));
  const lines = notable.slice(-LAST_LINES).map(({ message }) => message);
  return [...(await Promise.all(shown)), ...lines].join('\n');
}
