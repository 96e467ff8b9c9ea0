/** Options that several commands have, as the command line gives them. */
import type { JsonOption } from '../terminal/report';

/** How a data set is described where its names don't say it. */
export interface LayoutOptions {
  pattern?: string;
  labels?: string;
}

/** Options of commands that train: on what data, and how they are split. */
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
