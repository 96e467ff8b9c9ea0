/** The cells of the Audiovision-MNIST tables: methods, at every rate, in both cases. */
import {
  AV_RIVALS,
  type AvMethod,
  type AvMnistConfig,
  type AvModality,
  type AvTrainingConfig,
  type Config,
} from '../config';
import type { Arm } from '../experiment/experiment';
import { methodTitle } from './titles';

export type AvArm = Arm<AvTrainingConfig>;

/** The identity of a cell. */
export type AvCell = Pick<AvTrainingConfig, 'method' | 'scarce' | 'rate' | 'pretrain'>;

/** Methods whose encoders always start from nets trained alone. */
const FROM_TRAINED: readonly AvMethod[] = ['autoEncoder', 'gan', 'smil'];

/** The key of a cell's arm. The bounds do not depend on the rate; the upper one serves both cases. */
export function avArm({ method, scarce, rate, pretrain }: AvCell): string {
  const trained = pretrain === 'each' && !FROM_TRAINED.includes(method) ? '/from-trained' : '';
  if (method === 'upperBound') return `${method}${trained}`;
  const key = method === 'lowerBound' ? `${method}/${scarce}` : `${method}/${scarce}/${rate}`;
  return `${key}${trained}`;
}

function avArmTitle({ method, scarce, rate, pretrain }: AvCell): string {
  const start = pretrain === 'each' ? ', encoders trained alone first' : '';
  const rival = (AV_RIVALS as readonly string[]).includes(method);
  return `${rival ? methodTitle(method, scarce) : method}, ${scarce} at ${Math.round(rate * 100)} %${start}`;
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
  return armsOf(cells);
}

function armsOf(cells: readonly AvCell[]): AvArm[] {
  return cells.map((one) => ({ key: avArm(one), title: avArmTitle(one), changes: one }));
}

/** A row of the table of rivals: a method, and how its encoders start. */
export type AvRow = Pick<AvCell, 'method' | 'pretrain'>;

const each = (method: AvMethod): AvRow => ({ method, pretrain: 'each' });

/** All rows of the published tables, and their fair partners. */
export const RIVAL_ROWS: readonly AvRow[] = [
  { method: 'lowerBound' },
  { method: 'upperBound' },
  each('upperBound'),
  each('autoEncoder'),
  each('gan'),
  { method: 'full2miss' },
  each('smil'),
  { method: 'shaspec' },
  { method: 'noDistillation' },
  each('noDistillation'),
  { method: 'mckd' },
  each('mckd'),
];

/** Every arm that the tables of rivals need. Its keys are those of `avArms` where a training is the same. */
export function rivalArms({ preset, avMnist: { rates, scarce } }: Config): AvArm[] {
  const ratesOf = (method: AvMethod): readonly number[] => {
    if (method === 'upperBound') return [1];
    if (method === 'lowerBound') return [Math.min(...rates)];
    // SMIL's iterations at all rates take as long as all other rows together.
    return method === 'smil' && preset === 'quick' ? [Math.max(...rates)] : rates;
  };
  const arms = scarce.flatMap((modality) =>
    RIVAL_ROWS.flatMap(({ method, pretrain }) => {
      const start = pretrain ? { pretrain } : {};
      const side = method === 'upperBound' ? 'speech' : modality;
      return armsOf(ratesOf(method).map((rate) => ({ method, scarce: side, rate, ...start })));
    }),
  );
  return arms.filter(({ key }, i) => arms.findIndex((one) => one.key === key) === i);
}
