/** Figures of the kit: pure functions from numbers to plotly figure JSON. */
export type { ColourScale, Figure, Layout, Trace } from './figures/types';
export { baseLayout, BLUES, GREYS, PALETTE, paletteColour, withOpacity } from './figures/theme';
export type { AxisOptions } from './figures/theme';
export * from './figures/curves';
export * from './figures/groups';
export * from './figures/grids';
export type { LabelColour, Overlay } from './figures/overlay';
