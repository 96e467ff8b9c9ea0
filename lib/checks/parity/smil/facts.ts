/** What a golden file of SMIL shows of tensors and of parameters. */
import type { NamedTensors } from '../../../nn/parameters';
import type { tf } from '../../../nn/tf';
import type { Facts, Summary } from './form';
import type { Rule } from './inputs';
import { featuresToTorch, kitName, toTorch } from './layout';

/** How many values of a tensor and of a parameter a file shows. */
const [SAMPLES, PARAMETER_SAMPLES] = [16, 3];

export function summaryOf({ places }: Rule, tensor: tf.Tensor): Summary {
  const values = featuresToTorch(tensor);
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
  return {
    ...{ shape: tensor.shape, mean, std: Math.sqrt(variance) },
    sampled: places('sample', SAMPLES, values.length).map((at) => values[at]),
  };
}

export function factsOf({ places }: Rule, name: string, values: readonly number[]): Facts {
  return {
    norm: Math.sqrt(values.reduce((sum, v) => sum + v * v, 0)),
    sampled: places(`sample${name}`, PARAMETER_SAMPLES, values.length).map((at) => values[at]),
  };
}

/** Facts of the net's or E's tensors by PyTorch's names. @param names as the file has them, less `dropped` */
export function allFacts(
  rule: Rule,
  tensors: NamedTensors,
  of: 'net' | 'encoder' | 'after',
): Record<string, Facts> {
  const found: Record<string, Facts> = {};
  for (const [full, shape] of Object.entries(rule.shapes)) {
    const torch = full.replace(/^net\./, '');
    if (of === 'net' && torch.startsWith('encoder.')) continue;
    if (of === 'encoder' && !torch.startsWith('encoder.')) continue;
    const name = kitName(torch);
    const shown = of === 'encoder' ? torch.replace(/^encoder\./, '') : torch;
    const tensor = name === undefined ? undefined : tensors[name];
    found[shown] = tensor && name ? factsOf(rule, shown, toTorch(name, shape, tensor)) : null;
  }
  return found;
}

export const numberOf = (scalar: tf.Scalar): number => scalar.dataSync()[0];
