/** What the kit gives for a golden file of SMIL: a tree of the form of its `float64`. */
import { kMeans } from '../../../base/k-means';
import { randomStream } from '../../../base/random';
import { classificationModel } from '../../../avmnist';
import { availabilityTensors } from '../../../mckd';
import { buildConfig } from '../../../config';
import { avTrainingSettings } from '../../../config/av-mnist';
import {
  classifyFused,
  classifyHidden,
  classifyImage,
  classifySpeech,
  encodeImage,
  encodeSpeech,
  fusedHidden,
  INFERENCE,
  type Drop,
  type Mode,
  type Network,
} from '../../../models/audio-visual';
import {
  CENTRES,
  CENTRES_NAME,
  completePath,
  HEAD_DROPOUT,
  incompletePath,
  metaLosses,
  type MetaInput,
  type MetaResult,
  type Noise,
} from '../../../models/smil';
import { valueAndGradients } from '../../../nn/gradients';
import { adamStep, disposeAdam, initAdam } from '../../../nn/optimizers';
import { fanIn, sizeOf } from '../../../nn/parameter-specs';
import { disposeAll, type NamedTensors, type Parameters } from '../../../nn/parameters';
import { tf } from '../../../nn/tf';
import { filled, namedUniform } from '../filling';
import type { Facts, MetaNumbers, ReadingNumbers, SmilGolden, SmilNumbers, Summary } from './form';
import { featuresToKit, featuresToTorch, kitName, mapsToKit, toKit, toTorch } from './layout';

/** Numbers by the file's names. */
interface Rule {
  fill: (name: string, size: number, low?: number, high?: number) => Float32Array;
  /** Places of samples. */
  places: (name: string, count: number, size: number) => number[];
  shapes: SmilGolden['parameters'];
}

/** How many values of a tensor and of a parameter a file shows. */
const [SAMPLES, PARAMETER_SAMPLES] = [16, 3];

function ruleOf(golden: SmilGolden): Rule {
  const { prefix, parameters } = golden;
  const before = samplePrefix(golden);
  return {
    fill: (name, size, low = -1, high = 1) => filled(prefix + name, size, low, high),
    places: (name, count, size) => placesOf(before + name, count, size),
    shapes: parameters,
  };
}

/**
 * Whether the prefix is before the names of samples, too: where two places are the same, so are the values that a file shows
 * there.
 */
function samplePrefix({ prefix, float64: { forward } }: SmilGolden): string {
  const summaries = Object.values(forward ?? {}).flatMap((one) => Object.values(one));
  const agrees = (before: string): boolean =>
    summaries.every(({ shape, sampled }) => {
      const places = placesOf(`${before}sample`, sampled.length, sizeOf(shape));
      return places.every((place, i) => sampled[places.indexOf(place)] === sampled[i]);
    });
  return agrees(prefix) || !agrees('') ? prefix : '';
}

/** Of the uniform numbers in float64: rounded to float32, one may reach the next place. */
function placesOf(name: string, count: number, size: number): number[] {
  const next = namedUniform(name);
  return Array.from({ length: count }, () => Math.floor(next() * size));
}

function fillParameter(rule: Rule, name: string, shape: readonly number[]): Float32Array {
  const size = sizeOf(shape);
  if (shape.length > 1) {
    const bound = Math.sqrt(3 / fanIn(shape));
    return rule.fill(name, size, -bound, bound);
  }
  return name.endsWith('.weight')
    ? rule.fill(name, size, 0.5, 1.5)
    : rule.fill(name, size, -0.2, 0.2);
}

const variable = (make: () => tf.Tensor): tf.Variable => tf.tidy(() => tf.variable(make()));

/** SMIL's net and E by the rule, without the layers that have no effect. */
function networkOf(rule: Rule): Network {
  const parameters: Parameters = {};
  for (const [full, shape] of Object.entries(rule.shapes)) {
    const name = kitName(full.replace(/^net\./, ''));
    if (name === undefined) continue;
    parameters[name] = variable(() => toKit(name, shape, fillParameter(rule, full, shape)));
  }
  const statistics: Parameters = {};
  for (const [i, channels] of [32, 48, 20].entries()) {
    const [own, theirs] = [`speech.norm${i + 1}`, `net.sound_extractor.bn${i + 1}`];
    const bounds: [string, number, number][] = [
      ['running_mean', -0.2, 0.2],
      ['running_var', 0.5, 1.5],
    ];
    for (const [what, low, high] of bounds)
      statistics[`${own}.${what}`] = variable(() =>
        tf.tensor1d(rule.fill(`${theirs}.${what}`, channels, low, high)),
      );
  }
  statistics[CENTRES_NAME] = variable(() =>
    featuresToKit(rule.fill('sound_mean', CENTRES * 320, 0, 1), CENTRES, 320),
  );
  return { parameters, statistics };
}

