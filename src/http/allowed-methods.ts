import type { FastifyInstance } from "fastify";

/**
 * Notes every route that is added to `app` from now on.
 * @returns the methods that a path is served with; none when there is no such path.
 */
export function noteMethods(app: FastifyInstance): (path: string) => string[] {
  const routes = new Map<string, { pattern: RegExp; methods: Set<string> }>();
  app.addHook("onRoute", ({ url, method }) => {
    // Preflight requests are answered for every path, even where nothing is.
    if (url === "*" || url === "/*") return;
    const route = routes.get(url) ?? { pattern: patternOf(url), methods: new Set() };
    for (const one of [method].flat()) if (one !== "OPTIONS") route.methods.add(one);
    routes.set(url, route);
  });
  return (path) => {
    const methods = [...routes.values()]
      .filter(({ pattern }) => pattern.test(path))
      .flatMap((route) => [...route.methods]);
    return [...new Set(methods)].sort();
  };
}

/** `/jobs/:job_id` matches every path of two parts that begins with `/jobs/`. */
function patternOf(url: string): RegExp {
  const parts = url.split("/").map((part) => {
    if (part.startsWith(":")) return "[^/]+";
    return part === "*" ? ".*" : part.replaceAll(/[^\w-]/gu, "\\$&");
  });
  return new RegExp(`^${parts.join("/")}$`, "u");
}
