import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { readConfig } from "../../moleculer.config.ts";
import type { Subscription } from "../../mixins/bus/bus.ts";
import { Names } from "../../mixins/bus/jetstream/names.ts";
import { contractModules, ROOT } from "../rules/source-tree.ts";
import { BREAKAGES, container, type Change } from "./breakages.ts";
import { readCompose } from "./compose.ts";
import { build, type Manifest } from "./kustomize.ts";
import {
  containersOf,
  idOf,
  isWorkload,
  portsExist,
  referencesExist,
  scalingIsClear,
  selectorsChooseLabels,
  type Rule,
} from "./manifest-rules.ts";
import { neededWaysAreOpen, networkIsClosed, policiesMeanSomething } from "./network-rules.ts";
import { podRules } from "./pod-rules.ts";
import { environmentOf, SERVICES } from "./process-environment.ts";
import { typeFaults } from "./typed-manifests.ts";

const overlay = (name: string) => build(path.join(ROOT, "k8s/overlays", name));
const OVERLAYS = readdirSync(path.join(ROOT, "k8s/overlays"));
const secret = parse(readFileSync(path.join(ROOT, "k8s/base/secret.example.yaml"), "utf8")) as Manifest;
const processes = (all: Manifest[]) =>
  all.filter(
    ({ kind, metadata }) => kind === "Deployment" && metadata.labels?.["app.kubernetes.io/name"] === "hallabong",
  );

/** Each service of the product has a Deployment of its own, and nothing else has. */
const everyServiceRuns: Rule = (all) => {
  const running = processes(all).map((deployment) => environmentOf(deployment, all).ROLES!);
  return [
    ...SERVICES.filter((name) => !running.includes(name)).map((name) => `${name}: not in k8s/base/services`),
    ...running.filter((name) => !SERVICES.includes(name)).map((name) => `${name}: no such service`),
  ];
};

/** The product accepts what it is told. */
const environmentsAreGood: Rule = (all) =>
  processes(all).flatMap((deployment) => {
    try {
      readConfig(environmentOf(deployment, all, examples));
      return [];
    } catch (error) {
      return [`${idOf(deployment)}: ${(error as Error).message}`];
    }
  });
/** What an operator may have put into the Secret, whatever its text looks like. */
const examples = {
  ...Object.fromEntries(
    Object.entries<string>(secret.stringData).map(([name, value]) => [
      name,
      value.replaceAll(/USER|PASSWORD|HOST/g, "x"),
    ]),
  ),
  JWT_SECRET: "0123456789abcdefghijklmnopqrstuvwxyz",
  NATS_PASSWORD: "0123456789",
};

const names = new Names("hallabong");
/** Every position of our services in facts that are declared. */
const positions = async () =>
  [...(await contractModules()).values()]
    .flatMap((module) => Object.values(module))
    .filter((value): value is Pick<Subscription, "factName" | "ordered"> => Object.hasOwn(value as object, "factName"))
    .flatMap((fact) => SERVICES.flatMap((service) => names.positions(service, fact).map(({ name }) => name)));

/** KEDA asks NATS where NATS is: in this namespace, by the name of a Service; for a stream that the bus makes. */
const lagIsReadWhereNatsIs: Rule = (all) =>
  all
    .filter(({ kind }) => kind === "ScaledObject")
    .flatMap(({ metadata, spec }) => (spec.triggers as Manifest[]).map((trigger) => ({ metadata, trigger })))
    .filter(({ trigger }) => trigger.type === "nats-jetstream")
    .flatMap(({ metadata, trigger }) => {
      const { natsServerMonitoringEndpoint: endpoint, stream } = trigger.metadata as unknown as Record<string, string>;
      const [host, port] = endpoint!.split(":");
      const service = all.find(
        (m) => m.kind === "Service" && host!.startsWith(`${m.metadata.name}.${m.metadata.namespace}.`),
      );
      const isOpen = (service?.spec.ports ?? []).some((has: { port: number }) => has.port === Number(port));
      return [
        ...(isOpen ? [] : [`${metadata.name}: nothing at ${host}:${port}`]),
        ...(stream === names.factsStream ? [] : [`${metadata.name}: no stream ${stream}`]),
      ];
    });

const RULES: Record<string, Rule> = {
  selectorsChooseLabels,
  portsExist,
  referencesExist: referencesExist([secret.metadata.name]),
  scalingIsClear,
  networkIsClosed,
  policiesMeanSomething,
  neededWaysAreOpen,
  ...podRules,
  everyServiceRuns,
  environmentsAreGood,
  lagIsReadWhereNatsIs,
};

