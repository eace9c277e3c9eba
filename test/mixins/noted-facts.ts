import type { Fact } from "../../mixins/contract.ts";
import type { FactSource } from "../../mixins/bus/relay.ts";

/** Facts in memory, as a collection shows them to a relay; the test decides what fails. */
export class NotedFacts implements FactSource {
  readonly unsent: { documentId: string; fact: Fact }[] = [];
  reads = 0;
  readsAtOnce = 0;
  mostReadsAtOnce = 0;
  closed = false;
  touchedAfterClose = false;
  #listeners: (() => void)[] = [];

  write(documentId: string, ...facts: Fact[]): void {
    this.unsent.push(...facts.map((fact) => ({ documentId, fact })));
    for (const listener of this.#listeners) listener();
  }

  async unsentFacts(limit: number) {
    this.reads++;
    this.touchedAfterClose ||= this.closed;
    this.mostReadsAtOnce = Math.max(this.mostReadsAtOnce, ++this.readsAtOnce);
    const unsent = this.unsent.slice(0, limit);
    await new Promise(setImmediate);
    this.readsAtOnce--;
    return unsent;
  }

  async forgetFacts(documentId: string, factIds: readonly string[]) {
    this.touchedAfterClose ||= this.closed;
    await new Promise(setImmediate);
    const kept = this.unsent.filter((one) => one.documentId !== documentId || !factIds.includes(one.fact.id));
    this.unsent.splice(0, this.unsent.length, ...kept);
  }

  onFacts(listener: () => void): void {
    this.#listeners.push(listener);
  }
}
