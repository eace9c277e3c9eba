/** A source of chance that always tells the same story for the same seed. */
export interface Chance {
  /** Evenly in [0, 1). */
  share(): number;
  /** Normal around 0 with spread 1, held within ±2.5. */
  normal(): number;
  /** One of some things, each as often as it weighs. */
  pick<T>(things: readonly T[], weightOf?: (thing: T) => number): T;
}

/** Mulberry32, a generator with 32 bits of state by Tommy Ettinger (public domain). */
export function chance(seed: number): Chance {
  let state = seed >>> 0;
  const share = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  // Box and Muller's transform; 1 - share() is never 0, so the logarithm is finite.
  const normal = () => Math.sqrt(-2 * Math.log(1 - share())) * Math.cos(2 * Math.PI * share());
  return {
    share,
    normal: () => Math.max(-2.5, Math.min(2.5, normal())),
    pick(things, weightOf = () => 1) {
      let left = share() * things.reduce((sum, thing) => sum + weightOf(thing), 0);
      return things.find((thing) => (left -= weightOf(thing)) < 0) ?? things.at(-1)!;
    },
  };
}
