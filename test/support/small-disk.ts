import { spawnSync } from "node:child_process";

/**
 * Mounts a disk at `$1` with the options `$2`, runs the rest in `sh` and gives its exit code. What is
 * on the disk is gone afterwards.
 */
const SCRIPT =
  'disk=$1; mount -t tmpfs -o "$2" tmpfs "$disk" || exit 99; shift 2; script=$1; shift; eval "$script"';

/** Ways to mount in a namespace of one's own, of which a container may allow none. */
const WAYS = [
  ["unshare", "-rm"],
  ["unshare", "-m"],
];

/**
 * How to run a shell script that finds a disk of its own at `folder`; `options` are those of tmpfs,
 * such as `size=512k`. Words after the returned ones are the script and its `$1`, `$2` …; it finds the
 * disk as `$disk`. Null where nobody may mount.
 */
export function withDisk(folder: string, options: string): string[] | null {
  const way = WAYS.find(([program = "", ...flags]) => {
    const words = [...flags, "sh", "-c", SCRIPT, "sh", folder, "size=64k", "true"];
    return spawnSync(program, words, { stdio: "ignore" }).status === 0;
  });
  return way ? [...way, "sh", "-c", SCRIPT, "sh", folder, options] : null;
}