function disposeNetwork({ parameters, statistics }: Network): void {
  disposeAll(parameters);
  disposeAll(statistics);
}

interface Samples {
  images: tf.Tensor4D;
  speech: tf.Tensor4D;
  labels: tf.Tensor1D;
}

/** In a tidy of the caller's. */
function samplesOf({ fill }: Rule, tag: string, count: number): Samples {
  const digits = fill(`labels/${tag}`, count, 0, 1).map((u) => Math.floor(10 * u));
  return {
    images: tf.tensor4d(fill(`images/${tag}`, count * 784), [count, 28, 28, 1]),
    speech: tf.tensor4d(fill(`sounds/${tag}`, count * 400), [count, 20, 20, 1]),
    labels: tf.tensor1d(Array.from(digits), 'int32'),
  };
}

function noiseOf({ fill }: Rule, pass: string): Noise {
  return (layer, shape) => {
    const [rows, width] = shape;
    return featuresToKit(fill(`noise/${pass}/${layer}`, rows * width), rows, width);
  };
}

/** Batch statistics without dropout. */
const UNDROPPED: Mode = {
  training: true,
  seed: () => tf.zeros([2], 'int32'),
  drop: (x) => x.clone(),
};

/** Dropout by the file's masks. @param numbers of the dropouts of the pass, in the order in which the kit has them */
function maskedMode({ fill }: Rule, pass: string, numbers: readonly number[]): Mode {
  let next = 0;
  const drop: Drop = (x, rate) => {
    const u = fill(`mask/${pass}/${numbers[next++]}`, x.size, 0, 1);
    const kept = u.map((value) => (value >= rate ? 1 / (1 - rate) : 0));
    const mask =
      x.rank === 4 ? mapsToKit(kept, x.shape) : featuresToKit(kept, x.shape[0], x.shape[1] ?? 1);
    return tf.mul(x, mask);
  };
  return { training: true, seed: () => tf.zeros([2], 'int32'), drop, keepStatistics: true };
}

function summaryOf({ places }: Rule, tensor: tf.Tensor): Summary {
  const values = featuresToTorch(tensor);
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
  return {
    ...{ shape: tensor.shape, mean, std: Math.sqrt(variance) },
    sampled: places('sample', SAMPLES, values.length).map((at) => values[at]),
  };
}

function factsOf({ places }: Rule, name: string, values: readonly number[]): Facts {
  return {
    norm: Math.sqrt(values.reduce((sum, v) => sum + v * v, 0)),
    sampled: places(`sample${name}`, PARAMETER_SAMPLES, values.length).map((at) => values[at]),
  };
}

