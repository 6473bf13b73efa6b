/** What was looked at and how it is. A `fault` keeps payments from working, or from working safely. */
export interface Finding {
  level: 'ok' | 'warning' | 'fault';
  what: string;
  /** What to do about it. */
  advice?: string;
}

const MARKS = { ok: '  ok      ', warning: '  warning ', fault: '  FAULT   ' } as const;

export const findingLines = (findings: readonly Finding[]): string[] =>
  findings.flatMap(({ level, what, advice }) => [
    `${MARKS[level]}${what}`,
    ...(advice === undefined ? [] : [`          → ${advice}`]),
  ]);
