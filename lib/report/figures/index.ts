/** Figures of the kit: pure functions from numbers to plotly figure JSON. */
export type { ColourScale, Figure, FigureTitle, Layout, Trace } from './types';
export { baseLayout, BLUES, GREYS, PALETTE, paletteColour, withOpacity } from './theme';
export type { AxisOptions } from './theme';
export * from './curves';
export * from './groups';
export * from './grids';
export type { Picture } from './picture';
export type { LabelColour, Overlay } from './overlay';
