/** `mckd view`: a page that shows a case. */
import { parseLabelCodes, prepareOutputs } from '@mckd/lib/datasets';
import { chosenCase } from './chosen-cases';
import type { LayoutOptions } from './options';
import { writeViewerPage } from './viewer-page';

export interface ViewCommandOptions extends LayoutOptions {
  case?: string;
  name?: string;
  flair?: string;
  t1?: string;
  t1ce?: string;
  t2?: string;
  out: string;
  prediction: string[];
  predictionLabels?: string;
  truth?: string;
  json?: boolean;
}

/** @throws UserError as `chosenCase`, `prepareOutputs` and `writeViewerPage` do */
export async function view(options: ViewCommandOptions): Promise<void> {
  const { out, truth, prediction, predictionLabels, json } = options;
  const { files, notes } = chosenCase(options);
  const replaced = prepareOutputs([out], {
    inputs: [...prediction, ...(truth === undefined ? [] : [truth])],
    cases: [files],
  });
  for (const note of [...notes, ...replaced]) console.error(`note: ${note}`);
  const predictions = prediction.map((file, i, all) => ({
    name: all.length === 1 ? 'prediction' : `prediction ${i + 1}`,
    file,
  }));
  await writeViewerPage(out, {
    files,
    predictions,
    truth,
    ...(predictionLabels === undefined
      ? {}
      : { predictionCodes: parseLabelCodes(predictionLabels) }),
  });
  if (json) console.log(JSON.stringify({ case: files.name, page: out }, null, 2));
  else console.log(`${out}: open it in a browser`);
}
