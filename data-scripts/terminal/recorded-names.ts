/** The recorded runs of the kit, and the last line of commands that make such a run. */

/** Names in lib/recorded, and the command that makes each. */
export const RECORDED = {
  quick: 'npm start',
  'av-mnist-paper': 'npm start -- --preset paper --only 06',
  'av-mnist-published': 'npx mckd experiment run av-mnist-published --preset paper',
  'av-mnist-distillation': 'npx mckd experiment run av-mnist-distillation --preset paper',
  'av-mnist-complete': 'npx mckd experiment run av-mnist-complete --preset paper',
  'av-mnist-level': 'npx mckd experiment run av-mnist-level --preset paper',
  'av-mnist-lower-bound': 'npx mckd experiment run av-mnist-lower-bound --preset paper',
  'av-rivals': 'npx mckd experiment run av-rivals --preset paper',
  'av-mnist-settings': 'npx mckd tune av-mnist',
  'brats-standard': 'npx mckd compare --preset standard',
  'brats-ablations': 'npx mckd ablate --preset standard',
  'brats-rivals': 'npx mckd experiment run rivals --preset quick',
  'brats-rivals-standard': 'npx mckd experiment run rivals --preset standard',
  'brats-dedicated': 'npx mckd experiment run dedicated --preset quick',
  'brats-settings': 'npx mckd tune brats',
  parity: 'npm run parity',
  bench: 'npm run bench',
  'step-ops': 'npm run bench -- --only ops',
  faults: 'npm run test:faults',
  processes: 'npx mckd measure --split',
} as const;
export type RecordedName = keyof typeof RECORDED;

/** Under which name the kit records what a command makes, if it does. */
export function recordedBy(command: string): RecordedName | undefined {
  const names = Object.keys(RECORDED) as RecordedName[];
  return names.find((name) => RECORDED[name] === command);
}

/** The line that suggests `mckd record`. */
export function howToKeep(name: RecordedName, from?: string): string {
  return `npx mckd record ${name}${from === undefined ? '' : ` --from ${from}`} records it in the kit`;
}
