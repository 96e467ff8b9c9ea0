/** The benchmark's measurements with their goals, section by section. */
import type { Bench, BenchSetting } from '../compare';
import type { SectionName } from '../options';
import { heldToAvx2 } from './avx2';
import { readingACase, slidingWindow } from './cases';
import { cost } from './cost';
import { audioVisualEpoch } from './epoch';
import { growth, paperStep } from './memory';
import { opsOfAStep } from './ops';
import { precisions } from './precision';
import { rivalSteps } from './rivals';
import { timedSteps } from './steps';
import { wholeTraining } from './training';

export const SECTIONS: Record<SectionName, (setting: BenchSetting) => Promise<Partial<Bench>>> = {
  step: timedSteps,
  rivals: rivalSteps,
  growth,
  paper: paperStep,
  window: slidingWindow,
  read: readingACase,
  epoch: audioVisualEpoch,
  avx2: heldToAvx2,
  training: wholeTraining,
  precision: precisions,
  cost,
  ops: opsOfAStep,
};
