/** Names of the files in a training's folder. */
import { join } from 'node:path';
import { CHECKPOINT, PREVIOUS } from './checkpoint/checksum';

export function checkpointFile(directory: string): string {
  return join(directory, CHECKPOINT);
}

/** The previous checkpoint. */
export function previousFile(directory: string): string {
  return join(directory, PREVIOUS);
}

/** Scores of cases, a line each, after a line that names the checkpoint: not needed once the run is written. */
export function scoredFile(directory: string): string {
  return join(directory, 'scored.jsonl');
}
