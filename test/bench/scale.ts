/** How much is done of everything. */
export interface Scale {
  /** Of each measure that alternates. */
  rounds: number;
  /** Flows a round, for each of those that are compared. */
  flows: number;
  reads: number;
  exchanges: number;
  /** Calls one after the other, direct and through the proxy. */
  calls: number;
  downloads: number;
  /** How often many call at once on an expired token. */
  refreshes: number;
  /** Connections in the database. */
  sizes: number[];
  /** How often each request is asked at each size. */
  samples: number;
}

const normal: Scale = {
  rounds: 5,
  flows: 400,
  reads: 600,
  exchanges: 80,
  calls: 400,
  downloads: 60,
  refreshes: 3,
  sizes: [1000, 100_000],
  samples: 15,
};

const quick: Scale = {
  rounds: 2,
  flows: 60,
  reads: 100,
  exchanges: 20,
  calls: 50,
  downloads: 10,
  refreshes: 1,
  sizes: [1000, 10_000],
  samples: 5,
};

/**
 * Reads the command's arguments.
 *
 * @throws Error that names one it doesn't know
 */
export function readScale(args: string[]): Scale {
  const unknown = args.find((arg) => !['--quick', '--million'].includes(arg));
  if (unknown !== undefined) throw new Error(`Unknown option ${unknown}. There are --quick and --million.`);
  const scale = args.includes('--quick') ? quick : normal;
  return args.includes('--million') ? { ...scale, sizes: [...scale.sizes, 1_000_000] } : scale;
}
