/**
 * Weights of the segmentation network in `.safetensors` files, in PyTorch's names and axis order, so that
 * `load_state_dict` reads the kit's files, and the kit PyTorch's.
 */
import { UserError } from '../../base/errors';
import { disposeAll, type NamedTensors, type Parameters } from '../../nn/parameters';
import {
  FLOATS,
  openSafetensors,
  readFloats,
  toFloat16,
  writeSafetensors,
  type SafetensorsFile,
  type TensorToWrite,
} from '../../formats/safetensors';
import { tf } from '../../nn/tf';
import { statedIn } from './metadata';
import { fromTorch, torchShape, toTorch } from './layout';
import { authorsCrop, type BratsTrainingConfig } from '../../config';
import type { Size3 } from '../../volume/size';
import { modelNamed, modelWithNames, type SegmentationModel } from '../models';
import { shapeFaults } from '../models/shape-faults';
import { offeringPrevious, verifyChecksum, TRAINING_PREFIX } from './checksum';

/** Put before every name by PyTorch's DataParallel and by torch.compile. */
const withoutPrefix = (name: string): string => name.replace(/^(module\.|_orig_mod\.)+/, '');

/** Faults listed in a message; the rest are counted there and kept in the error's details. */
const FAULTS_SHOWN = 12;

/** The content of a weights file. Dispose of it with `disposeWeights`. */
export interface Weights {
  model: SegmentationModel;
  /** Every parameter of its network, in the kit's axis order. */
  parameters: Parameters;
  /** Variables of its state that the file has, such as MCKD's importance logits theta_w. */
  state: Parameters;
  /** 1 is the authors' network. */
  width: number;
  /** Of its training, where the file says it. */
  config?: Pick<BratsTrainingConfig, 'scans'>;
  metadata: Readonly<Record<string, string>>;
}

export function disposeWeights({ parameters, state }: Weights): void {
  disposeAll(parameters);
  disposeAll(state);
}

/**
 * Writes parameters in the kit's axis order as PyTorch's network names and shapes them.
 *
 * @param parameters those of the network, and of the model's state if there are any; not changed
 * @param metadata texts to store with them
 * @param dtype F16: rounded, in half the space
 * @throws UserError naming the file where it can't be written
 */
export function saveWeights(
  file: string,
  parameters: NamedTensors,
  metadata: Readonly<Record<string, string>> = {},
  dtype: 'F32' | 'F16' = 'F32',
): void {
  const tensors: Record<string, TensorToWrite> = {};
  for (const [name, parameter] of Object.entries(parameters)) {
    const stored = storedAs(parameter);
    const values = (): Uint16Array => toFloat16(torchValues(parameter));
    tensors[name] = dtype === 'F32' ? stored : { ...stored, dtype, values };
  }
  writeSafetensors(file, tensors, { format: 'pt', ...metadata });
}

/** A tensor as PyTorch shapes it, read from the device when it is written. */
export function storedAs(parameter: tf.Tensor): TensorToWrite {
  return {
    dtype: 'F32',
    shape: torchShape(parameter.shape),
    values: () => torchValues(parameter),
  };
}

function torchValues(parameter: tf.Tensor): Float32Array {
  // Not in a tidy: it would search every value of the returned array for tensors, which takes seconds.
  const ordered = toTorch(parameter);
  try {
    return ordered.dataSync() as Float32Array;
  } finally {
    ordered.dispose();
  }
}

/**
 * Reads a weights file, of the kit or converted from PyTorch. The prefixes of DataParallel and of torch.compile are removed and
 * the authors' unused parameters are ignored. Other float types become float32.
 *
 * @param width the expected one; default: found from the shapes
 * @returns variables that the caller disposes of with `disposeWeights`
 * @throws UserError naming every tensor that is missing, unexpected, of another shape or no float; or
 *   the first that holds a value that isn't finite; or the damage of the file itself, such as a flipped bit that
 *   its checksum detects; and the checkpoint before it, if there is one
 */
export function loadWeights(file: string, width?: number): Promise<Weights> {
  return offeringPrevious(file, () => readWeights(file, { width }));
}

/** Known facts of its training, if the file lacks them. */
export type KnownSettings = Partial<
  Pick<BratsTrainingConfig, 'model' | 'width' | 'scans'> & { crop: Size3 }
>;

