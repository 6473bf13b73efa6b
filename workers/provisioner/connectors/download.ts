import type { Ports } from '../ports.ts';
import type { Entitlement } from '../queries/downloads.ts';
import type { OperationInput } from './operations.ts';
import type { StepFailure } from '../templates/template.ts';
import { type Connector, type Finding, keepOutput, ownDoor, ownUndo, stepOutputPlace } from './connector.ts';

/** Refuses to sell what is not there. */
export const checkFile: Connector<'download.check'> = {
  async execute({ ports, instance, step, input }) {
    const file = await ports.files.stat(input.objectKey);
    if (file === null) return { kind: 'refused', failure: FILE_MISSING };
    await keepOutput(ports, { instanceId: instance.id, step: step.name }, { bytes: file.bytes });
    return { kind: 'done' };
  },
  check: (ports, { objectKey }) => missingFile(ports, objectKey),
  explain: ({ objectKey }) => `Looks whether the file ${objectKey} is there.`,
  ...ownUndo(() => Promise.resolve()),
  ...ownDoor,
  async update({ ports, input }) {
    const file = await ports.files.stat(input.objectKey);
    return file === null
      ? { kind: 'refused', failure: FILE_MISSING }
      : { kind: 'done', output: { bytes: file.bytes } };
  },
};
const FILE_MISSING: StepFailure = {
  code: 'file_missing',
  text: 'The file is not available at the moment.',
};

/** Grants the downloads; closing the entitlement also ends links that are still fresh. */
export const entitleDownload: Connector<'download.entitle'> = {
  async execute({ ports, instance, step, input }) {
    const key = { instanceId: instance.id, step: step.name };
    const entitlement = await entitlementTo(ports, input);
    if (entitlement === null) return { kind: 'refused', failure: FILE_MISSING };
    const output = await ports.sealer.seal({ downloadsMax: input.downloadsMax }, stepOutputPlace(key));
    await ports.stores.ofInstance(instance.id).downloads.entitle(key, entitlement, output, ports.clock.now());
    return { kind: 'done' };
  },
  check: (ports, { objectKey }) => missingFile(ports, objectKey),
  explain: ({ fileName, downloadsMax }) => `Allows ${downloadsMax} downloads of ${fileName}.`,
  ...ownUndo((ports, key) =>
    ports.stores.ofInstance(key.instanceId).downloads.close(key.instanceId, ports.clock.now()),
  ),
  ...ownDoor,
  async update({ ports, instance, input }) {
    const entitlement = await entitlementTo(ports, input);
    if (entitlement === null) return { kind: 'refused', failure: FILE_MISSING };
    await ports.stores.ofInstance(instance.id).downloads.change(instance.id, entitlement);
    return { kind: 'done', output: { downloadsMax: input.downloadsMax } };
  },
};

/** With the file by the key under which its buyer finds it; null: it is not there to be kept. */
async function entitlementTo(
  ports: Ports,
  { versions, ...input }: OperationInput<'download.entitle'>,
): Promise<Entitlement | null> {
  if (versions === 'newest') return input;
  const objectKey = await ports.files.keep(input.objectKey);
  return objectKey === null ? null : { ...input, objectKey };
}

async function missingFile(ports: Ports, objectKey: string): Promise<Finding[]> {
  const file = await ports.files.stat(objectKey);
  return file === null ? [{ isObstacle: true, text: `The file ${objectKey} is not in the bucket.` }] : [];
}
