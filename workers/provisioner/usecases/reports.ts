import { z } from 'zod';
import { MINUTE_MS } from '#shared/time/time.ts';
import type { Ports } from '../ports.ts';
import type { NewReport, Report } from '../queries/reports.ts';
import type { ReportType } from '../queries/reports.ts';

/**
 * A result is sent at once, and again after these delays unless the order has acted on it: a queue may lose a message
 * that nobody has taken yet (the local one does, at a restart).
 */
const REPEAT_AFTER_MS = [MINUTE_MS, 5 * MINUTE_MS];

const paramsSchema = z.record(z.string(), z.string());

/** A result of one line, to be written down. `code` names the cause of a failure. */
export const resultOf = (
  subject: { instanceId: string; orderId: string; lineId: string; requestId: string },
  type: ReportType,
  detail: string,
  code: string | null = null,
): NewReport => ({
  type,
  instanceId: subject.instanceId,
  orderId: subject.orderId,
  lineId: subject.lineId,
  requestId: subject.requestId,
  code,
  detail,
});

/**
 * Sends what is due of one instance. Call after the change that wrote it down. `heard`: results that the order has acted
 * on, which need not be sent again.
 */
export async function sendReports(
  ports: Ports,
  instanceId: string,
  heard: readonly ReportType[] = [],
): Promise<void> {
  const { reports } = ports.stores.ofInstance(instanceId);
  await send(ports, await reports.dueOf(instanceId, ports.clock.now(), heard));
}

/** Sends what is due anywhere, oldest first. */
export async function sendDueReports(ports: Ports, limit: number): Promise<number> {
  const now = ports.clock.now();
  return send(ports, await ports.stores.gather((store) => store.reports.due(now, limit)));
}

async function send(ports: Ports, due: readonly Report[]): Promise<number> {
  if (due.length === 0) return 0;
  await ports.results.send(
    due.map((report) => ({
      messageId: `${report.instanceId}:${report.type}:${report.round}`,
      requestId: report.requestId,
      type: report.type as ReportType,
      orderId: report.orderId,
      lineId: report.lineId,
      instanceId: report.instanceId,
      code: report.code,
      ...(report.params === null ? {} : { params: paramsSchema.parse(JSON.parse(report.params)) }),
      detail: report.detail,
      ...(report.sequence === null || report.revision === null
        ? {}
        : { access: { sequence: report.sequence, revision: report.revision } }),
    })),
  );
  const now = ports.clock.now();
  const told = due.map((report) => {
    const delay = REPEAT_AFTER_MS[report.sent];
    return { report, dueAt: delay === undefined ? null : now + delay };
  });
  const byInstance = Map.groupBy(told, ({ report }) => report.instanceId);
  await Promise.all(
    [...byInstance].map(([instanceId, each]) => ports.stores.ofInstance(instanceId).reports.sent(each)),
  );
  return due.length;
}
