/** The fuzz targets. */
import { UserError } from '../../base/errors';
import { ARCHIVE_TARGETS } from './archive-target';
import { CHECKPOINT_TARGETS } from './checkpoint-target';
import { JSON_TARGETS } from './json-targets';
import { NIFTI_TARGETS } from './nifti-targets';
import { SAFETENSORS_TARGETS } from './safetensors-target';
import { SOUND_TARGETS } from './sound-targets';
import type { FuzzTarget } from './types';

export const FUZZ_TARGETS: readonly FuzzTarget[] = [
  ...NIFTI_TARGETS,
  ...SOUND_TARGETS,
  ...SAFETENSORS_TARGETS,
  ...JSON_TARGETS,
  ...CHECKPOINT_TARGETS,
  ...ARCHIVE_TARGETS,
];

/** @throws UserError for a name that no target has */
export function fuzzTarget(name: string): FuzzTarget {
  const target = FUZZ_TARGETS.find((one) => one.name === name);
  if (target) return target;
  const names = FUZZ_TARGETS.map((one) => one.name).join(', ');
  throw new UserError(`fuzz target is "${name}"; choose one of ${names}`, {
    code: 'BAD_VALUE',
    field: 'target',
    value: name,
  });
}
