import { randomUUID } from "node:crypto";
import { openElasticsearchEngine } from "../../services/search/adapters/elasticsearch-engine.ts";
import { indexDefinition } from "../../services/search/adapters/elasticsearch-index.ts";
import { goldenWords } from "./search-tokens.ts";
import { discardMarket } from "../doubles/elasticsearch.ts";
import { searchConformance } from "./search.suite.ts";

const url = process.env.ELASTICSEARCH_URL;

if (url) {
  searchConformance("Elasticsearch", async () => {
    const name = `test-${randomUUID()}`;
    const engine = openElasticsearchEngine({ url, name, requestTimeoutMs: 10_000 });
    const discard = async () => {
      await engine.close();
      await discardMarket(url, name);
    };
    return { engine, discard };
  });

  test("the server's analyser gives the words that ours gives", async () => {
    const index = `${url}/test-${randomUUID()}`;
    const json = { "content-type": "application/json" };
    await fetch(index, { method: "PUT", headers: json, body: JSON.stringify(indexDefinition) });
    for (const [text, words] of goldenWords) {
      const body = JSON.stringify({ analyzer: "words", text });
      const answer = await fetch(`${index}/_analyze`, { method: "POST", headers: json, body });
      const { tokens } = (await answer.json()) as { tokens: { token: string }[] };
      expect([text, tokens.map(({ token }) => token)]).toEqual([text, words]);
    }
    await fetch(index, { method: "DELETE" });
  });
} else {
  test.skip("a search engine on Elasticsearch: skipped: no ELASTICSEARCH_URL", () => undefined);
}
