/** What trainings can be shared out over. */
import { usableCores, usableMemory, visibleGpus } from '../base/machine';
import { usesGpu } from '../nn/kernels';
import type { Room } from './process-plan';

/** This machine, for a process that has TensorFlow. */
export function roomHere(): Room {
  const gpus = usesGpu() ? visibleGpus() : [];
  return { cores: usableCores(), memoryBytes: usableMemory(), gpus };
}
