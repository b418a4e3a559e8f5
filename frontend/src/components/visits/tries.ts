/** Wrong PINs in a row: five are free, then each costs a growing rest, the tenth clears the phone. */
export type Tries = { count: number; since: number };

export const FREE = 5;
export const MOST = 10;
const MINUTE = 60_000;
const RESTS = [1, 2, 5, 15, 60].map((minutes) => minutes * MINUTE);
export const NONE: Tries = { count: 0, since: 0 };

/** Milliseconds until the next try may be made. A clock that was set back begins the rest anew. */
export function restOf(tries: Tries, now: number): number {
  if (tries.count < FREE) return 0;
  const rest = RESTS[Math.min(tries.count - FREE, RESTS.length - 1)]!;
  return now < tries.since ? rest : Math.max(0, tries.since + rest - now);
}

/** A try is counted before it is made, so that ending the page in time wins nothing. */
export const counted = (tries: Tries, now: number): Tries => ({ count: tries.count + 1, since: now });

export const left = (tries: Tries): number => Math.max(0, MOST - tries.count);
