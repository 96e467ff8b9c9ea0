/** What a trained network predicts for every test sample, at the last epoch and at the chosen one. */
import { AV_MODALITIES } from '../config';
import type { AvMnist } from '../datasets/av-mnist/avmnist';
import { tf } from '../nn/tf';
import { wrongPredictions, type RunPredictions } from './predictions';
import type { DevicePairs } from './models/model';
import { evaluate, predictAlone, type Trainee } from './steps';

/** Copies the values of all variables of a trainee. @returns puts them back */
export function keepValues({ model, network, state }: Trainee): () => void {
  const variables = [
    ...[network.parameters, network.statistics].flatMap(Object.values<tf.Variable>),
    ...(model.state?.variables(state) ?? []),
  ];
  const values = variables.map((variable) => variable.dataSync().slice());
  return () =>
    tf.tidy(() =>
      variables.forEach((variable, v) =>
        variable.assign(tf.tensor(values[v], variable.shape, variable.dtype)),
      ),
    );
}

/**
 * The test pairs and, where the method is tested with one modality, the samples of it that have no partner.
 * @param test the test pairs on the device
 * @param backToChosen makes the trainee, which is as it was at the last epoch, that of the chosen epoch
 */
export function predictTwice(
  trainee: Trainee,
  { alone }: AvMnist,
  test: DevicePairs,
  backToChosen: () => void,
): RunPredictions {
  const { model, config } = trainee;
  const available = model.availableAtTest(config);
  const [modality, ...more] = AV_MODALITIES.filter((_, m) => available[m]);
  const samples = more.length === 0 ? alone[modality] : undefined;
  const indices = Array.from(test.digits.keys());
  const wrongPairs = (): number[] =>
    wrongPredictions(test.digits, evaluate(trainee, test, indices).predicted);
  const wrongAlone = (): number[] =>
    samples ? wrongPredictions(samples.digits, predictAlone(trainee, modality, samples)) : [];
  const last = { pairs: wrongPairs(), alone: wrongAlone() };
  backToChosen();
  const chosen = { pairs: wrongPairs(), alone: wrongAlone() };
  const pairs = { count: indices.length, last: last.pairs, chosen: chosen.pairs };
  if (!samples) return { pairs };
  const { digits, description } = samples;
  const count = digits.length;
  return { pairs, alone: { modality, description, count, last: last.alone, chosen: chosen.alone } };
}
