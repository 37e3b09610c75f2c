// Brings node_modules in line with package-lock.json and makes sure that the scripts of package.json
// run on Node 24. Plain JavaScript without dependencies: it runs before anything is installed, on
// whatever Node the machine has. Everything it says goes to standard error.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const REQUIRED_NODE_MAJOR = 24;
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const nodeModules = path.join(root, "node_modules");
const stampFile = path.join(nodeModules, ".vocative-setup");

const fingerprint = createHash("sha256")
  .update(readFileSync(path.join(root, "package-lock.json")))
  .update(`${process.platform} ${process.arch}`)
  .digest("hex");

if (!existsSync(stampFile) || readFileSync(stampFile, "utf8") !== fingerprint) {
  install();
  relinkBundledNode();
  writeFileSync(stampFile, fingerprint);
}
requireNode();

/** `npm ci` would refuse a lock file without the optional packages of other platforms. */
function install() {
  process.stderr.write("Installing dependencies (only when package-lock.json changes) ...\n");
  const args = ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"];
  const npm = process.env.npm_execpath;
  const options = {
    cwd: root,
    stdio: ["ignore", 2, 2],
    // The media library's own install step would fetch an ffmpeg command that nothing here uses.
    env: { ...process.env, SKIP_FFMPEG: "true" },
  };
  const result = npm
    ? spawnSync(process.execPath, [npm, ...args], options)
    : spawnSync("npm", args, { ...options, shell: true });
  if (result.status !== 0) {
    process.stderr.write("Error: npm install failed; see the messages above.\n");
    process.exit(result.status ?? 1);
  }
}

/** npm 10 drops the link to the bundled Node when several packages declare a command `node`. */
function relinkBundledNode() {
  const bundled = path.join(nodeModules, `node-${process.platform}-${process.arch}`, "bin", "node");
  const link = path.join(nodeModules, ".bin", "node");
  if (existsSync(bundled) && !existsSync(link)) {
    symlinkSync(path.relative(path.dirname(link), bundled), link);
  }
}

function requireNode() {
  const bundled = ["node", "node.cmd"].some((name) =>
    existsSync(path.join(nodeModules, ".bin", name)),
  );
  const major = Number(process.versions.node.split(".")[0]);
  if (bundled || major >= REQUIRED_NODE_MAJOR) return;
  process.stderr.write(
    `Error: Node ${REQUIRED_NODE_MAJOR} or newer is needed on ${process.platform}-${process.arch}, ` +
      `this is ${process.version}: install it from nodejs.org.\n`,
  );
  process.exit(1);
}
