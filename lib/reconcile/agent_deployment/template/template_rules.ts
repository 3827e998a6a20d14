/** What a template may say about the pods of agents, and what to do instead where it may not. */

/** What a field must be, or why it must not be there, with the cure. */
export type FieldRule =
  | "boolean"
  | "list"
  /** An object that cannot be taken away. */
  | "map"
  | "number"
  | "object"
  | "text"
  | { readonly refused: string };

/** By name of a field. */
export type FieldRules = Readonly<Record<string, FieldRule>>;

const OWN_FLAGS = "is set by the controller; leave it out";
const OWN_NETWORK =
  "would take the agent out of its network namespace, where its VM network is; leave it out";
const OF_DEPLOYMENTS = "is not for the pods of a Deployment; leave it out";
const ACCOUNT = "is set by the controller; name an account with --service-account-name";

/** Of a PodTemplateSpec. */
export const TEMPLATE_FIELDS: FieldRules = { metadata: "map", spec: "map" };

export const METADATA_FIELDS: FieldRules = { labels: "map", annotations: "map" };

/** Of a PodSpec. */
export const SPEC_FIELDS: FieldRules = {
  activeDeadlineSeconds: { refused: OF_DEPLOYMENTS },
  affinity: "object",
  automountServiceAccountToken: { refused: "is set by the controller; an agent needs its token" },
  containers: "list",
  dnsConfig: "object",
  dnsPolicy: "text",
  enableServiceLinks: "boolean",
  ephemeralContainers: { refused: OF_DEPLOYMENTS },
  hostAliases: "list",
  hostIPC: { refused: OWN_NETWORK },
  hostNetwork: { refused: OWN_NETWORK },
  hostPID: { refused: OWN_NETWORK },
  hostUsers: "boolean",
  hostname: "text",
  hostnameOverride: "text",
  imagePullSecrets: "list",
  initContainers: "list",
  nodeName: { refused: "would put all agents on one node; use nodeSelector or affinity" },
  nodeSelector: "object",
  os: { refused: "is set by the controller; agents run on Linux" },
  overhead: "object",
  preemptionPolicy: "text",
  priority: { refused: "follows from the class; use priorityClassName" },
  priorityClassName: "text",
  readinessGates: "list",
  resourceClaims: "list",
  resources: "object",
  restartPolicy: { refused: OF_DEPLOYMENTS },
  runtimeClassName: "text",
  schedulerName: "text",
  schedulingGates: "list",
  securityContext: "object",
  serviceAccount: { refused: ACCOUNT },
  serviceAccountName: { refused: ACCOUNT },
  setHostnameAsFQDN: "boolean",
  shareProcessNamespace: "boolean",
  subdomain: "text",
  terminationGracePeriodSeconds: "number",
  tolerations: "list",
  topologySpreadConstraints: "list",
  volumes: "list",
};

/** Of a container beside the agent. */
export const CONTAINER_FIELDS: FieldRules = {
  args: "list",
  command: "list",
  env: "list",
  envFrom: "list",
  image: "text",
  imagePullPolicy: "text",
  lifecycle: "object",
  livenessProbe: "object",
  name: "text",
  ports: "list",
  readinessProbe: "object",
  resizePolicy: "list",
  resources: "object",
  restartPolicy: "text",
  restartPolicyRules: "list",
  securityContext: "object",
  startupProbe: "object",
  stdin: "boolean",
  stdinOnce: "boolean",
  terminationMessagePath: "text",
  terminationMessagePolicy: "text",
  tty: "boolean",
  volumeDevices: "list",
  volumeMounts: "list",
  workingDir: "text",
};

/** Of the agent itself. */
export const AGENT_FIELDS: FieldRules = {
  ...CONTAINER_FIELDS,
  args: { refused: OWN_FLAGS },
  command: { refused: OWN_FLAGS },
  image: { refused: "is set by the controller; name it with --image" },
  livenessProbe: "map",
  readinessProbe: "map",
  restartPolicy: { refused: OWN_FLAGS },
  securityContext: "map",
  startupProbe: "map",
};

/** Of a probe of the agent: how often and how long, not of what. */
export const PROBE_FIELDS: FieldRules = {
  exec: { refused: OWN_FLAGS },
  failureThreshold: "number",
  grpc: { refused: OWN_FLAGS },
  httpGet: { refused: OWN_FLAGS },
  initialDelaySeconds: "number",
  periodSeconds: "number",
  successThreshold: "number",
  tcpSocket: { refused: OWN_FLAGS },
  terminationGracePeriodSeconds: "number",
  timeoutSeconds: "number",
};

export const RESOURCE_FIELDS: FieldRules = { claims: "list", limits: "object", requests: "object" };

export const AFFINITY_FIELDS: FieldRules = {
  nodeAffinity: "object",
  podAffinity: "object",
  podAntiAffinity: "object",
};

export const NODE_AFFINITY_FIELDS: FieldRules = {
  preferredDuringSchedulingIgnoredDuringExecution: "list",
  requiredDuringSchedulingIgnoredDuringExecution: "object",
};

export const NODE_TERMS_FIELDS: FieldRules = { nodeSelectorTerms: "list" };
export const NODE_TERM_FIELDS: FieldRules = { matchExpressions: "list", matchFields: "list" };

export const TOLERATION_FIELDS: FieldRules = {
  effect: "text",
  key: "text",
  operator: "text",
  tolerationSeconds: "number",
  value: "text",
};
