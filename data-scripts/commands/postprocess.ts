/** Output of `mckd postprocess`. */
import { resolve } from 'node:path';
import {
  postprocessFile,
  type LabelCounts,
  type PostprocessFiles,
  type PostprocessingOptions,
  type PostprocessingReport,
} from '@mckd/lib/brats/postprocess';
import { isKitResult, parseLabelCodes, prepareOutputs } from '@mckd/lib/datasets';

/** Post-processes a prediction and prints what each rule changed: one line each, or one JSON object. */
export async function postprocessAndTell(
  { labels, ...paths }: Omit<PostprocessFiles, 'codes'> & { labels?: string },
  { json = false }: { json?: boolean } = {},
): Promise<void> {
  const codes = labels === undefined ? undefined : parseLabelCodes(labels);
  const files = { ...paths, codes };
  const { prediction, t1ce, out } = files;
  // A result of this kit may be replaced in place; files of others are not.
  const inPlace = resolve(out) === resolve(prediction) && isKitResult(prediction);
  const inputs = [...(inPlace ? [] : [prediction]), ...(typeof t1ce === 'string' ? [t1ce] : [])];
  for (const note of prepareOutputs([out], { inputs })) console.error(`note: ${note}`);
  const report = await postprocessFile(files);
  if (json) console.log(JSON.stringify({ ...files, ...report }, null, 2));
  else for (const line of describeReport(report, files.out)) console.log(line);
}

/** One line per rule. */
export function describeReport(
  report: PostprocessingReport & { rules: PostprocessingOptions },
  out: string,
): string[] {
  const { components, small, low, darkOedema, fewEnhancing, before, after, rules } = report;
  const shown = (voxels: number): string => String(Number(voxels.toPrecision(4)));
  const percent = 100 * rules.smallFraction;
  return [
    `components: ${components}`,
    `small components (under ${shown(rules.smallVoxels)} voxels and under ${percent} % of the largest): ${small.components} removed, ${small.voxels} voxels`,
    `low components (none of it above slice ${rules.lowSlice}): ${low.components} removed, ${low.voxels} voxels`,
    darkOedema
      ? `dark oedema to label 1: in ${darkOedema.split.length} component(s), ${darkOedema.voxels} voxels`
      : 'dark oedema to label 1: skipped, since there is no T1ce',
    `few enhancing voxels to label 1 (under ${shown(rules.fewEnhancingVoxels)}): ${fewEnhancing.voxels} of ${fewEnhancing.enhancingVoxels}`,
    `labels 1, 2, 4: ${numbers(before)} before, ${numbers(after)} after; ${report.changedVoxels} voxels changed`,
    `written: ${out}`,
  ];
}

function numbers({ core, oedema, enhancing }: LabelCounts): string {
  return [core, oedema, enhancing].join(', ');
}