/** Facts of the net's or E's tensors by PyTorch's names. @param names as the file has them, less `dropped` */
function allFacts(
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

function forward(rule: Rule, count: number): SmilNumbers['forward'] {
  const network = networkOf(rule);
  try {
    return tf.tidy(() => {
      const { images, speech } = samplesOf(rule, 'forward', count);
      const summaries = (all: Record<string, tf.Tensor>): Record<string, Summary> =>
        Object.fromEntries(Object.entries(all).map(([name, one]) => [name, summaryOf(rule, one)]));
      const image = encodeImage(network, images, INFERENCE);
      const sound = encodeSpeech(network, speech, INFERENCE);
      const joined = tf.concat([image, sound], 1);
      const [mean, noised] = [undefined, noiseOf(rule, 'forward-noise')].map((noise) => {
        const path = incompletePath(network, images, INFERENCE, noise);
        const { logits, hidden, joined: regularised, speech: reconstructedSpeech } = path;
        return summaries({ logits, regularised, hidden, reconstructedSpeech });
      });
      const shown = {
        imageNet: summaries({ logits: classifyImage(network, image), feature: image }),
        soundNet: summaries({ logits: classifySpeech(network, sound, INFERENCE), feature: sound }),
        fusedBoth: summaries({
          logits: classifyFused(network, [image, sound], HEAD_DROPOUT, INFERENCE),
          ...{ concatenated: joined, hidden: fusedHidden(network, joined) },
          speechFeature: sound,
        }),
        ...{ imageOnlyMean: mean, imageOnlyNoise: noised },
      };
      const moved = completePath(network, images, speech, UNDROPPED, true);
      return {
        ...shown,
        fusedBothBatchStatistics: summaries({
          logits: classifyHidden(network, moved.hidden, HEAD_DROPOUT, UNDROPPED),
          speechFeature: moved.speech,
          runningMeanAfter: network.statistics['speech.norm1.running_mean'],
          runningVarAfter: network.statistics['speech.norm3.running_var'],
        }),
      };
    }) as SmilNumbers['forward'];
  } finally {
    disposeNetwork(network);
  }
}

interface MetaOptions {
  order: MetaInput['order'];
  dropout: boolean;
  /** One for each iteration. */
  steps: number;
  count: number;
}

/** Some iterations of the meta step with Adam's. */
function metaSteps(rule: Rule, { order, dropout, steps, count }: MetaOptions): MetaNumbers[] {
  const network = networkOf(rule);
  const { parameters } = network;
  const adam = initAdam(parameters);
  try {
    return Array.from({ length: steps }, (_, i) => {
      const mode = (pass: string, numbers: number[]): Mode =>
        dropout
          ? maskedMode(rule, `${pass}/${i}`, numbers)
          : ({ ...UNDROPPED, keepStatistics: true } as Mode);
      const found: Partial<MetaNumbers> = {};
      const { value, gradients } = valueAndGradients(() => {
        const train = samplesOf(rule, `train/${i}`, count);
        const complete = samplesOf(rule, `val/${i}`, count);
        const whole = mode('clean', [1, 2, 5]);
        const result = metaLosses({
          ...{ network, train, complete, order, innerRate: 1e-3, soundLearns: true },
          passes: {
            inner: { mode: mode('inner', [1, 2]), noise: noiseOf(rule, `inner/${i}`) },
            incomplete: { mode: mode('noised', [1, 2]) },
            complete: { mode: whole },
          },
        });
        Object.assign(found, shownOf(rule, result, whole));
        return tf.add(result.train, result.validation);
      }, parameters);
      Object.assign(found, {
        outerGradients: allFacts(rule, gradients, 'net'),
        outerGradientsEncoder: allFacts(rule, gradients, 'encoder'),
      });
      adamStep(parameters, gradients, adam, 1e-3, { weightDecay: 1e-4 });
      value.dispose();
      disposeAll(gradients);
      return { ...found, after: allFacts(rule, parameters, 'after') } as MetaNumbers;
    });
  } finally {
    disposeAdam(adam);
    disposeNetwork(network);
  }
}

const numberOf = (scalar: tf.Scalar): number => scalar.dataSync()[0];

function shownOf(rule: Rule, result: MetaResult, whole: Mode): Partial<MetaNumbers> {
  const { train, validation, parts, inner, incomplete, complete, moved } = result;
  const logits = classifyHidden(moved, complete.hidden, HEAD_DROPOUT, whole);
  return {
    metaTrainLoss: numberOf(train),
    metaValLoss: numberOf(validation),
    parts: {
      crossEntropy: numberOf(parts.task),
      mseConcatenated: numberOf(parts.joined),
      mseHidden: numberOf(parts.hidden),
    },
    innerGradients: allFacts(rule, inner.gradients, 'net'),
    logitsTrain: summaryOf(rule, inner.logits),
    logitsNoised: summaryOf(rule, incomplete.logits),
    logitsClean: summaryOf(rule, logits),
    reconstructedSpeech: summaryOf(rule, incomplete.speech),
  };
}

/** Everything of `float64` that the file has. */
export function measureSmil(golden: SmilGolden): SmilNumbers {
  const rule = ruleOf(golden);
  const { forward: shown, trajectory, ...steps } = golden.float64;
  const found: SmilNumbers = {};
  if (shown) found.forward = forward(rule, shown.imageNet.logits.shape[0]);
  const options = { metaStep: ['second', false], metaStepFirstOrder: ['first', false] } as const;
  const count = steps.metaStep?.logitsTrain?.shape[0] ?? 8;
  for (const name of ['metaStep', 'metaStepFirstOrder'] as const) {
    const [order, dropout] = options[name];
    if (steps[name]) [found[name]] = metaSteps(rule, { order, dropout, steps: 1, count });
  }
  const masked = { order: 'second', dropout: true, count } as const;
  if (steps.metaStepWithDropout)
    [found.metaStepWithDropout] = metaSteps(rule, { ...masked, steps: 1 });
  if (trajectory) found.trajectory = metaSteps(rule, { ...masked, steps: trajectory.length });
  return found;
}

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
        ...{ ...input, labels: all.labels, state: undefined, rates: [] },
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

/** Centres of made points, sorted by their first coordinate. */
export function measureKMeans(golden: SmilGolden): NonNullable<SmilGolden['kmeans']> {
  const { fill } = ruleOf(golden);
  const [points, size] = [60, 16];
  const at = fill('kmeans/centres', CENTRES * size);
  const noise = fill('kmeans/noise', points * size);
  const made = Array.from({ length: points }, (_, i) =>
    Array.from(
      { length: size },
      (__, k) => 5 * at[(i % CENTRES) * size + k] + 0.5 * noise[i * size + k],
    ),
  );
  const { centres, assigned, inertia } = kMeans(made, CENTRES, randomStream(0, 'parity'), {
    starts: 50,
  });
  const counts = centres.map((_, c) => assigned.filter((one) => one === c).length);
  const order = centres.map((_, c) => c).sort((a, b) => centres[a][0] - centres[b][0]);
  return {
    inertia,
    firstCoordinates: order.map((c) => centres[c][0]),
    norm: Math.hypot(...centres.flat()),
    sizes: order.map((c) => counts[c]),
  };
}
