/** The part of jstat that the kit uses; the package ships no types. */
declare module 'jstat' {
  export const studentt: {
    /** Quantile of Student's t at probability p, with `dof` degrees of freedom. */
    inv(p: number, dof: number): number;
    /** Probability of a value up to x. */
    cdf(x: number, dof: number): number;
  };
}
