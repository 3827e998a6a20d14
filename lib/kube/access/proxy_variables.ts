/** The variables of an environment that say something about proxies. */

/** Go knows all but the last two, the runtime knows all. */
export const PROXY_VARIABLES = [
  ...["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"],
  ...["NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy"],
] as const;
