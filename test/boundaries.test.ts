import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

/** What a part of src may import besides itself. */
type Rule = {
  /** Folders, or single files where no more of a folder is meant. */
  parts: string[];
  packages?: string[];
  /** Whether it may use Node's own modules; what may not is pure. */
  node?: true;
};

const RULES: Record<string, Rule> = {
  domain: { parts: [] },
  signal: { parts: [] },
  drawing: { parts: ["domain"] },
  timeline: { parts: ["domain", "signal"] },
  ports: { parts: ["domain"] },
  config: { parts: ["domain"], packages: ["zod"], node: true },
  workers: { parts: ["domain"], node: true },
  programs: { parts: ["domain"], node: true },
  remote: { parts: ["domain"], packages: ["p-queue", "zod"], node: true },
  media: { parts: ["ports", "domain", "signal", "workers"], packages: ["node-av"], node: true },
  speech: {
    parts: ["ports", "domain", "signal", "workers", "programs", "remote"],
    packages: ["@echogarden/espeak-ng-emscripten", "csv-parse", "sherpa-onnx-node", "zod"],
    node: true,
  },
  recognition: {
    parts: ["ports", "domain", "signal", "workers", "speech/sherpa"],
    packages: ["sherpa-onnx-node", "zod"],
    node: true,
  },
  face: {
    parts: [
      ...["ports", "domain", "signal", "drawing", "workers", "media"],
      ...["programs", "remote"],
    ],
    packages: [
      ...["@tensorflow/tfjs-backend-wasm", "@tensorflow/tfjs-converter", "@tensorflow/tfjs-core"],
      ...["node-av", "onnxruntime-node", "p-queue", "zod"],
    ],
    node: true,
  },
  sheets: {
    parts: ["ports", "domain", "workers"],
    packages: ["chardet", "csv-parse", "saxes", "yauzl"],
    node: true,
  },
  storage: {
    parts: ["ports", "domain", "media/crc32.ts", "media/zip.ts", "workers/process-identity.ts"],
    packages: ["zod"],
    node: true,
  },
  database: {
    parts: ["ports", "domain"],
    packages: ["kysely"],
    node: true,
  },
  queue: { parts: ["ports", "domain", "workers"], packages: ["kysely"], node: true },
  security: { parts: ["ports", "domain"], packages: ["undici"], node: true },
  logging: { parts: ["ports", "domain"], packages: ["pino"], node: true },
  language: {
    parts: ["ports", "domain", "remote"],
    packages: ["@ai-sdk/google", "@ai-sdk/openai-compatible", "minisearch", "zod"],
    node: true,
  },
  campaign: { parts: ["ports", "domain", "timeline", "signal"], packages: ["zod"], node: true },
  chat: { parts: ["ports", "domain", "signal"], packages: ["zod"], node: true },
  http: {
    parts: ["campaign", "chat", "ports", "domain", "security/api-keys.ts"],
    packages: [
      ...[
        "@fastify/websocket",
        "fastify",
        "@fastify/cors",
        "@fastify/helmet",
        "@fastify/multipart",
      ],
      ...["@fastify/swagger", "@fastify/swagger-ui", "fastify-type-provider-zod"],
      ...["prom-client", "redoc", "zod"],
    ],
    node: true,
  },
  sample: {
    parts: ["ports", "domain", "signal", "drawing", "media"],
    packages: ["node-av"],
    node: true,
  },
  cli: {
    parts: [
      "app",
      "campaign",
      "chat",
      "config",
      "domain",
      "logging",
      "ports",
      "security/api-keys.ts",
    ],
    packages: ["#package.json", "commander", "zod"],
    node: true,
  },
  app: {
    parts: [
      ...[
        "campaign",
        "chat",
        "config",
        "database",
        "domain",
        "face",
        "http",
        "language",
        "logging",
      ],
      ...["media", "ports"],
      ...["programs", "queue", "recognition", "security", "sheets", "signal", "speech", "storage"],
      ...["timeline", "workers"],
    ],
    packages: ["#package.json", "fastify"],
    node: true,
  },
  "main.ts": { parts: ["cli"], node: true },
};

const SOURCE = fileURLToPath(new URL("../src/", import.meta.url));

type Import = { specifier: string /** Not there any more when the module runs. */; type: boolean };

