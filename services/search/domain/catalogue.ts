import type { Group } from "../search-engine.ts";
import { typedWords } from "./analysis.ts";
import { brandAndModelNames, nameKey, otherNames } from "./glossary.ts";
import { lettersOf, nearlyBegins, type KnownWord } from "./spelling.ts";

/** Something that typing can be completed to; `begins` are the ways to begin it, as letters without spaces. */
interface Completion {
  text: string;
  count: number;
  begins: string[];
}

const MOST_KNOWN_WORDS = 5000;
const isKorean = (name: string): boolean => /[\uAC00-\uD7A3]/.test(name);

/** The brands and models on sale in one currency, with every name they go by; worked out when it is asked for. */
export class Catalogue {
  readonly #cars: readonly ModelCount[];
  #knownWords: readonly KnownWord[] | undefined;
  #completions: readonly Completion[] | undefined;

  /** `models`: groups by brand and model. */
  constructor(models: readonly Group[]) {
    this.#cars = models.map(({ key, count }) => ({ brand: String(key[0]), model: String(key[1]), count }));
  }

  get knownWords(): readonly KnownWord[] {
    return (this.#knownWords ??= knownWords(this.#cars));
  }

  /** What begins as typed; if nothing does, what nearly does. Most cars first. */
  complete(typed: string, limit: number): { text: string; count: number }[] {
    const letters = lettersOf(nameKey(typed));
    const all = (this.#completions ??= completions(this.#cars));
    const matching = (begins: (name: string) => boolean) => all.filter((completion) => completion.begins.some(begins));
    const exact = matching((name) => name.startsWith(letters));
    const found = exact.length > 0 ? exact : matching((name) => nearlyBegins(letters, name));
    return found.slice(0, limit).map(({ text, count }) => ({ text, count }));
  }
}

interface ModelCount {
  brand: string;
  model: string;
  count: number;
}

/** Words of what is on sale first, weighted by cars; then the glossary's. */
function knownWords(cars: readonly ModelCount[]): KnownWord[] {
  const weights = new Map<string, number>();
  const learn = (name: string, weight: number) => {
    for (const { text } of typedWords(name)) weights.set(text, (weights.get(text) ?? 0) + weight);
  };
  for (const { brand, model, count } of cars) {
    for (const name of [...otherNames(brand), ...otherNames(model)]) learn(name, count);
  }
  for (const name of brandAndModelNames()) learn(name, 0);
  return [...weights]
    .sort(([, one], [, other]) => other - one)
    .slice(0, MOST_KNOWN_WORDS)
    .map(([text, weight]) => ({ text, letters: lettersOf(text), weight }));
}

function completions(cars: readonly ModelCount[]): Completion[] {
  const byText = new Map<string, Completion>();
  const add = (text: string, count: number, ...others: string[]) => {
    const known = byText.get(text);
    if (known) known.count += count;
    else byText.set(text, { text, count, begins: [text, ...others].map((name) => lettersOf(nameKey(name))) });
  };
  for (const { brand, model, count } of cars) {
    for (const name of otherNames(brand)) add(name, count);
    add(`${brand} ${model}`, count, model);
    const [brandName, modelName] = [otherNames(brand).find(isKorean), otherNames(model).find(isKorean)];
    if (brandName && modelName) add(`${brandName} ${modelName}`, count, ...otherNames(model).filter(isKorean));
  }
  return [...byText.values()].sort((one, other) => other.count - one.count || (one.text < other.text ? -1 : 1));
}
