import type { estypes } from "@elastic/elasticsearch";
import type { KeywordField, NumberField } from "../search-engine.ts";

/** Raise it whenever the mapping, the analysis, the glossary or canonical names change: a new index is then filled from the owner. */
const INDEX_VERSION = 2;

export const indexName = (alias: string): string => `${alias}-v${INDEX_VERSION}`;

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
 * has. Deleted versions are remembered for an hour, so that a late write does not bring a removed car back.
 */
export const indexDefinition = {
  settings: {
    number_of_shards: 1,
    auto_expand_replicas: "0-1",
    refresh_interval: "1s",
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