/** Every static and dynamic import and re-export of a module. */
function importsOf(code: string): Import[] {
  const uncommented = code.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gmu, "");
  const statements = /^(?:import|export)\s+(type\s+)?(?:[^"';=()]*?\sfrom\s+)?"([^"]+)"/gmu;
  const calls = /\bimport\(\s*"([^"]+)"/gu;
  return [
    ...[...uncommented.matchAll(statements)].map(([, type, specifier = ""]) => ({
      specifier,
      type: type !== undefined,
    })),
    ...[...uncommented.matchAll(calls)].map(([, specifier = ""]) => ({ specifier, type: false })),
  ];
}

/** Every module that is part of the program, by its path below src; tests and their helpers are not. */
const modules = new Map<string, Import[]>(
  readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll(path.sep, "/"))
    .filter((file) => /\.ts$/u.test(file) && !/\.test\.ts$|\.d\.ts$|(^|\/)testing\//u.test(file))
    .filter((file) => path.posix.basename(file) !== "test-signals.ts")
    .map((file) => [file, importsOf(readFileSync(path.join(SOURCE, file), "utf8"))]),
);

const partOf = (file: string) => file.split("/")[0] ?? "";
const isRelative = (specifier: string) => specifier.startsWith(".");
const targetOf = (file: string, specifier: string) =>
  path.posix.join(path.posix.dirname(file), specifier);
/** `csv-parse` of `csv-parse/sync`. */
const packageOf = (specifier: string) =>
  specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");

/** Why a module may not import something; null when it may. */
function objection(file: string, { specifier }: Import): string | null {
  const part = partOf(file);
  const rule = RULES[part];
  if (!rule) return `${part} has no rule`;
  if (specifier.startsWith("node:")) return rule.node ? null : `${part} is pure`;
  if (!isRelative(specifier)) {
    const allowed = rule.packages?.includes(packageOf(specifier));
    return allowed ? null : `${part} may not use the package ${packageOf(specifier)}`;
  }
  const target = targetOf(file, specifier);
  if (!modules.has(target)) return `there is no such module of the program: ${target}`;
  const allowed = partOf(target) === part || rule.parts.some((one) => isIn(target, one));
  return allowed ? null : `${part} may not import ${target}`;
}

const isIn = (target: string, part: string) => target === part || target.startsWith(`${part}/`);

/** Everything that is loaded when `file` is: modules by their path, packages by their name. */
function loadedBy(file: string): Set<string> {
  const loaded = new Set<string>();
  const waiting = [file];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (loaded.has(next)) continue;
    loaded.add(next);
    for (const { specifier, type } of modules.get(next) ?? []) {
      if (type) continue;
      if (isRelative(specifier)) waiting.push(targetOf(next, specifier));
      else loaded.add(packageOf(specifier));
    }
  }
  return loaded;
}

test("every module imports only what its folder may", () => {
  const objections = [...modules].flatMap(([file, imports]) =>
    imports.flatMap((one) => {
      const why = objection(file, one);
      return why === null ? [] : [`src/${file}: ${one.specifier}: ${why}`];
    }),
  );
  assert.deepEqual(objections, []);
});

test("starting the program loads neither libav nor the voice's engine: only child processes do", () => {
  const loaded = loadedBy("main.ts");
  assert.ok(loaded.has("media/media-engine.ts") && loaded.has("speech/espeak/espeak.ts"));
  assert.ok(loaded.has("speech/sherpa/sherpa-speech.ts"));
  for (const name of [
    ...["node-av", "@echogarden/espeak-ng-emscripten", "sherpa-onnx-node"],
    ...["@tensorflow/tfjs-core", "onnxruntime-node"],
  ]) {
    assert.ok(!loaded.has(name), `${name} is loaded`);
  }
});

test("libav is loaded by media and face workers alone, and each engine by its worker", () => {
  assert.ok(loadedBy("media/media-worker.ts").has("node-av"));
  assert.ok(loadedBy("face/talking/portrait-worker.ts").has("node-av"));
  assert.ok(loadedBy("face/lip-sync/lip-sync-worker.ts").has("onnxruntime-node"));
  assert.ok(loadedBy("face/landmarks/face-finder-worker.ts").has("@tensorflow/tfjs-core"));
  assert.ok(loadedBy("speech/espeak/espeak-worker.ts").has("@echogarden/espeak-ng-emscripten"));
  for (const file of [
    "speech/sherpa/sherpa-worker.ts",
    "recognition/sherpa-recognizer-worker.ts",
  ]) {
    assert.ok(loadedBy(file).has("sherpa-onnx-node"));
  }
  const workers = [...modules.keys()].filter((file) => file.endsWith("-worker.ts"));
  const inWorkers = new Set(workers.flatMap((file) => [...loadedBy(file)]));
  const inProgram = loadedBy("main.ts");
  const entries = [...modules.keys()].filter(
    (file) => !/^(media|sample)\//u.test(file) && (inProgram.has(file) || !inWorkers.has(file)),
  );
  for (const file of [...entries, "media/media-engine.ts", "media/zip.ts", "media/crc32.ts"]) {
    assert.ok(!loadedBy(file).has("node-av"), `src/${file} loads libav`);
  }
});

test("every import is seen, whatever its form", () => {
  const code = [
    'import fs from "node:fs";',
    'import type { A } from "./a.ts";',
    'import { b, type B } from "./b.ts";',
    'import {\n  c,\n  d,\n} from "./c.ts";',
    'import "./effect.ts";',
    'export { e } from "./e.ts";',
    'export type { F } from "./f.ts";',
    'const later = await import("./later.ts");',
    '// import { no } from "./comment.ts";',
    '/** import { no } from "./docs.ts"; */',
    'export const text = "from";',
    'const url = new URL("./worker.ts", import.meta.url);',
  ].join("\n");
  assert.deepEqual(
    importsOf(code).map(({ specifier, type }) => `${specifier}${type ? " type" : ""}`),
    [
      ...["node:fs", "./a.ts type", "./b.ts", "./c.ts", "./effect.ts", "./e.ts", "./f.ts type"],
      "./later.ts",
    ],
  );
});

test("what breaks a rule is found", () => {
  const of = (file: string, specifier: string) => objection(file, { specifier, type: true });
  assert.match(of("domain/slot.ts", "../signal/silence.ts") ?? "", /domain may not import/);
  assert.match(of("signal/fft.ts", "node:fs") ?? "", /signal is pure/);
  assert.match(of("cli/run-cli.ts", "../storage/output-folder.ts") ?? "", /cli may not import/);
  assert.match(of("storage/piece-file.ts", "../media/probe.ts") ?? "", /storage may not import/);
  assert.match(of("campaign/run-campaign.ts", "node-av/lib") ?? "", /the package node-av/);
  assert.match(of("domain/slot.ts", "./none.ts") ?? "", /no such module/);
  assert.equal(of("storage/piece-file.ts", "../media/crc32.ts"), null);
  assert.equal(of("sheets/csv.ts", "csv-parse/sync"), null);
});
