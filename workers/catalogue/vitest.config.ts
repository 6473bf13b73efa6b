import { workerProject } from '../../shared/testing/worker-project.ts';

export default workerProject({
  name: 'catalogue',
  databases: { CATALOGUE_DB: 'catalogue', SEARCH_DB: 'search' },
});
