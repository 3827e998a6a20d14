/** Deliberate differences between the embedded API server and kube-apiserver. */

/** A deliberate difference. */
export interface Difference {
  /** Matches the case's name, ": " and the line of the difference. */
  readonly at: RegExp;
  readonly why: string;
}

/** All deliberate differences. An entry that matches nothing any more fails the tests. */
export const DIFFERENCES: readonly Difference[] = [
  {
    at: /status: embedded 4\d\d, kube-apiserver 500/,
    why: "kube-apiserver answers 500 to some mistakes of clients",
  },
  {
    at: /4 POST gadgets: body.details.name: embedded "Gen_/,
    why: "the end of a generated name is random",
  },
  {
    at: /: warning: embedded nothing, kube-apiserver "299 - \\"unknown field/,
    why: "a refused request gets no warnings",
  },
  {
    at:
      /under each fieldValidation: \d POST gadgets\?fieldValidation=Strict: body\.causes\.\d: embed/,
    why: "we name the unknown fields as causes, so that manifests can be told by their lines",
  },
  {
    at: /under each fieldValidation: (9|10) POST gadgets/,
    why: "the last of two members of the same name counts, silently (RFC 8259 section 4)",
  },
  {
    at: /does not exist: \d+ (POST|PUT|PATCH) .*: status: embedded 405, kube-apiserver 4/,
    why: "kube-apiserver reads the body before it looks at the method",
  },
  {
    at: /fieldManager=x: status: embedded 415, kube-apiserver 200/,
    why: "server-side apply needs managedFields, which we do not keep",
  },
  {
    at: /a\/status: body\.metadata\.resourceVersion: .*<version 6, .*<version 7, /,
    why: "a patch that changes nothing still changes managedFields on kube-apiserver",
  },
  {
    at: /generations and versions are counted: 12 .*resourceVersion: .*<version 6, .*<version 7, /,
    why: "the entry above, one step later",
  },
  {
    at: /columnDefinitions\.\d\.description: /,
    why: "we describe columns in our own words",
  },
  {
    at: /columnDefinitions\.\d\.type: embedded "date", kube-apiserver "string"/,
    why: "kube-apiserver prints ages of compiled-in kinds as text; ours are columns like any other",
  },
  {
    at: /address.*dryRun=All: status: embedded 422, kube-apiserver 201|breaks the schema: 9 POST/,
    why: "kube-apiserver accepts 1.2.3.04 as an IPv4 address; some programs read the 04 as octal",
  },
  {
    at: /JSON patches are applied: 14 .*: status: embedded 422, kube-apiserver 200/,
    why: "the target of a replace has to exist (RFC 6902 4.3)",
  },
  {
    at:
      /events of either API are made: .*(body|items\.0)\.(deprecated(Source|FirstT|LastT)|source|firstT|lastT|eventT|reporting)/,
    why: "Events are stored as they came, without the empty fields that a compiled-in kind has",
  },
  {
    at: /are not authenticated: 2 .*status: embedded 401, kube-apiserver 403/,
    why: "there is no anonymous access, so an invalid token is refused at once",
  },
];
