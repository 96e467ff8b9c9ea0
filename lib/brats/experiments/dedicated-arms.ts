/**
 * A network for each single scan, as ShaSpec's table of dedicated trainings has them, and networks of all subsets, which see
 * that scan alone at test.
 */
import { MODALITIES, MODALITY_NAMES, type Modality } from '../../base/modality';
import { bratsMethod, type BratsTrainingConfig, type Config } from '../../config';
import type { BratsArm } from './arms';
import { rivalArm } from './rivals';

/** A row for each scan. */
export interface SingleScanMethod {
  /** `plain`: MCKD's network without distillation. Else as `brats.model` names it. */
  key: string;
  title: string;
  /** On the scan of the row, a network for each; else one for all rows, on random subsets. */
  dedicated: boolean;
  /** Its key in the published tables of dedicated trainings or, if it isn't one, of the 15 subsets. */
  published?: string;
}

export const SINGLE_SCAN_METHODS: readonly SingleScanMethod[] = [
  { key: 'plain', title: 'MCKD’s network, plain', dedicated: true },
  ...['kdnet', 'acn', 'shaspec'].map((key) => ({
    ...{ key, title: bratsMethod(key).title, dedicated: true },
    published: key === 'kdnet' ? 'kd-net' : key,
  })),
  ...['shaspec', 'mckd'].map((key) => ({
    ...{ key, title: bratsMethod(key).title, dedicated: false, published: key },
  })),
];

/** The arm whose network a method has for a scan. */
export function singleScanArm(
  { key, dedicated }: Pick<SingleScanMethod, 'key' | 'dedicated'>,
  scan: Modality,
): string {
  return dedicated ? `${key}-${scan}` : key;
}

/** @param base as that of `rivals`, with which two trainings are shared */
export function singleScanArms(config: Config, base: BratsTrainingConfig): BratsArm[] {
  const changesOf = (key: string): BratsArm['changes'] => {
    if (key === 'mckd') return {};
    return key === 'plain' ? { distillationWeight: 0 } : rivalArm(key, config, base).changes;
  };
  return SINGLE_SCAN_METHODS.flatMap((method): BratsArm[] => {
    const { key, title, dedicated } = method;
    const changes = changesOf(key);
    if (!dedicated) return [{ key, title, changes }];
    return MODALITIES.map((scan) => ({
      key: singleScanArm(method, scan),
      title: `${title}, ${MODALITY_NAMES[scan]} alone`,
      changes: { ...changes, scans: [scan] },
    }));
  });
}
