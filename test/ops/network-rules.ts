import type { Manifest } from "./kustomize.ts";
import { chosenBy, chosenWorkloads, idOf, isWorkload, portsOf, type Rule } from "./manifest-rules.ts";
import { environmentOf } from "./process-environment.ts";

type Peer = Record<string, { matchLabels: Record<string, string> }>;
interface Opening {
  from?: Peer[];
  to?: Peer[];
  ports: { port: number }[];
}
const check = (isRight: unknown, fault: string) => (isRight ? [] : [fault]);
const policies = (all: Manifest[]) => all.filter(({ kind }) => kind === "NetworkPolicy");
const labelsOf = (workload: Manifest) => workload.spec.template.metadata.labels as Record<string, string>;
const isCalled = (workload: Manifest, name: string) => labelsOf(workload)["app.kubernetes.io/name"] === name;

/** Everything is closed unless it is opened, both ways. */
export const networkIsClosed: Rule = (all) =>
  check(
    policies(all).some(
      ({ spec }) =>
        Object.keys(spec.podSelector).length === 0 &&
        spec.policyTypes.length === 2 &&
        spec.ingress === undefined &&
        spec.egress === undefined,
    ),
    "no policy closes everything",
  );

/** Policies choose pods that exist and open ports that they have. */
export const policiesMeanSomething: Rule = (all) =>
  policies(all).flatMap((policy) => {
    const selector = policy.spec.podSelector.matchLabels ?? {};
    const own = chosenWorkloads(all, selector);
    const openings = [...(policy.spec.ingress ?? []), ...(policy.spec.egress ?? [])] as Opening[];
    const peers = openings.flatMap(({ from, to }) => from ?? to ?? []).filter((peer) => !peer.namespaceSelector);
    const inwards = ((policy.spec.ingress ?? []) as Opening[]).flatMap(({ ports }) => ports);
    const types = ["Ingress", "Egress"].filter((type) => policy.spec[type.toLowerCase()] !== undefined);
    return [
      ...check(own.length > 0, `${idOf(policy)} chooses nothing`),
      ...peers.flatMap(({ podSelector }) =>
        check(
          !podSelector || chosenWorkloads(all, podSelector.matchLabels).length > 0,
          `${idOf(policy)}: no pods ${JSON.stringify(podSelector?.matchLabels)}`,
        ),
      ),
      ...inwards.flatMap(({ port }) =>
        check(
          own.every((workload) => portsOf(workload).some(({ containerPort }) => containerPort === port)),
          `${idOf(policy)} opens ${port}, which nobody listens on`,
        ),
      ),
      ...check(
        types.every((type) => policy.spec.policyTypes.includes(type)),
        `${idOf(policy)} says more than its policyTypes`,
      ),
    ];
  });

/** One connection that has to come about; `to` is a workload, or undefined for what is outside the cluster. */
interface Connection {
  from: Manifest | "ingress-nginx" | "monitoring" | "keda";
  to: Manifest | undefined;
  port: number;
}

/** What has to pass does pass, at both of its ends. */
export const neededWaysAreOpen: Rule = (all) =>
  neededConnections(all).flatMap(({ from, to, port }) => {
    const way = `${typeof from === "string" ? from : idOf(from)} → ${to ? idOf(to) : "outside"}:${port}`;
    return [
      ...check(typeof from === "string" || leaves(all, from, to, port), `${way} may not leave`),
      ...check(!to || enters(all, from, to, port), `${way} may not enter`),
    ];
  });

const leaves = (all: Manifest[], from: Manifest, to: Manifest | undefined, port: number) =>
  opens(all, from, "egress", port, (peer) => (to ? isMeant(peer, to) : peer.ipBlock !== undefined));
const enters = (all: Manifest[], from: Connection["from"], to: Manifest, port: number) =>
  opens(all, to, "ingress", port, (peer) => isMeant(peer, from));

const opens = (all: Manifest[], at: Manifest, way: "ingress" | "egress", port: number, fits: (peer: Peer) => boolean) =>
  policies(all)
    .filter(({ spec }) => chosenBy(labelsOf(at), spec.podSelector.matchLabels ?? {}))
    .flatMap(({ spec }) => (spec[way] ?? []) as Opening[])
    .some(({ from, to, ports }) => ports.some((open) => open.port === port) && (from ?? to ?? []).some(fits));

const isMeant = ({ podSelector, namespaceSelector }: Peer, whom: Manifest | string) =>
  typeof whom === "string"
    ? namespaceSelector?.matchLabels["kubernetes.io/metadata.name"] === whom
    : !namespaceSelector && podSelector !== undefined && chosenBy(labelsOf(whom), podSelector.matchLabels);

function neededConnections(all: Manifest[]): Connection[] {
  const workloads = all.filter(isWorkload);
  const processes = workloads.filter((workload) => isCalled(workload, "hallabong"));
  const settings = environmentOf(processes[0]!, all);
  const nats = workloads.find((workload) => isCalled(workload, "nats"))!;
  const urls = ["NATS_URL", "MONGO_URL", "REDIS_URL", "ELASTICSEARCH_URL"].map((name) => settings[name]);
  const stores = urls.map((text, index) => {
    const url = text ? new URL(text) : undefined;
    const to = workloads.find((workload) => url && isCalled(workload, url.hostname));
    return { to, port: Number(url?.port ?? [4222, 27017, 6379, 9200][index]) };
  });
  const accounts = processes.filter((from) => labelsOf(from)["app.kubernetes.io/component"] === "accounts");
  // Mails and providers are for installations that are real; elsewhere mails become files.
  const outside = settings.PROFILE === "production" ? [465, 587, 443] : [];
  const monitored = all.some(({ kind }) => kind === "PodMonitor") ? processes : [];
  return [
    ...processes.flatMap((from) => stores.map((store) => ({ from, ...store }))),
    ...accounts.flatMap((from) => outside.map((port) => ({ from, to: undefined, port }))),
    ...processes
      .filter((workload) => portsOf(workload).some(({ name }) => name === "http"))
      .map((to) => ({ from: "ingress-nginx" as const, to, port: 3000 })),
    ...(nats.spec.replicas > 1 ? [{ from: nats, to: nats, port: 6222 }] : []),
    ...monitored.map((to) => ({ from: "monitoring" as const, to, port: 3030 })),
    ...(all.some(({ kind }) => kind === "ScaledObject") ? [{ from: "keda" as const, to: nats, port: 8222 }] : []),
  ];
}
