import { queryWords, tokens, typedWords } from "./analysis.ts";
import { namesIn } from "./glossary.ts";

const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => ESCAPES[sign]!);

/**
 * A title as HTML with what a query matched in `<em>`, names in the other language included; everything else is
 * escaped. Undefined when the title has none of it.
 */
export function highlighted(title: string, query: string): string | undefined {
  const names = namesIn(typedWords(query).map(({ text }) => text));
  const words = [query, ...names].flatMap(queryWords);
  const whole = new Set(words.map(({ text }) => text));
  const beginnings = words.flatMap(({ text, prefix }) => (prefix ? [text] : []));
  const matched = tokens(title).filter(
    ({ text }) => whole.has(text) || beginnings.some((beginning) => text.startsWith(beginning)),
  );
  if (matched.length === 0) return undefined;
  let html = "";
  let at = 0;
  for (const [start, end] of merged(matched)) {
    html += `${escaped(title.slice(at, start))}<em>${escaped(title.slice(start, end))}</em>`;
    at = end;
  }
  return html + escaped(title.slice(at));
}

/** Overlapping pairs of syllables become one stretch. */
function merged(matched: readonly { start: number; end: number }[]): [number, number][] {
  const stretches: [number, number][] = [];
  for (const { start, end } of matched) {
    const last = stretches.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else stretches.push([start, end]);
  }
  return stretches;
}