describe.each(OVERLAYS)("the overlay %s", (name) => {
  const all = overlay(name);

  test.each(Object.entries(RULES))("%s", (_title, rule) => expect(rule(all)).toEqual([]));

  test("keeps everything in one namespace, which admits confined pods only", () => {
    const [namespace] = all.filter(({ kind }) => kind === "Namespace");
    expect(namespace!.metadata.labels).toMatchObject({ "pod-security.kubernetes.io/enforce": "restricted" });
    const elsewhere = all.filter((m) => m !== namespace && m.metadata.namespace !== namespace!.metadata.name);
    expect(elsewhere.map(idOf)).toEqual([]);
  });

  test("has no Secret in it", () => expect(all.filter(({ kind }) => kind === "Secret")).toEqual([]));
});

test("other people's servers are of one version everywhere", () => {
  const files = readdirSync(ROOT).filter((file) => /^docker-compose.*\.yml$/.test(file));
  const composed = files.flatMap((file) => Object.values(readCompose(path.join(ROOT, file)).services));
  const running = OVERLAYS.flatMap(overlay).filter(isWorkload).flatMap(containersOf);
  const versions = new Map<string, Set<string>>();
  for (const { image } of [...composed, ...running]) {
    const [name, version] = [image.replace(/:[^:/]*$/, ""), image.split(":").at(-1)];
    if (!/hallabong/.test(name)) versions.set(name, (versions.get(name) ?? new Set()).add(version));
  }
  expect([...versions].filter(([, several]) => several.size > 1)).toEqual([]);
  expect(versions.size).toBeGreaterThan(5);
});

test("KEDA scales on positions that the bus makes", async () => {
  const triggers = overlay("prod").flatMap(({ kind, spec }) => (kind === "ScaledObject" ? spec.triggers : []));
  const consumers = triggers.flatMap(({ metadata }: Manifest) => (metadata as { consumer?: string }).consumer ?? []);
  expect(await positions()).toEqual(expect.arrayContaining(consumers));
  expect(consumers).not.toEqual([]);
});

test("the image of the overlay prod is of this version", () => {
  const { version } = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8")) as { version: string };
  const images = processes(overlay("prod")).map((deployment) => deployment.spec.template.spec.containers[0].image);
  expect(new Set(images.map((image: string) => image.split(":").at(-1)))).toEqual(new Set([version]));
});

test("every rule is seen to fail", () => {
  expect([...new Set(BREAKAGES.map(([rule]) => rule))].sort()).toEqual(Object.keys(RULES).sort());
});

test.each(BREAKAGES)("%s notices: %s (%s)", (rule, fault, object, change) => {
  const all = overlay("prod");
  change(
    all.find((manifest) => idOf(manifest) === object)!,
    all,
  );
  expect(RULES[rule]!(all).join("\n")).toContain(fault);
});

describe("types and fields", () => {
  const MISTAKES: [title: string, object: string, change: Change][] = [
    ["a field that nobody knows", "Deployment hallabong-search", (m) => (container(m).livnessProbe = {})],
    ["a number in words", "StatefulSet nats", (m) => (m.spec.replicas = "three")],
    ["a port without a number", "Service nats", (m) => delete m.spec.ports[0].port],
    [
      "a trigger in another case",
      "ScaledObject hallabong-search",
      (m) => (m.spec.triggers[1].metadata.lagThreshold = 500),
    ],
    ["an alert without a query", "PrometheusRule hallabong", (m) => delete m.spec.groups[0].rules[0].expr],
    ["an endpoint that nobody knows", "PodMonitor hallabong", (m) => (m.spec.podMetricsEndpoints[0].prt = "metrics")],
  ];
  let faults: string[][];
  const good = OVERLAYS.flatMap((name) => overlay(name).map((manifest) => ({ name, manifest })));
  const bad = MISTAKES.map(([, object, change]) => {
    const all = overlay("prod");
    const manifest = all.find((candidate) => idOf(candidate) === object)!;
    change(manifest, all);
    return manifest;
  });

  beforeAll(async () => {
    faults = await typeFaults([...good.map(({ manifest }) => manifest), ...bad]);
  });

  test("are those of Kubernetes, KEDA and the Prometheus operator", () => {
    const found = good.flatMap(({ name, manifest }, index) =>
      faults[index]!.map((fault) => `${name}: ${idOf(manifest)}: ${fault}`),
    );
    expect(found).toEqual([]);
  });

  test.each(MISTAKES.map(([title], index) => [title, index] as const))("%s is noticed", (_title, index) => {
    expect(faults[good.length + index]).not.toEqual([]);
  });
});
