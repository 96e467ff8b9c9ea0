/**
 * The networks that the kit ships, one per method of the committed comparison and one per rival, so that a case can be
 * segmented without a training: one `.safetensors` file each, and lists of the origin of each.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { loadWeights, type Weights } from './checkpoint/weights';
import type { BratsTrainingConfig } from '../config';
import { UserError } from '../base/errors';
import { sha256 } from '../base/sha256';
import type { RivalArm } from './experiments/arms';
import {
  PREFIX,
  recordCommand,
  recordedWeights,
  SHIPPED,
  WEIGHTS_FOLDERS,
  type RecordedWeights,
} from './weights-list';

/**
 * A method's shipped weights, after checking its size and sha256 against the list.
 * @throws UserError if there are none, or their file is missing or differs
 */
export function recordedWeightsFile(method: RivalArm, folders = WEIGHTS_FOLDERS): RecordedWeights {
  const records = recordedWeights(folders);
  const record = records.find((one) => one.method === method);
  if (!record) {
    const there = records.map((one) => one.method).join(', ') || 'none';
    throw new UserError(
      `no weights of ${method} in ${folders.join(', ')} (available: ${there}); train, and record them: ${folders.map(recordCommand).join(' or ')}`,
      { code: 'MISSING', file: folders[0], field: 'method', value: method },
    );
  }
  const { file } = record;
  const fault = (field: string, is: unknown, should: unknown): UserError =>
    new UserError(
      `${file}: ${field} is ${String(is)} and should be ${String(should)}; check out the file again, or record the weights again: ${recordCommand(dirname(file))}`,
      { code: 'MISMATCH', file, field, value: is },
    );
  if (!existsSync(file)) throw fault('the file', 'missing', 'present');
  const content = readFileSync(file);
  if (content.length !== record.bytes) throw fault('size in bytes', content.length, record.bytes);
  const found = sha256(content);
  if (found !== record.sha256) throw fault('sha256', found, record.sha256);
  return record;
}

/**
 * A shipped network. The caller disposes of it with `disposeWeights`.
 * @throws UserError as `recordedWeightsFile` and `loadWeights` do
 */
export async function loadRecordedWeights(
  method: RivalArm = 'mckd',
  folders = WEIGHTS_FOLDERS,
): Promise<Weights & { config: BratsTrainingConfig; record: RecordedWeights }> {
  const record = recordedWeightsFile(method, folders);
  const weights = await loadWeights(record.file);
  const metadata = withTrainingData(weights.metadata, record);
  return { ...weights, metadata, config: record.config, record };
}

/** The list's facts of a file's training, for metadata that the file lacks. */
function withTrainingData(
  metadata: Weights['metadata'],
  { trainingData }: RecordedWeights,
): Weights['metadata'] {
  return trainingData ? { trainingData: JSON.stringify(trainingData), ...metadata } : metadata;
}

/**
 * The weights of an option, with all known facts of their training: `recorded:mckd` and the like, or a file.
 * The caller disposes of them with `disposeWeights`.
 * @throws UserError as `weightsFile` and `loadWeights` do
 */
export async function loadNamedWeights(name: string, folders = WEIGHTS_FOLDERS): Promise<Weights> {
  const file = weightsFile(name, folders);
  return name === file
    ? loadWeights(file)
    : loadRecordedWeights(name.slice(PREFIX.length) as RivalArm, folders);
}

/**
 * The file of an option: `recorded:mckd` and the like are shipped weights, anything else a path.
 * @throws UserError for an unknown method, and as `recordedWeightsFile` does
 */
export function weightsFile(name: string, folders = WEIGHTS_FOLDERS): string {
  if (!name.startsWith(PREFIX)) return name;
  const method = name.slice(PREFIX.length);
  const methods: readonly string[] = SHIPPED;
  if (!methods.includes(method)) {
    throw new UserError(
      `checkpoint is ${name}; give ${methods.map((one) => PREFIX + one).join(', ')}, or a file`,
      { code: 'BAD_VALUE', field: 'checkpoint', value: name },
    );
  }
  return recordedWeightsFile(method as RivalArm, folders).file;
}
