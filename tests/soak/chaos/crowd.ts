/** Many connections that are no use to anybody. */

const IDLE_CONNECTIONS = 1000;
const UNREAD_CONNECTIONS = 60;
/** Each answer is another one that nobody reads. */
const REQUESTS_PER_CONNECTION = 8;

/** A port of a process, and how a connection to it is opened. */
export interface Door {
  readonly port: number;
  /** Absent for plain TCP: what to trust. */
  readonly certificateAuthority?: string;
}

/** Connections to one door that all do the same. */
export interface Crowd {
  readonly door: Door;
  readonly connections: number;
  /** What each sends; nothing when empty. */
  readonly request: string;
}

/** Connections that never say a word. */
export function silentCrowd(door: Door): Crowd {
  return { door, connections: IDLE_CONNECTIONS, request: "" };
}

/** Connections that ask for much and read nothing. @param headers Lines, each with its end. */
export function unreadCrowd(door: Door, path: string, headers = ""): Crowd {
  const request = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${door.port}\r\n${headers}\r\n`;
  return {
    door,
    connections: UNREAD_CONNECTIONS,
    request: request.repeat(REQUESTS_PER_CONNECTION),
  };
}
