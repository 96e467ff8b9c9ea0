import { Argument, Command } from 'commander';
import { KIT_ROOT } from '@mckd/lib/dist/base/shipped-file';
import type { RecordCommandOptions } from '../commands/record';
import { RECORDED, type RecordedName } from '../terminal/recorded-names';
import { reportTo, type JsonOption } from '../terminal/report';
import { jsonOption } from './arguments';

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
      const { record } = await import('../commands/record.js');
      const what = await record(name, options);
      const { writePages } = await import('../pages/index.js');
      writePages(KIT_ROOT);
      reportTo({ json }).result({ name, recorded: what.split('\n') }, what);
    });
}
