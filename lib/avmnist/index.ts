/** Audiovision-MNIST: training runs, the experiment behind the tables, tables and pictures. */
export * from './conclusions';
export * from './experiment';
export * from './network';
export * from './task';
export * from './figures';
export * from './recorded';
export * from './results';
export * from './settings';
export * from './run';
export * from './split';
export * from './train';
