import { Argument, Command } from 'commander';
import { KIT_ROOT } from '@mckd/lib/dist/base/shipped-file';
import { reportTo, type JsonOption } from '../report';
import { jsonOption } from './arguments';

/** Names in lib/recorded, and what leaves in results/ what is kept under them. */
export const RECORDED = {
  'av-mnist-paper': 'npm start -- --preset paper --only 06',
  'av-mnist-settings': 'npx mckd tune av-mnist',
  'brats-standard': 'npx mckd compare --preset standard',
  'brats-ablations': 'npx mckd ablate --preset standard',
  'brats-settings': 'npx mckd tune brats',
  parity: 'npm run parity',
  bench: 'npm run bench',
  faults: 'npm run test:faults',
  processes: 'npx mckd measure --split',
} as const;
export type RecordedName = keyof typeof RECORDED;

export interface RecordCommandOptions {
  from?: string;
  replace?: boolean;
}

/** The line that tells of `mckd record`. */
export function howToKeep(name: RecordedName, from?: string): string {
  return `npx mckd record ${name}${from === undefined ? '' : ` --from ${from}`} keeps it with the kit`;
}

/** `mckd record`: what a finished run left in results/ into the kit, where pages and notebooks show it. */
export function recordCommand(): Command {
  const sources = Object.entries(RECORDED).map(([name, command]) => `  ${name}: ${command}`);
  return new Command('record')
    .description(
      'keep with the kit what a finished run left in results/; other presets, settings and data than those kept so far are refused',
    )
    .addArgument(new Argument('<name>', 'what').choices(Object.keys(RECORDED)))
    .option('--from <path>', 'what the run left (default: its place in results/)')
    .option('--replace', 'keep another preset, other settings or other data from now on')
    .addHelpText('after', `\nWhat leaves them:\n${sources.join('\n')}`)
    .addOption(jsonOption())
    .action(async (name: RecordedName, { json, ...options }: RecordCommandOptions & JsonOption) => {
      const { record } = await import('../record.js');
      const what = await record(name, options);
      const { writePages } = await import('../pages/index.js');
      writePages(KIT_ROOT);
      reportTo({ json }).result({ name, recorded: what.split('\n') }, what);
    });
}
