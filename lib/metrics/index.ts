/** Segmentation metrics against the ground truth: of masks, of label maps, of files. */
export { CONVENTIONS, HD95_RULES, type Convention, type Hd95Rule } from './conventions';
export { evaluateFiles, type Evaluation } from './evaluate';
export { evaluationTable } from './evaluation-table';
export { pairFiles, type PairOptions } from './pairs';
