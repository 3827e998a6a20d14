/**
 * The shape of what `spec.ipv4Config` holds besides addresses: further options for clients, and how
 * strictly clients are treated. Everything is optional, and without it nothing of it is sent.
 */

/** `routes[]`. */
export interface RouteConfig {
  readonly destination: string;
  /** 0.0.0.0 for a destination on the link. */
  readonly gateway: string;
}

/** `boot.files[]`. */
export interface BootFileConfig {
  /** Numbers of option 93; without them the file is for all others. */
  readonly architectures?: readonly number[];
  /** Path or URL. */
  readonly file: string;
}

/** `boot`. */
export interface BootConfig {
  readonly nextServer?: string;
  readonly files: readonly BootFileConfig[];
}

/** `options[]`: a code with exactly one of the values. */
export interface CustomOption {
  readonly code: number;
  readonly addresses?: readonly string[];
  readonly text?: string;
  readonly uint8?: number;
  readonly uint16?: number;
  readonly uint32?: number;
  readonly hex?: string;
}

/** So many on average, and so many at once. */
export interface RateLimitConfig {
  readonly perSecond: number;
  readonly burst: number;
}

/** `rateLimits`. */
export interface RateLimitsConfig {
  /** Packets of one client with an address. */
  readonly boundClient?: RateLimitConfig;
  /** INFORM of one client with an address. */
  readonly inform?: RateLimitConfig;
  /** All clients without an address together. */
  readonly unknownClients?: RateLimitConfig;
  /** All packets together. */
  readonly all?: RateLimitConfig;
}

/** The further fields of `spec.ipv4Config`. */
export interface ClientOptions {
  /** Octets. */
  readonly mtu?: number;
  readonly routes?: readonly RouteConfig[];
  /** Whether the name of the VM is the host name of those of its NICs that have none. */
  readonly hostnameFromVM?: boolean;
  readonly boot?: BootConfig;
  /** URI. */
  readonly captivePortal?: string;
  /** Seconds. */
  readonly ipv6OnlyWait?: number;
  readonly options?: readonly CustomOption[];
  /** Addresses of relay agents. */
  readonly relays?: readonly string[];
  readonly authoritative?: boolean;
  readonly rapidCommit?: boolean;
  readonly strictChaddr?: boolean;
  readonly rateLimits?: RateLimitsConfig;
}
