import type { Fulfilment } from '#shared/domain/product.ts';
import { downloadTemplate } from './download.ts';
import { licenceKeyTemplate } from './licence-key.ts';
import { parcelTemplate } from './parcel.ts';
import { partnerServiceTemplate } from './partner-service.ts';
import type { Template } from './template.ts';

/** The current version of every template. Running plans carry their own copy, so an old version can simply go. */
export const TEMPLATES: Record<Fulfilment['template'], Template> = {
  'licence-key': licenceKeyTemplate,
  download: downloadTemplate,
  'partner-service': partnerServiceTemplate,
  parcel: parcelTemplate,
};
