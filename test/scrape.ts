/** What one process shows to Prometheus: every sample with its labels, in the order in which they stand. */
export interface Scrape {
  text: string;
  samples: readonly Sample[];
  /** The value of the only sample of that name and those labels; undefined when there is none. */
  value(name: string, labels?: Readonly<Record<string, string>>): number | undefined;
}
export interface Sample {
  name: string;
  labels: Readonly<Record<string, string>>;
  value: number;
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** Reads the metrics of a process; throws for a line that Prometheus would refuse. */
export async function scrape(port: number): Promise<Scrape> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  const text = await response.text();
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const samples = lines.map(sampleOf);
  return {
    text,
    samples,
    value(name, labels = {}) {
      const asked = Object.entries(labels);
      const found = samples.filter(
        (one) => one.name === name && asked.every(([key, text]) => one.labels[key] === text),
      );
      if (found.length > 1) throw new Error(`${found.length} samples of ${name} with ${JSON.stringify(labels)}`);
      return found[0]?.value;
    },
  };
}

function sampleOf(line: string): Sample {
  const [, name, labels = "", value] = SAMPLE.exec(line) ?? [];
  if (!name) throw new Error(`No sample: ${line}`);
  const pairs = [...labels.matchAll(LABEL)].map(([, key, text]) => [key!, text!] as const);
  return { name, labels: Object.fromEntries(pairs), value: Number(value) };
}
