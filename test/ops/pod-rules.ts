import type { Manifest } from "./kustomize.ts";
import { containersOf, idOf, isWorkload, portsOf, type Rule } from "./manifest-rules.ts";

const check = (isRight: unknown, fault: string) => (isRight ? [] : [fault]);
const ofContainers =
  (faults: (container: Manifest, workload: Manifest) => string[]): Rule =>
  (all) =>
    all
      .filter(isWorkload)
      .flatMap((workload) =>
        containersOf(workload).flatMap((container) =>
          faults(container, workload).map((fault) => `${idOf(workload)}: ${fault}`),
        ),
      );

/** Three probes each, on ports that the container has. */
const probesArePresent = ofContainers((container, workload) =>
  ["startupProbe", "livenessProbe", "readinessProbe"].flatMap((name) => {
    const probe = container[name];
    const port = probe?.httpGet?.port ?? probe?.tcpSocket?.port;
    return [
      ...check(probe, `no ${name}`),
      ...check(port === undefined || portsOf(workload).some((has) => has.name === port), `${name}: no port ${port}`),
    ];
  }),
);

/** What a container takes and may take is said, and a limit is not below the request. */
const resourcesAreLimited = ofContainers(({ resources }) =>
  ["cpu", "memory"].flatMap((name) => {
    const [request, limit] = [amount(resources?.requests?.[name]), amount(resources?.limits?.[name])];
    return check(request > 0 && request <= limit, `no ${name} request and limit above it`);
  }),
);

const UNITS: Record<string, number> = { m: 1e-3, "": 1, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 };

/** A quantity of Kubernetes in units or bytes; NaN when it is none. */
function amount(quantity: unknown): number {
  const [, figure, unit] = /^([\d.]+)([A-Za-z]*)$/.exec(String(quantity)) ?? [];
  return Number(figure) * (UNITS[unit ?? "?"] ?? NaN);
}

/** Elasticsearch writes its keystore beside its configuration. */
const WRITES_TO_ITS_ROOT = new Set(["elasticsearch"]);

/** What the Pod Security Standard `restricted` asks for, and a root file system that stays as it is. */
const podsAreConfined = ofContainers((container, workload) => {
  const pod = workload.spec.template.spec;
  const [outer, inner] = [pod.securityContext, container.securityContext];
  return [
    ...check(outer?.runAsNonRoot === true && outer.runAsUser > 0, "may run as root"),
    ...check(outer?.seccompProfile?.type === "RuntimeDefault", "no seccomp profile"),
    ...check(inner?.allowPrivilegeEscalation === false, "may gain privileges"),
    ...check(inner?.capabilities?.drop?.includes("ALL"), "keeps capabilities"),
    ...check(inner?.readOnlyRootFilesystem || WRITES_TO_ITS_ROOT.has(container.name), "writes to its root"),
    ...check(pod.automountServiceAccountToken === false, "is given a token"),
    ...check(pod.enableServiceLinks === false, "is given variables of every Service"),
  ];
});

/** A tag that says which version, or a digest; never what happens to be the latest. */
const imagesArePinned = ofContainers(({ image }) =>
  check(/@sha256:[0-9a-f]{64}$|:(?!latest$)[\w][\w.-]*$/.test(image), `image ${image} says no version`),
);

/** A Deployment gives its calls time to end and starts the next process before the last one goes. */
const rolloutsLoseNothing: Rule = (all) =>
  all
    .filter(({ kind }) => kind === "Deployment")
    .flatMap((deployment) => {
      const { strategy, template } = deployment.spec;
      const pauses = containersOf(deployment).every(({ lifecycle }) => lifecycle?.preStop);
      return [
        ...check(strategy?.rollingUpdate?.maxUnavailable === 0, "stops before it starts"),
        ...check(pauses && template.spec.terminationGracePeriodSeconds >= 60, "has no time to end its calls"),
        ...check(
          template.spec.topologySpreadConstraints?.every(
            (spread: Manifest) =>
              JSON.stringify(spread.labelSelector.matchLabels) === JSON.stringify(deployment.spec.selector.matchLabels),
          ),
          "is not spread over machines",
        ),
      ].map((fault) => `${idOf(deployment)} ${fault}`);
    });

export const podRules: Record<string, Rule> = {
  probesArePresent,
  resourcesAreLimited,
  podsAreConfined,
  imagesArePinned,
  rolloutsLoseNothing,
};
