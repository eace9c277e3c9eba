import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse, stringify } from "yaml";

const OPS = path.join(import.meta.dirname, "../ops");
const HEAD = "# Written by `npm run docs` from ops/, which kustomize cannot reach from here.\n";

/** What of ops/ a Kubernetes cluster is told as well: objects by their file in `k8s/components/monitoring`. */
export const clusterMonitoring = (): Record<string, string> => ({
  "prometheus-rule.yaml": HEAD + stringify(prometheusRule(), { lineWidth: 0 }),
  "dashboards.yaml": HEAD + stringify(dashboards(), { lineWidth: 0 }),
});

/** The alert rules for the Prometheus operator. */
const prometheusRule = () => ({
  apiVersion: "monitoring.coreos.com/v1",
  kind: "PrometheusRule",
  metadata: { name: "hallabong", labels: { "app.kubernetes.io/name": "hallabong" } },
  spec: {
    groups: files("prometheus/rules").flatMap(([, text]) => (parse(text) as { groups: unknown[] }).groups),
  },
});

/** The dashboards, found by Grafana's sidecar through their label. */
const dashboards = () => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: {
    name: "hallabong-grafana",
    labels: { "app.kubernetes.io/name": "hallabong", grafana_dashboard: "1" },
  },
  data: Object.fromEntries(
    files("grafana/dashboards").map(([name, text]) => [name, `${JSON.stringify(JSON.parse(text))}\n`]),
  ),
});

const files = (folder: string) =>
  readdirSync(path.join(OPS, folder))
    .sort()
    .map((name) => [name, readFileSync(path.join(OPS, folder, name), "utf8")] as const);
