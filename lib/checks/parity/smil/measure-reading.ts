/** What the kit's reading of ShaSpec gives for a golden file. */
import { classificationModel } from '../../../avmnist';
import { randomStream } from '../../../base/random';
import { buildConfig } from '../../../config';
import { avTrainingSettings } from '../../../config/av-mnist';
import { availabilityTensors } from '../../../mckd';
import { valueAndGradients } from '../../../nn/gradients';
import { disposeAll, type NamedTensors } from '../../../nn/parameters';
import { tf } from '../../../nn/tf';
import { factsOf, numberOf, summaryOf } from './facts';
import type { ReadingNumbers, SmilGolden } from './form';
import { disposeNetwork, fillParameter, ruleOf, samplesOf, UNDROPPED } from './inputs';
import { toKit, toTorch } from './layout';

/** The kit's reading of ShaSpec, with the batch's statistics and no dropout. */
export function measureReading(
  golden: SmilGolden,
  { completePairs, gradients: shown }: ReadingNumbers,
): Omit<ReadingNumbers, 'completePairs'> {
  const rule = ruleOf(golden);
  const cell = { method: 'shaspec', scarce: 'speech', rate: 0.5 } as const;
  const config = avTrainingSettings(buildConfig('paper').avMnist, cell);
  const model = classificationModel(cell);
  const network = model.network(config, randomStream(0, 'parity'));
  const { parameters } = network;
  const shapes: Record<string, number[]> = {};
  for (const [name, one] of Object.entries(parameters)) {
    const own = one.shape;
    const shape = own.length === 4 ? [own[3], own[2], own[0], own[1]] : [...own].reverse();
    shapes[name] = shape;
    tf.tidy(() =>
      one.assign(toKit(name, shape, fillParameter(rule, `shaspec.${name}`, shape), false)),
    );
  }
  try {
    const found: Partial<ReadingNumbers> = {};
    const { value, gradients } = valueAndGradients(() => {
      const all = samplesOf(rule, 'shaspec', completePairs.length);
      const rows = completePairs.flatMap((complete, n) => (complete ? [n] : []));
      const available = completePairs.map((complete) => [true, complete]);
      const places = (has: readonly boolean[], next = 0): tf.Tensor1D =>
        tf.tensor1d(
          has.map((one) => (one ? next++ : rows.length)),
          'int32',
        );
      const batch = {
        image: all.images,
        speech: tf.gather(all.speech, rows),
        available,
        tensors: {
          ...availabilityTensors(available),
          rows: [tf.range(0, completePairs.length, 1, 'int32'), places(completePairs)],
        },
      };
      const input = { network, config, batch, mode: UNDROPPED };
      const { total, parts } = model.loss({
        ...{ ...input, labels: all.labels, state: undefined, rates: [], ahead: {} },
      });
      Object.assign(found, {
        logits: summaryOf(rule, model.logits(input)),
        task: numberOf(parts.task),
        distributionAlignment: numberOf((parts as NamedTensors).alignment as tf.Scalar),
        domainClassification: numberOf((parts as NamedTensors).domain as tf.Scalar),
        total: numberOf(total),
      });
      return total;
    }, parameters);
    found.gradients = Object.fromEntries(
      Object.keys(shown).map((name) => {
        const gradient = gradients[name];
        return [
          name,
          gradient ? factsOf(rule, name, toTorch(name, shapes[name], gradient, false)) : null,
        ];
      }),
    );
    value.dispose();
    disposeAll(gradients);
    const count = Object.values(parameters).reduce((sum, one) => sum + one.size, 0);
    return { ...found, parameters: count } as Omit<ReadingNumbers, 'completePairs'>;
  } finally {
    disposeNetwork(network);
  }
}
