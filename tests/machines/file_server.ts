/**
 * Serves the files of a folder on port 80 of its network namespace, and prints a line for each
 * request. Its argument is the folder.
 */

const [folder = "."] = Deno.args;

Deno.serve({
  port: 80,
  onListen: () => say({ msg: "serving" }),
}, async (request, { remoteAddr: { hostname } }) => {
  const { pathname, search, host } = new URL(request.url);
  say({ msg: "request", method: request.method, host, path: pathname + search, from: hostname });
  try {
    const body = await Deno.readFile(`${folder}${pathname}`);
    const isHead = request.method === "HEAD";
    const headers = { "content-length": String(body.length) };
    return new Response(isHead ? null : body, { headers });
  } catch {
    return new Response("there is no such file\n", { status: 404 });
  }
});

function say(line: Readonly<Record<string, string>>): void {
  console.log(JSON.stringify(line));
}
