/**
 * The one way to configure a run: a named preset, and overrides that are checked against it.
 * Notebooks, commands and tests all call `buildConfig`; an unknown key or a wrong type is an error.
 */
import { z } from 'zod';
import { avMnistSchema, fromOlderAvMnist, paperAvMnist, type AvMnistConfig } from './av-mnist';
import {
  bratsSchema,
  fromOlderBrats,
  paperBrats,
  smokeBrats,
  quickBrats,
  standardBrats,
} from './brats';
import type { BratsConfig } from './brats-settings';
import { bratsMethod } from './brats-methods';
import { PRESET_NAMES, type PresetName } from './presets';
import { UserError } from '../base/errors';
import { showValue } from '../base/json';

export {
  BRATS_METHODS,
  bratsMethod,
  sidesProblem,
  type BratsMethod,
  type Recipe,
} from './brats-methods';
export { PRESET_NAMES, type PresetName } from './presets';

export {
  AV_METHODS,
  AV_MODALITIES,
  AV_RIVALS,
  avTrainingSettings,
  type AvImportanceConfig,
  type AvMethod,
  type AvMnistConfig,
  type AvModality,
  type AvPretraining,
  type AvTrainingConfig,
  type DistillationMean,
} from './av-mnist';
export { authorsCrop, trainingSettings } from './brats';
export {
  AUGMENTATIONS,
  type Augmentation,
  type BratsAblations,
  type BratsConfig,
  type BratsQuirks,
  type BratsStage,
  type BratsTrainingConfig,
} from './brats-settings';
export type { DistillationDistance, ImportanceConfig, WeightNormalisation } from './method';

export interface Config {
  preset: PresetName;
  /** The root of every random stream. */
  seed: number;
  avMnist: AvMnistConfig;
  brats: BratsConfig;
}

const configSchema = z.strictObject({
  preset: z.enum(PRESET_NAMES),
  seed: z.int(),
  avMnist: avMnistSchema,
  brats: bratsSchema,
});

const paper: Config = { preset: 'paper', seed: 0, avMnist: paperAvMnist, brats: paperBrats };

/** What each preset changes of `paper`. */
const PRESETS: Record<PresetName, unknown> = {
  smoke: { avMnist: { seeds: 1, epochs: 1, rates: [0.1] }, brats: smokeBrats },
  quick: { avMnist: { seeds: 2, epochs: 15 }, brats: quickBrats },
  standard: { avMnist: { seeds: 3 }, brats: standardBrats },
  paper: {},
};

/**
 * The frozen config of a preset with overrides applied. If they name a method (`brats.model`), its own recipe at that
 * preset comes before them.
 * @throws UserError naming the field and the value, for an unknown preset, key or type.
 */
export function buildConfig(preset: string = 'quick', overrides: unknown = {}): Config {
  if (!PRESET_NAMES.includes(preset as PresetName)) {
    throw new UserError(
      `preset is ${showValue(preset)}; choose one of ${PRESET_NAMES.join(', ')}`,
      { code: 'BAD_VALUE', field: 'preset', value: preset },
    );
  }
  const named =
    isRecord(overrides) && Object.hasOwn(overrides, 'preset') ? overrides.preset : preset;
  if (named !== preset) {
    throw new UserError(
      `config preset is ${showValue(named)} in the overrides of preset ${preset}; remove it there, or use that preset`,
      { code: 'BAD_VALUE', field: 'preset', value: named },
    );
  }
  const own = merge(merge(paper, PRESETS[preset as PresetName]), { preset });
  const merged = merge(withRecipe(own, overrides), overrides);
  const result = configSchema.safeParse(merged);
  if (!result.success) throw configError(result.error.issues[0], merged, paper);
  return deepFreeze(result.data);
}

/** With the recipe of the method that the changes name. */
function withRecipe(config: unknown, changes: unknown): unknown {
  const { preset, brats } = config as Config;
  const named = isRecord(changes) && isRecord(changes.brats) ? changes.brats.model : undefined;
  if (typeof named !== 'string' || named === brats.model) return config;
  return merge(config, { brats: bratsMethod(named).recipe[preset] });
}

/** A config as an older version wrote it, in the current form; it may lack newer settings. */
export function fromOlder(config: Config): Config {
  const { avMnist, brats } = config as Partial<Config>;
  return {
    ...config,
    ...(avMnist && { avMnist: fromOlderAvMnist(avMnist) as AvMnistConfig }),
    ...(brats && { brats: fromOlderBrats(brats) as BratsConfig }),
  };
}

/** A part of it, to any depth. */
export type DeepPartial<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { [K in keyof T]?: DeepPartial<T[K]> }
    : T;

/**
 * The config with changes applied, checked as by `buildConfig`; if they name another method, with its recipe.
 * @throws UserError naming the field and the value
 */
export function changeConfig(config: Config, changes: DeepPartial<Config>): Config {
  return buildConfig(config.preset, merge(withRecipe(config, changes), changes));
}

/**
 * A part of a config with changes applied, checked by its schema.
 * @param path of the part in a config, for messages: `brats`
 * @throws UserError naming the field and the value
 */
export function changeSettings<C>(
  schema: z.ZodType<C>,
  settings: C,
  changes: DeepPartial<C>,
  path: string,
): C {
  const merged = merge(settings, changes);
  const result = schema.safeParse(merged);
  if (!result.success) throw configError(result.error.issues[0], merged, settings, path);
  return deepFreeze(result.data);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Own keys only: inherited ones such as `constructor` are no keys of the base. */
function merge(base: unknown, changes: unknown): unknown {
  if (!isRecord(base) || !isRecord(changes)) return changes;
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(changes)) {
    if (key === '__proto__') {
      throw new UserError(
        `config key __proto__ (value ${showValue(value)}) is unknown; known keys here: ${Object.keys(base).join(', ')}`,
        { code: 'BAD_VALUE', field: '__proto__', value },
      );
    }
    result[key] = Object.hasOwn(base, key) ? merge(base[key], value) : value;
  }
  return result;
}

/** @param known a whole value, for the keys that there are */
function configError(
  issue: z.core.$ZodIssue,
  config: unknown,
  known: unknown,
  prefix?: string,
): UserError {
  const path = issue.path.map(String);
  const named = (keys: string[]): string =>
    [...(prefix === undefined ? [] : [prefix]), ...keys].join('.');
  if (issue.code === 'unrecognized_keys') {
    const field = named([...path, issue.keys[0]]) || '""';
    const value = valueAt(config, [...path, issue.keys[0]]);
    return new UserError(
      `config key ${field} (value ${showValue(value)}) is unknown; known keys here: ` +
        Object.keys(valueAt(known, path) as object).join(', '),
      { code: 'BAD_VALUE', field, value },
    );
  }
  const field = named(path);
  const value = valueAt(config, path);
  return new UserError(`config ${field} is ${showValue(value)}: ${issue.message}`, {
    code: 'BAD_VALUE',
    field,
    value,
  });
}

function valueAt(value: unknown, path: string[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (at as Record<string, unknown> | undefined)?.[key],
    value,
  );
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
