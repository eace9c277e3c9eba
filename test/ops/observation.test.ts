import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { parse } from "yaml";
import { clusterMonitoring } from "../../scripts/cluster-monitoring.ts";
import { scrape } from "../scrape.ts";
import { freePort } from "../servers.ts";
import { openWorld } from "../world.ts";
import { faultsOf, metricsIn } from "./promql.ts";

interface Panel {
  id: number;
  type: string;
  title?: string;
  datasource?: { uid: string };
  gridPos: { x: number; y: number; w: number; h: number };
  fieldConfig?: { defaults: { unit?: string } };
  targets?: { expr: string; legendFormat?: string; refId: string }[];
}
interface Dashboard {
  uid: string;
  title: string;
  panels: Panel[];
  templating: { list: { name: string; query: { query: string } }[] };
}
interface Rule {
  alert: string;
  expr: string;
  for?: string;
  labels?: { severity?: string };
  annotations?: { summary?: string; runbook?: string };
}

const read = (folder: string) =>
  readdirSync(path.join("ops", folder)).map((name) => readFileSync(path.join("ops", folder, name), "utf8"));
const dashboards = read("grafana/dashboards").map((text) => JSON.parse(text) as Dashboard);
const groups = read("prometheus/rules").flatMap((text) => (parse(text) as { groups: { rules: Rule[] }[] }).groups);
const rules = groups.flatMap((group) => group.rules);
const panelsOf = ({ panels }: Dashboard) => panels.filter(({ type }) => type !== "row");
const panels = dashboards.flatMap(panelsOf);
/** With what Grafana puts in for its variables. */
const filledIn = (expr: string) =>
  expr.replaceAll("$__rate_interval", "5m").replaceAll("$cluster", "c").replaceAll("$node", ".*");
const panelQueries = panels.flatMap(({ targets }) => targets ?? []).map(({ expr }) => filledIn(expr));
const queries = [...panelQueries, ...rules.map(({ expr }) => expr)];

test("every panel says what it shows, in which unit, from our Prometheus", () => {
  for (const panel of panels) {
    expect(panel).toMatchObject({ title: expect.stringMatching(/^[A-Z]/), datasource: { uid: "prometheus" } });
    expect([panel.title, panel.fieldConfig?.defaults.unit]).toEqual([panel.title, expect.stringMatching(/^\w+$/)]);
    expect([panel.title, panel.targets?.length]).not.toEqual([panel.title, 0]);
  }
  expect(panels.length).toBeGreaterThan(25);
});

test("no two dashboards share a name, no two panels of one an id or a place", () => {
  expect(new Set(dashboards.map(({ uid }) => uid)).size).toBe(dashboards.length);
  for (const dashboard of dashboards) {
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const places = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)}/${y + Math.floor(cell / w)}`),
    );
    expect([dashboard.title, new Set(places).size]).toEqual([dashboard.title, places.length]);
    expect(dashboard.panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
    expect(dashboard.templating.list.map(({ name }) => name)).toEqual(["cluster", "node"]);
  }
});

test("every alert waits a moment, says how bad it is, what is wrong, and what to do", () => {
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  for (const rule of rules) {
    expect(rule).toMatchObject({
      alert: expect.stringMatching(/^[A-Z]\w+$/),
      for: expect.stringMatching(/^\d+[sm]$/),
      labels: { severity: expect.stringMatching(/^(page|ticket)$/) },
      annotations: { summary: expect.stringMatching(/\w/), runbook: expect.stringMatching(/\.$/) },
    });
  }
});

test("queries are well formed, and what is not would be noticed", () => {
  expect(queries.flatMap(faultsOf)).toEqual([]);
  const wrong = [
    "sum(rate(a_total[5m])",
    "sum(a) by (b))",
    'a{b="c}',
    "rate(a_total)",
    "histogram_quantile(0.9, a_sum)",
  ];
  expect(wrong.filter((expr) => faultsOf(expr).length === 0)).toEqual([]);
});

test("k8s has them as `npm run docs` writes them", () => {
  const there = (file: string) => parse(readFileSync(path.join("k8s/components/monitoring", file), "utf8")) as unknown;
  const differing = Object.entries(clusterMonitoring()).filter(
    ([file, text]) => !isDeepStrictEqual(there(file), parse(text)),
  );
  expect(differing.map(([file]) => file)).toEqual([]);
});

describe("against the product", () => {
  test("every metric that is asked for is one that a process shows", async () => {
    const port = await freePort();
    const world = await openWorld({ env: { METRICS_PORT: String(port) } });
    await world.visitor().get("/cars/search?q=Tucson");
    const { text } = await scrape(port);
    await world.close();
    const kinds = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, kind]) => [name!, kind!]));
    const isShown = (name: string) =>
      kinds.has(name) || kinds.get(name.replace(/_(bucket|sum|count)$/, "")) === "histogram";
    const asked = [...new Set(queries.flatMap(metricsIn))];
    expect(asked.filter((name) => !isShown(name))).toEqual([]);
    expect(asked.length).toBeGreaterThan(25);
    expect(metricsIn('sum by (le) (rate(never_seen_total{a="b"}[5m]))').filter((name) => !isShown(name))).toEqual([
      "never_seen_total",
    ]);
  });
});
