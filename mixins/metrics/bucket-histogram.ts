import type { Metric } from "./exposition.ts";

interface Series {
  labels: Readonly<Record<string, string>>;
  /** How many fell into each bucket, those beyond the last in one more. */
  counts: number[];
  sum: number;
}

/**
 * A histogram of buckets alone, as a registry of Moleculer keeps metrics. Its own one finds each bucket by the text of
 * its bound, which makes an observation ten times as dear as it need be.
 */
export class BucketHistogram implements Metric {
  readonly type = "histogram";
  readonly name: string;
  readonly description: string;
  readonly labelNames: readonly string[];
  readonly #bounds: readonly number[];
  readonly #series = new Map<string, Series>();

  constructor(about: { name: string; description: string; labelNames: readonly string[]; buckets: readonly number[] }) {
    this.name = about.name;
    this.description = about.description;
    this.labelNames = about.labelNames;
    this.#bounds = about.buckets;
  }

  observe(value: number, labels: Readonly<Record<string, string>>): void {
    let key = "";
    for (const name of this.labelNames) key += `${labels[name] ?? ""}\n`;
    let series = this.#series.get(key);
    if (!series) {
      series = { labels, counts: Array<number>(this.#bounds.length + 1).fill(0), sum: 0 };
      this.#series.set(key, series);
    }
    let bucket = 0;
    while (bucket < this.#bounds.length && value > this.#bounds[bucket]!) bucket++;
    series.counts[bucket]! += 1;
    series.sum += value;
  }

  snapshot() {
    return [...this.#series.values()].map(({ labels, counts, sum }) => {
      let upTo = 0;
      const steps = this.#bounds.map((bound, at) => [bound, (upTo += counts[at]!)] as const);
      return { labels, buckets: Object.fromEntries(steps), count: upTo + counts.at(-1)!, sum };
    });
  }

  /** For listings, such as that of the REPL. */
  toObject() {
    const { type, name, description, labelNames } = this;
    return { type, name, description, labelNames, values: this.snapshot() };
  }
}
