const WORDS = new Set(
  [
    "sum",
    "max",
    "min",
    "avg",
    "count",
    "topk",
    "by",
    "without",
    "on",
    "ignoring",
    "and",
    "or",
    "unless",
    "offset",
  ].concat(["rate", "increase", "histogram_quantile", "absent", "vector", "label_values"]),
);
const PAIRS: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };

/** A query without its texts, so that brackets and words in them do not count. */
const bare = (query: string) => query.replaceAll(/"(?:[^"\\]|\\.)*"/g, "T");

/** What is wrong with a PromQL query, as far as its form goes. */
export function faultsOf(query: string): string[] {
  const text = bare(query);
  const faults = text.includes('"') ? ["A text does not end"] : [];
  const open: string[] = [];
  for (const sign of text.replaceAll(/[^()[\]{}]/g, "")) {
    if (!(sign in PAIRS)) open.push(sign);
    else if (open.pop() !== PAIRS[sign]) faults.push(`A ${sign} too many`);
  }
  if (open.length > 0) faults.push(`${open.join(" ")} is not closed`);
  if (/\b(rate|increase)\((?![^()]*\[\d+[smhd]\]\))/.test(text)) faults.push("A rate needs a range");
  if (/histogram_quantile\((?!.*_bucket\b)/s.test(text)) faults.push("A quantile needs buckets");
  return faults.map((fault) => `${fault}: ${query}`);
}

/** The names of the metrics in a query. */
export function metricsIn(query: string): string[] {
  const names = bare(query)
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, " ")
    .replaceAll(/\b(by|without|on|ignoring)\s*\([^)]*\)/g, " ");
  return [...names.matchAll(/[a-zA-Z_:][\w:]*/g)]
    .map(([name]) => name)
    .filter((name) => !WORDS.has(name) && /_/.test(name));
}
