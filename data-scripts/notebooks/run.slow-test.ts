/** Faults of notebooks that `run.test.ts` leaves out. */
import { MORE_FAULTS, testFaults } from './made-notebooks';

testFaults(MORE_FAULTS);
