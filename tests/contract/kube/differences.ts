/** Where the embedded API server deliberately answers otherwise than kube-apiserver. */

/** A difference that is meant. */
export interface Difference {
  /** Matches the case's name, ": " and the line of the difference. */
  readonly at: RegExp;
  readonly why: string;
}

/** All of them. One that matches nothing any more has to go. */
export const DIFFERENCES: readonly Difference[] = [
  {
    at: /status: embedded 4\d\d, kube-apiserver 500/,
    why: "kube-apiserver blames itself for some mistakes of clients",
  },
  {
    at: /4 POST gadgets: body.details.name: embedded "Gen_/,
    why: "the end of a generated name is random",
  },
  {
    at: /: warning: embedded nothing, kube-apiserver "299 - \\"unknown field/,
    why: "who is refused is not warned besides",
  },
  {
    at: /each way to judge them: (9|10) POST gadgets/,
    why: "of a member that occurs twice the last one counts, silently (RFC 8259 section 4)",
  },
  {
    at: /lead nowhere: \d+ (POST|PUT|PATCH) .*: status: embedded 405, kube-apiserver 4/,
    why: "kube-apiserver reads the body before it finds out that the method makes no sense",
  },
  {
    at: /fieldManager=x: status: embedded 415, kube-apiserver 200/,
    why: "server-side apply needs a record of who manages which field, which we do not keep",
  },
  {
    at: /a\/status: body\.metadata\.resourceVersion: .*<version 6, .*<version 7, /,
    why: "a patch that changes nothing changes kube-apiserver's record of who manages which field",
  },
  {
    at: /generations and versions are counted: 12 .*resourceVersion: .*<version 6, .*<version 7, /,
    why: "the line above, one step later",
  },
  {
    at: /columnDefinitions\.\d\.description: /,
    why: "descriptions of columns are in our own words",
  },
  {
    at: /columnDefinitions\.\d\.type: embedded "date", kube-apiserver "string"/,
    why: "kube-apiserver prints ages of compiled-in kinds as text; ours are columns like any other",
  },
  {
    at: /address.*dryRun=All: status: embedded 422, kube-apiserver 201|is broken: 9 POST/,
    why: "kube-apiserver takes 1.2.3.04 for an IPv4 address; some programs read the 04 as octal",
  },
  {
    at: /JSON patches are applied: 14 .*: status: embedded 422, kube-apiserver 200/,
    why: "a value that is to be replaced has to be there (RFC 6902 4.3)",
  },
  {
    at:
      /events of either API are made: .*(body|items\.0)\.(deprecated(Source|FirstT|LastT)|source|firstT|lastT|eventT|reporting)/,
    why: "Events are kept as they came, without the empty fields that a compiled-in kind has",
  },
  {
    at: /nobody is authenticated: 2 .*status: embedded 401, kube-apiserver 403/,
    why: "nobody may be anonymous: what is no token is refused at once",
  },
];
