/** What trainings can differ in: a method is a title and what it changes of the config. */
import type { BratsConfig, DeepPartial } from '../config';

/** Settings of the segmentation that differ from a config's. */
export type BratsChanges = DeepPartial<BratsConfig>;

export interface BratsMethodChange {
  /** For progress lines, tables and messages. */
  title: string;
  changes: BratsChanges;
}

/** Methods by their key. */
export type BratsMethodChanges = Record<string, BratsMethodChange>;

/** The three methods of the comparison, each as what it changes of the config. */
export const BRATS_METHODS = {
  allScans: { dropsModalities: false, distillationWeight: 0 },
  randomSubsets: { distillationWeight: 0 },
  mckd: {},
} satisfies Record<string, BratsChanges>;

export type BratsMethod = keyof typeof BRATS_METHODS;

export const BRATS_METHOD_NAMES: Record<BratsMethod, string> = {
  allScans: 'all scans only',
  randomSubsets: 'random subsets, no distillation',
  mckd: 'MCKD',
};

/** The three methods as `runComparison` takes them. */
export const COMPARED_METHODS: BratsMethodChanges = Object.fromEntries(
  (Object.keys(BRATS_METHODS) as BratsMethod[]).map((method) => [
    method,
    { title: BRATS_METHOD_NAMES[method], changes: BRATS_METHODS[method] },
  ]),
);
