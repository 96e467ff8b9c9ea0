/** `mckd overfit`: overfits one crop of one case. */
import { overfit as overfitCrop, tumourCrop } from '@mckd/lib/brats';
import { buildConfig } from '@mckd/lib/config';
import { openPrepared } from '@mckd/lib/loading';
import { chosenCase } from './chosen-cases';
import type { LayoutOptions } from './options';
import { reportTo, type JsonOption } from '../terminal/report';
import { overridesOf } from '../terminal/overrides';

export interface OverfitCommandOptions extends LayoutOptions, JsonOption {
  case: string;
  name?: string;
  preset: string;
  set: string[];
  steps: number;
}

/** @throws UserError as `buildConfig`, `chosenCase`, `openPrepared` and `tumourCrop` */
export async function overfit(options: OverfitCommandOptions): Promise<void> {
  const report = reportTo(options);
  const { brats, seed } = buildConfig(options.preset, overridesOf(options.set));
  const { files, notes } = chosenCase(options);
  for (const note of notes) console.error(`note: ${note}`);
  const { normalisation } = brats;
  const prepared = await openPrepared([files], { normalisation }).whole(files.name);
  const sample = tumourCrop(prepared, brats);
  const { crop, width } = brats;
  report.say(`${files.name}, crop ${crop.join(' x ')}, width ${width}`);
  const steps = [];
  for await (const event of overfitCrop(sample, { config: brats, seed, steps: options.steps })) {
    const { step, loss, dice, seconds } = event;
    if (!dice) continue;
    steps.push({ step, loss, dice, seconds });
    report.say(
      `step ${step}: loss ${loss.toFixed(3)}, Dice ET ${dice.ET.toFixed(3)} WT ${dice.WT.toFixed(3)} ` +
        `TC ${dice.TC.toFixed(3)}, ${seconds.toFixed(2)} s/step`,
    );
  }
  report.result({ case: files.name, crop, width, steps });
}
