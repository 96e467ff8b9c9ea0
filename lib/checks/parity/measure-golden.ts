/** What the kit gives for a case of a golden file. */
import { toTorch } from '../../brats/checkpoint/layout';
import { valueAndGradients } from '../../nn/gradients';
import { sizeOf, specCount, specShapes } from '../../nn/parameter-specs';
import { disposeAll } from '../../nn/parameters';
import { tf } from '../../nn/tf';
import { filled, filledFrom } from './filling';
import { availabilityRows, goldenFault, type Golden, type GoldenCase } from './golden';
import { RIVALS, rivalInputs, type Rival, type Setting } from './rivals';

export interface GoldenMeasure {
  losses: Record<string, number>;
  outputs: Record<string, { mean: number; std: number; value: number[] }>;
  /** By parameter; one that the loss doesn't reach has 0. */
  gradients: Map<string, { l2: number; dot: number }>;
}

/** The kit's network of a file, with what says whether the file is of it. */
export interface GoldenNetwork {
  rival: Rival;
  setting: Setting;
}

/**
 * The network that a file is of.
 * @throws UserError naming field and value where the kit has none, or one with other parameters
 */
export function goldenNetwork(golden: Golden, file: string): GoldenNetwork {
  const rival = Object.hasOwn(RIVALS, golden.rival) ? RIVALS[golden.rival] : undefined;
  if (!rival) {
    const known = Object.keys(RIVALS).join(', ');
    throw goldenFault(file, 'rival', golden.rival, `the kit has ${known}`);
  }
  const setting: Setting = (name) => {
    const value = golden.settings[name];
    if (typeof value === 'number' && value > 0) return value;
    throw goldenFault(file, `settings.${name}`, value, 'it must be a number above 0');
  };
  golden.cases.forEach((of, i) => checkCase(of, i, rival, file));
  const specs = rival.specs(setting, golden.cases[0]);
  const count = specCount(specs);
  if (count !== golden.parameter_count) {
    const what = `the kit's network of these settings has ${count}`;
    throw goldenFault(file, 'parameter_count', golden.parameter_count, what);
  }
  const shapes = specShapes(specs);
  golden.parameters.forEach(([name, shape], i) => {
    const own = shapes.get(name);
    if (own && own.join() === shape.join()) return;
    const what = `the kit's network has ${own ? `${name} [${own.join(', ')}]` : 'none of this name'}`;
    throw goldenFault(file, `parameters.${i}`, [name, shape], what);
  });
  return { rival, setting };
}

function checkCase(of: GoldenCase, i: number, rival: Rival, file: string): void {
  const { sides, availability } = rival;
  const field = `cases.${i}.crop`;
  if (of.crop.some((side, axis) => side % sides[axis] !== 0)) {
    throw goldenFault(file, field, of.crop, `its sides must be multiples of ${sides.join(', ')}`);
  }
  const rows = availabilityRows(of).length;
  if (rows !== of.batch) {
    const what = `it must be one list, or one for each of the ${of.batch} samples`;
    throw goldenFault(file, `cases.${i}.available`, of.available, what);
  }
  if (availability !== 'sample' && Array.isArray(of.available[0])) {
    const what = 'this method has one list for all samples';
    throw goldenFault(file, `cases.${i}.available`, of.available, what);
  }
  if (availability === 'one' && of.available.length !== 1) {
    const what = 'this method sees one modality';
    throw goldenFault(file, `cases.${i}.available`, of.available, what);
  }
}

/** Runs a case: losses, outputs, and the gradient of every parameter. */
export function measureGolden({ rival, setting }: GoldenNetwork, of: GoldenCase): GoldenMeasure {
  const parameters = filledFrom(rival.specs(setting, of));
  const inputs = rivalInputs(rival, setting, of);
  const kept = new Map<string, tf.Tensor>();
  const keep = (group: string, tensors: Record<string, tf.Tensor>): void => {
    for (const [name, tensor] of Object.entries(tensors)) {
      kept.set(`${group}/${name}`, tf.keep(tensor.clone()));
    }
  };
  try {
    const { value, gradients } = valueAndGradients(() => {
      const { losses, outputs } = rival.run({ parameters, setting, case: of, ...inputs });
      keep('losses', losses);
      keep('outputs', outputs);
      return losses.total;
    }, parameters);
    const measured: GoldenMeasure = {
      losses: Object.fromEntries(
        Object.keys(of.losses).map((name) => [name, numberOf(kept.get(`losses/${name}`))]),
      ),
      outputs: Object.fromEntries(
        Object.entries(of.outputs).map(([name, { shape, index }]) => [
          name,
          facts(kept.get(`outputs/${name}`), shape, index),
        ]),
      ),
      gradients: new Map(
        Object.keys(parameters).map((name) => [name, gradientFacts(name, gradients[name])]),
      ),
    };
    value.dispose();
    disposeAll(gradients);
    return measured;
  } finally {
    disposeAll(parameters);
    tf.dispose({ ...inputs });
    for (const tensor of kept.values()) tensor.dispose();
  }
}

/** A loss that the kit doesn't have is no number. */
const numberOf = (tensor: tf.Tensor | undefined): number => tensor?.dataSync()[0] ?? NaN;

/** Mean, standard deviation, and the values at places in PyTorch's order; nothing of another size is a number. */
function facts(
  tensor: tf.Tensor | undefined,
  shape: readonly number[],
  index: readonly number[],
): GoldenMeasure['outputs'][string] {
  if (tensor?.size !== sizeOf(shape)) return { mean: NaN, std: NaN, value: [] };
  return tf.tidy(() => {
    const torch = tensor.rank === 5 ? tf.transpose(tensor, [0, 4, 1, 2, 3]) : tensor;
    const values = torch.dataSync() as Float32Array;
    const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
    const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
    return { mean, std: Math.sqrt(variance), value: index.map((at) => values[at]) };
  });
}

/** The gradient's norm, and its inner product with the numbers of its name. */
function gradientFacts(name: string, gradient: tf.Tensor | undefined): { l2: number; dot: number } {
  if (!gradient) return { l2: 0, dot: 0 };
  const values = tf.tidy(() => toTorch(gradient).dataSync()) as Float32Array;
  const along = filled(`dot${name}`, values.length, -1, 1);
  return {
    l2: Math.sqrt(values.reduce((sum, v) => sum + v * v, 0)),
    dot: values.reduce((sum, v, i) => sum + v * along[i], 0),
  };
}
