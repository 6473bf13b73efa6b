import type { CollectionInput } from '../../shared/contracts/http/collections.ts';

type Stated = Pick<CollectionInput, 'handle' | 'title'> & Partial<CollectionInput>;

/** Shelves above those the demo products name, and one that fills itself. */
export const DEMO_TREE: readonly (Stated & { below: readonly Stated[] })[] = [
  {
    handle: 'software',
    title: 'Software',
    descriptionHtml: '<p>Licences, downloads and what runs for you.</p>',
    translations: {
      de: { title: 'Software', summary: '', descriptionHtml: '', seo: { title: '', description: '' } },
    },
    below: [
      { handle: 'developer-tools', title: 'Developer tools' },
      { handle: 'studio-software', title: 'Studio software' },
      { handle: 'hosted-for-you', title: 'Hosted for you' },
      { handle: 'running-a-business', title: 'Running a business' },
    ],
  },
  {
    handle: 'things',
    title: 'Things to hold',
    translations: {
      de: { title: 'Zum Anfassen', summary: '', descriptionHtml: '', seo: { title: '', description: '' } },
    },
    below: [
      { handle: 'workshop-and-desk', title: 'Workshop and desk' },
      { handle: 'network-and-home', title: 'Network and home' },
      { handle: 'gifts', title: 'Gifts' },
    ],
  },
  {
    handle: 'small-prices',
    title: 'Small prices',
    descriptionHtml: '<p>Everything up to 20 euros.</p>',
    rule: {
      match: 'all',
      conditions: [{ field: 'price', currency: 'EUR', min: null, max: 2_000, not: false }],
    },
    below: [],
  },
];
