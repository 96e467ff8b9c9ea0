/** What the kit gives for a golden file of SMIL: a tree of the form of its `float64`. */
import {
  classifyFused,
  classifyHidden,
  classifyImage,
  classifySpeech,
  encodeImage,
  encodeSpeech,
  fusedHidden,
  INFERENCE,
  type Mode,
} from '../../../models/audio-visual';
import {
  completePath,
  HEAD_DROPOUT,
  incompletePath,
  innerStep,
  validationLoss,
  type MetaInput,
} from '../../../models/smil';
import { adamStep, disposeAdam, initAdam } from '../../../nn/adam';
import { valueAndGradients } from '../../../nn/gradients';
import { disposeAll } from '../../../nn/parameters';
import { tf } from '../../../nn/tf';
import { allFacts, numberOf, summaryOf } from './facts';
import type { MetaNumbers, SmilGolden, SmilNumbers, Summary } from './form';
import {
  disposeNetwork,
  maskedMode,
  networkOf,
  noiseOf,
  ruleOf,
  samplesOf,
  UNDROPPED,
  type Rule,
} from './inputs';

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
        const path = incompletePath(network, images, INFERENCE, { noise });
        const { logits, hidden, joined: regularised, scarce: reconstructedSpeech } = path;
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
      const moved = completePath(network, images, speech, UNDROPPED);
      return {
        ...shown,
        fusedBothBatchStatistics: summaries({
          logits: classifyHidden(network, moved.hidden, HEAD_DROPOUT, UNDROPPED),
          speechFeature: moved.scarce,
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
        const inner = innerStep(network, train.images, train.labels, {
          mode: mode('inner', [1, 2]),
          noise: noiseOf(rule, `inner/${i}`),
        });
        const whole = mode('clean', [1, 2, 5]);
        const result = validationLoss({
          ...{ network, inner, complete, order, innerRate: 1e-3, soundLearns: true },
          modes: { incomplete: mode('noised', [1, 2]), complete: whole },
        });
        const { validation, parts, incomplete, moved } = result;
        const clean = classifyHidden(moved, result.complete.hidden, HEAD_DROPOUT, whole);
        Object.assign(found, {
          metaTrainLoss: numberOf(inner.loss),
          metaValLoss: numberOf(validation),
          parts: {
            crossEntropy: numberOf(parts.task),
            mseConcatenated: numberOf(parts.joined),
            mseHidden: numberOf(parts.hidden),
          },
          innerGradients: allFacts(rule, inner.gradients, 'net'),
          logitsTrain: summaryOf(rule, inner.logits),
          logitsNoised: summaryOf(rule, incomplete.logits),
          logitsClean: summaryOf(rule, clean),
          reconstructedSpeech: summaryOf(rule, incomplete.scarce),
        });
        return tf.add(inner.loss, validation);
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
