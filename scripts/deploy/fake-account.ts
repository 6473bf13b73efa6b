import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { CommandResult, Wrangler } from './run.ts';

/**
 * An account as wrangler shows it, in memory: it answers the commands of a deployment in the forms wrangler 4.155
 * uses, refuses to make a thing twice, and records what it was told. For tests.
 */
export class FakeAccount {
  readonly queues = new Set<string>();
  readonly databases = new Map<string, string>();
  readonly namespaces = new Map<string, string>();
  readonly buckets = new Set<string>();
  readonly secrets = new Map<string, Map<string, string>>();
  readonly migrated: string[] = [];
  /** Resolved configurations by script, as deployed last. */
  readonly deployed = new Map<string, Record<string, unknown>>();
  /** Every command, its parameters joined. */
  readonly commands: string[] = [];
  /** A command that begins like this fails once. */
  failOnce: string | null = null;

  readonly wrangler: Wrangler = (parameters, input = '') => {
    const command = parameters.join(' ');
    this.commands.push(command);
    if (this.failOnce !== null && command.startsWith(this.failOnce)) {
      this.failOnce = null;
      return Promise.resolve(refused('A request to the Cloudflare API failed. [code: 10013]'));
    }
    return Promise.resolve(this.#answer(parameters, input));
  };

  /** Commands that change the account. */
  get changes(): string[] {
    return this.commands.filter((command) => !/\blist\b/.test(command));
  }

  #answer(parameters: readonly string[], input: string): CommandResult {
    const command = parameters.join(' ');
    const last = parameters.at(-1) ?? '';
    if (command.startsWith('queues list --page')) return done(this.#queuePage(Number(last)));
    if (command === 'r2 bucket list')
      return done(
        `Listing buckets...\n${[...this.buckets].map((name) => `name:           ${name}`).join('\n\n')}`,
      );
    if (command === 'd1 list --json') return listed(this.databases, 'name', 'uuid');
    if (command === 'kv namespace list') return listed(this.namespaces, 'title', 'id');
    if (command.startsWith('queues create')) return this.#created(this.queues, last);
    if (command.startsWith('r2 bucket create')) return this.#created(this.buckets, last);
    if (command.startsWith('d1 create')) return this.#created(this.databases, last);
    if (command.startsWith('kv namespace create')) return this.#created(this.namespaces, last);
    if (command.startsWith('secret list')) return this.#listSecrets(last);
    if (command.startsWith('secret bulk'))
      return this.setSecrets(last, JSON.parse(input) as Record<string, string>);
    if (command.startsWith('d1 migrations apply')) {
      this.migrated.push(parameters[3] ?? '');
      return done('✅ No migrations to apply!');
    }
    if (command.startsWith('deploy -c')) return this.#deploy(last);
    return refused(`Unknown arguments: ${command}`);
  }

  setSecrets(script: string, values: Record<string, string>): CommandResult {
    const known = this.secrets.get(script) ?? new Map<string, string>();
    for (const [name, value] of Object.entries(values)) known.set(name, value);
    this.secrets.set(script, known);
    return done('✨ Success!');
  }

  /** Two a page, so that reading only the first page is noticed. */
  #queuePage(page: number): string {
    const names = [...this.queues].slice((page - 1) * 2, page * 2);
    if (names.length === 0) return '┌┐\n└┘';
    const rows = names.map((name) => `│ ${randomUUID()} │ ${name} │ 2026-11-01 │ 2026-11-01 │ 1 │ 1 │`);
    return ['┌──┐', '│ id │ name │ created_on │ modified_on │ producers │ consumers │', ...rows, '└──┘'].join(
      '\n',
    );
  }

  #created(existing: Set<string> | Map<string, string>, name: string): CommandResult {
    if (existing.has(name)) return refused(`${name} is already taken`);
    if (existing instanceof Map) existing.set(name, randomUUID());
    else existing.add(name);
    return done(`✅ Created ${name}`);
  }

  #listSecrets(script: string): CommandResult {
    const known = this.secrets.get(script);
    if (known === undefined) return refused(`Worker "${script}" not found.`);
    return done(JSON.stringify([...known.keys()].map((name) => ({ name, type: 'secret_text' }))));
  }

  #deploy(file: string): CommandResult {
    const config = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown> & {
      name: string;
      services?: { service: string }[];
      secrets?: { required?: string[] };
    };
    const missing = (config.services ?? []).find(({ service }) => !this.deployed.has(service));
    if (missing !== undefined)
      return refused(
        `Could not resolve service binding. Target script '${missing.service}' not found. [code: 10143]`,
      );
    const known = this.secrets.get(config.name);
    if ((config.secrets?.required ?? []).some((name) => !known?.has(name)))
      return refused('The following required secrets have not been set');
    this.deployed.set(config.name, config);
    this.secrets.set(config.name, known ?? new Map<string, string>());
    return done('Uploaded');
  }
}

const done = (stdout: string): CommandResult => ({ code: 0, stdout, stderr: '' });
const refused = (stderr: string): CommandResult => ({ code: 1, stdout: '', stderr: `✘ [ERROR] ${stderr}\n` });
const listed = (named: Map<string, string>, name: string, id: string): CommandResult =>
  done(JSON.stringify([...named].map(([key, value]) => ({ [name]: key, [id]: value }))));
