/** User and password in the URL of a proxy, where they are escaped (RFC 3986 section 3.2.1). */

/** As they are sent to the proxy; `undefined` where the URL has none. Either of them may be empty. */
export function proxyCredentialsOf(
  { username, password }: URL,
): { readonly username: string; readonly password: string } | undefined {
  if (username === "" && password === "") return undefined;
  return { username: decodeURIComponent(username), password: decodeURIComponent(password) };
}

/** Whether each escape is one, so that {@link proxyCredentialsOf} can read them. */
export function hasReadableCredentials(url: URL): boolean {
  try {
    proxyCredentialsOf(url);
    return true;
  } catch {
    return false;
  }
}
