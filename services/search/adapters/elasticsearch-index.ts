import type { estypes } from "@elastic/elasticsearch";
import type { KeywordField, NumberField } from "../search-engine.ts";

/** Raise it whenever the mapping, the analysis, the glossary or canonical names change: a new index is then filled from the owner. */
export const INDEX_VERSION = 3;

/** The names of everything that one market keeps on a server; `name` is lower case. */
export const namesOf = (name: string) => ({
  /** What is searched and written. */
  live: `${name}-v${INDEX_VERSION}`,
  /** What is being filled. */
  draft: `${name}-v${INDEX_VERSION}-next`,
  /** Settings of ours, and those of the operator, which win. */
  template: `${name}-v${INDEX_VERSION}`,
  custom: `${name}@custom`,
  everyIndex: `${name}-v*`,
  index: (number: number) => `${name}-v${INDEX_VERSION}-${String(number).padStart(6, "0")}`,
});
export type Names = ReturnType<typeof namesOf>;

/** Version and number of an index by its name; undefined for any other. Version 2 had one index without a number. */
export function partsOf(name: string, index: string): { version: number; number: number } | undefined {
  const found = /^-v(\d+)(?:-(\d{6,}))?$/.exec(index.startsWith(name) ? index.slice(name.length) : "");
  return found ? { version: Number(found[1]), number: Number(found[2] ?? 0) } : undefined;
}

const keyword = { type: "keyword" } as const;
const text = { type: "text", analyzer: "words", norms: false, index_options: "docs" } as const;
const numbers: Record<NumberField, estypes.MappingProperty> = {
  year: { type: "short" },
  mileageKm: { type: "double" },
  price: { type: "long" },
  engineSize: { type: "double" },
  createdAt: { type: "date", format: "epoch_millis" },
};
const keywords: Record<KeywordField, estypes.MappingProperty> = {
  ...{ currency: keyword, brand: keyword, model: keyword, fuelType: keyword },
  ...{ transmission: keyword, dealRating: keyword, ratedBy: keyword },
};

/**
 * One shard, so that counts are exact. The analyser gives the words of `domain/analysis.ts` with what a stock image
 * has. What is written is seen within a second without anybody asking for it. Deleted versions are remembered for an
 * hour, so that a late write does not bring a removed car back.
 */
export const indexDefinition = {
  settings: {
    number_of_shards: 1,
    auto_expand_replicas: "0-1",
    refresh_interval: "500ms",
    gc_deletes: "1h",
    analysis: {
      char_filter: {
        split_ko: {
          type: "pattern_replace",
          pattern: "(?<=[\\uAC00-\\uD7A3])(?![\\uAC00-\\uD7A3])|(?<![\\uAC00-\\uD7A3])(?=[\\uAC00-\\uD7A3])",
          replacement: " ",
        },
      },
      analyzer: {
        words: {
          type: "custom",
          char_filter: ["split_ko"],
          tokenizer: "standard",
          filter: ["cjk_width", "lowercase", "cjk_bigram"],
        },
      },
    },
  },
  mappings: {
    dynamic: "strict",
    properties: {
      id: keyword,
      ...keywords,
      ...numbers,
      title: text,
      description: text,
      shown: { type: "object", enabled: false },
    },
  },
} satisfies Omit<estypes.IndicesCreateRequest, "index">;

/** What a new index is made from: our definition, then whatever the operator put into the `@custom` template. */
export const indexTemplate = (names: Names) => ({
  name: names.template,
  index_patterns: [`${names.live}-0*`],
  priority: 500,
  composed_of: [names.template, names.custom],
});
