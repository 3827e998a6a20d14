/** A server over TLS that reads each review and allows it: `peer.ts PORT`, with PEER_CERT and PEER_KEY. */

Deno.serve({
  hostname: "127.0.0.1",
  port: Number(Deno.args[0]),
  cert: Deno.env.get("PEER_CERT")!,
  key: Deno.env.get("PEER_KEY")!,
  onListen: () => {},
}, async (request) => {
  const { request: { uid } = { uid: "" } } = await request.json();
  const response = { uid, allowed: true };
  return Response.json({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response });
});
