/** Figures of one's own numbers: plotly JSON, which `book.show` shows and saves. */
export { curvesFigure as curves, waveformFigure as waveform } from '../report/figures/curves';
export { heatmapFigure as heatmap } from '../report/figures/grids';
export type { CurveSeries, CurvesOptions, WaveformOptions } from '../report/figures/curves';
export type { HeatmapOptions } from '../report/figures/grids';
