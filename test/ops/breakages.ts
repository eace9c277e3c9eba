import type { Manifest } from "./kustomize.ts";
import { idOf } from "./manifest-rules.ts";

export type Change = (manifest: Manifest, all: Manifest[]) => unknown;
export const container = ({ spec }: Manifest): Manifest => spec.template.spec.containers[0];
const without = (all: Manifest[], id: string) =>
  void all.splice(
    all.findIndex((m) => idOf(m) === id),
    1,
  );

/** Each rule with what it must notice: an object, and how it is broken. */
export const BREAKAGES: [rule: string, fault: string, object: string, change: Change][] = [
  [
    "selectorsChooseLabels",
    "chooses",
    "Deployment hallabong-search",
    (m) => (m.spec.selector.matchLabels = { a: "b" }),
  ],
  [
    "selectorsChooseLabels",
    "chooses Dep",
    "Deployment hallabong-search",
    (m) => delete m.spec.selector.matchLabels["app.kubernetes.io/component"],
  ],
  ["selectorsChooseLabels", "chooses nothing", "Service nats", (m) => (m.spec.selector = { a: "b" })],
  [
    "selectorsChooseLabels",
    "chooses nothing",
    "PodMonitor hallabong",
    (m) => (m.spec.selector.matchLabels = { a: "b" }),
  ],
  ["portsExist", "no port htp", "Service hallabong-gateway", (m) => (m.spec.ports[0].targetPort = "htp")],
  ["portsExist", "no port metric", "PodMonitor hallabong", (m) => (m.spec.podMetricsEndpoints[0].port = "metric")],
  [
    "portsExist",
    "no Service",
    "Ingress hallabong-gateway",
    (m) => (m.spec.rules[0].http.paths[0].backend.service.name = "gateway"),
  ],
  ["portsExist", "no headless", "StatefulSet nats", (m) => (m.spec.serviceName = "nats")],
  [
    "referencesExist",
    "no Secret",
    "Deployment hallabong-search",
    (m) => (container(m).envFrom[1].secretRef.name = "halabong"),
  ],
  [
    "referencesExist",
    "no ConfigMap",
    "Deployment hallabong-search",
    (m) => (container(m).envFrom[0].configMapRef.name = "x"),
  ],
  [
    "referencesExist",
    "no ServiceAccount",
    "Deployment hallabong-search",
    (m) => (m.spec.template.spec.serviceAccountName = "x"),
  ],
  ["referencesExist", "no volume", "StatefulSet nats", (m) => (m.spec.volumeClaimTemplates = [])],
  ["scalingIsClear", "scales nothing", "ScaledObject hallabong-search", (m) => (m.spec.scaleTargetRef.name = "search")],
  [
    "scalingIsClear",
    "several",
    "HorizontalPodAutoscaler hallabong-gateway",
    (m) => (m.spec.scaleTargetRef.name = "hallabong-search"),
  ],
  ["scalingIsClear", "as well", "Deployment hallabong-gateway", (m) => (m.spec.replicas = 2)],
  [
    "scalingIsClear",
    "budget",
    "Deployment hallabong-search",
    (_, all) => without(all, "PodDisruptionBudget hallabong-search"),
  ],
  ["networkIsClosed", "closes", "NetworkPolicy closed", (m) => (m.spec.policyTypes = ["Ingress"])],
  [
    "policiesMeanSomething",
    "chooses nothing",
    "NetworkPolicy nats",
    (m) => (m.spec.podSelector.matchLabels = { a: "b" }),
  ],
  ["policiesMeanSomething", "nobody listens", "NetworkPolicy gateway", (m) => (m.spec.ingress[0].ports[0].port = 3001)],
  [
    "policiesMeanSomething",
    "no pods",
    "NetworkPolicy process",
    (m) => (m.spec.egress[0].to[0].podSelector.matchLabels = { a: "b" }),
  ],
  ["policiesMeanSomething", "policyTypes", "NetworkPolicy nats", (m) => (m.spec.policyTypes = ["Ingress"])],
  [
    "neededWaysAreOpen",
    "outside:6379 may not leave",
    "NetworkPolicy stores",
    (m) => m.spec.egress[0].ports.splice(1, 1),
  ],
  [
    "neededWaysAreOpen",
    "may not leave",
    "Deployment hallabong-search",
    (_, all) => without(all, "NetworkPolicy process"),
  ],
  ["neededWaysAreOpen", "nats:6222 may not enter", "NetworkPolicy nats", (m) => m.spec.ingress.pop()],
  ["neededWaysAreOpen", "monitoring → ", "NetworkPolicy monitoring", (m) => (m.spec.ingress = [])],
  ["neededWaysAreOpen", "keda → ", "NetworkPolicy keda", (_, all) => without(all, "NetworkPolicy keda")],
  [
    "neededWaysAreOpen",
    "ingress-nginx → ",
    "NetworkPolicy gateway",
    (m) => (m.spec.ingress[0].from[0].namespaceSelector.matchLabels = {}),
  ],
  ["probesArePresent", "no livenessProbe", "Deployment hallabong-search", (m) => delete container(m).livenessProbe],
  [
    "probesArePresent",
    "no port heath",
    "Deployment hallabong-search",
    (m) => (container(m).startupProbe.httpGet.port = "heath"),
  ],
  [
    "resourcesAreLimited",
    "no memory",
    "Deployment hallabong-search",
    (m) => delete container(m).resources.limits.memory,
  ],
  ["resourcesAreLimited", "no cpu", "Deployment hallabong-search", (m) => (container(m).resources.limits.cpu = "50m")],
  ["podsAreConfined", "root", "StatefulSet nats", (m) => delete m.spec.template.spec.securityContext.runAsNonRoot],
  [
    "podsAreConfined",
    "its root",
    "StatefulSet nats",
    (m) => delete container(m).securityContext.readOnlyRootFilesystem,
  ],
  [
    "podsAreConfined",
    "capabilities",
    "StatefulSet nats",
    (m) => (container(m).securityContext.capabilities.drop = ["CHOWN"]),
  ],
  ["podsAreConfined", "token", "StatefulSet nats", (m) => delete m.spec.template.spec.automountServiceAccountToken],
  ["imagesArePinned", "no version", "StatefulSet nats", (m) => (container(m).image = "nats:latest")],
  ["imagesArePinned", "no version", "StatefulSet nats", (m) => (container(m).image = "registry:5000/nats")],
  [
    "rolloutsLoseNothing",
    "before",
    "Deployment hallabong-search",
    (m) => (m.spec.strategy.rollingUpdate.maxUnavailable = 1),
  ],
  ["rolloutsLoseNothing", "time", "Deployment hallabong-search", (m) => delete container(m).lifecycle],
  [
    "rolloutsLoseNothing",
    "time",
    "Deployment hallabong-search",
    (m) => (m.spec.template.spec.terminationGracePeriodSeconds = 40),
  ],
  [
    "everyServiceRuns",
    "not in k8s",
    "Deployment hallabong-search",
    (_, all) => without(all, "Deployment hallabong-search"),
  ],
  [
    "everyServiceRuns",
    "no such",
    "Deployment hallabong-search",
    (m) => (m.spec.template.metadata.labels["app.kubernetes.io/component"] = "serch"),
  ],
  ["environmentsAreGood", "PUBLIC_URL", "ConfigMap hallabong", (m) => delete m.data.PUBLIC_URL],
  ["environmentsAreGood", "TRUSTED_PROXIES", "ConfigMap hallabong", (m) => (m.data.TRUSTED_PROXIES = "everybody")],
  [
    "lagIsReadWhereNatsIs",
    "no stream facts",
    "ScaledObject hallabong-search",
    (m) => (m.spec.triggers[1].metadata.stream = "facts"),
  ],
  ["lagIsReadWhereNatsIs", "nothing at", "Service nats-peers", (m) => (m.metadata.namespace = "nats")],
];
