/** The named presets. */

/** `smoke`: seconds, for tests. `quick`: what `npm start` runs. `standard`: hours on a CPU. `paper`: the paper's own. */
export const PRESET_NAMES = ['smoke', 'quick', 'standard', 'paper'] as const;
export type PresetName = (typeof PRESET_NAMES)[number];
