import { errors, type Client } from "@elastic/elasticsearch";
import { SearchError } from "../search-engine.ts";
import { INDEX_VERSION, indexDefinition, indexTemplate, namesOf, partsOf, type Names } from "./elasticsearch-index.ts";

interface Found {
  index: string;
  aliases: string[];
  version: number;
  number: number;
}
/** What searches and writes go to. */
export interface Reading {
  index: string;
  /** False: an index of another version, which answers while ours is being filled and is not written to. */
  isOwn: boolean;
}

/**
 * The indices of one market on a server. An alias leads to the one that answers and another to the one being filled; an
 * index gets its alias in the step that makes it, so that one that was begun is found again.
 */
export class Shelf {
  readonly #client: Client;
  readonly #name: string;
  readonly names: Names;

  constructor(client: Client, name: string) {
    this.#client = client;
    this.#name = name;
    this.names = namesOf(name);
  }

  /** Our index, or the newest of another version; where there is none at all, an empty one of ours. */
  async reading(): Promise<Reading> {
    const own = { index: this.names.live, isOwn: true };
    const all = await this.#all();
    if (all.some(({ aliases }) => aliases.includes(own.index))) return own;
    const [newest] = all.filter(isAnswering).sort((one, other) => other.version - one.version);
    if (newest) return { index: newest.aliases[0]!, isOwn: false };
    await this.#make(own.index);
    return own;
  }

  async hasDraft(): Promise<boolean> {
    return (await this.#all()).some(({ aliases }) => aliases.includes(this.names.draft));
  }

  async beginDraft(note: string): Promise<void> {
    if (!(await this.hasDraft())) await this.#make(this.names.draft, note);
  }

  /** In one step; rejects when another process did it already. */
  async promoteDraft(): Promise<void> {
    const { live, draft } = this.names;
    const index = (await this.#all()).find(({ aliases }) => aliases.includes(draft))?.index;
    if (!index) throw new SearchError("CONFLICT", "There is no index being filled");
    await this.#client.indices.refresh({ index });
    await this.#client.indices.updateAliases({
      actions: [
        { remove: { index, alias: draft, must_exist: true } },
        { remove: { index: `${live}-*`, alias: live, must_exist: false } },
        { add: { index, alias: live } },
      ],
    });
  }

  /** Former indices of ours, which have no alias, and those of abandoned versions. */
  async tidy(isAbandoned: (version: number) => Promise<boolean>): Promise<void> {
    for (const { index, aliases, version } of await this.#all()) {
      const isLoose = version === INDEX_VERSION ? aliases.length === 0 : await isAbandoned(version);
      if (isLoose) await this.#client.indices.delete({ index, ignore_unavailable: true });
    }
  }

  async #all(): Promise<Found[]> {
    const found = await this.#client.indices.getAlias({ index: this.names.everyIndex, allow_no_indices: true });
    return Object.entries(found).flatMap(([index, { aliases }]) => {
      const parts = partsOf(this.#name, index);
      return parts ? [{ index, aliases: Object.keys(aliases), ...parts }] : [];
    });
  }

  /** Somebody else may make the same one at the same time: the name decides who did. */
  async #make(alias: string, note?: string): Promise<void> {
    await this.#keepTemplates();
    const own = (await this.#all()).filter(({ version }) => version === INDEX_VERSION);
    const index = this.names.index(1 + Math.max(0, ...own.map(({ number }) => number)));
    const request = { index, aliases: { [alias]: {} }, ...(note && { mappings: { _meta: { note } } }) };
    await this.#client.indices.create(request).catch(unlessExists);
  }

  async #keepTemplates(): Promise<void> {
    const { template, custom } = this.names;
    await this.#client.cluster.putComponentTemplate({ name: template, template: indexDefinition });
    await this.#client.cluster.putComponentTemplate({ name: custom, create: true, template: {} }).catch(unlessExists);
    await this.#client.indices.putIndexTemplate(indexTemplate(this.names));
  }
}

/** By the name of another version's alias: only a draft's ends in `-next`. */
const isAnswering = ({ aliases }: Found): boolean => aliases.length > 0 && !aliases[0]!.endsWith("-next");

function unlessExists(error: unknown): void {
  if (!(error instanceof errors.ResponseError) || !/already.exists/.test(JSON.stringify(error.body))) throw error;
}
