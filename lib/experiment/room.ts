/** The machine's resources for trainings. */
import { usableCores, usableMemory, visibleGpus } from '../base/machine';
import type { Room } from './process-plan';

/** This machine; loads TensorFlow if it isn't loaded yet. */
export function roomHere(): Room {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- reading records needs no TensorFlow
  const { usesGpu } = require('../nn/kernels') as typeof import('../nn/kernels');
  const gpus = usesGpu() ? visibleGpus() : [];
  return { cores: usableCores(), memoryBytes: usableMemory(), gpus };
}
