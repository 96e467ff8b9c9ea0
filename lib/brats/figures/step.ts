/** What a training step is made of. */
import { KERNEL_NAMES } from '../../nn/compute';
import { barsFigure } from '../../report/figures/groups';
import type { Figure } from '../../report/figures/types';
import type { StepProfile } from '../measure';

/** Kinds of op with a bar of their own. */
const SHOWN = 8;
/** Most letters in a line of a bar's name. */
const LINE = 10;

export interface StepProfileOptions {
  /** Of the saved file. */
  name: string;
  profile: StepProfile;
}

/** Each kind of op: its share of the ops that JavaScript hands over in a step op by op, and of that step's time. */
export function stepProfileFigure({ name, profile }: StepProfileOptions): Figure {
  const { ops, seconds } = profile.opByOp;
  const total = ops.reduce((sum, { count }) => sum + count, 0);
  const computing = ops.reduce((sum, one) => sum + one.seconds, 0);
  const rest = ops
    .slice(SHOWN)
    .reduce((sum, one) => ({ count: sum.count + one.count, seconds: sum.seconds + one.seconds }), {
      count: 0,
      seconds: 0,
    });
  const bars = [
    ...ops.slice(0, SHOWN),
    ...(rest.count > 0 ? [{ op: 'others', ...rest }] : []),
    { op: 'JavaScript', count: 0, seconds: seconds - computing },
  ];
  const kernels = KERNEL_NAMES[profile.kernels];
  const { data, layout } = barsFigure({
    title: `A training step: ${total} ops one by one (${kernels}), or one function`,
    x: { title: 'kind of op', groups: bars.map(({ op }) => broken(op)) },
    y: { title: 'percent' },
    series: [
      { name: 'of the ops', y: bars.map(({ count }) => (100 * count) / total) },
      { name: 'of the time', y: bars.map((one) => (100 * one.seconds) / seconds) },
    ],
  });
  const margin = { ...layout.margin, b: 100 };
  return { name, data, layout: { ...layout, margin } };
}

/** A name such as Conv3DBackpropFilterV2, in lines of whole words. */
function broken(op: string): string {
  const words = op.split(/(?<=.)(?=[A-Z][a-z])/);
  const lines = words.reduce<string[]>((done, word) => {
    const last = done.at(-1);
    const fits = last !== undefined && last.length + word.length <= LINE;
    return fits ? [...done.slice(0, -1), last + word] : [...done, word];
  }, []);
  return lines.join('<br>');
}
