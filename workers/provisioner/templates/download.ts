import { OWN_POLICY, UNDO_POLICY, type Template } from './template.ts';

/** A file in our bucket; each unit bought gives the full number of downloads. */
export const downloadTemplate: Template = {
  name: 'download',
  version: 1,
  steps: [
    {
      name: 'check-file',
      action: 'download.check',
      inputs: { objectKey: 'fulfilment.objectKey' },
      ...OWN_POLICY,
      settle: null,
      undo: null,
      exhausted: { code: 'file_unavailable', text: 'The file could not be read.' },
    },
    {
      name: 'entitle',
      action: 'download.entitle',
      inputs: {
        objectKey: 'fulfilment.objectKey',
        fileName: 'fulfilment.fileName',
        downloadsMax: { path: 'fulfilment.downloadsMax', times: 'line.quantity' },
      },
      ...OWN_POLICY,
      settle: null,
      undo: UNDO_POLICY,
      exhausted: { code: 'file_unavailable', text: 'The download could not be prepared.' },
    },
  ],
  delivery: { type: { literal: 'download' }, fileName: 'fulfilment.fileName' },
};
