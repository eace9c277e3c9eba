import { randomUUID } from "node:crypto";
import { openElasticsearchEngine } from "../../services/search/adapters/elasticsearch-engine.ts";
import { searchConformance } from "./search.suite.ts";

const url = process.env.ELASTICSEARCH_URL;

if (url) {
  searchConformance("Elasticsearch", async () => {
    const alias = `test-${randomUUID()}`;
    const engine = openElasticsearchEngine({ url, alias });
    const discard = async () => {
      await engine.close();
      await fetch(`${url}/${alias}-v1`, { method: "DELETE" });
    };
    return { engine, discard };
  });
} else {
  test.skip("a search engine on Elasticsearch: skipped: no ELASTICSEARCH_URL", () => undefined);
}
