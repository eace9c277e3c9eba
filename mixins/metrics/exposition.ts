/** What a metric of Moleculer's registry tells of one set of labels. */
interface Snapshot {
  labels?: Readonly<Record<string, unknown>>;
  value?: unknown;
  /** Of histograms: how many were at most so large. */
  buckets?: Readonly<Record<string, number>>;
  sum?: number;
  count?: number;
}
export interface Metric {
  type: string;
  description?: string | undefined;
  snapshot(): readonly Snapshot[];
}
type Labels = Readonly<Record<string, unknown>>;

/**
 * One family in Prometheus' text format (prometheus.io/docs/instrumenting/exposition_formats). Moleculer's own text
 * leaves out sum and count of histograms that have no quantiles, and lets line breaks into labels.
 */
export function familyText(name: string, metric: Metric, common: Labels): string {
  const { type, description } = metric;
  const kind = type === "info" ? "gauge" : name.endsWith("_total") ? "counter" : type;
  const head = [`# HELP ${name} ${escaped(description || name)}`, `# TYPE ${name} ${kind}`];
  const samples = metric.snapshot().flatMap((one) => samplesOf(name, type, one, { ...common, ...one.labels }));
  return [...head, ...samples, ""].join("\n");
}

function samplesOf(name: string, type: string, { value, buckets, sum, count }: Snapshot, labels: Labels): string[] {
  if (type === "info") return [`${name}${labelText({ ...labels, value })} 1`];
  if (type !== "histogram") return [`${name}${labelText(labels)} ${numberText(value)}`];
  const steps = [...Object.entries(buckets ?? {}), ["+Inf", count] as const];
  return [
    ...steps.map(([le, upTo]) => `${name}_bucket${labelText({ ...labels, le })} ${numberText(upTo)}`),
    `${name}_sum${labelText(labels)} ${numberText(sum)}`,
    `${name}_count${labelText(labels)} ${numberText(count)}`,
  ];
}

const labelText = (labels: Labels): string =>
  `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(String(value ?? "")).replaceAll('"', '\\"')}"`)
    .join(",")}}`;

const escaped = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");

const numberText = (value: unknown): string => (typeof value === "number" ? String(value) : "NaN");
