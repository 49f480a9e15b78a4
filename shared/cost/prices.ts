/** List prices in dollars for us-east-1 and arm64, without the free tier. `docs/deploy.md` has the date of each. */
export const PRICES = {
  lambdaGbSecond: 0.0000133334,
  lambdaRequest: 0.0000002,
  transition: 0.000025,
  /** PUT, POST and LIST. */
  s3Put: 0.000005,
  /** GET and HEAD. */
  s3Get: 0.0000004,
} as const;

/** List prices in dollars of other places for the same work, for us-east-1 and arm64. `docs/deploy.md` has their sources. */
export const OTHER_PRICES = {
  fargateCpuHour: 0.03238,
  fargateGbHour: 0.00356,
  emrCpuHour: 0.0526,
  emrGbHour: 0.0058,
} as const;

/** The quantities that AWS bills. */
export interface Quantities {
  readonly gbSeconds: number;
  readonly invocations: number;
  readonly transitions: number;
  readonly gets: number;
  readonly puts: number;
  readonly lists: number;
}

/** Returns the bill in dollars, by service. */
export const billOf = ({ gbSeconds, invocations, transitions, gets, puts, lists }: Quantities) => ({
  lambdaTime: gbSeconds * PRICES.lambdaGbSecond,
  lambdaRequests: invocations * PRICES.lambdaRequest,
  stepFunctions: transitions * PRICES.transition,
  s3: (puts + lists) * PRICES.s3Put + gets * PRICES.s3Get,
});

export const dollarsOf = (quantities: Quantities): number =>
  Object.values(billOf(quantities)).reduce((sum, dollars) => sum + dollars, 0);
