import type { SearchEngine } from "../../services/search/search-engine.ts";
import { drafts } from "./search-drafts.suite.ts";
import { answers } from "./search-answers.suite.ts";
import { pages } from "./search-pages.suite.ts";
import type { Promised } from "./search-promise.ts";
import { words } from "./search-words.suite.ts";
import { writes } from "./search-writes.suite.ts";

/** Everything that an engine promises. */
export const promises: readonly Promised[] = [...writes, ...drafts, ...words, ...pages, ...answers];

/** Runs the suite; `open` gives an empty engine for each promise, `discard` throws it away with its data. */
export function searchConformance(
  name: string,
  open: () => Promise<{ engine: SearchEngine; discard: () => Promise<void> }>,
): void {
  describe(`a search engine on ${name}`, () => {
    test.each(promises.map(({ title, holds }) => [title, holds] as const))("%s", async (_, holds) => {
      const { engine, discard } = await open();
      await holds(engine).finally(discard);
    });
  });
}
