import type { Manifest } from "./kustomize.ts";

/** Answers what is wrong with the objects of an overlay, one line each. */
export type Rule = (all: Manifest[]) => string[];
type Labels = Record<string, string>;

export const idOf = ({ kind, metadata }: Manifest) => `${kind} ${metadata.name}`;
export const isWorkload = ({ kind }: Manifest) => kind === "Deployment" || kind === "StatefulSet";
export const chosenBy = (labels: Labels | undefined, selector: Labels) =>
  Object.entries(selector).every(([name, value]) => labels?.[name] === value);
const labelsOf = (workload: Manifest): Labels => workload.spec.template.metadata.labels;
const ofKind = (all: Manifest[], kind: string) => all.filter((manifest) => manifest.kind === kind);
export const chosenWorkloads = (all: Manifest[], selector: Labels) =>
  all.filter((manifest) => isWorkload(manifest) && chosenBy(labelsOf(manifest), selector));
export const containersOf = (workload: Manifest): Manifest[] => workload.spec.template.spec.containers;
export const portsOf = (workload: Manifest): { name: string; containerPort: number }[] =>
  containersOf(workload).flatMap((container) => container.ports ?? []);
const check = (isRight: unknown, fault: string) => (isRight ? [] : [fault]);

/** Workloads choose their own pods only; what serves, watches or guards pods chooses some. */
export const selectorsChooseLabels: Rule = (all) => [
  ...all.filter(isWorkload).flatMap((workload) => {
    const chosen = chosenWorkloads(all, workload.spec.selector.matchLabels);
    return check(
      chosen.length === 1 && chosen[0] === workload,
      `${idOf(workload)} chooses ${chosen.map(idOf).join(", ") || "nothing"}`,
    );
  }),
  ...[
    ...ofKind(all, "Service").map((service) => [service, service.spec.selector] as const),
    ...["PodDisruptionBudget", "PodMonitor"].flatMap((kind) =>
      ofKind(all, kind).map((manifest) => [manifest, manifest.spec.selector.matchLabels] as const),
    ),
  ].flatMap(([manifest, selector]) =>
    check(chosenWorkloads(all, selector).length > 0, `${idOf(manifest)} chooses nothing`),
  ),
];

/** Whoever names a port names one that the pods behind it have. */
export const portsExist: Rule = (all) => [
  ...ofKind(all, "Service").flatMap((service) =>
    chosenWorkloads(all, service.spec.selector).flatMap((workload) =>
      (service.spec.ports as { targetPort: string }[]).flatMap(({ targetPort }) =>
        check(hasPort(workload, targetPort), `${idOf(service)}: ${idOf(workload)} has no port ${targetPort}`),
      ),
    ),
  ),
  ...ofKind(all, "PodMonitor").flatMap((monitor) =>
    chosenWorkloads(all, monitor.spec.selector.matchLabels).flatMap((workload) =>
      (monitor.spec.podMetricsEndpoints as { port: string }[]).flatMap(({ port }) =>
        check(hasPort(workload, port), `${idOf(monitor)}: ${idOf(workload)} has no port ${port}`),
      ),
    ),
  ),
  ...ofKind(all, "Ingress").flatMap((ingress) =>
    (ingress.spec.rules as Manifest[])
      .flatMap(({ http }) => http.paths as Manifest[])
      .flatMap(({ backend: { service: wanted } }) => {
        const service = ofKind(all, "Service").find(({ metadata }) => metadata.name === wanted.name);
        const ports = (service?.spec.ports ?? []) as { name: string }[];
        const isThere = ports.some(({ name }) => name === wanted.port.name);
        return check(isThere, `${idOf(ingress)}: no Service ${wanted.name} with a port ${wanted.port.name}`);
      }),
  ),
  ...all
    .filter(({ kind }) => kind === "StatefulSet")
    .flatMap((set) => {
      const service = ofKind(all, "Service").find(({ metadata }) => metadata.name === set.spec.serviceName);
      return check(service?.spec.clusterIP === "None", `${idOf(set)}: no headless Service ${set.spec.serviceName}`);
    }),
];

const hasPort = (workload: Manifest, port: string) => portsOf(workload).some(({ name }) => name === port);

/** ConfigMaps, Secrets (those that the operator makes), accounts, and volumes that are mounted exist. */
export const referencesExist =
  (secrets: readonly string[]): Rule =>
  (all) =>
    all.filter(isWorkload).flatMap((workload) => {
      const pod = workload.spec.template.spec;
      const claims = (workload.spec.volumeClaimTemplates ?? []) as Manifest[];
      const volumes = new Set(
        [...(pod.volumes ?? []), ...claims.map(({ metadata }) => metadata)].map(({ name }) => name),
      );
      const named = (kind: string, name: string | undefined) =>
        name === undefined ||
        (kind === "Secret" ? secrets.includes(name) : ofKind(all, kind).some(({ metadata }) => metadata.name === name));
      const wanted: [string, string | undefined][] = [
        ["ServiceAccount", pod.serviceAccountName],
        ...(pod.volumes ?? []).map((volume: Manifest) => ["ConfigMap", volume.configMap?.name]),
        ...containersOf(workload).flatMap((container): [string, string | undefined][] => [
          ...(container.envFrom ?? []).map((from: Manifest) => ["ConfigMap", from.configMapRef?.name]),
          ...(container.envFrom ?? []).map((from: Manifest) => ["Secret", from.secretRef?.name]),
          ...(container.env ?? []).map(({ valueFrom }: Manifest) => ["Secret", valueFrom?.secretKeyRef?.name]),
        ]),
      ];
      const mounts = containersOf(workload).flatMap(
        (container) => (container.volumeMounts ?? []) as { name: string }[],
      );
      return [
        ...wanted.flatMap(([kind, name]) => check(named(kind, name), `${idOf(workload)}: no ${kind} ${name}`)),
        ...mounts.flatMap(({ name }) => check(volumes.has(name), `${idOf(workload)}: no volume ${name}`)),
      ];
    });

/** Autoscalers scale what exists, one of them each, and nobody else says how many; each workload has one budget. */
export const scalingIsClear: Rule = (all) => {
  const scalers = ["HorizontalPodAutoscaler", "ScaledObject"].flatMap((kind) => ofKind(all, kind));
  const scaledBy = (workload: Manifest) =>
    scalers.filter(
      ({ spec: { scaleTargetRef: target } }) => [target.kind ?? "Deployment", target.name].join(" ") === idOf(workload),
    );
  const workloads = all.filter(isWorkload);
  const budgets = ofKind(all, "PodDisruptionBudget");
  return [
    ...scalers
      .filter((scaler) => !workloads.some((workload) => scaledBy(workload).includes(scaler)))
      .map((scaler) => `${idOf(scaler)} scales nothing`),
    ...workloads.flatMap((workload) => [
      ...check(scaledBy(workload).length < 2, `${idOf(workload)} has several autoscalers`),
      ...check(
        scaledBy(workload).length === 0 || workload.spec.replicas === undefined,
        `${idOf(workload)} is scaled and says how many as well`,
      ),
      ...check(
        isStore(workload) ||
          budgets.filter(({ spec }) => chosenBy(labelsOf(workload), spec.selector.matchLabels)).length === 1,
        `${idOf(workload)} has not one disruption budget`,
      ),
    ]),
  ];
};

/** A store that an overlay runs for itself, one server without a twin. */
export const isStore = (workload: Manifest) => workload.kind === "StatefulSet" && workload.spec.replicas === 1;
