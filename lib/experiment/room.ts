/** The machine's resources for trainings. */
import { usableCores, usableMemory, visibleGpus } from '../base/machine';
import { usesGpu } from '../nn/kernels';
import type { Room } from './process-plan';

/** Of this machine, for a process that has TensorFlow loaded. */
export function roomHere(): Room {
  const gpus = usesGpu() ? visibleGpus() : [];
  return { cores: usableCores(), memoryBytes: usableMemory(), gpus };
}