/** `loadWeights`, for callers that suggest the checkpoint before it themselves. */
export async function readWeights(file: string, known: KnownSettings = {}): Promise<Weights> {
  const source = await openSafetensors(file);
  const parameters: Parameters = {};
  try {
    await verifyChecksum(source);
    const settings = { ...settingsIn(source.metadata), ...known };
    // Files without it are converted from PyTorch, or of an older version.
    const model =
      settings.model === undefined
        ? modelWithNames(new Set([...source.tensors.keys()].map(withoutPrefix)))
        : modelNamed(settings.model);
    const stored = storedNames(source, model);
    const width = checkedWidth(source, stored, model, { ...settings, width: known.width });
    for (const [name, inFile] of stored) parameters[name] = await readVariable(source, inFile);
    const state: Parameters = {};
    for (const name of model.layout.state?.keys() ?? []) {
      if (!parameters[name]) continue;
      state[name] = parameters[name];
      delete parameters[name];
    }
    const { scans } = settings;
    const config = scans && { scans };
    return { model, parameters, state, width, config, metadata: source.metadata };
  } catch (error) {
    disposeAll(parameters);
    throw error;
  } finally {
    await source.close();
  }
}

/** Model, crop and scans in the config of a training, or of shipped weights, if the file has one. */
function settingsIn(metadata: SafetensorsFile['metadata']): KnownSettings {
  const { model, crop, scans } = (statedIn(metadata, 'config') ?? {}) as KnownSettings;
  return {
    ...(typeof model === 'string' ? { model } : {}),
    ...(Array.isArray(crop) ? { crop } : {}),
    ...(Array.isArray(scans) ? { scans } : {}),
  };
}

/** Name in the network -> name in the file, without unused parameters. */
function storedNames(
  { file, tensors }: SafetensorsFile,
  { layout: { unused = [] } }: SegmentationModel,
): Map<string, string> {
  const names = new Map<string, string>();
  for (const inFile of tensors.keys()) {
    const name = withoutPrefix(inFile);
    if (unused.includes(name) || name.startsWith(TRAINING_PREFIX)) continue;
    if (names.has(name)) {
      throw new UserError(
        `${file}: ${name} appears with a prefix (${inFile}) and without; keep one of the two`,
        { code: 'BAD_FILE', file, field: name },
      );
    }
    names.set(name, inFile);
  }
  return names;
}

function checkedWidth(
  { file, tensors }: SafetensorsFile,
  stored: ReadonlyMap<string, string>,
  { name: title, layout }: SegmentationModel,
  { width: asked, crop = authorsCrop(title) }: KnownSettings,
): number {
  const shapes = new Map<string, readonly number[]>();
  const faults: string[] = [];
  for (const [name, inFile] of stored) {
    const { dtype = '', shape = [] } = tensors.get(inFile) ?? {};
    shapes.set(name, shape);
    if (!FLOATS.includes(dtype))
      faults.push(`${name} is ${dtype}, not one of ${FLOATS.join(', ')}`);
  }
  const found = layout.widthOf?.(shapes) ?? 1;
  const width = asked ?? found;
  const faultsAt = (one: number): string[] =>
    shapeFaults(shapes, layout.shapes({ width: one, crop }), layout.state);
  faults.unshift(...faultsAt(width));
  if (faults.length === 0) return width;
  const more = faults.length - FAULTS_SHOWN;
  const listed = faults.slice(0, FAULTS_SHOWN).join('; ') + (more > 0 ? `; and ${more} more` : '');
  const advice =
    faultsAt(found).length === 0
      ? `use width ${found}, which is the file's`
      : 'convert the checkpoint again, or check that it is one of this network';
  throw new UserError(
    `${file}: not the segmentation network of ${title} at width ${width}: ${listed}; ${advice}`,
    { code: 'MISMATCH', file, field: 'tensors', value: faults },
  );
}

/**
 * A stored tensor as a variable in the kit's axis order.
 * @param expected the shape that it must have in that order; default: any
 * @throws UserError for a value that isn't finite, another shape, or a type that is no float
 */
export async function readVariable(
  source: SafetensorsFile,
  name: string,
  expected?: readonly number[],
): Promise<tf.Variable> {
  const { shape, values } = await readFloats(source, name, {
    shape: expected && torchShape(expected),
    fix: 'use weights of an earlier step',
  });
  return tf.tidy(() => tf.variable(fromTorch(tf.tensor(values, shape))));
}
