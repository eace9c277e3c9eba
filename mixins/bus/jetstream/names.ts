import { hash } from "node:crypto";
import type { Fact } from "../../contract.ts";
import type { Lag, Subscription } from "../bus.ts";

/** Facts with a key travel in this many lanes; those of one key always in the same. Changing it breaks their order. */
const LANES = 8;
const UNKEYED = "unkeyed";
/** An empty text as a token. */
const EMPTY = "=";

/** The durable position of a subscriber in the facts of one kind, or in one lane of them. */
export interface Position {
  /** Name of the consumer. */
  name: string;
  filter: string;
  subscriber: string;
  factName: string;
  /** The subscription asks for order. */
  ordered: boolean;
  /** Its facts come strictly one after the other. */
  isLane: boolean;
}

/** What a bus calls its things on a server, derived from the cluster's name: many clusters may share one server. */
export class Names {
  readonly factsStream: string;
  readonly lettersStream: string;
  readonly #cluster: string;

  constructor(cluster: string) {
    if (!/^[\w-]+$/.test(cluster)) throw new Error(`A cluster's name has letters, digits, dash and underscore only`);
    this.#cluster = cluster;
    this.factsStream = `${cluster}-facts`;
    this.lettersStream = `${cluster}-dead-letters`;
  }

  get allFacts(): string {
    return `${this.#cluster}.facts.>`;
  }

  get allLetters(): string {
    return `${this.#cluster}.dead-letters.>`;
  }

  fact({ name, key }: Fact): string {
    return this.#facts(name, key === undefined ? UNKEYED : String(laneOf(key)));
  }

  /** Where the instances of a subscriber listen for facts that an operator gives them once more. */
  replay(subscriber: string, factName: string): string {
    return `${this.#cluster}.replay.${token(subscriber)}.${token(factName)}`;
  }

  letterId(subscriber: string, factId: string): string {
    return `${token(subscriber)}.${token(factId)}`;
  }

  letter(id: string): string {
    return `${this.#cluster}.dead-letters.${id}`;
  }

  /** Whose letter a subject holds. */
  subscriberIn(letterSubject: string): string {
    const [subscriber = ""] = letterSubject.slice(this.letter("").length).split(".");
    return subscriber === EMPTY ? "" : decodeURIComponent(subscriber.replaceAll("=", "%"));
  }

  /**
   * An ordered subscription has a position per lane, and one for facts without a key: those of publishers that do not
   * know yet that this kind is ordered.
   */
  positions(subscriber: string, { factName, ordered }: Pick<Subscription, "factName" | "ordered">): Position[] {
    const position = (lane: string, suffix: string, isLane: boolean): Position => ({
      name: `${token(subscriber)}--${factName.replaceAll(".", "_")}${suffix}`,
      filter: this.#facts(factName, lane),
      ...{ subscriber, factName, isLane, ordered: ordered === true },
    });
    if (!ordered) return [position("*", "", false)];
    const lanes = Array.from({ length: LANES }, (_, lane) => position(String(lane), `--${lane}`, true));
    return [...lanes, position(UNKEYED, `--${UNKEYED}`, false)];
  }

  #facts(factName: string, lane: string): string {
    if (!/^[\w-]+(\.[\w-]+)*$/.test(factName)) throw new Error(`${factName} cannot be the name of a fact`);
    return `${this.#cluster}.facts.${factName}.${lane}`;
  }
}

/** Which lane the facts of a key travel in. */
const laneOf = (key: string): number => hash("sha1", key, "buffer").readUInt32BE(0) % LANES;

/** A text as one token of a subject; printable. The server takes a percent sign in a consumer's name for a format. */
const token = (text: string): string =>
  encodeURIComponent(text)
    .replace(/[.*!'()~]/g, escaped)
    .replaceAll("%", "=") || EMPTY;
const escaped = (letter: string) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`;

/** What a position's description says: whose it is, and which layout made it. */
export const describePosition = ({ subscriber, factName }: Omit<Lag, "waiting">, layout: number): string =>
  `${subscriber} on ${factName}; layout ${layout}`;

/** Whose position it is; undefined when somebody else made it. */
export function ownerIn(description = ""): Omit<Lag, "waiting"> | undefined {
  const [, subscriber, factName] = /^(\S+) on (\S+); layout \d+$/.exec(description) ?? [];
  return subscriber && factName ? { subscriber, factName } : undefined;
}

/** The layout that made a stream or a position; 0 when none of ours did. */
export const layoutIn = (description = ""): number => Number(/; layout (\d+)$/.exec(description)?.[1] ?? 0);
