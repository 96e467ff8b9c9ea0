/** Options of several commands, as parsed. */
import type { JsonOption } from '../terminal/report';

/** How a data set is described if its names don't say it. */
export interface LayoutOptions {
  pattern?: string;
  labels?: string;
}

/** Options of commands that train: data and splits. */
export interface DataOptions extends LayoutOptions {
  data?: string;
  splits?: string;
  fold?: number;
  skipCheck?: boolean;
}

/** Options of commands that train several networks. */
export interface TrainingsOptions extends DataOptions, JsonOption {
  preset: string;
  set: string[];
  processes?: number;
  threads?: number;
  out?: string;
}
