import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { aliveRuntimes, isAlive, ownRuntimes } from './processes.ts';
import { newSignIns, type SignIns } from './seed.ts';
import { STATE_FOLDER } from './workers.ts';

/** Where a local system keeps its databases, objects and files. */
export const DATA_FOLDER = path.join(STATE_FOLDER, 'data');
/** The same for `npm run dev`, whose runtime lays its files out differently. */
export const DEV_DATA_FOLDER = path.join(STATE_FOLDER, 'dev-data');
const SIGN_INS_FILE = path.join(STATE_FOLDER, 'dev.json');
const LOCK_FILE = path.join(STATE_FOLDER, 'running.json');

/** What the commands beside `npm start` (import, demo, dead-letters) need to find and enter the local system. */
export interface KeptSystem extends SignIns {
  origin: string;
  sandboxOrigin: string;
  /** False until the first start has loaded everything. */
  seeded: boolean;
}

export function readKept(): KeptSystem | null {
  return existsSync(SIGN_INS_FILE) ? (JSON.parse(readFileSync(SIGN_INS_FILE, 'utf8')) as KeptSystem) : null;
}

export function writeKept(kept: KeptSystem): void {
  mkdirSync(STATE_FOLDER, { recursive: true });
  writeFileSync(SIGN_INS_FILE, JSON.stringify(kept, null, 2), { mode: 0o600 });
}

export const keptSignIns = (): SignIns => readKept() ?? newSignIns();

interface Lock {
  pid: number;
  origin: string;
  /** The runtime processes it started: they outlive a command that was killed. */
  runtimes: number[];
}

function readLock(): Lock | null {
  return existsSync(LOCK_FILE) ? (JSON.parse(readFileSync(LOCK_FILE, 'utf8')) as Lock) : null;
}

/** The local system that holds this folder's data now, or null. */
export function runningSystem(): { pid: number; origin: string } | null {
  const held = readLock();
  return held !== null && held.pid !== process.pid && isAlive(held.pid) ? held : null;
}

/** Ends what a killed command left running, so that it neither holds the ports nor the data. Returns how many. */
export function endLeftovers(): number {
  const held = readLock();
  if (held === null || runningSystem() !== null) return 0;
  const left = aliveRuntimes(held.runtimes);
  for (const pid of left) process.kill(pid, 'SIGKILL');
  unlock();
  return left.length;
}

export function lock(origin: string): void {
  mkdirSync(STATE_FOLDER, { recursive: true });
  const held: Lock = { pid: process.pid, origin, runtimes: ownRuntimes() };
  writeFileSync(LOCK_FILE, JSON.stringify(held));
}
export const unlock = (): void => rmSync(LOCK_FILE, { force: true });
