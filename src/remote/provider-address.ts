import { AppError } from "../domain/app-error.ts";

/**
 * The address below which a provider's paths lie, without a slash at its end.
 * @throws AppError INVALID_OPTION, which shows no part of an address that may hold a secret.
 */
export function checkedBaseUrl(name: string, baseUrl: string): URL {
  const url = URL.parse(baseUrl);
  if (!url || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw unusable(
      name,
      "is no http or https address: give one such as https://api.example.com/v1",
    );
  }
  if (url.username || url.password) {
    throw unusable(name, "holds a user or password: leave them out and give the key as an option");
  }
  if (url.search || url.hash) {
    throw unusable(name, `has more than a path: give ${url.origin}${url.pathname}`);
  }
  url.pathname = url.pathname.replace(/\/+$/u, "");
  return url;
}

/**
 * The address of `path` with its query.
 * @throws AppError INVALID_OPTION when it would lie elsewhere, such as for a voice named `..`.
 */
export function urlBelow(base: URL, path: string): URL {
  const prefix = base.href.replace(/\/$/u, "");
  const url = URL.parse(`${prefix}/${path.replace(/^\//u, "")}`);
  if (url?.href.startsWith(`${prefix}/`)) return url;
  const message = `the address ${path} lies outside of ${prefix}: name no folder in it`;
  throw new AppError("INVALID_OPTION", message);
}

/**
 * `headers` without space around their values.
 * @throws AppError INVALID_OPTION for a value that cannot be sent (RFC 9110, 5.5), without showing it.
 */
export function checkedHeaders(
  name: string,
  headers: Record<string, string>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([header, value]) => {
      const trimmed = value.trim();
      if (/^[\t\x20-\x7e]*$/u.test(trimmed)) return [header, trimmed];
      const message = `the ${header} of ${name} has a character that cannot be sent: copy the key again, without line breaks and quotation marks`;
      throw new AppError("INVALID_OPTION", message);
    }),
  );
}

function unusable(name: string, problem: string): AppError {
  return new AppError("INVALID_OPTION", `the base URL of ${name} ${problem}`);
}
