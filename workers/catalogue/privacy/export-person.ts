import type { ExportPage } from '#shared/contracts/privacy.ts';
import { cut, pageOf } from '#shared/privacy/sections.ts';
import { jobView } from '../domain/job-view.ts';
import type { Ports } from '../ports.ts';

const PAGE = 50;

/** Jobs the person asked for, as the API shows them. */
export const exportPerson = (
  { jobs }: Pick<Ports, 'jobs'>,
  { customerId, cursor }: { customerId: string; cursor: string | null },
): Promise<ExportPage> =>
  pageOf(
    [
      {
        name: 'catalogue_jobs',
        async page(place) {
          const found = await jobs.askedBy({ createdBy: customerId, after: place ?? '', limit: PAGE + 1 });
          const { rows, next } = cut(found, PAGE, ({ id }) => id);
          return { items: rows.map((row) => ({ section: 'catalogue_jobs', data: jobView(row) })), next };
        },
      },
    ],
    cursor,
  );
