import { workerProject } from '../../shared/testing/worker-project.ts';
import { FAKES } from './testing/fakes.ts';

export default workerProject({ name: 'gateway', fakes: FAKES });
