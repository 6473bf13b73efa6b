import { workerProject } from '../../shared/testing/worker-project.ts';

export default workerProject({
  name: 'catalogue',
  isolate: true,
  databases: { CATALOGUE_DB: 'catalogue', SEARCH_DB: 'search' },
});
