import type { MetricRegistry } from "moleculer";
import { BucketHistogram } from "./bucket-histogram.ts";
import { within } from "../within.ts";

type Labels<L extends string> = Readonly<Record<L, string>>;
/** What a gauge shows for one set of labels. */
export interface Reading<L extends string = string> {
  labels: Labels<L>;
  value: number;
}
type Readings<L extends string> = number | readonly Reading<L>[];
type Reader<L extends string> = () => Readings<L> | Promise<Readings<L>>;

interface Declaration {
  name: string;
  description: string;
  labelNames: readonly string[];
}
type Family = Declaration & ({ type: "counter" | "gauge" } | { type: "histogram"; buckets: number[] });

/** A scrape has ten seconds by default. */
const READING_LIMIT_MS = 3000;

type Kept = MetricRegistry["store"] extends Map<string, infer M> ? M : never;

const families = new Map<string, Family>();
const gauges = new Set<{ refresh(): Promise<void> }>();
/** Where this process keeps what is counted: nowhere while nobody shows it. */
const registries = new Set<MetricRegistry>();

/**
 * Something that is counted. A metric is declared once, beside what it tells of; until somebody shows the metrics of
 * this process, counting does nothing.
 */
export function counter<const L extends string = never>(name: string, description: string, labelNames: L[] = []) {
  declareFamily({ type: "counter", name, description, labelNames });
  return {
    add(labels: Labels<L> = {} as Labels<L>, count = 1): void {
      for (const registry of registries) registry.increment(name, labels, count);
    },
  };
}

/** The spread of a quantity over buckets (upper bounds, in the unit that the name says). */
export function histogram<const L extends string = never>(
  name: string,
  description: string,
  { buckets, labels: labelNames = [] }: { buckets: number[]; labels?: L[] },
) {
  declareFamily({ type: "histogram", name, description, labelNames, buckets });
  return {
    observe(value: number, labels: Labels<L> = {} as Labels<L>): void {
      for (const registry of registries)
        (registry.getMetric(name) as unknown as BucketHistogram).observe(value, labels);
    },
  };
}

/** A state. It is read when somebody looks; readings of the same labels are added. */
export function gauge<const L extends string = never>(name: string, description: string, labelNames: L[] = []) {
  declareFamily({ type: "gauge", name, description, labelNames });
  const readers = new Set<Reader<L>>();
  gauges.add({
    async refresh() {
      const read = await Promise.allSettled(
        [...readers].map(async (reader) => within(READING_LIMIT_MS, Promise.resolve(reader()), name)),
      );
      const readings = read.flatMap((one) => (one.status === "fulfilled" ? asList(one.value) : []));
      for (const registry of registries) show(registry, name, readings);
    },
  });
  return {
    /** @returns how to stop reading it there */
    read(reader: Reader<L>): () => void {
      readers.add(reader);
      return () => void readers.delete(reader);
    },
  };
}

/** Whether anybody shows what is counted. */
export const isCounting = (): boolean => registries.size > 0;

/** Begins to keep in this registry what is counted. */
export function countIn(registry: MetricRegistry): void {
  for (const family of families.values()) register(registry, family);
  registries.add(registry);
}

export const stopCountingIn = (registry: MetricRegistry): void => void registries.delete(registry);

/** Reads every gauge; one that cannot be read shows nothing. */
export const refreshGauges = async (): Promise<void> =>
  void (await Promise.all([...gauges].map((each) => each.refresh())));

function declareFamily(family: Family): void {
  if (families.has(family.name)) throw new Error(`Two metrics are called ${family.name}`);
  families.set(family.name, family);
  for (const registry of registries) register(registry, family);
}

function register(registry: MetricRegistry, { labelNames, ...family }: Family): void {
  if (family.type === "histogram") {
    const kept = new BucketHistogram({ ...family, labelNames });
    return void registry.store.set(family.name, kept as unknown as Kept);
  }
  registry.register({ ...family, labelNames: [...labelNames] } as Parameters<MetricRegistry["register"]>[0]);
  // What has never happened is shown as 0: an alert cannot tell "never" from "not measured".
  if (family.type === "counter" && labelNames.length === 0) registry.increment(family.name, {}, 0);
}

const asList = <L extends string>(read: Readings<L>): readonly Reading<L>[] =>
  typeof read === "number" ? [{ labels: {} as Labels<L>, value: read }] : read;

function show(registry: MetricRegistry, name: string, readings: readonly Reading[]): void {
  const metric = registry.getMetric(name) as { clear(): void } | null;
  metric?.clear();
  const sums = Map.groupBy(readings, ({ labels }) => JSON.stringify(labels));
  for (const same of sums.values()) {
    registry.set(
      name,
      same.reduce((sum, { value }) => sum + value, 0),
      same[0]!.labels,
    );
  }
}
