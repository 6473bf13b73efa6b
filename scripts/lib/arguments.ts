import { parseArgs, type ParseArgsConfig } from 'node:util';

/** Ends the command as asked for wrongly: exit code 2, and what would have been right. */
export function refuse(message: string): never {
  console.error(message);
  process.exit(2);
}

/** `--help` prints the usage and does nothing else. */
export function answerHelp(usage: string): void {
  if (!process.argv.slice(2).includes('--help')) return;
  console.log(usage);
  process.exit(0);
}

/** `parseArgs`, but `--help` prints the usage, and an unknown or wrong option is answered with it instead of a stack trace. */
export function parseArguments<const Config extends ParseArgsConfig>(usage: string, config: Config) {
  answerHelp(usage);
  try {
    return parseArgs(config);
  } catch (error) {
    return refuse(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  }
}

const PORT_MAX = 65_535;

/** A TCP port as typed. */
export function portNumber(option: string, value: string): number {
  const port = /^\d{1,5}$/.test(value) ? Number(value) : 0;
  return port >= 1 && port <= PORT_MAX
    ? port
    : refuse(`--${option} must be a port between 1 and ${PORT_MAX}.`);
}
