/** Statistics of the scans of cases, for `mckd inspect --case`. */
import { MODALITIES, type Modality } from '@mckd/lib/base';
import { findCases, readCase, type FindCasesOptions } from '@mckd/lib/datasets';
import { readNiftiHeader } from '@mckd/lib/formats';
import {
  describeNormalised,
  describeVolume,
  normaliseIntensity,
  type NormalisedDescription,
  type VolumeDescription,
} from '@mckd/lib/volume';

type Scans<T> = Partial<Record<Modality, T>>;

/** Case name -> modality -> numbers. */
export type InspectedCases = Record<string, Scans<VolumeDescription | NormalisedDescription>>;

/**
 * Every scan of every case in a folder, on the axes of its files; missing scans are left out.
 * @param normalised numbers after the intensity normalisation, under the reference file's names
 * @throws UserError as `findCases` and `readCase` do
 */
export async function inspectCases(
  folder: string,
  { normalised = false, ...finding }: FindCasesOptions & { normalised?: boolean } = {},
): Promise<InspectedCases> {
  const inspected: InspectedCases = {};
  for (const files of findCases(folder, { pattern: finding.pattern, labels: finding.labels })) {
    const { scans, stored } = await readCase(files, {
      missingScans: 'allow',
      axes: 'stored',
      withoutLabels: true,
    });
    const found: InspectedCases[string] = {};
    for (const modality of MODALITIES) {
      const values = scans[modality];
      const file = files.scans[modality]?.file;
      if (!values || !file) continue;
      if (normalised) {
        found[modality] = describeNormalised(normaliseIntensity(values, file), stored.shape);
      } else {
        const datatype = (await readNiftiHeader(file)).header.datatype.name;
        found[modality] = describeVolume({ ...stored, file, datatype, values });
      }
    }
    inspected[files.name] = found;
  }
  return inspected;
}
