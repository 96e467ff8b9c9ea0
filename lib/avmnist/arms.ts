/** The cells of the Audiovision-MNIST tables: methods, at every rate, in both cases. */
import type { AvMethod, AvMnistConfig, AvModality, AvTrainingConfig } from '../config';
import type { Arm } from '../experiment/experiment';

export type AvArm = Arm<AvTrainingConfig>;

/** The identity of a cell. */
export type AvCell = Pick<AvTrainingConfig, 'method' | 'scarce' | 'rate'>;

/** The key of a cell's arm. The bounds do not depend on the rate; the upper one serves both cases. */
export function avArm({ method, scarce, rate }: AvCell): string {
  if (method === 'upperBound') return method;
  return method === 'lowerBound' ? `${method}/${scarce}` : `${method}/${scarce}/${rate}`;
}

function avArmTitle({ method, scarce, rate }: AvCell): string {
  return `${method}, ${scarce} at ${Math.round(rate * 100)} %`;
}

/** Every arm that the tables of a config need: 2 lower bounds, 1 upper, 3 methods x rates x 2 cases. */
export function avArms({ rates, scarce }: Pick<AvMnistConfig, 'rates' | 'scarce'>): AvArm[] {
  const cell = (method: AvMethod, modality: AvModality, rate: number): AvCell => ({
    method,
    scarce: modality,
    rate,
  });
  const cells = [
    cell('upperBound', 'speech', 1),
    ...scarce.flatMap((modality) => [
      cell('lowerBound', modality, Math.min(...rates)),
      ...rates.flatMap((rate) =>
        (['noDistillation', 'equalWeights', 'mckd'] as const).map((method) =>
          cell(method, modality, rate),
        ),
      ),
    ]),
  ];
  return cells.map((one) => ({ key: avArm(one), title: avArmTitle(one), changes: one }));
}
